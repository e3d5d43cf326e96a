"""Signs an activity as the connector does and posts it to the bot; or signs it wrongly, on purpose.

The wrong ways are the attacks a bot must withstand: each is a well-formed request with one thing out of place.
"""

import copy
import json
import ssl
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from simulator import signing
from simulator.cloud import Cloud
from simulator.connector.activities import Activity
from simulator.connector.routes import ISSUER
from simulator.errors import ControlError
from simulator.ids import stable

Tamper = Literal[
    "wrong_audience",
    "wrong_issuer",
    "same_tenant_app",
    "user_token",
    "other_tenant_app",
    "wrong_serviceurl",
    "wrong_servicehost",
    "no_serviceurl",
    "unendorsed_key",
    "expired",
    "not_yet_valid",
    "unsigned",
    "public_key_as_secret",
    "unknown_key",
    "wrong_tenant",
]
_LIFETIME_SECONDS = 3600
# Teams gives a bot about ten to fifteen seconds; a test should not wait longer than that either.
_ANSWER_SECONDS = 15.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bot answered: the HTTP status and the body, as JSON when it is JSON."""

    status: int
    body: Any


async def deliver(cloud: Cloud, activity: Activity, *, url: str | None, tamper: Tamper | None) -> Outcome:
    """Post `activity` to `url`, or to the bot endpoint given at the start.

    Raises:
        ControlError: (400) there is no address, or it is not on loopback; (502) nobody answers there.
    """
    address = url or cloud.bot_endpoint
    if not address or urlsplit(address).hostname not in _LOOPBACK:
        raise ControlError(400, "NoBot", message=f"expected a bot endpoint on loopback, got `{address}`")
    sent = _for_another_tenant(activity) if tamper == "wrong_tenant" else activity
    headers = {"Authorization": f"Bearer {_token(cloud, sent, tamper=tamper)}", "Content-Type": "application/json"}
    trusted = TCPConnector(ssl=_own_authority(cloud))
    try:
        async with (
            ClientSession(connector=trusted, timeout=ClientTimeout(total=_ANSWER_SECONDS)) as session,
            session.post(address, data=json.dumps(sent), headers=headers, allow_redirects=False) as answer,
        ):
            return Outcome(status=answer.status, body=_body(await answer.text()))
    except (ClientError, TimeoutError) as gone:
        message = f"no answer from the bot endpoint: {type(gone).__name__}"
        raise ControlError(502, "NoAnswer", message=message) from gone


def _own_authority(cloud: Cloud) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(cloud.ca_file)) if cloud.ca_file else ssl.create_default_context()


def _body(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _token(cloud: Cloud, activity: Activity, *, tamper: Tamper | None) -> str:
    claims = _claims(cloud, activity)
    match tamper:
        case "wrong_audience":
            claims["aud"] = stable("another bot")
        case "wrong_issuer":
            claims["iss"] = f"https://sts.windows.net/{cloud.home_tenant_id}/"
        case "wrong_serviceurl":
            claims["serviceurl"] = "https://smba.trafficmanager.net/elsewhere/"
        case "no_serviceurl":
            del claims["serviceurl"]
        case "wrong_servicehost":
            claims["serviceurl"] = "https://smba.evil.example/teams/"
        case "expired" | "not_yet_valid":
            away = 2 * _LIFETIME_SECONDS * (-1 if tamper == "expired" else 1)
            claims |= {name: claims[name] + away for name in ("nbf", "exp")}
        case "same_tenant_app" | "user_token" | "other_tenant_app":
            return cloud.keys.entra.sign({**claims, **_entra_claims(cloud, activity, tamper=tamper)})
        case "unsigned":
            return signing.unsigned(claims)
        case "public_key_as_secret":
            return signing.confused(claims, cloud.keys.connector)
        case "unknown_key":
            return signing.fresh_key().sign(claims)
        case "unendorsed_key":
            return cloud.keys.unendorsed.sign(claims)
    return cloud.keys.connector.sign(claims)


def _claims(cloud: Cloud, activity: Activity) -> signing.Claims:
    now = cloud.clock.unix()
    return {
        "iss": ISSUER,
        "aud": cloud.names.bot_app_id,
        "serviceurl": activity["serviceUrl"],
        "nbf": now,
        "exp": now + _LIFETIME_SECONDS,
    }


def _entra_claims(cloud: Cloud, activity: Activity, *, tamper: Tamper) -> signing.Claims:
    """What Entra writes into a token for the bot that an app of the tenant, or of another, or a person can get."""
    tenant_id = stable("another tenant") if tamper == "other_tenant_app" else cloud.home_tenant_id
    issued = {"iss": f"{cloud.addresses.entra}/{tenant_id}/v2.0", "tid": tenant_id, "azp": stable("another app")}
    if tamper == "user_token":
        return {**issued, "oid": activity["from"]["aadObjectId"], "scp": "user_impersonation"}
    return {**issued, "oid": stable("another app's object"), "idtyp": "app"}


def _for_another_tenant(activity: Activity) -> Activity:
    other = stable("another tenant")
    moved = copy.deepcopy(activity)
    moved["conversation"]["tenantId"] = other
    moved["channelData"]["tenant"]["id"] = other
    return moved
