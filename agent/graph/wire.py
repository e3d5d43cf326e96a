"""A GraphCall as bytes: the one place that decides its exact body and headers, and how a secret gets in."""

import json
from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.model.graph_call import GraphCall


def read_headers(call: GraphCall) -> dict[str, str]:
    """Return the headers that the kind of a read asks for."""
    return {"ConsistencyLevel": "eventual"} if call.eventual else {}


def encoded(body: Mapping[str, Any] | None) -> bytes | None:
    """Return the JSON body as sent, keys in the order of the call and null as null; None for no body."""
    if body is None:
        return None
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def filled(call: GraphCall, secret: str | None) -> bytes | None:
    """Return the body with `secret` at the call's `secret_at`.

    Raises:
        DirectoryError: there is a secret and no place, a place and no secret, or the place is taken or missing.
    """
    if (secret is not None) != bool(call.secret_at):
        raise DirectoryError(f"expected a secret exactly where `{call.method} {call.path}` has a place for one")
    if secret is None:
        return encoded(call.body)
    body = json.loads(encoded(call.body) or b"{}")
    place = _parent(body, call)
    if call.secret_at[-1] in place:
        raise DirectoryError(f"the place for the secret in `{call.method} {call.path}` is taken")
    place[call.secret_at[-1]] = secret
    return encoded(body)


def without_secret(content: bytes, call: GraphCall) -> bytes | None:
    """Return `content`, a filled body, with the secret taken out again.

    Parsed and written anew, so a body that says one thing twice does not pass for the permitted one.

    Raises:
        DirectoryError: it is not a body of this call with a text at `secret_at`.
    """
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict) or encoded(body) != content:
        raise DirectoryError(f"the body of `{call.method} {call.path}` is not in its one written form")
    if not isinstance(_parent(body, call).pop(call.secret_at[-1], None), str):
        raise DirectoryError(f"the body of `{call.method} {call.path}` lacks its secret")
    return encoded(body)


def _parent(body: dict[str, Any], call: GraphCall) -> dict[str, Any]:
    place: Any = body
    for key in call.secret_at[:-1]:
        place = place.get(key) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise DirectoryError(f"`{call.method} {call.path}` has no place for its secret")
    return place
