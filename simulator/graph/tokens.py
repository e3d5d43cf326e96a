"""Who asks: the token of a request, whether it still counts, and what it lets its caller do.

In order: (1) a token of this Entra, for Graph and in time, (2) of a simulated tenant; a user's only when the user
(3) exists, (4) is enabled and (5) was not signed out since it was made. Entra itself ends (4) and (5) at once for
clients that can take a challenge, and lets the tokens of others run out; here they end for all.
"""

from simulator.clock import parse
from simulator.cloud import Cloud, Tenant
from simulator.entra import wishes
from simulator.entra.mint import GRAPH
from simulator.errors import TokenError
from simulator.graph.asked import Asked
from simulator.graph.calls import Caller
from simulator.graph.refusals import DISABLED, SIGNED_OUT, TOKEN_FAULTS, challenged, over, unauthenticated
from simulator.signing import Claims
from simulator.site import bearer

# Clients name the resource with and without the slash; both are Graph's audience.
_AUDIENCES = frozenset({GRAPH, f"{GRAPH}/"})


def authenticate(cloud: Cloud, asked: Asked) -> tuple[Tenant, Claims]:
    """The tenant and the claims of a request's token.

    Raises:
        GraphError: (401) it does not count, or no longer.
    """
    token = bearer(asked)
    if not token:
        raise unauthenticated("Access token is empty.")
    try:
        claims = cloud.verifier.claims(token, _AUDIENCES, now=cloud.clock.unix())  # (1)
    except TokenError as wrong:
        raise unauthenticated(TOKEN_FAULTS[wrong.reason]) from wrong
    tenant = cloud.tenants.get(claims.get("tid", ""))
    if tenant is None or claims.get("appid") is None:  # (2)
        raise unauthenticated("Access token validation failure. Invalid tenant or application.")
    if claims.get("idtyp") != "app":
        _require_standing(tenant, claims, now=cloud.clock.unix())
    return tenant, claims


def shown_by(cloud: Cloud, asked: Asked) -> str:
    """What the token of a request was asked to show; empty for nothing, and for a token that does not count."""
    try:
        return wishes.shown(cloud.verifier.claims(bearer(asked), _AUDIENCES, now=cloud.clock.unix()))
    except TokenError:
        return ""


def caller_of(tenant: Tenant, claims: Claims) -> Caller:
    """Who asks, with the permissions that count.

    Entra forgets by which permissions a delegated token was asked for. Here no others count, so that it shows when a
    client has not asked for what it needs.
    """
    app_only = claims.get("idtyp") == "app"
    held = frozenset(claims.get("roles", ()) if app_only else str(claims.get("scp", "")).split())
    asked = wishes.asked_scopes(claims)
    app = tenant.applications.get(claims["appid"])
    return Caller(
        tenant_id=tenant.directory.tenant_id,
        app_id=claims["appid"],
        app_name=app.display_name if app is not None else claims["appid"],
        object_id=claims["oid"],
        app_only=app_only,
        permissions=held & asked if asked else held,
    )


def _require_standing(tenant: Tenant, claims: Claims, *, now: int) -> None:
    user = tenant.directory.users.get(claims.get("oid", ""))
    if user is None:  # (3)
        raise unauthenticated("Access token validation failure. The user does not exist.")
    valid_from = int(parse(user["signInSessionsValidFromDateTime"]).timestamp())
    if user["accountEnabled"] and int(claims["iat"]) >= valid_from:
        return
    why, since = (SIGNED_OUT, valid_from) if user["accountEnabled"] else (DISABLED, now)  # (4) (5)
    raise challenged(why, since=since) if wishes.takes_challenges(claims) else over(why)
