"""Sends webhooks that are wrong in one way, on the product's own scheme (Standard Webhooks), as an attack describes.

The corpus names neutral things (a body, whether it is signed, a signature, headers, a time); what this does not know of
an attack is noted, so that nobody takes an attack for tried that was not.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from evaluation.front_doors import Filed, FrontDoors
from evaluation.items import Attack
from evaluation.seen import Json

_HTTP: Final = frozenset({"method", "path", "signed", "signature", "body", "headers", "timestamp"})
_SETUP: Final = frozenset({"text", "expand", "replay", "repeat"})
_AMOUNT: Final = re.compile(r"(?P<digits>\d{1,9})\s*(?P<unit>k|m)?")
_UNITS: Final = {"": 1, "k": 1_000, "m": 1_000_000}
_TEXTS: Final = ("text", "description", "body")


def send(attack: Attack, doors: FrontDoors) -> tuple[list[Filed], list[str]]:
    """Send what the attack describes; return how each delivery was answered, and in words what is not mapped."""
    ticket = f"SR-{uuid4().hex[:10]}"
    body = _body(attack, ticket=ticket)
    headers = _headers(attack, doors.signed(body))
    times = 2 if "replay" in attack.setup or "repeat" in attack.setup else 1
    filed = [doors.deliver(body, ticket=ticket, headers=headers) for _ in range(times)]
    unknown = sorted((set(attack.http) - _HTTP) | (set(attack.setup) - _SETUP))
    return filed, [f"`{name}` of the attack is not mapped to our webhook" for name in unknown]


def _body(attack: Attack, *, ticket: str) -> bytes:
    given = attack.http.get("body", {})
    if not isinstance(given, Mapping):
        return str(given).encode()
    text = next((str(given[name]) for name in _TEXTS if name in given), "")
    described: Json = {"id": ticket, "summary": "", "description": text + _filling(attack.setup.get("expand"))}
    if requester := given.get("requester"):
        described["requester"] = {"email": requester}
    # What the corpus puts beside is given on, so that a field that nobody may believe is really there.
    beside = {name: value for name, value in given.items() if name not in (*_TEXTS, "ticket_id", "requester")}
    event = {"type": "ticket.created", "timestamp": attack.received_at.isoformat(), "data": {"ticket": described}}
    return json.dumps({**beside, **event}, ensure_ascii=False).encode()


def _filling(expand: Any) -> str:
    """Return as many letters as `expand` says, whose form is free: a number, words with one, or an object of these."""
    values = expand.values() if isinstance(expand, Mapping) else [expand]
    return "x" * min(max(map(_number, values), default=0), 20_000_000)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return 0
    found = _AMOUNT.search(str(value).lower())
    return int(found["digits"]) * _UNITS[found["unit"] or ""] if found else 0


def _headers(attack: Attack, valid: dict[str, str]) -> dict[str, str]:
    headers = dict(valid)
    if attack.http.get("signed") is False:
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("webhook-")}
    signature = attack.http.get("signature")
    if isinstance(signature, str) and signature != "valid":
        headers["webhook-signature"] = signature
    if "timestamp" in attack.http:
        headers["webhook-timestamp"] = str(attack.http["timestamp"])
    return {**headers, **{str(name): str(value) for name, value in dict(attack.http.get("headers") or {}).items()}}
