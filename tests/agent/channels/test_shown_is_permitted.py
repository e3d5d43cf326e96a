"""Over the whole catalogue: what the card shows is what the permit carries, letter by letter and digest by digest."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acting import actor_for
from agent.actions import CATALOGUE, parse_step
from agent.answer_rules import decide_answer
from agent.channels.card_lines import exact_call
from agent.gate import grant
from agent.model.actor import Actor, acting_for
from agent.model.case import Case, Stage
from agent.model.permit import Permit
from agent.model.service_request import Assurance
from agent.outcomes import Answered
from agent.port_values import notice_of
from tests.agent.areas.collected import PARAMS
from tests.agent.channels.card_reading import lines, pending, verbs
from tests.agent.channels.cases import ADMIN, NOW, OWNER, answer, decision, waiting

SOON = NOW + timedelta(minutes=5)


def asked_about(action: str, params: dict[str, Any]) -> Case:
    """A case with one step, its question open; the requester is whom the step serves, proven by single sign-on."""
    step = parse_step(action, params)
    case = waiting(steps=(step,))
    request = case.request.model_copy(update={"assurance": Assurance.SSO})
    requester = step.target.id if CATALOGUE[action].serves_me else case.requester_id
    case = case.evolve(request=request, requester_id=requester)
    case = case.evolve(written_as=(actor_of(case).label,))
    assert case.approval_request is not None
    return case.evolve(
        approval_request=case.approval_request.model_copy(update={"plan_digest": case.plan_digest}),
    )


def permitted(case: Case) -> Permit:
    """Both people say yes with what their buttons carry, and the gate is asked."""
    for person in (OWNER, ADMIN):
        # As with the token that a risky step needs of whoever approves it.
        said = replace(answer(case, by=person, data=dict(carried(case))), proof="user_token", user_token="token")
        outcome = decide_answer(case, said, now=SOON)
        assert isinstance(outcome, Answered), outcome
        case = case.evolve(approvals=(*case.approvals, outcome.approval))
    return grant(case.evolve(stage=Stage.EXECUTE), decision(), now=SOON, actor=actor_of(case))


def actor_of(case: Case) -> Actor:
    """In whose name the one step is written, with both people's tokens at hand."""
    assert case.plan is not None
    people = [acting_for(case.requester_id, whose="requester"), acting_for(OWNER, whose="approver")]
    return actor_for(case.plan.steps[0], requester_id=case.requester_id, at_hand=people)


def carried(case: Case) -> dict[str, str]:
    approve, *_ = pending(notice_of(case))["actions"]
    return dict(approve["data"])


def shown(card: dict[str, Any], label: str) -> str:
    (found,) = (one.removeprefix(f"{label}: ") for one in lines(card) if one.startswith(f"{label}: "))
    return found


def check(action: str, params: dict[str, Any]) -> None:
    case = asked_about(action, params)
    card = pending(notice_of(case))
    assert verbs(card) == ["approve", "refuse"], "every action of the catalogue can be shown on a card"
    permit = permitted(case)
    # Letter by letter: method, path, query and body can be read off the card and are those of the permit.
    text = shown(card, "Exact call")
    assert text == exact_call(permit.call)
    method, _, rest = text.partition(" ")
    target, _, body = rest.partition(" ")
    assert (method, target) == (permit.call.method, permit.call.target)
    assert (json.loads(body) if body else None) == permit.call.body
    # Digest by digest: the one shown, the one in the buttons, the one of the plan whose step the permit is for.
    assert case.plan is not None
    assert shown(card, "Plan id") == case.plan_digest[:8] == carried(case)["plan"][:8]
    assert carried(case)["plan"] == case.plan_digest
    assert permit.call_digest == permit.call.digest == case.plan.steps[0].call.digest


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_the_digest_and_the_call_on_the_card_are_those_that_the_permit_carries(action: str) -> None:
    check(action, PARAMS[action])


# Words that a person may put into a call: the ones that clients would change are not shown, so not approved.
WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_whatever_words_a_call_has_they_are_shown_as_they_run_or_not_approved(word: str) -> None:
    changes = [{"field": "jobTitle", "was": None, "to": word}]
    params = {**PARAMS["entra.user.profile.update"], "changes": changes}
    case = asked_about("entra.user.profile.update", params)
    if verbs(pending(notice_of(case))) == ["refuse"]:
        assert "{{" in json.dumps(word) or "${" in word
        return
    check("entra.user.profile.update", params)
