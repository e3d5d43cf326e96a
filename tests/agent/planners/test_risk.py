"""An open risk stops every grant and credential change, and the security team hears of it."""

import pytest

from agent.model.observation import Observation
from agent.planners.runbooks.risk import at_risk
from tests.agent.planners.conftest import NOW


def _seen(lookup: str, state: str, **facts: str) -> Observation:
    return Observation(lookup=lookup, subject="x", state=state, facts=facts, observed_at=NOW)


@pytest.mark.parametrize("state", ["atRisk", "confirmedCompromised"])
def test_an_open_risk_among_others_is_refused_and_told_to_security(state: str) -> None:
    stopped = at_risk(_seen("user.groups", "known"), _seen("user.risk", "known", riskState=state))
    assert stopped is not None and stopped.refuse and stopped.handover_to == "security"


@pytest.mark.parametrize("state", ["none", "remediated", "dismissed", "confirmedSafe"])
def test_a_risk_that_was_looked_into_stops_nothing(state: str) -> None:
    assert at_risk(_seen("user.risk", "known", riskState=state)) is None


def test_no_record_and_a_record_that_cannot_be_read_are_left_to_policy() -> None:
    assert at_risk(_seen("user.risk", "absent"), _seen("user.risk", "unknown")) is None


def test_another_look_up_with_such_a_field_is_no_risk() -> None:
    assert at_risk(_seen("user.get", "known", riskState="atRisk")) is None
