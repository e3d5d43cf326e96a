"""How Graph refuses a token: 401 with a challenge, and the texts of each fault.

Continuous access evaluation refuses one before its time and says in the challenge what a new one must show. Its texts
are known from public reports; those marked (u) are not.
"""

import base64

from simulator.entra.wishes import challenged_claims
from simulator.errors import GraphError

_CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)

_EVALUATED = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: {}"

# By the reason for which a token was not accepted.
TOKEN_FAULTS = {
    "signature": "Access token validation failure. Invalid signature.",
    "audience": "Access token validation failure. Invalid audience.",
    "expired": "Access token has expired or is not yet valid.",
    "not_yet_valid": "Access token has expired or is not yet valid.",
    "claims": "CompactToken parsing failed.",
}


# Why a token is refused before its time.
OUTDATED = "TokenCreatedWithOutdatedPolicies"
SIGNED_OUT = "TokenIssuedBeforeRevocationTimestamp"
DISABLED = "UserAccountDisabled"  # (u)


def challenged(why: str, *, since: int) -> GraphError:
    """401 for a token that was good until now; a new one must have been asked for because of it."""
    claims = base64.b64encode(challenged_claims(since).encode()).decode()
    refusal = unauthenticated(_EVALUATED.format(why))
    refusal.headers["WWW-Authenticate"] += f', error="insufficient_claims", claims="{claims}"'
    return refusal


def over(why: str) -> GraphError:
    """The same for a client that never said it could take a challenge."""
    return unauthenticated(_EVALUATED.format(why))


def unauthenticated(message: str) -> GraphError:
    """401 with the challenge that says where a token is to be had."""
    return GraphError(401, "InvalidAuthenticationToken", message=message, headers={"WWW-Authenticate": _CHALLENGE})
