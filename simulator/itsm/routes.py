"""`POST /tickets/{id}/events`: the receiver of what the product tells a ticket, per Standard Webhooks.

1. The three headers are there, and the time is within five minutes of now.
2. One of the space-separated `v1,` signatures is the HMAC-SHA256 of `id.timestamp.body` under the secret.
3. Only then is the body read. A second delivery of the same id is answered alike and stored once.
"""

import base64
import binascii
import hashlib
import hmac
import json

from aiohttp import web

from simulator.cloud import Cloud
from simulator.errors import RefusalError
from simulator.site import application, plain_envelope

# Standard Webhooks, "Verifying webhook authenticity": the usual tolerance.
_TOLERANCE_SECONDS = 300
_BODY_BYTES = 256 * 1024


def site(cloud: Cloud) -> web.Application:
    """The ticket system as a site."""

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        webhook_id = _verified(cloud, request, body=body)
        event = cloud.tickets.add(request.match_info["ticket"], webhook_id, body=_json(body))
        return web.json_response({"received": event["webhook_id"]}, status=202)

    routes = [web.post("/tickets/{ticket}/events", receive)]
    return application(cloud, "itsm", routes=routes, render=plain_envelope)


def _verified(cloud: Cloud, request: web.Request, *, body: bytes) -> str:
    if len(body) > _BODY_BYTES:
        raise RefusalError(413, "TooLarge", message=f"expected at most {_BODY_BYTES} bytes")
    if cloud.tickets.secret is None:
        raise RefusalError(503, "NoSecret", message="no secret is set; POST /itsm on the control site")
    webhook_id, sent_at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    now = cloud.clock.unix()
    if not (webhook_id and sent_at.isdecimal() and abs(now - int(sent_at)) <= _TOLERANCE_SECONDS):  # (1)
        raise RefusalError(401, "BadSignature", message="`webhook-id` or `webhook-timestamp` is missing or too old")
    expected = signature(cloud.tickets.secret, f"{webhook_id}.{sent_at}.".encode() + body)
    offered = request.headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected.encode(), one.encode("utf-8", "replace")) for one in offered):  # (2)
        raise RefusalError(401, "BadSignature", message="no `webhook-signature` matches")
    return webhook_id


def signature(secret: str, signed: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 of `signed` under a `whsec_` secret.

    Raises:
        RefusalError: (503) the secret is not base64 behind `whsec_`.
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as wrong:
        raise RefusalError(503, "BadSecret", message="expected `whsec_` and base64") from wrong
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _json(body: bytes) -> object:  # (3)
    try:
        return json.loads(body)
    except ValueError as broken:
        raise RefusalError(400, "BadRequest", message="expected a JSON body") from broken
