"""What a card tells beside the plan: what changes, why it asks, in whose name it runs, and who has answered."""

from datetime import timedelta
from typing import Any

import pytest

from agent.actions import parse_step
from agent.model.approval import Asked
from agent.model.briefing import Briefing, Present
from agent.model.case import Case
from agent.model.plan import Step
from agent.port_values import notice_of
from policy.decision import Requirement, RuleRef
from tests.agent.areas.collected import PARAMS
from tests.agent.channels.card_reading import closed, lines, pending
from tests.agent.channels.cases import ADMIN, GROUP, MEGAN, NOW, OWNER, answered, briefing, decision, step, waiting

SOON = NOW + timedelta(minutes=5)


def starting(card: dict[str, Any], label: str) -> list[str]:
    return [one.removeprefix(f"{label}: ") for one in lines(card) if one.startswith(f"{label}: ")]


def shown(case: Case, label: str) -> list[str]:
    return starting(pending(notice_of(case)), label)


def two_people(case: Case) -> Case:
    assert case.approval_request is not None
    asked = (Asked(requirement=Requirement("tenant_admin", 2), approver_ids=(ADMIN, OWNER)),)
    return case.evolve(approval_request=case.approval_request.model_copy(update={"asked": asked}))


def many(count: int) -> tuple[Step, ...]:
    people = (f"00000000-0000-4000-9000-{number:012d}" for number in range(count))
    return tuple(parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": one}) for one in people)


@pytest.mark.parametrize("told", [None, Briefing(), briefing(present=Present())], ids=["nothing", "empty", "no words"])
def test_a_state_that_was_not_read_is_said_to_be_unread_and_never_guessed(told: Briefing | None) -> None:
    assert shown(waiting(briefing=told), "Before") == ["could not be read"]
    assert shown(waiting(briefing=told), "After") == [f"members: with {MEGAN}"]


def test_of_a_list_it_is_counted_what_would_be_changed() -> None:
    present = Present(already=(1, 2, 3), unread=(9,))
    case = waiting(steps=many(20), briefing=briefing(20, present=present))
    assert shown(case, "Before") == ["16 of 20 to be changed; step 1-3 so already; step 9 could not be read"]
    assert shown(case, "After each") == ["members: with {for}"]
    assert shown(waiting(steps=many(20), briefing=None), "Before") == ["could not be read"]


def test_reading_a_secret_changes_nothing_and_says_so() -> None:
    case = waiting(steps=(parse_step("secret.bitlocker.read", PARAMS["secret.bitlocker.read"]),))
    assert shown(case, "Changes") == ["nothing; a secret is read and shown to the person it is for"]
    assert not shown(case, "Before")


@pytest.mark.parametrize(
    ("identities", "told"),
    [
        (("workload",), "the agent's own identity, neither the requester's nor yours"),
        (("requester-delegated",), "the requester's own account"),
        (("approver-delegated",), "the account of one who approves, which takes their own sign-in"),
        ((), "not told by what decided; see the full plan"),
        (("workload",) * 2, "not told by what decided; see the full plan"),
    ],
)
def test_in_whose_name_it_runs_is_what_was_decided_and_never_assumed(identities: tuple[str, ...], told: str) -> None:
    assert shown(waiting(written_as=identities), "Runs as") == [told]


def test_steps_that_run_in_different_names_are_told_apart() -> None:
    names = ("workload", "approver-delegated", "workload")
    (runs,) = shown(waiting(steps=(step(),) * 3, written_as=names), "Runs as")
    assert runs.startswith("step 1, 3: the agent's own") and "step 2: the account of one who approves" in runs


def test_each_asking_rule_is_named_with_its_layer_and_its_reason_and_many_are_counted() -> None:
    rules = tuple(RuleRef(f"rule-{number}", "d" * 64) for number in range(9))
    plain = decision()
    layers = tuple(
        layer if layer.layer.value != "department" else type(layer)(layer.layer, layer.verdict, rules)
        for layer in plain.layers
    )
    case = waiting(briefing=briefing(because={"rule-0": "{{x}} \u202ebecause"}))
    case = case.evolve(decisions=(type(plain)(plain.verdict, plain.requirements, layers, plain.bundle_digest),))
    first, second, *_, last = shown(case, "Policy")
    assert first == "layer department asks by rule rule-0, because {x}} because"
    assert second == "layer department asks by rule rule-1, see the full plan for why"
    assert (len(shown(case, "Policy")), last) == (7, "and 3 more rules, see the full plan")


def test_a_half_answered_question_says_who_has_answered_and_how_many_are_missing() -> None:
    case = answered(two_people(waiting()), by=ADMIN)
    assert shown(two_people(waiting()), "Needed") == ["2 of tenant_admin"]
    assert shown(case, "Needed") == ["2 of tenant_admin (1 of 2 so far)"]
    assert shown(case, "Approved by") == [f"Ada Okoro ({ADMIN})"]
    # One person who answers twice is one person.
    assert shown(answered(case, by=ADMIN), "Needed") == ["2 of tenant_admin (1 of 2 so far)"]


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        ("channel", "who it was is said by Teams"),
        ("user_token", "proven by a signed token"),
        ("sign_in", "proven by a fresh sign-in"),
    ],
)
def test_a_closed_card_says_who_answered_what_when_and_how_proven(proof: str, told: str) -> None:
    card = closed(notice_of(answered(waiting(), by=OWNER, granted=False, reason="not hers", proof=proof)), "refused")
    assert starting(card, "Refused by") == [f"Gwen Li ({OWNER})"]
    assert starting(card, "Answered") == [f"2026-11-21 09:05 UTC, {told}: not hers"]


def test_an_answer_to_an_earlier_question_is_no_answer_to_this_one() -> None:
    case = answered(waiting(), by=OWNER)
    assert case.approval_request is not None
    again = case.evolve(approval_request=case.approval_request.model_copy(update={"id": "approval-2"}))
    assert shown(case, "Approved by") and not shown(again, "Approved by")
    assert shown(again, "Needed") == ["1 of group_owner, 1 of tenant_admin"]


def test_a_signed_proof_is_announced_where_the_gate_or_the_write_needs_one_and_nowhere_else() -> None:
    reset = parse_step("entra.user.password.reset", {"user_id": MEGAN})
    risky, lent, plain = waiting(steps=(reset,)), waiting(written_as=("approver-delegated",)), waiting()
    announced = ["Needs a signed proof" in str(pending(notice_of(one))) for one in (risky, lent, plain)]
    assert announced == [True, True, False]
