"""How Graph refuses a token: 401 with a challenge, and the texts of each fault."""

from simulator.errors import GraphError

_CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)

# By the reason for which a token was not accepted.
TOKEN_FAULTS = {
    "signature": "Access token validation failure. Invalid signature.",
    "audience": "Access token validation failure. Invalid audience.",
    "expired": "Access token has expired or is not yet valid.",
    "not_yet_valid": "Access token has expired or is not yet valid.",
    "claims": "CompactToken parsing failed.",
}


def unauthenticated(message: str) -> GraphError:
    """401 with the challenge that says where a token is to be had."""
    return GraphError(401, "InvalidAuthenticationToken", message=message, headers={"WWW-Authenticate": _CHALLENGE})
