"""What a client asks of a token beside its resource: claims that it must show, and no more than some permissions.

1. `claims` (OpenID Connect Core, section 5.5): what a challenge asked for, and whether the client can take one. Of the
   rest of it nothing is simulated and nothing is refused, as Entra does with claims that are not essential.
2. Scopes by name. Entra puts all that was consented into the token whatever was asked for; what was asked for is kept
   beside it in a claim of the simulator's own, so that its Graph can hold a client to that.

https://learn.microsoft.com/entra/identity-platform/claims-challenge
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.errors import EntraError

# The simulator's own claim; tokens of Entra have none of that name.
_OWN: Final = "xms_sim"
_CAPABLE: Final = "cp1"


@dataclass(frozen=True, slots=True)
class Wish:
    """`takes_challenges`: the client says so; `shows` is what a challenge asked for; `scopes` empty is all of them."""

    takes_challenges: bool = False
    shows: str = ""
    scopes: frozenset[str] = frozenset()

    @property
    def claims(self) -> dict[str, Any]:
        """What the token has because of it."""
        own = {"shows": self.shows, "scopes": sorted(self.scopes)}
        capable = {"xms_cc": ["CP1"]} if self.takes_challenges else {}
        return {**capable, _OWN: {name: value for name, value in own.items() if value}}


def wish_of(form: Mapping[str, str], *, scopes: frozenset[str] = frozenset()) -> Wish:
    """The wish in the form of a token request.

    Raises:
        EntraError: (400) `claims` is no JSON object of objects.
    """
    if "claims" not in form:
        return Wish(scopes=scopes)
    try:
        asked = json.loads(form["claims"])
    except ValueError:
        asked = None
    wanted = asked.get("access_token", {}) if isinstance(asked, dict) else None
    if not isinstance(wanted, dict):
        message = "Invalid request. The parameter 'claims' is malformed or invalid."
        raise EntraError(400, "invalid_request", aadsts=9002313, message=message)
    capabilities = _part(wanted, "xms_cc").get("values", [])
    names = capabilities if isinstance(capabilities, list) else [capabilities]
    shows = _part(wanted, "nbf").get("value", "")
    return Wish(_CAPABLE in {str(one).lower() for one in names}, str(shows), scopes)


def challenged_claims(since: int) -> str:
    """What a new token must show: that it was asked for after `since` (unix seconds), as JSON text."""
    return json.dumps({"access_token": {"nbf": {"essential": True, "value": str(since)}}})


def shown(claims: Mapping[str, Any]) -> str:
    """What a token was asked to show; empty for nothing."""
    return str(_part(claims, _OWN).get("shows", ""))


def asked_scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """The permissions by which a delegated token was asked for; empty when it was asked for all."""
    return frozenset(_part(claims, _OWN).get("scopes", ()))


def takes_challenges(claims: Mapping[str, Any]) -> bool:
    """Whether the client that has this token said that it can take a challenge."""
    return _CAPABLE in {str(one).lower() for one in claims.get("xms_cc", ())}


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
