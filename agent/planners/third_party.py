"""Noticing that a request is about somebody else's password, pass or phone.

A runbook acts on the requester's own account only, so missing a sign here never reaches another person's
account; it would only give the requester something that was not meant.
"""

import re
from collections.abc import Iterable

from agent.planners.wording import folded

_OWNED = (
    r"(?:pass ?words?|pwd|passwort|kennwort|mots? de passe|mdp|contrasena|senha|palavra[- ]passe|account|login|mfa"
    r"|authenticator|phone|konto|handy|compte|telephone|portable|cuenta|movil|telefono|conta|telemovel|celular)"
)
_SECRET = r"(?:pass ?words?|pwd|passwort|kennwort|mots? de passe|mdp|contrasena|senha|palavra[- ]passe|mfa|pass)"
_OWN = (
    r"(?:me|my|mine|myself|mich|mir|mein\w*|moi|mon|ma|mes|mi|mis|meu|minha|mim|the|das|die|den|dem|le|la|el|o|a|an?"
    r"|this|that|account|login|windows|office|outlook|teams|microsoft|laptop|pc|konto|compte|session|messagerie|cuenta"
    r"|correo|conta|email|e-mail|mail|sso|vpn|now|today|you|sie|vous|uns|us|our)"
)

# Matched on folded text.
_SIGNS = (
    rf"\b(?:his|her|their|sein|seine[nmrs]?|ihr|ihre[nmrs]?|deren|dessen|son|sa|ses|leur|su|sus) (?:\w+ )?{_OWNED}\b",
    rf"\b{_OWNED} (?:dele|dela|deles|delas)\b",
    rf"\b{_SECRET} (?:of|for|von|fur|vom|de|du|del|da|do|para|pour) (?!{_OWN}\b)(?P<name1>[\w.@'-]+)",
    rf"\b{_SECRET} (?:de |d')(?!{_OWN}\b)(?P<name2>[\w.@'-]+)",
    rf"\b(?P<name3>(?!it|that|what|here|there|today|let)[\w.-]+)'s (?:\w+ )?{_OWNED}\b",
    r"\b(?:my|our) (?:colleague|boss|manager|assistant|wife|husband|report|team ?mate|co-?worker|friend|intern)\b",
    r"\bmein\w* (?:kolleg|chef|mitarbeiter|vorgesetz|assisten)",
    r"\b(?:mon|ma) (?:collegue|chef|cheffe|assistante?|manager)\b",
    r"\bmi (?:companer|jef[ae]|colega)|\b(?:meu|minha) (?:colega|chefe|gestor)",
    rf"\breset (?!{_OWN}\b)(?P<name4>[a-z]+\.[a-z]+)\b",
)
_PATTERNS = tuple(re.compile(one) for one in _SIGNS)

# Matched on the text as written: a capitalised name that has, forgot or lost something.
_NAMED = re.compile(
    r"\b([A-Z\N{LATIN CAPITAL LETTER A WITH GRAVE}-\N{LATIN CAPITAL LETTER THORN}]\w+) "
    r"(?:has|is locked|forgot|lost|needs|hat|braucht|tiene|olvid\w+|necesita|tem|esqueceu|precisa|a perdu|a oubli\w+)\b"
)
_RESET_NAME = re.compile(r"\b[Rr]eset ([A-Z\N{LATIN CAPITAL LETTER A WITH GRAVE}-\N{LATIN CAPITAL LETTER THORN}]\w+)\b")
_NOT_NAMES = re.compile(
    r"(?:my|the|this|that|it|account|password|passwort|kennwort|mfa|pass|phone|authenticator|app|laptop|everyone|nobody"
    r"|i|he|she|they|er|sie|il|elle|mon|ma|mein|mi|meu|minha|request|please|who|what|microsoft|teams|outlook|windows|and)"
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def names_another(text: str, own_names: Iterable[str]) -> bool:
    """Whether `text` speaks of another person's credentials. `own_names` are the requester's, as Graph has them."""
    own = {folded(one) for name in own_names for one in (name, *name.split())}
    own |= {one.partition("@")[0] for one in own}
    comparable = folded(text)
    return (
        any(_is_other(match, own) for pattern in _PATTERNS for match in pattern.finditer(comparable))
        or any(_is_other_name(folded(match.group(1)), own) for match in _NAMED.finditer(text))
        or any(_is_other_name(folded(match.group(1)), own) for match in _RESET_NAME.finditer(text))
        or any(folded(match.group(0)) not in own for match in _ADDRESS.finditer(text))
    )


def _is_other(match: re.Match[str], own: set[str]) -> bool:
    names = [one.strip(".'-") for one in match.groupdict().values() if one]
    return not names or any(one not in own for one in names)


def _is_other_name(name: str, own: set[str]) -> bool:
    return name not in own and _NOT_NAMES.fullmatch(name) is None
