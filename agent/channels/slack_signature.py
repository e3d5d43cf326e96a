"""Verifies that a request comes from Slack, for our app. Source: Slack "Verifying requests from Slack" (version v0).

In this order, so that what is cheap comes first and nothing is parsed that is not proven:
1. the body is not larger than anything Slack sends us;
2. time and signature are there, once each, and well formed;
3. the time is within five minutes of now;
4. the signature is the HMAC-SHA256 of `v0:<time>:<raw body>` under one of the signing secrets.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from agent.errors import BadRequestError, VaultError

TIME_HEADER, SIGNATURE_HEADER = "x-slack-request-timestamp", "x-slack-signature"
MAX_BYTES = 262_144
TOLERANCE_SECONDS = 300

_TIME = re.compile(r"[0-9]{1,11}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
# Slack's are 32 hex characters. What is shorter was not copied whole.
_SHORTEST_SECRET = 16


def verify(headers: Mapping[str, str], body: bytes, *, secrets: tuple[str, ...], now: datetime) -> None:
    """Return if the request is Slack's. `secrets` are several while one is rotated.

    Raises:
        BadRequestError: 413 for what is too large, 401 for what is not proven.
        VaultError: there is no usable secret, so nothing can be verified.
    """
    if len(body) > MAX_BYTES:  # (1)
        raise BadRequestError(f"expected at most {MAX_BYTES} bytes, got {len(body)}", status=413)
    if not secrets or any(len(one) < _SHORTEST_SECRET for one in secrets):
        raise VaultError("no usable signing secret of Slack: nothing can be verified")
    time = _only(headers, TIME_HEADER, form=_TIME)  # (2)
    signature = _only(headers, SIGNATURE_HEADER, form=_SIGNATURE)
    if abs(now.timestamp() - int(time)) > TOLERANCE_SECONDS:  # (3)
        raise _unauthorized(f"`{TIME_HEADER}` is more than {TOLERANCE_SECONDS} seconds away from now")
    # Every secret is tried, so the time taken says nothing about which was nearly right.
    found = [hmac.compare_digest(signature, _signature(secret, time, body=body)) for secret in secrets]
    if not any(found):  # (4)
        raise _unauthorized(f"`{SIGNATURE_HEADER}` is not right")


def _signature(secret: str, time: str, *, body: bytes) -> str:
    return f"v0={hmac.new(secret.encode(), b'v0:' + time.encode() + b':' + body, hashlib.sha256).hexdigest()}"


def _only(headers: Mapping[str, str], name: str, *, form: re.Pattern[str]) -> str:
    values = [value for key, value in headers.items() if key.lower() == name]
    if len(values) != 1 or not form.fullmatch(values[0]):
        raise _unauthorized(f"expected one well-formed `{name}`")
    return values[0]


def _unauthorized(reason: str) -> BadRequestError:
    return BadRequestError(reason, status=401)
