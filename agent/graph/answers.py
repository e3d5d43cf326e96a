"""Reads Graph's HTTP responses: bodies, ids, and how long to wait when throttled."""

import json
import math
from collections.abc import Mapping
from typing import Any

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
    """Return the port's answer."""
    return Answer(
        status=response.status_code,
        body=body,
        request_id=response.headers.get("request-id", ""),
        token_id=token_id,
        retry_after_seconds=retry_after_seconds(response) if response.status_code in (429, 503) else None,
    )


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Return Retry-After in seconds, which Graph also sends with a fraction; None when absent or no number.

    https://learn.microsoft.com/graph/throttling (the sample's value is 2.128)
    """
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
