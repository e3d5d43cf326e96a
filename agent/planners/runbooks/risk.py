"""What a runbook does when Microsoft reports that somebody's account may be in other hands.

1. Nobody who asks or gains gets a grant or a credential while such a risk is open: it is refused, and the security
   team hears of it, whatever policy would say about the step.
2. A risk that people looked into is no risk any more, and neither is an account without a record.
3. What could not be read is left to policy, for which an unknown risk is an open one.
"""

from typing import Final

from agent.model.observation import Observation
from agent.planners.runbooks.runbook import refuse
from agent.ports import Proposal

LOOKUP: Final = "user.risk"
# Nobody has looked into it yet, or somebody confirmed it (Graph reference, `riskyUser`).
_OPEN: Final = frozenset({"atRisk", "confirmedCompromised"})


def at_risk(*observations: Observation) -> Proposal | None:
    """Return the refusal if one of the observations shows an open risk, or None. Other look-ups say nothing here."""
    if not any(map(_is_open, observations)):
        return None
    # The same words for everybody: whose risk it is, is not for a requester to know.
    why = "the security team has to look at an account first before anything is granted or reset"
    return refuse(why, tell="security")


def _is_open(seen: Observation) -> bool:
    return seen.lookup == LOOKUP and seen.state == "known" and seen.facts.get("riskState") in _OPEN
