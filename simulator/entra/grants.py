"""What the token endpoint grants: client credentials, on-behalf-of, and the refresh tokens that OBO hands out.

On-behalf-of, in order: (1) the assertion is a token of this Entra for the asking application, (2) of this tenant,
(3) of a person, not of an application; (4) the person exists, is enabled and (5) has not been signed out since;
(6) the scopes asked for were consented, (7) and into the token go all that were, as Entra does.
"""

from typing import Any

from simulator.applications import Application
from simulator.clock import parse
from simulator.cloud import Cloud, Tenant
from simulator.directory import Resource
from simulator.entra import mint
from simulator.entra.clients import Form, required
from simulator.entra.wishes import wish_of
from simulator.errors import EntraError, TokenError

# Scopes of OpenID Connect itself; they name no resource.
_OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
Answer = dict[str, Any]


def client_credentials(cloud: Cloud, tenant: Tenant, *, app: Application, form: Form, by_secret: bool) -> Answer:
    """An app-only token for one resource.

    Raises:
        EntraError: the scope is not exactly one `<resource>/.default` of a known resource.
    """
    scope = required(form, "scope")
    audience, wanted = _resource(scope)
    if wanted != {".default"}:
        message = f"The provided value for scope {scope} is not valid. Client credential flows must have '/.default'."
        raise EntraError(400, "invalid_scope", aadsts=1002012, message=message)
    wish = wish_of(form)
    token = mint.app_only(cloud, tenant, app=app, audience=audience, by_secret=by_secret, wish=wish)
    return _answer(token)


def on_behalf_of(cloud: Cloud, tenant: Tenant, *, app: Application, form: Form) -> Answer:
    """A delegated token for the person whose token the application shows.

    Raises:
        EntraError: the assertion does not count, or the scopes were not consented.
    """
    if form.get("requested_token_use") != "on_behalf_of":
        message = "The parameter 'requested_token_use' must be 'on_behalf_of'."
        raise EntraError(400, "invalid_request", aadsts=90014, message=message)
    assertion = required(form, "assertion")
    try:
        audiences = frozenset({app.app_id, f"api://{app.app_id}"})
        claims = cloud.verifier.claims(assertion, audiences, now=cloud.clock.unix())  # (1)
    except TokenError as wrong:
        raise _invalid_grant(*_ASSERTION_FAULTS[wrong.reason]) from wrong
    if claims.get("tid") != tenant.directory.tenant_id:  # (2)
        raise _invalid_grant(50013, "Assertion failed signature validation: it is of another tenant.")
    if not claims.get("scp"):  # (3)
        message = f"Application '{app.app_id}' is not allowed to make application on-behalf-of calls."
        raise _invalid_grant(7000114, message)
    user = _signed_in(tenant, claims["oid"], since=int(claims["iat"]))
    return _delegated(cloud, tenant, app=app, user=user, form=form)


def refresh(cloud: Cloud, tenant: Tenant, *, app: Application, form: Form) -> Answer:
    """A new delegated token for a refresh token that on-behalf-of handed out.

    Raises:
        EntraError: the token is unknown, another application's, or the person was signed out since.
    """
    known = cloud.refresh_tokens.get(required(form, "refresh_token"))
    if known is None or (known["app_id"], known["tenant_id"]) != (app.app_id, tenant.directory.tenant_id):
        raise _invalid_grant(9002313, "Invalid request. The refresh token is malformed or not valid.")
    user = _signed_in(tenant, known["user_id"], since=known["issued"])
    return _delegated(cloud, tenant, app=app, user=user, form=form)


def _signed_in(tenant: Tenant, user_id: str, *, since: int) -> Resource:
    user = tenant.directory.users.get(user_id)
    if user is None:  # (4)
        raise _invalid_grant(50034, "The user account does not exist in the directory.")
    if not user["accountEnabled"]:
        raise _invalid_grant(50057, "The user account is disabled.")
    if since < int(parse(user["signInSessionsValidFromDateTime"]).timestamp()):  # (5)
        raise _invalid_grant(
            50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed."
        )
    return user


def _delegated(cloud: Cloud, tenant: Tenant, *, app: Application, user: Resource, form: Form) -> Answer:
    asked = required(form, "scope")
    audience, wanted = _resource(asked)
    granted = set(app.scopes) if audience == mint.GRAPH else {"user_impersonation"}
    named = frozenset(wanted - {".default"})
    if not granted or named - granted:  # (6)
        message = "The user or administrator has not consented to use the application."
        raise _invalid_grant(65001, message)
    # (7)
    wish = wish_of(form, scopes=frozenset() if ".default" in wanted else named)
    token = mint.delegated(cloud, tenant, app=app, user=user, audience=audience, scopes=granted, wish=wish)
    # Entra names the scope that was asked for beside all that are in the token; clients look their cache up by it.
    answer = _answer(token) | {"scope": " ".join(f"{audience}/{scope}" for scope in sorted(granted | wanted))}
    if "openid" in asked.split():
        answer["id_token"] = mint.id_token(cloud, tenant, app_id=app.app_id, user=user)
    if "offline_access" in asked.split():
        answer["refresh_token"] = _refresh_token(cloud, tenant, app=app, user=user)
    return answer


def _refresh_token(cloud: Cloud, tenant: Tenant, *, app: Application, user: Resource) -> str:
    token = f"0.{cloud.ids.hex()}{cloud.ids.hex()}"
    issued = cloud.clock.unix()
    owner = {"app_id": app.app_id, "tenant_id": tenant.directory.tenant_id, "user_id": user["id"], "issued": issued}
    cloud.refresh_tokens[token] = owner
    return token


def _resource(scope: str) -> tuple[str, set[str]]:
    """The one resource that a scope text asks for, and the permissions asked of it."""
    asked = [one for one in scope.split() if one not in _OPENID_SCOPES]
    found = {
        (resource, one.removeprefix(f"{resource}/"))
        for one in asked
        for resource in mint.RESOURCES
        if _of(one, resource)
    }
    if len(found) != len(set(asked)) or not found:
        message = f"The resource principal named in {scope} was not found in the tenant."
        raise EntraError(400, "invalid_resource", aadsts=500011, message=message)
    if len({resource for resource, _ in found}) != 1:
        message = f"The provided value for the input parameter 'scope' is not valid: {scope} names several resources."
        raise EntraError(400, "invalid_scope", aadsts=70011, message=message)
    return next(iter(found))[0], {permission for _, permission in found}


def _of(scope: str, resource: str) -> bool:
    return scope.startswith(f"{resource}/")


def _answer(token: str) -> Answer:
    seconds = mint.LIFETIME_SECONDS - 1
    return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}


_ASSERTION_FAULTS = {
    "signature": (50013, "Assertion failed signature validation."),
    "claims": (50027, "JWT token is invalid or malformed."),
    "audience": (500131, "Assertion audience does not match the Client app presenting the assertion."),
    "expired": (500133, "Assertion is not within its valid time range."),
    "not_yet_valid": (500133, "Assertion is not within its valid time range."),
}


def _invalid_grant(aadsts: int, message: str) -> EntraError:
    return EntraError(400, "invalid_grant", aadsts=aadsts, message=message)
