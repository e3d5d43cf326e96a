"""The lines of a card: labelled prose, and calls and ids that are shown exactly.

A client breaks a text after a blank, and after a dash or a question mark between letters and digits (measured in
Chromium with the `adaptivecards` package: a RichTextBlock breaks no word). What has no such place for longer than a
phone is wide is broken here: prose by a blank, and exact text into rows of their own, between which nothing is left
out, and which begin and end at no blank. So nothing is ever clipped, and rows put together are the exact text.
"""

import json
import re
import unicodedata

from agent.channels.card_elements import RichTextBlock, TextRun
from agent.channels.plain_text import plain_text
from agent.model.graph_call import GraphCall
from agent.model.plan import Step

#: A step's call and its way back are shown in full up to this length, or the plan cannot be approved on a card.
MAX_CALL_CHARS = 640
#: The longest id that is shown whole: a site's, which is a host name and two GUIDs.
MAX_ID_CHARS = 128
#: The least that prose is cut to, where a card would be too large otherwise.
LEAST_ROOM = 20
#: So many characters of one width fit on a card that is 300 px wide, inside of a container.
MAX_UNBROKEN = 28

# What looks like a semicolon: Greek question mark, Arabic and reversed semicolons. NFKC finds further forms.
_SEMICOLONS = frozenset(";\u037e\u061b\u204f\u2e35")
# A place where a client breaks: behind it.
_BREAKS = re.compile(r"(?<=[ ])|(?<=[A-Za-z0-9][-?])(?=[A-Za-z0-9])")
# Where a row ends best, when it must end somewhere.
_JOINTS = "/,:;&=.}"
_SOONEST_JOINT = 16
# Widths of letters, in halves of a usual one.
_WIDE = frozenset("WM@%mw")
_ROOM = MAX_UNBROKEN * 2


def line(label: str, text: str) -> RichTextBlock:
    """Return one labelled line of prose; `text` is cleaned already."""
    return RichTextBlock((_label(label), TextRun(text=breakable(text) or "(nothing)")))


def exact_lines(label: str, text: str, *, prose: str = "") -> tuple[RichTextBlock, ...]:
    """Return a labelled exact text, in as many rows as it needs; `prose` stands before it in the first.

    What clients would change in it is cleaned away, so only text that cleaning leaves as it is is shown exactly.
    """
    first, *more = exact_rows(plain_text(text, MAX_CALL_CHARS)) or ("(nothing)",)
    words = [TextRun(text=f"{prose} ")] if prose else []
    return (RichTextBlock((_label(label), *words, exact_run(first))), *exact_blocks(more))


def exact_blocks(rows: list[str]) -> tuple[RichTextBlock, ...]:
    """Return rows of an exact text as they follow each other."""
    return tuple(RichTextBlock((exact_run(row),), spacing="None") for row in rows)


def exact_run(row: str) -> TextRun:
    """Return one row of an exact text, in which each letter can be told from each other."""
    return TextRun(text=row, font="Monospace", size="Small")


def exact_rows(text: str) -> list[str]:
    """Return an exact text in rows that every client can show: put together they are `text`."""
    rows: list[str] = []
    row = ""
    for piece in _BREAKS.split(text):
        while len(piece.rstrip(" ")) > MAX_UNBROKEN:
            at = _joint(piece)
            rows.append(row + piece[:at])
            row, piece = "", piece[at:]
        row += piece
    return [*rows, row] if row else rows


def breakable(text: str) -> str:
    """Return cleaned prose with a blank in every word that is wider than a phone."""
    return "".join(_with_blanks(piece) for piece in _BREAKS.split(text))


def object_lines(label: str, text: str, *, object_id: str) -> tuple[RichTextBlock, ...]:
    """Return a labelled object: `text` says what it is, its id stands beside it, or below in rows when it is long."""
    shown = shown_id(object_id)
    if breakable(shown) == shown:
        return (line(label, f"{text} ({shown})" if text else shown),)
    return (line(label, text or "by its id"), *exact_blocks(exact_rows(shown)))


def shown_id(text: str) -> str:
    """Return an id as it is shown: ids are ASCII, and a look-alike letter becomes `?` instead of looking like one."""
    return plain_text(text.encode("ascii", "replace").decode(), MAX_ID_CHARS)


def shown_name(text: str, room: int) -> str:
    """Return a name of at most `room` characters without brackets and semicolons of any form.

    Brackets are around ids and semicolons between the entries of a list, so no name can pretend to be one.
    """
    return plain_text("".join(" " if _parts_entries(char) else char for char in text[: room * 8]), room)


def named(label: str, object_id: str, *, room: int) -> str:
    """Return a name with its id beside it, because names are foreign text and may look like somebody else's."""
    name = shown_name(label, room)
    return f"{name} ({shown_id(object_id)})" if name else shown_id(object_id)


def exact_call(call: GraphCall) -> str:
    """Return one call in full as one ASCII line: method, path and query as sent, and body."""
    body = "" if call.body is None else f" {json.dumps(call.body, sort_keys=True)}"
    return f"{call.method} {call.target}{body}"


def exact_undo(step: Step) -> str:
    """Return the call that would undo a step, as `exact_call`; empty when nothing does."""
    return exact_call(step.undo.call) if step.undo else ""


def _label(label: str) -> TextRun:
    return TextRun(text=f"{label}: ", weight="Bolder")


def _joint(piece: str) -> int:
    """Return where a row of `piece` ends: behind a sign that parts words, if there is one, else where it is full."""
    found = max(piece.rfind(sign, _SOONEST_JOINT, MAX_UNBROKEN) for sign in _JOINTS) + 1
    return found or MAX_UNBROKEN


def _with_blanks(piece: str) -> str:
    shown, width = "", 0
    for char in piece:
        width += _width(char)
        if width > _ROOM and char != " ":
            shown, width = f"{shown} ", _width(char)
        shown += char
    return shown


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    if char in _WIDE or not char.isascii():
        # One sign may be as wide as the words that it stands for.
        return 4 * len(unicodedata.normalize("NFKC", char))
    return 3 if char.isupper() else 2


def _parts_entries(char: str) -> bool:
    plain = unicodedata.normalize("NFKC", char)
    return bool(_SEMICOLONS & {char, *plain}) or any(unicodedata.category(one) in ("Ps", "Pe") for one in plain)
