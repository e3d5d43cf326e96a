"""The clauses of a text, each of which may hold one wish: lines, sentences, and what is joined by "also"."""

import itertools
import re
from typing import Final, NamedTuple

from agent.planners.reading.concepts import concepts
from agent.planners.reading.features import words_of
from agent.planners.wording import folded

#: More would be a list of work for people.
_MAX_CLAUSES: Final = 16
_BULLET: Final = re.compile(r"^\s*(?:[-*\N{BULLET}\N{EN DASH}]|\(?\d{1,2}[.)]|[a-z]\))\s+")
_NUMBERED: Final = re.compile(r"(?:^|(?<=\s))\(?(?P<number>\d(?=[.)])|[a-e](?=\)))[.)]\s+(?=\S)")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+(?=\S)")
# No sentence ends after these.
_SHORTENED: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|hr|fr|nr|no|z\.? ?b|bzw|ca|approx|e\.g|i\.e|p|sr|sra|st|v|u|\w)|\d)\.$"
)
_ALSO: Final = re.compile(
    r"[,;]?\s+(?=(?:and |oh and |und |et |y |e )?(?:also|additionally|furthermore|besides|on top of that|another thing"
    r"|au(?:ss|ß)erdem|zudem|des weiteren|ferner|desweiteren|de plus|par ailleurs|ademas|por otro lado|alem disso"
    r"|ja agora)\b)"
    # Inside of a clause these stand behind its verb: "il me faudrait aussi".
    r"|(?:[,;]\s+(?:et |y |e )?|\s+(?:et|y|e) )(?=(?:aussi|egalement|tambien|tambem)\b)"
    r"|[,;]\s+(?=(?:and|und|et|y|e) (?:please|can|could|i need|i would|bitte|konn\w+|ich brauche|merci de|pouvez|il me"
    r"|por favor|necesito|pod\w+|preciso|pued\w+)\b)"
)
_GOVERNS: Final = re.compile(
    r"\b(?:not|never|don'?t|didn'?t|already|did|done|tried|so far|steps?|without"
    r"|nicht|nie|keine?[nms]?|schon|bereits|versucht|gemacht|bisher|schritte"
    r"|pas|jamais|deja|essaye|fait|etapes|no|nunca|ya|probado|hecho|intentado|pasos|nao|ja|tentei|feito|fiz|passos)\b"
)
_RULED_OUT: Final = re.compile(
    r"\b(?:never|do not|don'?t|please not|nicht|nie|ne pas|jamais|nunca|no|nao)(?: (?:do|any|of|all|these|this|the"
    r"|following|please"
    r"|bitte|das|folgende[sn]?|machen|tun|faire|ca|hacer|hagais|esto|fazer|facam|isto))*\W*$"
)
_LABEL: Final = re.compile(r"^\s*[^\W\d][\w /()'-]{1,30}\s?:\s*\S")
_ENOUGH_LABELS: Final = 3
_ASKING: Final = re.compile(
    r"\b(?:please|pls|plz|bitte|svp|s'il|merci d[e']|por favor|porfa\w*|need|want|would like|i'd like|could|can"
    r"|may i|let me"
    r"|give|get|brauch\w*|benotig\w*|mochte|hatte gern\w*|hatten gern\w*|konn\w+|kann|il (?:me|nous|lui) fau\w+|besoin"
    r"|voudrai\w*|souhait\w*|aimerai\w*|pouvez|peux-tu|peut-on|pourri\w+|necesit\w+|quier\w+|quisier\w+|pued\w+|pod\w+"
    r"|hace falta|precis\w+|quer\w+|gostari\w+|da para)\b|\?"
)
_ACTIONS: Final = frozenset(
    [
        "add",
        "remove",
        "reset",
        "install",
        "create",
        "disable",
        "enable",
        "forward",
        "invite",
        "restore",
        "unlock",
        "wipe",
        "sync",
        "restart",
        "swap",
        "signout",
        "giveback",
        "review",
        "check",
        "off",
        "exclude",
        "begin",
    ]
)
_JOINED: Final = re.compile(r",?\s+(?:and|und|et|y|e)\s+(?:then\s+|dann\s+)?")


