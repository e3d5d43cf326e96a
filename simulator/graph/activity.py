"""The log of requests that Graph keeps itself, in the shape of the table `MicrosoftGraphActivityLogs`.

It has what ties a request to a token and to an answer: the caller's own id, Graph's id, the sign-in's id. Requests
whose token Graph did not accept are not in it. Source: Azure Monitor's table reference; the columns that a simulator
cannot know (address, duration, sizes) are left out.
"""

from typing import Any

from simulator.clock import Clock, fine_stamp
from simulator.graph.asked import Asked
from simulator.signing import Claims

Row = dict[str, Any]


def row(asked: Asked, claims: Claims, *, clock: Clock, root: str) -> Row:
    """Return what is known of a request before it is answered; `root` is the address up to and with `/v1.0`."""
    app_only = claims.get("idtyp") == "app"
    own = {"UserId": "", "ServicePrincipalId": claims["oid"]} if app_only else {"UserId": claims["oid"]}
    path = asked.raw_path.removeprefix("/v1.0")
    return {
        "TimeGenerated": fine_stamp(clock.now()),
        "AadTenantId": claims["tid"],
        "AppId": claims["appid"],
        "ApiVersion": "v1.0",
        "ClientAuthMethod": int(claims.get("appidacr", 0)),
        "ClientRequestId": asked.headers.get("client-request-id", ""),
        "OperationId": asked.request_id,
        "RequestId": asked.request_id,
        "RequestMethod": asked.method,
        "RequestUri": f"{root}{path}" + (f"?{asked.query_string}" if asked.query_string else ""),
        "Roles": " ".join(claims.get("roles", [])),
        "Scopes": claims.get("scp", ""),
        "ServicePrincipalId": "",
        "SignInActivityId": claims.get("uti", ""),
        "UserAgent": asked.headers.get("user-agent", ""),
        "Wids": " ".join(claims.get("wids", [])),
        **own,
    }
