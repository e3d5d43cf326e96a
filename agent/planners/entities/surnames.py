"""Whether words say which of several people of one given name is meant, by the surname: "Ann, I mean Lee"."""

import re
from typing import Final

from agent.planners.wording import folded

# Words that say of a surname behind them that it is meant; a mere mention says nothing, least of all "not Lee".
_MEANT: Final = (
    r"\b(?:(?:i mean|ich meine|gemeint ist|je parle de|me refiero a|refiro-me a)(?: (?:the one|die|den|celle|la|a|o))?"
    r"(?: (?:called|named|namens))?|(?:the one|die|der|celle|celui|la|el|a|o) (?:called|named|namens|qui s'appelle"
    r"|que se llama|que se chama)|(?:surname|last name|nachname|nom de famille|apellido|apelido))"
)
_SPELT: Final = r"(?:with|mit|avec|con|com) (?:an? |two |double |zwei |deux |dos |dois )?[a-z]{1,2}\b"
_NOT: Final = "".join(rf"(?<!\b{word} )" for word in ("not", "nicht", "pas", "no", "nao", "kein", "keine"))
_SHORTEST: Final = 2


def is_meant_by_surname(surname: str, text: str) -> bool:
    """Whether a text says that the one of this surname is meant: "the one called Lee", "Lee with two e"."""
    if len(surname) < _SHORTEST:
        return False
    name = re.escape(folded(surname))
    return re.search(rf"{_NOT}(?:{_MEANT} {name}\b|\b{name} {_SPELT})", folded(text)) is not None
