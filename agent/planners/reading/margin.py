"""When a ranking is sure enough to act on, and what is close when it is not."""

from collections.abc import Sequence
from typing import Final

from agent.planners.asks import Intent
from agent.planners.reading.ranking import Ranked

#: The likeliest intent counts from here on; chosen by `training --measure` so that few are sure and wrong.
SURE: Final = 0.35
#: It also counts when it is this much likelier than the next.
_CLEAR: Final = 2.5
_LEAST: Final = 0.22
_OF_FAMILY: Final = 0.8
_FAMILIES: Final = (
    frozenset({Intent.GROUP_ACCESS, Intent.TEAM_ACCESS, Intent.SITE_ACCESS, Intent.DISTRIBUTION_LIST}),
    frozenset({Intent.GROUP_CREATE, Intent.TEAM_CREATE, Intent.GROUP_OWNER}),
    frozenset({Intent.HOW_TO, Intent.STATUS, Intent.ACCOUNT_LOOKUP, Intent.ACCESS_REVIEW, Intent.DEVICE_INFO}),
    frozenset({Intent.CONDITIONAL_ACCESS, Intent.WEAKER_SIGN_IN}),
    frozenset({Intent.HARDWARE, Intent.NOT_IT}),
    frozenset({Intent.GUEST_INVITE, Intent.GUEST_REMOVE}),
    frozenset({Intent.LICENCE, Intent.LICENCE_SWAP}),
    frozenset({Intent.SECURITY_INCIDENT, Intent.DEVICE_LOST}),
)
#: What stands among other wishes must be beyond doubt: a story is cut up quickly.
_CERTAIN: Final = 0.6
_CERTAIN_UNASKED: Final = 0.85
#: What is less likely than this is not worth naming.
_CLOSE: Final = 0.12


def is_sure(ranking: Sequence[Ranked]) -> bool:
    """Whether the first of a ranking is likely enough, or stands out enough, to be followed.

    Intents of a family lead to runbooks that look at the same objects, so their likelihoods count together.
    """
    first, second = ranking[0].likelihood, ranking[1].likelihood
    family = next((one for one in _FAMILIES if ranking[0].intent in one), frozenset())
    together = sum(one.likelihood for one in ranking if one.intent in family)
    return max(first, together * _OF_FAMILY) >= SURE or (first >= _LEAST and first >= _CLEAR * second)


def is_certain(ranking: Sequence[Ranked], *, is_asking: bool) -> bool:
    """Whether the first of a ranking may stand as a wish of its own among others; what asks for nothing seldom may."""
    least = _CERTAIN if is_asking else _CERTAIN_UNASKED
    return ranking[0].intent is not None and ranking[0].likelihood >= least


def likelihood_of(ranking: Sequence[Ranked], intent: Intent) -> float:
    """Return how likely an intent is in a ranking."""
    return next((one.likelihood for one in ranking if one.intent is intent), 0.0)


def close_intents(ranking: Sequence[Ranked]) -> tuple[Intent, ...]:
    """Return the intents that may be meant, likeliest first."""
    return tuple(one.intent for one in ranking if one.intent is not None and one.likelihood >= _CLOSE)
