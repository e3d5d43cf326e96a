"""The few elements that cards are made of. Foreign text stands in them as it is: clean it with `plain_text` first."""

from typing import Any

from agent.channels.plain_text import plain_text

Json = dict[str, Any]

#: A step's call and its way back are shown in full up to this length, or the plan cannot be approved on a card.
MAX_CALL_CHARS = 400


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


def shown_id(text: str) -> str:
    """Return an id as it is shown: ids are ASCII, and a look-alike letter becomes `?` instead of looking like one."""
    return plain_text(text.encode("ascii", "replace").decode(), 64)


def named(label: str, object_id: str, *, room: int) -> str:
    """Return a name with its id beside it, because names are foreign text and may look like somebody else's."""
    name = plain_text(label, room)
    return f"{name} ({shown_id(object_id)})" if name else shown_id(object_id)
