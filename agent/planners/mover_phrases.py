"""How people say where somebody moves inside of the company: the new department, title, manager, and named groups."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from agent.planners.newcomer_phrases import newcomer_in
from agent.planners.wording import folded

_CAPITAL: Final = r"[A-Z\u00c0-\u00d6\u00d8-\u00de][\w'\u2019-]*\w"
_NAME: Final = rf"{_CAPITAL}(?: (?:&|and|und|et|y|e) {_CAPITAL})?"
# Behind a verb of going, on the text as written: departments are names.
_TO: Final = re.compile(
    r"(?:moves?|moving|moved|transfers?|transferring|transferred|goes|going|comes?|switch(?:es|ing)?|changes?"
    r"|now works?)(?: over)?(?: \w+){0,6}? (?:to|into|for) (?:the |our )?"
    rf"(?P<en>{_NAME})"
    r"|(?:wechselt|geht|kommt|versetzt|arbeitet|soll|Wechsel|Versetzung)(?: [\w.]+){0,8}? "
    rf"(?:in(?: den| die| das)?|ins|zur?|zum) (?:Abteilung )?(?P<de>{_NAME})"
    r"|(?:passe|rejoint|va|part|arrive|mut\u00e9e?|Mutation|transfert|travaille)(?: [\w.]+){0,6}? "
    rf"(?:aux?|\u00e0 la|\u00e0 l'|\u00e0|le|la|chez|vers)(?: service| d\u00e9partement)? ?(?P<fr>{_NAME})"
    r"|(?:pasa|va|se cambia|traslado|Traslado|trabaja|entra|se mueve)(?: [\w.]+){0,6}? (?:al?|a la|en|hacia)"
    rf"(?: departamento de| equipo de)? ?(?P<es>{_NAME})"
    r"|(?:passa|vai|muda|transfer\u00eancia|Transfer\u00eancia|transferid[oa]|trabalha)(?: [\w.]+){0,6}? "
    rf"(?:para|ao|\u00e0|na|no)(?: as| os| a| o)?(?: departamento d[eao]s?)? ?(?P<pt>{_NAME})"
)
# Names as naming conventions make them: a short prefix, a mark, and more.
_GROUP: Final = re.compile(r"(?<![\w@.-])[A-Za-z]{1,8}(?:[-_][\w]+)+(?![\w@])")


# On folded text: what is said before a group that is to go, up to the group before it, and right behind it.
_OLD_BEFORE: Final = re.compile(
    r"\b(?:los(?:e|es|ing)|remov\w*|take\w*|out of|leaves?|drop\w*|revok\w*|instead of|old|swap\w*|replac\w*|from"
    r"|without|statt|anstelle|entfern\w*|entzieh\w*|entzogen|raus|aus|alte\w*|ersetz\w*|tausch\w*|verliert|ohne"
    r"|retir\w*|enlev\w*|au lieu|ancien\w*|remplac\w*|perd|sans|quit\w*|sac\w*|en lugar|antigu\w*|sustitu\w*|pierde|sin"
    r"|tir\w*|em vez|antig\w*|substitu\w*|troc\w*|perde|sem)\b[^.;\n]*$"
)
_OLD_AFTER: Final = re.compile(
    r"^\W*(?:(?:is|are|can|must|to|zu|a|muss|kann|bitte) )*(?:weg|raus|entfern\w*|entzieh\w*|away|go|goes"
    r"|removed|gone|fuera|retir\w*|supprim\w*|remov\w*)\b"
)
# What is to come, though a word for going stands before: it is the last word that counts.
_NEW_BEFORE: Final = re.compile(
    r"\b(?:for|with|add|adds|needs?|gets?|into|new|to|durch|gegen|dazu|neu\w*|braucht|bekommt|in|par|pour|ajout\w*"
    r"|besoin"
    r"|nouve\w*|por|con|anad\w*|necesita|nuev\w*|com|adicion\w*|precisa|nov[oa]s?)\b[^.;\n]*$"
)


@dataclass(frozen=True, slots=True)
class Move:
    """Where somebody moves, as written; empty is not said. `manager` is `me` for the one who writes.

    `comes` and `goes` are the groups that are named as new and as old.
    """

    department: str
    job: str
    manager: str
    comes: tuple[str, ...]
    goes: tuple[str, ...]


def move_in(words: str, *, today: date) -> Move:
    """Return what these words say of somebody's move."""
    said = newcomer_in(words, today=today)
    match = _TO.search(words)
    gone_to = next((one for one in match.groupdict().values() if one), "") if match else ""
    named = _named_groups(words)
    return Move(
        department=gone_to or said.department,
        job=said.job,
        manager=said.manager,
        comes=tuple(name for name, is_old in named.items() if not is_old),
        goes=tuple(name for name, is_old in named.items() if is_old),
    )


def _named_groups(words: str) -> dict[str, bool]:
    """Return the groups that are named, and of each whether it is to go."""
    comparable = folded(words)
    found = list(_GROUP.finditer(words))
    named: dict[str, bool] = {}
    start = 0
    for place, match in enumerate(found):
        before = comparable[start : match.start()]
        after = comparable[match.end() : found[place + 1].start() if place + 1 < len(found) else len(words)]
        gone = _OLD_AFTER.search(after)
        named[match.group(0)] = gone is not None or _is_old(before)
        # What was said of this group is not said of the next.
        start = match.end() + (gone.end() if gone else 0)
    return named


def _is_old(before: str) -> bool:
    old, new = _last(_OLD_BEFORE, before), _last(_NEW_BEFORE, before)
    return old >= 0 and old > new


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Return where the last word of the pattern stands in the last sentence of the text, or -1."""
    start, found = 0, -1
    while match := pattern.search(text, start):
        found, start = match.start(), match.start() + 1
    return found
