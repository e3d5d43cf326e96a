"""Answers the console's two addresses: JSON for scripts, a page for people."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from agent.errors import PortError
from agent.ports import CaseStore
from console.pages import case_page, cases_page
from console.style import page_headers
from console.views import case_json, summary_json

_MAX_CASES = 100
_CASE_ID = re.compile(r"[0-9a-f]{32}")
_JSON = {"content-type": "application/json", "cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP answer of the console. `cookies` are values of `Set-Cookie`, one header each."""

    status: int
    body: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...] = ()


async def cases_front(store: CaseStore, *, accept: str, key: str) -> Page:
    """Return the newest cases. `accept` is the request's header; `key` the function key in its query, or empty."""
    try:
        cases = [held.case async for held in store.recent(_MAX_CASES)]
    except PortError as error:
        return _problem(503, str(error))
    if _wants_page(accept):
        return Page(200, cases_page(cases, link_query=_query(key)), page_headers())
    return Page(200, json.dumps({"cases": [summary_json(one) for one in cases]}), _JSON)


async def case_front(store: CaseStore, case_id: str, *, accept: str, key: str) -> Page:
    """Return one case with its activity log, or 404. `accept` and `key` as above."""
    if not _CASE_ID.fullmatch(case_id):
        return _problem(404, "there is no such case")
    try:
        held = await store.load(case_id)
        if held is None:
            return _problem(404, "there is no such case")
        events = await store.events(case_id)
        attempts = await store.attempts(case_id)
    except PortError as error:
        return _problem(503, str(error))
    if _wants_page(accept):
        return Page(200, case_page(held.case, events, attempts=attempts, link_query=_query(key)), page_headers())
    return Page(200, json.dumps(case_json(held.case, events, attempts=attempts)), _JSON)


def _wants_page(accept: str) -> bool:
    return "text/html" in accept


def _query(key: str) -> str:
    return f"?{urlencode({'code': key})}" if key else ""


def _problem(status: int, reason: str) -> Page:
    return Page(status, json.dumps({"error": reason}), _JSON)
