"""Reads Graph's HTTP responses: bodies, ids, and how long to wait when throttled."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from agent.ports import Answer


def body_of(response: httpx.Response) -> dict[str, Any] | None:
    """Return the JSON object of a response, {} when it is empty, None when it is anything else."""
    if not response.content.strip():
        return {}
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def answer_of(response: httpx.Response, body: Mapping[str, Any], *, token_id: str) -> Answer:
    """Return the port's answer.

    An answer without a body that names something in its `Location`, as 202 does for work that goes on, has the keys in
    it under `@location`: {"teams": "<id>", "operations": "<id>"}.
    """
    place = response.headers.get("location", "") if response.is_success and not body else ""
    return Answer(
        status=response.status_code,
        body={"@location": keys} if (keys := _keys(place)) else body,
        request_id=response.headers.get("request-id", ""),
        token_id=token_id,
        retry_after_seconds=retry_after_seconds(response) if response.status_code in (429, 503) else None,
    )


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Return Retry-After in seconds, which Graph also sends with a fraction; None when absent or no number.

    https://learn.microsoft.com/graph/throttling (the sample's value is 2.128)
    """
    return seconds_of(response.headers.get("retry-after", ""))


def seconds_of(text: str) -> float | None:
    """Return what a Retry-After says, in seconds; None when it says no number."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


_KEY = re.compile(r"(\w+)\('([^']+)'\)")


def _keys(location: str) -> dict[str, str]:
    """Return the keys in an address by the names of their sets, in either of OData's forms.

    `/teams('1')/operations('2')` and `/teams/1/operations/2` are the same (OData URL conventions 4.01, section 4.3.6).
    """
    path = unquote(urlsplit(location).path)
    if found := dict(_KEY.findall(path)):
        return found
    parts = path.removeprefix("/v1.0").strip("/").split("/")
    return dict(zip(parts[::2], parts[1::2], strict=False)) if len(parts) % 2 == 0 else {}
