"""Answers the console's address of the memory: JSON for scripts, a page for people."""

import json
from typing import Any, Final

from agent.memory_desk import MemoryDesk
from console.front import Page
from console.markup import document, escaped, foreign
from console.style import page_headers

_JSON: Final = {"content-type": "application/json", "cache-control": "no-store"}
_HEAD: Final = ("kind", "words", "stands for", "people", "learned in case", "last", "until", "to forget it")


async def memory_front(desk: MemoryDesk, *, accept: str) -> Page:
    """Return what is remembered. `accept` is the request's header."""
    reply = await desk.listed()
    if reply.status != 200 or "text/html" not in accept:
        return Page(reply.status, reply.text, _JSON)
    tenants: dict[str, list[dict[str, Any]]] = json.loads(reply.text)["tenants"]
    return Page(200, _page(tenants), page_headers())


def _page(tenants: dict[str, list[dict[str, Any]]]) -> str:
    parts = [
        "<p>Hints, learned where somebody was asked back and the case ended well. They say what to ask about first,"
        " and never what to do: whoever is served confirms them.</p>"
    ]
    for tenant, meanings in tenants.items():
        parts.append(f"<h2>Tenant {escaped(tenant)}</h2>")
        rows = "".join(_row(one, sense) for one in meanings for sense in one["senses"])
        head = "".join(f"<th>{escaped(one)}</th>" for one in _HEAD)
        parts.append(f"<table><tr>{head}</tr>{rows}</table>" if rows else "<p>Nothing is remembered.</p>")
    return document("What words meant", "".join(parts))


def _row(meaning: dict[str, Any], sense: dict[str, Any]) -> str:
    cells = (
        escaped(meaning["kind"]),
        foreign(meaning["words"]),
        foreign(sense["object_id"]),
        escaped(str(sense["people"])),
        escaped(sense["source_case"]),
        escaped(sense["last_at"][:10]),
        escaped(sense["expires_at"][:10]),
        f"<code>python -m agent memory forget {escaped(meaning['id'])}</code>",
    )
    return f"<tr>{''.join(f'<td>{one}</td>' for one in cells)}</tr>"
