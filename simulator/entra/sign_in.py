"""The authorization code flow: a person signs in to an application by a browser, without a page of our own.

Who signs in is said by the address: `sim_user`, else `login_hint`; nobody there is somebody who cancels.
`sim_signed_in_seconds_ago` is the age of a session that the browser has already; `prompt=login` and a smaller
`max_age` make it new, as Entra does.

At the authorize endpoint: (1) the application is known; (2) the redirect URI is one of its own, and until here nothing
is redirected; (3) it is the code flow with PKCE by S256; (4) the person is of this tenant and enabled.
At the token endpoint: (5) the code is known, was not redeemed, and is in time; (6) it was made for this application and
redirect URI; (7) the verifier is the one whose hash came with the request (RFC 7636, section 4.6).

`auth_time` is in the id token only when it was asked for, by `max_age` or `claims` (OpenID Connect Core, section 2).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

from simulator.applications import Application
from simulator.cloud import Cloud, Tenant
from simulator.entra import mint
from simulator.entra.clients import required
from simulator.entra.codes import Code
from simulator.errors import EntraError

_CODE_SECONDS = 600
_OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})


def authorize(cloud: Cloud, tenant: Tenant, *, query: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The address to which the browser is sent back, and what it brings along.

    Raises:
        EntraError: what Entra shows on a page of its own instead of redirecting.
    """
    app = tenant.applications.get(required(query, "client_id"))
    if app is None:  # (1)
        message = f"Application with identifier '{query['client_id']}' was not found in the directory"
        raise EntraError(400, "unauthorized_client", aadsts=700016, message=message)
    redirect_uri = required(query, "redirect_uri")
    if redirect_uri not in app.redirect_uris:  # (2)
        message = f"The redirect URI '{redirect_uri}' specified in the request does not match those of the application."
        raise EntraError(400, "invalid_request", aadsts=50011, message=message)
    answer = {"state": query.get("state", "")}
    if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":  # (3)
        answer |= {"error": "invalid_request", "error_description": "AADSTS900144: expected the code flow with S256."}
    elif name := query.get("sim_user") or query.get("login_hint"):
        answer["code"] = _code(cloud, tenant, app=app, user_id=_user_id(tenant, name), query=query)
    else:
        answer |= {"error": "access_denied", "error_description": "AADSTS65004: User declined to consent."}
    return redirect_uri, answer


def posting_page(address: str, answer: Mapping[str, str]) -> str:
    """A page that posts `answer` to `address` by itself (OAuth 2.0 Form Post Response Mode)."""
    fields = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(answer[name])}">' for name in answer)
    form = f'<form method="post" action="{escape(address)}">{fields}<button>Continue</button></form>'
    return f"<!doctype html><html><body>{form}<script>document.forms[0].submit()</script></body></html>"


def redeem(cloud: Cloud, tenant: Tenant, *, app: Application, form: Mapping[str, str]) -> dict[str, Any]:
    """The tokens for a code: the person's own token for the application, and the id token.

    Raises:
        EntraError: the code does not count.
    """
    code = cloud.codes.get(required(form, "code"))
    if code is None or code.tenant_id != tenant.directory.tenant_id:  # (5)
        raise _invalid_grant(9002313, "Invalid request. The code is malformed or not valid.")
    if code.is_redeemed:
        raise _invalid_grant(54005, "OAuth2 Authorization code was already redeemed.")
    if cloud.clock.unix() >= code.issued_at + _CODE_SECONDS:
        raise _invalid_grant(70008, "The provided authorization code has expired.")
    if (code.app_id, code.redirect_uri) != (app.app_id, required(form, "redirect_uri")):  # (6)
        raise _invalid_grant(50011, "The code was issued to another client or redirect URI.")
    if _challenge(required(form, "code_verifier")) != code.challenge:  # (7)
        raise _invalid_grant(501481, "The Code_Verifier does not match the code_challenge supplied.")
    code.is_redeemed = True
    user = tenant.directory.users[code.user_id]
    when = {"auth_time": code.signed_in_at} if code.tells_when else {}
    identity = mint.id_token(
        cloud, tenant, app_id=app.app_id, user=user, nonce=code.nonce, more={"amr": ["pwd", "mfa"], **when}
    )
    access = mint.user_token(cloud, tenant, app_id=app.app_id, user=user, lifetime_seconds=mint.LIFETIME_SECONDS)
    return {
        "token_type": "Bearer",
        "scope": _own_scope(app),
        "expires_in": mint.LIFETIME_SECONDS - 1,
        "access_token": access,
        "id_token": identity,
    }


def _code(cloud: Cloud, tenant: Tenant, *, app: Application, user_id: str, query: Mapping[str, str]) -> str:
    asked = frozenset(query.get("scope", "").split()) - _OPENID_SCOPES
    if asked != {_own_scope(app)}:
        message = f"expected the scope `{_own_scope(app)}` beside those of OpenID, others are not simulated"
        raise EntraError(400, "invalid_scope", aadsts=70011, message=message)
    now, age = cloud.clock.unix(), int(query.get("sim_signed_in_seconds_ago", "0"))
    is_renewed = query.get("prompt") == "login" or age > int(query.get("max_age", age))
    code = f"1.{cloud.ids.hex()}{cloud.ids.hex()}"
    cloud.codes[code] = Code(
        tenant_id=tenant.directory.tenant_id,
        app_id=app.app_id,
        user_id=user_id,
        redirect_uri=query["redirect_uri"],
        challenge=required(query, "code_challenge"),
        nonce=query.get("nonce", ""),
        signed_in_at=now if is_renewed else now - age,
        tells_when="max_age" in query or _asks_when(query.get("claims", "{}")),
        issued_at=now,
    )
    return code


def _user_id(tenant: Tenant, name: str) -> str:
    user = tenant.directory.user(name)
    if user is None:  # (4)
        message = f"The user account {name} does not exist in this directory."
        raise EntraError(400, "invalid_grant", aadsts=50034, message=message)
    if not user["accountEnabled"]:
        raise EntraError(400, "invalid_grant", aadsts=50057, message="The user account is disabled.")
    return str(user["id"])


def _asks_when(claims: str) -> bool:
    try:
        asked = json.loads(claims)
    except ValueError:
        message = "Invalid request. The parameter 'claims' is malformed or invalid."
        raise EntraError(400, "invalid_request", aadsts=9002313, message=message) from None
    return isinstance(asked, dict) and "auth_time" in (asked.get("id_token") or {})


def _own_scope(app: Application) -> str:
    return f"api://{app.app_id}/user_impersonation"


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _invalid_grant(aadsts: int, message: str) -> EntraError:
    return EntraError(400, "invalid_grant", aadsts=aadsts, message=message)
