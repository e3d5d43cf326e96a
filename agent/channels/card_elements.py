"""The elements that cards are made of, and the one way from them to JSON (Adaptive Cards 1.5, the most Teams shows).

What must not be on a card cannot be written with them:
1. Foreign text stands in a TextRun alone, where no client reads Markdown, and there only as cleaned text.
2. Text of a TextBlock, a label or a button is one of our constants (`agent/channels/card_words.py`).
3. A link leads to a page of our own; there are no images and no other addresses.
4. The data of a button names a question and its plan, nothing else.
5. A card has at most three buttons and one link, and is under 28 KB on the wire.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.channels.activities import Verb
from agent.channels.card_words import Words
from agent.channels.own_pages import OwnPage
from agent.channels.plain_text import plain_text

Json = dict[str, Any]

#: Teams posts of webhooks stop at 28 KB, bot messages later; below it a card is safe everywhere.
MAX_CARD_BYTES = 28 * 1024
#: More buttons than these are cut off on a phone (measured at 300 px).
MAX_BUTTONS = 3
# A row of buttons does not wrap, and on a phone only two short ones fit: what is more stands in a row above them.
_BUTTONS_A_ROW = 2
#: The longest text of one run: that of a line in a list of hundreds of people.
MAX_RUN_CHARS = 8_000

Spacing = Literal["Default", "None", "Small"]

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class CardTooLargeError(ValueError):
    """The parts do not fit on one card; give prose less room, or show less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRun:
    """A piece of text, ours or foreign, in which nothing is read as markup.

    Raises:
        ValueError: the text is empty, longer than `MAX_RUN_CHARS`, or not as `plain_text` leaves it: one line without
            hidden characters and template marks. One blank at its end may part it from the next run.
    """

    text: str
    weight: Literal["Default", "Bolder"] = "Default"
    font: Literal["Default", "Monospace"] = "Default"
    size: Literal["Default", "Small", "Large"] = "Default"

    def __post_init__(self) -> None:
        if not self.text or plain_text(self.text, MAX_RUN_CHARS) != self.text.removesuffix(" "):
            raise ValueError("expected one line of cleaned text: use `plain_text` first")


@dataclass(frozen=True, slots=True)
class RichTextBlock:
    """A paragraph of runs."""

    inlines: tuple[TextRun, ...]
    spacing: Spacing = "Small"

    def __post_init__(self) -> None:
        if not self.inlines:
            raise ValueError("expected at least one run of text")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """A constant text of our own, the only kind that may stand where Markdown is read."""

    text: Words
    size: Literal["Default", "Medium"] = "Default"
    weight: Literal["Default", "Bolder"] = "Default"

    def __post_init__(self) -> None:
        _constant(self.text)


