"""The few elements that cards are made of. Foreign text stands in them as it is: clean it with `plain_text` first."""

import json
import unicodedata
from typing import Any

from agent.channels.plain_text import plain_text
from agent.model.graph_call import GraphCall
from agent.model.plan import Step

Json = dict[str, Any]

#: A step's call and its way back are shown in full up to this length, or the plan cannot be approved on a card.
MAX_CALL_CHARS = 400
#: The least that prose is cut to, where a card would be too large otherwise.
LEAST_ROOM = 20

# What looks like a semicolon: Greek question mark, Arabic and reversed semicolons. NFKC finds further forms.
_SEMICOLONS = frozenset(";\u037e\u061b\u204f\u2e35")


def line(label: str, text: str, *, font: str = "Default") -> Json:
    """Return one labelled line. It is a RichTextBlock, in which Markdown is not read."""
    inlines = [
        {"type": "TextRun", "text": f"{label}: ", "weight": "Bolder"},
        {"type": "TextRun", "text": text or "(nothing)", "fontType": font},
    ]
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": inlines}


def call_line(label: str, call: str) -> Json:
    """Return a line with an exact call. Up to `MAX_CALL_CHARS` it is shown whole."""
    return line(label, plain_text(call, MAX_CALL_CHARS), font="Monospace")


def container(lines: list[Json]) -> Json:
    """Return lines that belong together, set apart from others."""
    return {"type": "Container", "style": "emphasis", "spacing": "Small", "items": lines}


def json_bytes(elements: object) -> int:
    """Return the size on the wire at worst, with every character outside ASCII escaped."""
    return len(json.dumps(elements))


def shown_id(text: str) -> str:
    """Return an id as it is shown: ids are ASCII, and a look-alike letter becomes `?` instead of looking like one."""
    return plain_text(text.encode("ascii", "replace").decode(), 64)


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
    body = "" if call.body is None else " " + json.dumps(call.body, sort_keys=True, separators=(",", ":"))
    return f"{call.method} {call.target}{body}"


def exact_undo(step: Step) -> str:
    """Return the call that would undo a step, as `exact_call`; empty when nothing does."""
    return exact_call(step.undo.call) if step.undo else ""


def _parts_entries(char: str) -> bool:
    plain = unicodedata.normalize("NFKC", char)
    return bool(_SEMICOLONS & {char, *plain}) or any(unicodedata.category(one) in ("Ps", "Pe") for one in plain)
