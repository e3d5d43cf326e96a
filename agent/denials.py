"""Which team takes over a request that policy did not permit, and which must hear of one that it forbade.

Policy says what stopped a step, never who can help: that is told by what stopped it, in this order:

1. Something that a person can look after: an object that Exchange or an on-premises directory keeps, a seat that is
   missing, a freeze, an account or a group that nobody's request may touch.
2. Else what the step would have changed, because its team knows why no rule permits it.
"""

from collections.abc import Iterator
from typing import Final

from policy.decision import Layer, Verdict
from policy.explanation.blame import Bite
from policy.explanation.why import Explanation, LayerStory

#: Who is told of a request that an open identity risk forbids.
RISK_TEAM: Final = "security"
ANYBODY: Final = "service-desk-l2"

_RISKS: Final = ("requester.at_risk", "beneficiary.at_risk", "other_person.at_risk")
# Facts of the target that a team of its own looks after.
_KEPT_BY: Final = {"target.is_exchange_managed": "exchange", "params.seats_left": "procurement"}
# What a step would have changed, by the beginning of its action.
_TEAMS: Final = (
    ("entra.user.profile.", "hr"),
    ("entra.user.manager.", "hr"),
    ("entra.ca.", "security"),
    ("entra.risk.", "security"),
    ("entra.role.", "identity"),
    ("entra.pim.", "identity"),
    ("entra.user.", "identity"),
    ("entra.auth.", "identity"),
    ("secret.bitlocker.", "endpoint"),
    ("intune.", "endpoint"),
    ("exo.", "exchange"),
)


def team_after(denial: Explanation) -> str:
    """Return the team that takes over what no rule permits."""
    silent = [story for story in denial.layers if story.verdict is Verdict.DENY and not story.deciding]
    for story in silent:
        if team := next((_KEPT_BY[fact] for fact in _lacking(story) if fact in _KEPT_BY), ""):
            return team
    layers = {story.layer for story in silent}
    if layers & {Layer.RUNTIME, Layer.TENANT}:
        # A freeze or a plan that is too large: whoever takes over waits, or splits it.
        return ANYBODY
    if Layer.TARGET in layers and denial.request.facts.get("target.kind") in ("user", "group"):
        return "identity"
    return next((team for begins, team in _TEAMS if denial.request.action.startswith(begins)), ANYBODY)


def must_hear_of(denial: Explanation) -> str:
    """Return the team that must hear of a request which a rule forbids, or nothing: an open risk is for security."""
    bitten = {one.rule for one in denial.reasons if isinstance(one, Bite)}
    deciding = (one for story in denial.layers for one in story.deciding if one.rule.ref in bitten)
    for rule in deciding:
        conditions = [*rule.when, *(one for block in rule.matched_blocks for one in block.conditions)]
        if any(one.fact in _RISKS for one in conditions):
            return RISK_TEAM
    return ""


def is_frozen(denial: Explanation) -> bool:
    """Whether nothing but the time of the request keeps it from being permitted."""
    silent = [story.layer for story in denial.layers if story.verdict is Verdict.DENY]
    return silent == [Layer.RUNTIME]


def _lacking(story: LayerStory) -> Iterator[str]:
    """Yield the facts that keep the nearest rule of a silent layer from granting."""
    for candidate in story.nearest[:1]:
        yield from (change.fact for change in candidate.changes)