@dataclass(frozen=True, slots=True)
class Container:
    """Paragraphs that belong together, set apart from others."""

    items: tuple[RichTextBlock | TextBlock, ...]

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError("expected at least one paragraph")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputText:
    """A field in which a person may write; what they write comes back in the data of the click, under `id`."""

    id: Literal["reason"]
    label: Words
    max_chars: int

    def __post_init__(self) -> None:
        _constant(self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChoice:
    """A list of constant texts of which a person chooses one; its value comes back in the data of the click."""

    id: Literal["pattern", "days"]
    label: Words
    choices: tuple[tuple[Words, str], ...]
    chosen: str

    def __post_init__(self) -> None:
        for text in (self.label, *(title for title, _ in self.choices)):
            _constant(text)
        if self.chosen not in [value for _, value in self.choices]:
            raise ValueError("expected one of the choices to be chosen")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputNumber:
    """A field for a whole number, which comes back in the data of the click."""

    id: Literal["uses"]
    label: Words
    least: int
    most: int
    chosen: int

    def __post_init__(self) -> None:
        _constant(self.label)


@dataclass(frozen=True, slots=True)
class Question:
    """All that a click carries: which question it answers, and about which plan. Everything else is in storage.

    Raises:
        ValueError: one of them is not of the form that we give it.
    """

    approval_id: str
    plan_digest: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.approval_id) or not _DIGEST.fullmatch(self.plan_digest):
            raise ValueError("expected the id of an approval and the SHA-256 of a plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute:
    """A button whose click is answered by us. Colour never carries meaning: Teams may not show `style`."""

    title: Words
    verb: Verb
    question: Question
    style: Literal["default", "positive", "destructive"] = "default"

    def __post_init__(self) -> None:
        _constant(self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUrl:
    """A link to a page of our own."""

    title: Words
    page: OwnPage

    def __post_init__(self) -> None:
        _constant(self.title)
        if not isinstance(self.page, OwnPage):
            raise TypeError("expected a page of our own")


Block = TextBlock | RichTextBlock | Container | InputText | InputChoice | InputNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A whole card. `refresh` is the question whose present state a client asks for when it shows the card.

    Raises:
        ValueError: it has more than `MAX_BUTTONS` buttons, or nothing to show.
        CardTooLargeError: it would be larger than `MAX_CARD_BYTES`.
    """

    body: tuple[Block, ...]
    buttons: tuple[Execute, ...] = ()
    link: OpenUrl | None = None
    refresh: Question | None = None

    def __post_init__(self) -> None:
        if not self.body or len(self.buttons) > MAX_BUTTONS:
            raise ValueError(f"expected a body and at most {MAX_BUTTONS} buttons, got {len(self.buttons)}")
        if json_bytes(to_json(self)) > MAX_CARD_BYTES:
            raise CardTooLargeError(f"expected at most {MAX_CARD_BYTES} bytes: give prose less room")


def to_json(card: Card) -> Json:
    """Return a card as it is sent."""
    whole: Json = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": Words.OLD_CLIENT.value,
        "body": [_block(one) for one in card.body],
    }
    if card.refresh is not None:
        refresh = {"type": "Action.Execute", "title": Words.REFRESH.value, "verb": "view", "data": _data(card.refresh)}
        whole["refresh"] = {"action": refresh}
    first, others = card.buttons[:_BUTTONS_A_ROW], card.buttons[_BUTTONS_A_ROW:]
    second = [*([_link(card.link)] if card.link else []), *map(_button, others)]
    if second:
        whole["body"].append({"type": "ActionSet", "actions": second})
    if first:
        whole["actions"] = [_button(one) for one in first]
    return whole


def json_bytes(value: object) -> int:
    """Return the size of JSON on the wire at worst, with every character outside ASCII escaped."""
    return len(json.dumps(value))


def block_bytes(blocks: Sequence[Block]) -> int:
    """Return what these parts take of a card, as `json_bytes`."""
    return json_bytes([_block(one) for one in blocks])


def _block(block: Block) -> Json:
    match block:
        case TextBlock(text=text, size=size, weight=weight):
            return _short({"type": "TextBlock", "text": text.value, "size": size, "weight": weight, "wrap": True})
        case RichTextBlock(inlines=inlines, spacing=spacing):
            return _short({"type": "RichTextBlock", "spacing": spacing, "inlines": [_run(one) for one in inlines]})
        case Container(items=items):
            parts = [_block(one) for one in items]
            return {"type": "Container", "style": "emphasis", "spacing": "Small", "items": parts}
        case InputText(id=name, label=label, max_chars=most):
            field = {"type": "Input.Text", "id": name, "label": label.value}
            return {**field, "isMultiline": True, "maxLength": most}
        case InputChoice(id=name, label=label, choices=choices, chosen=chosen):
            listed = [{"title": title.value, "value": value} for title, value in choices]
            return {"type": "Input.ChoiceSet", "id": name, "label": label.value, "choices": listed, "value": chosen}
        case InputNumber(id=name, label=label, least=least, most=most, chosen=number):
            field = {"type": "Input.Number", "id": name, "label": label.value}
            return {**field, "min": least, "max": most, "value": number}


def _run(run: TextRun) -> Json:
    return _short({"type": "TextRun", "text": run.text, "weight": run.weight, "fontType": run.font, "size": run.size})


def _short(element: Json) -> Json:
    """Leave out what is so by default: with hundreds of lines it is a large part of a card."""
    return {name: value for name, value in element.items() if value != "Default"}


def _button(button: Execute) -> Json:
    title, data = button.title.value, _data(button.question)
    # Old clients know no Execute; their Submit arrives as a message, so it must say which button it was.
    fallback = {"type": "Action.Submit", "title": title, "data": {**data, "answer": button.verb}}
    action = {"type": "Action.Execute", "title": title, "verb": button.verb, "style": button.style}
    return {**action, "data": data, "fallback": fallback}


def _link(link: OpenUrl) -> Json:
    return {"type": "Action.OpenUrl", "title": link.title.value, "url": link.page.url}


def _data(question: Question) -> Json:
    return {"approval": question.approval_id, "plan": question.plan_digest}


def _constant(text: object) -> None:
    # A type checker sees it too; this holds where nobody ran one.
    if not isinstance(text, Words):
        raise TypeError("expected one of our own constant texts, a member of `Words`")
