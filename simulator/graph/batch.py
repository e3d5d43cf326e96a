"""`$batch`: up to twenty requests in one, each authorized, faulted and answered by itself.

1. The batch is wrong as a whole (400): more than twenty parts, an id twice, a part without method or address, a body
   without its content type, a dependency on nothing.
2. Else it is answered 200 whatever becomes of its parts, and in no particular order: clients go by the ids.
3. A part whose dependency failed is not done and answered 424.

Source: Graph documentation, "Combine multiple HTTP requests using JSON batching". Texts marked (u) are not documented.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from multidict import CIMultiDict
from yarl import URL

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph.asked import Asked
from simulator.graph.calls import bad_request

MAX_PARTS = 20
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
_NAMES = frozenset({"id", "method", "url", "headers", "body", "dependsOn"})
# What a part takes over from the batch that it is in.
_INHERITED = ("Authorization", "client-request-id", "User-Agent")


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch; `depends_on` are ids in lower case."""

    id: str
    asked: Asked
    depends_on: tuple[str, ...]


def is_batch(asked: Asked) -> bool:
    """Whether a request is a batch."""
    return asked.method == "POST" and asked.path.rstrip("/").lower() == "/v1.0/$batch"


def parts_of(whole: Asked) -> list[Part]:
    """The parts in the order in which they can be done.

    Raises:
        GraphError: (400) the batch is wrong as a whole.
    """
    requests = whole.body.get("requests") if isinstance(whole.body, dict) else None
    if not isinstance(requests, list) or not requests or set(whole.body) != {"requests"}:
        raise _wrong("Invalid batch payload format.")
    if len(requests) > MAX_PARTS:
        raise _wrong(f"Number of batch request steps exceeds the maximum value of {MAX_PARTS}.")
    parts = [_part(whole, one) for one in requests]
    if len({part.id.lower() for part in parts}) != len(parts):
        raise _wrong("Request ids must be unique in a batch.")  # (u)
    return _in_order(parts)


async def answered(parts: list[Part], answer: Callable[[Asked], Awaitable[Resource]]) -> Resource:
    """Do the parts with `answer`, which returns status, headers and body, and return the batch's body."""
    done: dict[str, Resource] = {}
    for part in parts:
        failed = [one for one in part.depends_on if done[one]["status"] >= 400]
        found = _not_done(part, failed[0]) if failed else await answer(part.asked)
        done[part.id.lower()] = {"id": part.id, **found}
    # Backwards, so that nobody comes to rely on an order that the service does not promise.
    return {"responses": list(reversed(done.values()))}


def _wrong(message: str) -> GraphError:
    return bad_request(message, code="BadRequest")


def _part(whole: Asked, given: Any) -> Part:
    if not isinstance(given, dict) or set(given) - _NAMES:
        raise _wrong("Invalid batch payload format.")
    part_id, method, url = given.get("id"), given.get("method"), given.get("url")
    if not isinstance(part_id, str) or not part_id:
        raise _wrong("Request id must be specified for each request in a batch.")  # (u)
    if not isinstance(method, str) or method.upper() not in _METHODS or not isinstance(url, str) or not url:
        raise _wrong(f"Invalid method or url for request id : {part_id}.")  # (u)
    headers, body = given.get("headers") or {}, given.get("body")
    texts = isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())
    if not texts or ("body" in given and "content-type" not in {name.lower() for name in headers}):
        raise _wrong(f"Write request id : {part_id} does not contain Content-Type header or body.")
    wanted = given.get("dependsOn") or []
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise _wrong(f"Invalid dependsOn for request id : {part_id}.")  # (u)
    asked = _asked(whole, method.upper(), url=url, headers=headers, body=body)
    return Part(part_id, asked, tuple(one.lower() for one in wanted))


def _asked(whole: Asked, method: str, *, url: str, headers: Mapping[str, str], body: Any) -> Asked:
    address = URL(f"/v1.0/{url.removeprefix('/')}", encoded=True)
    if address.host is not None or "://" in url or is_batch_path(address.path):
        raise _wrong(f"Invalid url '{url}' in a batch.")  # (u)
    inherited = {name: whole.headers[name] for name in _INHERITED if name in whole.headers}
    return Asked(
        method=method,
        raw_path=address.raw_path,
        path=address.path,
        query=dict(address.query),
        query_string=address.query_string,
        headers=CIMultiDict({**headers, **inherited}),
        body=body,
        request_id=whole.request_id,
    )


def is_batch_path(path: str) -> bool:
    """Whether a path leads to a batch; none stands inside another."""
    return path.rstrip("/").lower().endswith("/$batch")


def _in_order(parts: list[Part]) -> list[Part]:
    """Every part after those it depends on."""
    known, placed, ordered = {part.id.lower() for part in parts}, set[str](), list[Part]()
    for part in parts:
        if unknown := set(part.depends_on) - known:
            raise _wrong(f"Request id : {part.id} depends on '{min(unknown)}', which is not in the batch.")  # (u)
    while len(ordered) < len(parts):
        ready = [part for part in parts if part.id.lower() not in placed and placed.issuperset(part.depends_on)]
        if not ready:
            raise _wrong("The requests of a batch depend on each other in a circle.")  # (u)
        ordered += ready
        placed.update(part.id.lower() for part in ready)
    return ordered


def _not_done(part: Part, on: str) -> Resource:
    message = f"Failed Dependency: the request '{on}' that this one depends on failed."  # (u)
    error = {"code": "FailedDependency", "message": message}
    return {"status": 424, "headers": {"Content-Type": "application/json"}, "body": {"error": error}}