class Clause(NamedTuple):
    """Some words of a text; `is_item` says that they are one item of a list, which asks for something by itself."""

    words: str
    is_item: bool


def clauses_of(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a text in order; a form of labelled lines is one clause."""
    lines = [line for line in text.splitlines() if line.strip()]
    if is_form(text):
        return (Clause(text, is_item=False),)
    if _is_governed(lines):
        return (Clause(text, is_item=False),)
    is_list = sum(_BULLET.match(line) is not None for line in lines) > 1
    found: list[Clause] = []
    for line, is_item in itertools.chain.from_iterable(_listed(line, is_list=is_list) for line in lines):
        for sentence in _sentences(_BULLET.sub("", line)):
            found.extend(Clause(one, is_item) for one in _split(sentence))
    return tuple(found[:_MAX_CLAUSES])


def is_ruled_out(text: str) -> bool:
    """Whether a list is given of what is not to be done: "please do not: 1) ..."."""
    return _RULED_OUT.search(_before_list(text.splitlines())) is not None


def _is_governed(lines: list[str]) -> bool:
    """Whether what stands before a list says of all its items that they are not, or no more, to be done."""
    return _GOVERNS.search(_before_list(lines)) is not None


def _before_list(lines: list[str]) -> str:
    """Return the folded words before the first item of a list, or nothing where no list is."""
    before: list[str] = []
    for line in lines:
        mark = _BULLET.match(line) or next((one for one in _NUMBERED.finditer(line)), None)
        before.append(line[: mark.start()] if mark else line)
        if mark:
            return folded(" ".join(before))
    return ""


def _listed(line: str, *, is_list: bool) -> list[Clause]:
    """Return what stands before a list that is written in one line, `1. this 2. that`, and its items; else the line.

    `is_list`: the lines of the text are one list, as far as they begin like it.
    """
    marks = list(_NUMBERED.finditer(line))
    numbers = "".join(one.group("number") for one in marks)
    if len(marks) < 2 or not ("12345678".startswith(numbers) or "abcde".startswith(numbers)):
        return [Clause(line, is_list and _BULLET.match(line) is not None)]
    before = line[: marks[0].start()]
    ends = [*(one.start() for one in marks[1:]), len(line)]
    items = [Clause(line[one.end() : end], is_item=True) for one, end in zip(marks, ends, strict=True)]
    return [Clause(before, is_item=False), *items] if before.strip() else items


def is_form(text: str) -> bool:
    """Whether a text is a form: lines of labels with what is filled in."""
    return sum(_LABEL.match(line) is not None for line in text.splitlines()) >= _ENOUGH_LABELS


def is_asking(clause: str) -> bool:
    """Whether a clause asks for something: by courtesy, by a wish or a question, or by an order as its first word."""
    if _ASKING.search(folded(clause)):
        return True
    meant = concepts().of(words_of(clause)[:2])
    return any(one & _ACTIONS for one in meant)


def halves_of(clause: str) -> tuple[tuple[str, str], ...]:
    """Return the ways to cut a clause at one "and": each may join two wishes, or two names of one."""
    comparable = folded(clause)
    return tuple((clause[: one.start()], clause[one.end() :]) for one in _JOINED.finditer(comparable))[:4]


def _sentences(line: str) -> list[str]:
    found: list[str] = []
    for piece in _SENTENCE_END.split(line):
        if found and _SHORTENED.search(folded(found[-1])):
            found[-1] = f"{found[-1]} {piece}"
        elif piece.strip():
            found.append(piece)
    return found


def _split(sentence: str) -> list[str]:
    starts = [0, *(one.end() for one in _ALSO.finditer(folded(sentence))), len(sentence)]
    pieces = (sentence[start:end].strip() for start, end in itertools.pairwise(starts))
    return [piece for piece in pieces if piece]
