"""Several reads in one request to Graph's `$batch`: how they are packed, judged before they leave, and unpacked.

A batch is the only POST that leaves without a permit, so what may be in one is said narrowly here and checked on the
very bytes that are sent. Writes are never batched.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from agent.errors import TripwireError
from agent.graph import wire
from agent.model.graph_call import GraphCall, reveals_secret

PATH = "/$batch"
# https://learn.microsoft.com/graph/json-batching
MAX_PARTS = 20

_EVENTUAL = {"ConsistencyLevel": "eventual"}
_NEEDED = {"id", "method", "url"}
# Path and query as `GraphCall.target` writes them: nothing that starts a fragment, another host or a second query.
_URL = re.compile(r"(?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+)(?:\?(?P<query>[A-Za-z0-9._~$%&=-]+))?")


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What one part was answered; `body` is None unless it is a JSON object. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] | None


def packed(calls: Mapping[str, GraphCall]) -> bytes:
    """Return the content of a batch of these reads by their ids."""
    requests = [
        {"id": part_id, "method": call.method, "url": call.target, **_headers(call)} for part_id, call in calls.items()
    ]
    return wire.encoded({"requests": requests}) or b""


def _headers(call: GraphCall) -> dict[str, dict[str, str]]:
    return {"headers": _EVENTUAL} if call.eventual else {}


def require_plain_reads(content: bytes) -> None:
    """Let `content` pass only as a batch of at most twenty plain reads that reveal no secret.

    Raises:
        TripwireError: it is anything else.
    """
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    # Written in its one form: a body that names something twice could be read otherwise by the service.
    if not isinstance(body, dict) or set(body) != {"requests"} or wire.encoded(body) != content:
        raise TripwireError("expected a batch in its one written form, got something else")
    parts = body["requests"]
    if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_PARTS:
        raise TripwireError(f"expected a batch of 1 to {MAX_PARTS} reads, got another number")
    if not all(_is_plain_read(part) for part in parts):
        raise TripwireError("a batch with something else than plain reads was stopped")
    if len({part["id"].lower() for part in parts}) != len(parts):
        raise TripwireError("expected a batch whose ids differ, got one twice")


def _is_plain_read(part: Any) -> bool:
    if not isinstance(part, dict) or not all(isinstance(part.get(name), str) for name in _NEEDED):
        return False
    # What is not named here, such as a body or a dependency, has no place in a read.
    others = {name: value for name, value in part.items() if name not in _NEEDED}
    if others not in ({}, {"headers": _EVENTUAL}) or part["method"] != "GET":
        return False
    url = _URL.fullmatch(part["url"])
    return url is not None and _is_harmless(url["path"], url["query"] or "")


def _is_harmless(path: str, query: str) -> bool:
    if reveals_secret(path, query):
        return False
    # Nobody documents how often a part is unescaped on its way, so its path must be harmless after any number of times.
    for _ in range(len(path)):
        if any(part in ("", ".", "..", "$batch") for part in path[1:].lower().split("/")):
            return False
        if (plain := unquote(path)) == path:
            return True
        path = plain
    return False


def unpacked(body: Mapping[str, Any]) -> dict[str, PartAnswer]:
    """Return the answers of a batch by the ids of their parts; what is malformed is left out."""
    found = body.get("responses")
    parts = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {
        part["id"]: PartAnswer(part["status"], _lowered(part.get("headers")), _object(part))
        for part in parts
        if isinstance(part.get("id"), str) and type(part.get("status")) is int
    }


def _lowered(headers: Any) -> dict[str, str]:
    given = headers if isinstance(headers, dict) else {}
    return {str(name).lower(): str(value) for name, value in given.items()}


def _object(part: dict[str, Any]) -> dict[str, Any] | None:
    # A part without a body lacks it; null is no object either.
    body = part.get("body", {})
    return body if isinstance(body, dict) else None
