"""How long a throttled write waits for its next try: what Graph asks for, or what its limit of that kind suggests.

The queue does the waiting, so nothing sleeps inside a function. Several cases that were refused together come back
apart, because each wait is spread.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Seconds before the second try where Graph names no time, doubled for each further one. The classes and their limits:
# https://learn.microsoft.com/graph/throttling-limits (Conditional Access and Identity Protection take one request a
# second from all applications together and never say when).
_FIRST_SECONDS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "entra-ca": 2.0,
        "invitation": 5.0,
        "entra-reports": 5.0,
        "teams": 5.0,
        "entra-write": 10.0,
        "outlook": 10.0,
        "sharepoint": 10.0,
        "intune": 20.0,
        "security": 30.0,
        "messagetrace": 60.0,
    }
)
_USUAL_SECONDS: Final = 10.0
# A Retry-After is somebody else's number; a case must not sleep for days because of it.
_LONGEST_SECONDS: Final = 600.0
# The share of a wait that is left to chance.
_SPREAD: Final = 0.5


def wait_seconds(throttle_class: str, *, asked: float | None, tries: int, attempt_id: str) -> int:
    """Return whole seconds, at least 1 and at most 601, before try number `tries` + 1.

    `asked` is Graph's Retry-After. `attempt_id` is the attempt's client-request-id, a random GUID, from which the
    spread comes, so that the same attempt always waits the same time.
    """
    if asked is None:
        asked = _FIRST_SECONDS.get(throttle_class, _USUAL_SECONDS) * 2.0 ** min(tries - 1, 10)
    # `min` comes first so that a NaN or an infinity becomes the longest wait.
    named = max(0.0, min(_LONGEST_SECONDS, asked))
    share = int(attempt_id.replace("-", "")[-8:], 16) / 0xFFFFFFFF
    return int(min(_LONGEST_SECONDS, named * (1 + _SPREAD * share))) + 1
