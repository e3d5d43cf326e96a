"""What a closed case keeps: no field is kept or erased by chance, and no word of a step survives."""

import re
from typing import Any

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.model.approval import Approval
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.storage.case_record import ERASED, holds_nothing_secret, record_of
from tests.agent.areas.collected import PARAMS
from tests.conformance.samples import NOW, case, handoff

# Ids, digests, verdicts, numbers, times, and sentences of ours that the log has too.
KEPT = {
    *("id", "stage", "outcome", "requester_id", "reasoning_steps", "decisions", "approval_request", "approval_asked"),
    *("written_as", "reaches_roles", "lent_by", "sign_in_of"),
    *("step_index", "effects", "is_rolling_back", "why", "queue", "urgent", "requester_told", "reply_tries"),
    *("reply_failed", "final_plan_digest", "troubles", "throttles", "control", "held_by", "alerts", "closed_at"),
    *("grants", "grant_steps", "created", "then_queue", "then_why"),
}
PARTLY = {"request", "plan", "approvals"}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) and value else []


def test_every_field_of_a_case_is_kept_erased_or_cut_on_purpose() -> None:
    groups = (KEPT, PARTLY, set(ERASED))
    assert set(Case.model_fields) == set().union(*groups)
    assert sum(len(one) for one in groups) == len(Case.model_fields)


def test_a_case_without_words_is_kept_as_it_is() -> None:
    closed = case(text="").evolve(stage=Stage.CLOSED, closed_at=NOW)
    assert record_of(closed) == closed


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_no_word_of_a_step_survives_its_case(action: str) -> None:
    step = parse_step(action, PARAMS[action])
    closed = case().evolve(stage=Stage.CLOSED, plan=Plan(summary=step.title, reason="r", steps=(step,)))
    kept = record_of(closed).plan
    assert kept is not None
    (bare,) = kept.steps
    assert (bare.action, bare.target.id, bare.call.method, bare.call.path) == (
        *(action, step.target.id),
        *(step.call.method, step.call.path),
    )
    # An id may stand in a path, whatever it looks like. A value of a list of words stands nowhere else.
    places = f"{step.call.path} {step.check.call.path} {step.target.id}"
    words = {one for one in texts(step.params) if not _GUID.fullmatch(one) and one not in places}
    values = [text for one in (bare.params, bare.call.body, bare.call.query, bare.title) for text in texts(one)]
    assert [word for word in words if any(word in value for value in values if value != bare.title)] == []
    assert [word for word in words if " " in word and word in bare.model_dump_json()] == []
    assert [mail for mail in words if "@" in mail and mail in bare.model_dump_json()] == []
    assert (bare.names, bare.told, bare.told_by_name, bare.target.label, bare.beneficiary_label) == ((), {}, {}, "", "")
    assert record_of(record_of(closed)) == record_of(closed)


def test_what_an_approver_typed_is_in_the_log_alone() -> None:
    said = Approval(
        request_id="r",
        plan_digest="p",
        rules_digest="d",
        approver_id="a",
        resolvers=(),
        granted=False,
        reason="because I say so",
        answered_at=NOW,
        expires_at=NOW,
    )
    assert record_of(case().evolve(stage=Stage.CLOSED, approvals=(said,))).approvals[0].reason == ""


def test_only_a_closed_case_that_nobody_needs_may_stand_in_the_clear() -> None:
    closed = case().evolve(stage=Stage.CLOSED)
    assert holds_nothing_secret(closed)
    assert not holds_nothing_secret(closed.evolve(handoff=handoff(closed.id)))
    assert not any(holds_nothing_secret(case(stage=stage)) for stage in Stage if stage is not Stage.CLOSED)
