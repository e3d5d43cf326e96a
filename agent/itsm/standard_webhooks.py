"""Signs and verifies webhooks by the Standard Webhooks scheme: HMAC-SHA256 over id, time and body.

Source of every rule: the Standard Webhooks specification (spec/standard-webhooks.md), symmetric `v1` signatures.

A request is accepted only if, in this order:
1. its body is not larger than the limit (nothing is hashed before that);
2. `webhook-id`, `webhook-timestamp` and `webhook-signature` are there, once each, and well formed;
3. its time is within the tolerance, in both directions;
4. at least one of its `v1` signatures is right for at least one of the active secrets.
A repetition within the tolerance is accepted here: the caller must remember the ids that it has seen.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.errors import BadRequestError, VaultError

ID_HEADER = "webhook-id"
TIME_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

# Ids hold no full stop, because the signed text joins its parts with full stops (spec, "signature scheme").
_ID = re.compile(r"[!-\-/-~]{1,256}", re.ASCII)
# Whole seconds since 1970; ten digits last until the year 2286.
_TIME = re.compile(r"[0-9]{1,10}", re.ASCII)
_SIGNATURES = re.compile(r"[ -~]{1,4096}", re.ASCII)
_SECRET_PREFIX = "whsec_"
# The specification asks for keys of 24 to 64 bytes.
_SHORTEST_KEY_BYTES = 24


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified request: the sender's id of this event (the same on its retries) and when it was sent."""

    id: str
    sent_at: datetime


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: tuple[str, ...],
    now: datetime,
    tolerance_seconds: int = 300,
    max_bytes: int = 262_144,
) -> Delivery:
    """Return who is speaking, or refuse. `secrets` are all that are active, so that one can be rotated.

    Raises:
        BadRequestError: 413 for a body over `max_bytes`; 401 for anything unsigned, malformed, stale, from
            the future or signed with another secret. Hostile input raises nothing else.
        VaultError: the vault has no active secret, or a malformed one: nothing can be verified now, so the
            caller answers 503 and not 401, which most senders never retry.
    """
    if len(body) > max_bytes:  # (1)
        raise BadRequestError(f"expected at most {max_bytes} bytes, got {len(body)}", status=413)
    keys = _keys(secrets)
    message_id = _only(headers, ID_HEADER, form=_ID)  # (2)
    time = _only(headers, TIME_HEADER, form=_TIME)
    signatures = _only(headers, SIGNATURE_HEADER, form=_SIGNATURES)
    if abs(now.timestamp() - int(time)) > tolerance_seconds:  # (3)
        raise _unauthorized(f"`{TIME_HEADER}` is more than {tolerance_seconds} seconds away from now")
    offered = [one[3:].encode() for one in signatures.split(" ") if one.startswith("v1,")]
    expected = [_mac(key, message_id=message_id, time=time, body=body) for key in keys]
    if not _any_equal(offered, expected):  # (4)
        raise _unauthorized(f"no signature in `{SIGNATURE_HEADER}` is right")
    return Delivery(id=message_id, sent_at=datetime.fromtimestamp(int(time), UTC))


def sign(body: bytes, secret: str, *, message_id: str, sent_at: datetime) -> dict[str, str]:
    """Return the three headers that make `body` a signed webhook sent at `sent_at` (aware).

    Raises:
        VaultError: the vault's secret is malformed.
        ValueError: `message_id` is empty, too long or holds a full stop or blanks.
    """
    if not _ID.fullmatch(message_id):
        raise ValueError(f"expected an id of 1 to 256 printable characters without a full stop, got `{message_id}`")
    time = str(int(sent_at.timestamp()))
    mac = _mac(_key(secret), message_id=message_id, time=time, body=body)
    return {ID_HEADER: message_id, TIME_HEADER: time, SIGNATURE_HEADER: f"v1,{mac.decode()}"}


def _keys(secrets: tuple[str, ...]) -> list[bytes]:
    if not secrets:
        raise VaultError("no active webhook secret: nothing can be verified")
    return [_key(secret) for secret in secrets]


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise VaultError("a webhook secret is not base64: expected `whsec_` and 24 to 64 bytes") from None
    if len(key) < _SHORTEST_KEY_BYTES:
        raise VaultError(f"a webhook secret has {len(key)} bytes: expected at least {_SHORTEST_KEY_BYTES}")
    return key


def _only(headers: Mapping[str, str], name: str, *, form: re.Pattern[str]) -> str:
    """Return the one value of a header, whatever the case of its name."""
    values = [value for key, value in headers.items() if key.lower() == name]
    if not values:
        raise _unauthorized(f"`{name}` is missing")
    if len(values) > 1:
        raise _unauthorized(f"`{name}` was sent more than once")
    if not form.fullmatch(values[0]):
        raise _unauthorized(f"`{name}` is malformed")
    return values[0]


def _mac(key: bytes, *, message_id: str, time: str, body: bytes) -> bytes:
    signed = b".".join((message_id.encode(), time.encode(), body))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _any_equal(offered: Iterable[bytes], expected: list[bytes]) -> bool:
    # INVARIANT: every offered signature is compared in constant time with every expected one, and the loop
    # never ends early, so the time taken says nothing about which secret or which byte was nearly right.
    found = False
    for one in offered:
        for right in expected:
            found |= hmac.compare_digest(one, right)
    return found


def _unauthorized(reason: str) -> BadRequestError:
    return BadRequestError(reason, status=401)
