"""Reads cards as their readers do: every part of one, its lines of text, and what its buttons mean."""

from collections.abc import Iterator
from typing import Any

from agent.channels.approval_card import closed_card, pending_card
from agent.channels.card_elements import to_json
from agent.channels.own_pages import OwnPages
from agent.ports import ApprovalNotice

PAGES = OwnPages("https://remit.contoso.example")


def pending(notice: ApprovalNotice) -> dict[str, Any]:
    """Return the open question's card as it is sent."""
    return to_json(pending_card(notice, pages=PAGES))


def closed(notice: ApprovalNotice, how: Any, *, note: str = "") -> dict[str, Any]:
    """Return the closed question's card as it is sent."""
    return to_json(closed_card(notice, how, note=note))


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a card, itself first."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


def lines(card: dict[str, Any]) -> list[str]:
    """Return the lines of a card; the rows of an exact text are one line, put together without anything."""
    found: list[str] = []
    for one in parts(card):
        if one.get("type") != "RichTextBlock":
            continue
        text = "".join(run["text"] for run in one["inlines"])
        if is_row(one) and found:
            found[-1] += text
        else:
            found.append(text)
    return found


def is_row(block: dict[str, Any]) -> bool:
    """Whether a paragraph continues the exact text before it."""
    return block.get("spacing") == "None" and block["inlines"][0].get("fontType") == "Monospace"


def buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the buttons of a card, those at its end first, and its link."""
    further = [one for part in card["body"] if part["type"] == "ActionSet" for one in part["actions"]]
    return [*card.get("actions", []), *further]


def verbs(card: dict[str, Any]) -> list[str]:
    """Return what the buttons of a card mean."""
    return [one["verb"] for one in buttons(card) if one["type"] == "Action.Execute"]
