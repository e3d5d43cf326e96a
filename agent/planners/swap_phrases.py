"""How people ask to give many people one licence in place of another: one sentence with a verb, a crowd, two products.

Matched on folded text like `phrases`. The first product is the one given up, unless what stands between the two says
that the second is (`B instead of A`).
"""

import re
from dataclasses import dataclass

from agent.planners.group_phrases import bare_name
from agent.planners.products import mentions
from agent.planners.wording import folded

_CHANGE = re.compile(
    r"\b(?:swap|replace|exchange|upgrade|downgrade|switch|migrate|change|move"
    r"|ersetz\w*|tausch\w*|wechsel\w*|umstell\w*|hochstuf\w*"
    r"|remplac\w*|echang\w*|pass(?:er|ez)|migr\w*"
    r"|reemplaz\w*|sustitu\w*|cambi\w*|actualiz\w*"
    r"|substitu\w*|tro(?:c|qu)\w*|mud\w*|atualiz\w*)\b"
    r"|\b(?:give|gib|geben|donn\w*|dar|dale?s?|de) "
)
_CROWD = (
    r"(?:every(?:one|body)|all(?: (?:the )?(?:users|people|members|holders|staff|employees|colleagues))?|each member"
    r"|all[en]? (?:benutzer|mitglieder|leute|mitarbeiter|kollegen)n?|allen?|jede[nmr]?"
    r"|tous(?: (?:les )?(?:utilisateurs|membres|collegues))?|tout le monde|chacun"
    r"|todos(?: (?:los |os )?(?:usuarios|miembros|membros|utilizadores|colegas))?|toda la gente|toda a gente)"
)
_EVERYBODY = re.compile(rf"\b{_CROWD}\b")
# Where the crowd is said to be: in a group of that name, up to the next mark or preposition.
_IN_GROUP = re.compile(
    rf"\b{_CROWD} (?:in|from|of|aus|von|im|dans|de|du|des|del|en|do|da|no|na) (?P<group>[^,;:!?\n]{{1,80}}?)"
    r"(?=\s*(?:[,;:!?\n]|\.(?:\s|$)|$"
    r"|\b(?:with|who|from|to|by|for|instead|please|mit|von|durch|gegen|statt|bitte|auf|avec|par|au lieu|svp|con|por|a|"
    r"com|em vez)\b))"
)
_REVERSED = re.compile(
    r"\b(?:instead of|in place of|rather than|statt|anstelle|anstatt|au lieu|a la place|en lugar|en vez|em vez"
    r"|em lugar|no lugar)\b"
)
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]+)*")


@dataclass(frozen=True, slots=True)
class Swap:
    """One ask to swap two products for many people, as written. `group` is empty when nobody is singled out."""

    old: str
    new: str
    group: str
    span: tuple[int, int]


def names_many(text: str) -> bool:
    """Whether `text` speaks of a crowd, such as everybody in a group."""
    return _EVERYBODY.search(folded(text)) is not None


def swap_mention(text: str) -> Swap | None:
    """Return the one sentence of `text` that asks for a swap, or None when there is none, or more than one."""
    comparable = folded(text)
    found = [swap for one in _SENTENCE.finditer(comparable) if (swap := _swap(text, comparable, span=one.span()))]
    return found[0] if len(found) == 1 else None


def _swap(text: str, comparable: str, *, span: tuple[int, int]) -> Swap | None:
    sentence = comparable[slice(*span)]
    if not _CHANGE.search(sentence) or not _EVERYBODY.search(sentence):
        return None
    products = mentions(sentence)
    if len(products) != 2 or products[0].group(0) == products[1].group(0):
        return None
    first, second = products
    is_reversed = _REVERSED.search(sentence[first.end() : second.start()]) is not None
    old, new = (second, first) if is_reversed else (first, second)
    within = _IN_GROUP.search(sentence)
    start = span[0]
    # "Everybody from F3 to E3" names a product and no group.
    is_group = within is not None and not mentions(within.group("group"))
    group = text[start + within.start("group") : start + within.end("group")] if within and is_group else ""
    return Swap(old=old.group(0), new=new.group(0), group=bare_name(group), span=span)
