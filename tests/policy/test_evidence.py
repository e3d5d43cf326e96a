"""Whose yes counts, one condition at a time, and what a standing grant adds to it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from policy.decision import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict
from policy.evidence.discharge import Evidence, GivenApproval, HeldGrant, discharge, tally
from policy.evidence.question import Question, asked_by, asking_rules
from policy.evidence.reservation import Claim, Reservation, ReservationLog, empty_log, reserve
from policy.request import UNKNOWN, AuthorizationRequest
from policy.rule import Rule
from tests.policy.evidence_worlds import (
    ANN,
    BOB,
    CID,
    DEE,
    EDITED,
    OTHER,
    RULE,
    START,
    click,
    grant,
    held,
    minutes,
    question,
)

OWNER = Requirement("group_owner", 1, "allowed")
TWO_OWNERS = Requirement("group_owner", 2, "allowed")


def decision(verdict: Verdict, *requirements: Requirement) -> Decision:
    return Decision(verdict, frozenset(requirements), (), "b")


def is_met(asked: Question, *evidence: GivenApproval | HeldGrant, requirement: Requirement = OWNER) -> bool:
    approvals = tuple(one for one in evidence if isinstance(one, GivenApproval))
    grants = tuple(one for one in evidence if isinstance(one, HeldGrant))
    return tally(requirement, asked, evidence=Evidence(approvals, grants)).is_met


def test_one_yes_of_the_right_person_opens_an_approval_and_names_them() -> None:
    reached = discharge(decision(Verdict.APPROVAL, OWNER), question(), evidence=Evidence((click(),)))
    assert reached.is_open
    assert (reached.approver_ids, reached.grant_ids, reached.missing) == ((BOB,), (), ())


def test_without_evidence_an_approval_is_shut_and_says_what_is_missing() -> None:
    reached = discharge(decision(Verdict.APPROVAL, OWNER), question(), evidence=Evidence())
    assert not reached.is_open
    assert reached.missing == (OWNER,)


def test_a_deny_stays_shut_whatever_evidence_there_is() -> None:
    everything = Evidence((click(), click(CID)), (held(grant()),))
    for denied in (decision(Verdict.DENY), decision(Verdict.DENY, OWNER)):
        reached = discharge(denied, question(), evidence=everything)
        assert reached.verdict is Verdict.DENY and not reached.is_open


def test_an_allow_needs_no_evidence() -> None:
    assert discharge(decision(Verdict.ALLOW), question(), evidence=Evidence()).is_open


def test_an_approval_that_asks_nobody_is_never_open() -> None:
    assert not discharge(decision(Verdict.APPROVAL), question(), evidence=Evidence((click(),))).is_open


def test_every_requirement_must_be_met() -> None:
    both = decision(Verdict.APPROVAL, OWNER, Requirement("oncall", 1, "never"))
    asked = question(approvers={"group_owner": frozenset({BOB}), "oncall": frozenset({DEE})})
    assert discharge(both, asked, evidence=Evidence((click(),))).missing == (Requirement("oncall", 1, "never"),)
    reached = discharge(both, asked, evidence=Evidence((click(), click(DEE))))
    assert reached.is_open and reached.approver_ids == (BOB, DEE)


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "that"},
        {"used": True},
        {"answered_at": minutes(11)},
        {"expires_at": minutes(10)},
        {"approver_id": DEE},
        {"approver_id": ANN},
        {"approver_id": ""},
    ],
    ids=lambda changes: f"{changes}",
)
def test_a_yes_for_something_else_out_of_time_used_or_from_the_wrong_person_counts_nothing(
    changes: dict[str, Any],
) -> None:
    asked = question(approvers={"group_owner": frozenset({ANN, BOB, ""})})
    assert is_met(asked, click())
    assert not is_met(asked, replace(click(), **changes))


def test_a_yes_that_was_given_for_one_resolver_counts_for_no_other() -> None:
    assert is_met(question(), click(resolvers=frozenset({"group_owner", "oncall"})))
    for others in (frozenset({"oncall"}), frozenset[str]()):
        assert not is_met(question(), click(resolvers=others))


def test_a_yes_counts_from_the_moment_it_is_given_until_just_before_it_expires() -> None:
    assert is_met(question(now=minutes(5)), click())
    assert is_met(question(now=minutes(15) - datetime.resolution), click())
    assert not is_met(question(now=minutes(15)), click())


def test_who_is_excluded_counts_nothing_however_their_id_is_spelt() -> None:
    assert not is_met(question(excluded_ids=frozenset({"BOB"})), click("bob"))
    assert not is_met(question(requester_id="Bob"), click("bOB"))
    assert is_met(question(approvers={"group_owner": frozenset({"BOB"})}), click("bob"))


def test_when_the_requester_is_not_known_nobody_counts() -> None:
    for nobody in ("", "  "):
        assert not is_met(question(requester_id=nobody), click(), held(grant()))


def test_a_resolver_without_people_cannot_be_met() -> None:
    assert not is_met(question(approvers={}), click(), held(grant()))


def test_two_people_means_two_different_people() -> None:
    assert not is_met(question(), click(), requirement=TWO_OWNERS)
    assert not is_met(question(), click("bob"), click("BOB"), requirement=TWO_OWNERS)
    assert is_met(question(), click(BOB), click(CID), requirement=TWO_OWNERS)


def test_a_question_without_a_time_zone_cannot_be_put() -> None:
    with pytest.raises(ValueError, match="time zone"):
        question(now=datetime(2026, 11, 20))


def test_a_standing_grant_stands_in_for_the_click_of_its_giver() -> None:
    reached = discharge(decision(Verdict.APPROVAL, OWNER), question(), evidence=Evidence(grants=(held(grant()),)))
    assert reached.is_open
    assert (reached.approver_ids, reached.grant_ids) == ((), ("gr-0193",))


def test_a_grant_is_not_used_where_people_have_said_yes() -> None:
    reached = discharge(
        decision(Verdict.APPROVAL, OWNER), question(), evidence=Evidence((click(CID),), (held(grant()),))
    )
    assert reached.is_open
    assert (reached.approver_ids, reached.grant_ids) == ((CID,), ())


def test_a_grant_is_not_used_where_it_would_not_be_enough() -> None:
    three = Requirement("group_owner", 3, "allowed")
    reached = discharge(
        decision(Verdict.APPROVAL, three), question(), evidence=Evidence((click(CID),), (held(grant()),))
    )
    assert not reached.is_open
    assert reached.grant_ids == ()


def test_a_grant_never_stands_in_where_policy_says_never() -> None:
    assert not is_met(question(), held(grant()), requirement=Requirement("group_owner", 1, "never"))


def test_one_person_with_a_grant_and_a_click_is_still_one_person() -> None:
    assert not is_met(question(), click(BOB), held(grant(granted_by=BOB)), requirement=TWO_OWNERS)
    assert not is_met(question(), held(grant(id="gr-1")), held(grant(id="gr-2")), requirement=TWO_OWNERS)
    assert is_met(question(), click(CID), held(grant(granted_by=BOB)), requirement=TWO_OWNERS)
    assert is_met(question(), held(grant(id="gr-1")), held(grant(id="gr-2", granted_by=CID)), requirement=TWO_OWNERS)


def test_of_two_grants_of_one_person_the_first_by_id_is_used() -> None:
    found = Evidence(grants=(held(grant(id="gr-2")), held(grant(id="gr-1"))))
    assert discharge(decision(Verdict.APPROVAL, OWNER), question(), evidence=found).grant_ids == ("gr-1",)


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": "fabrikam"},
        {"actions": ["a.two", "b.*"]},
        {"when": {"requester.department": "Sales"}},
        {"when": {"requester.department": "HR", "risk": {"max": 9}}},
        {"discharges": "oncall"},
        {"rules": [{"id": EDITED.id, "digest": EDITED.digest}]},
        {"granted_by": DEE},
        {"granted_by": ANN},
        {"not_before": minutes(11)},
        {"expires": minutes(10)},
        {"revoked": True},
    ],
    ids=lambda changes: f"{changes}",
)
def test_a_grant_that_is_dead_or_for_something_else_counts_nothing(changes: dict[str, Any]) -> None:
    asked = question(approvers={"group_owner": frozenset({ANN, BOB})})
    assert is_met(asked, held(grant()))
    assert not is_met(asked, held(grant(**changes)))


def test_a_grant_counts_from_its_first_moment_until_just_before_its_last() -> None:
    short = held(grant(not_before=minutes(10), expires=minutes(12)))
    assert [is_met(question(now=minutes(at)), short) for at in (9, 10, 11, 12)] == [False, True, True, False]


def test_a_grant_counts_as_often_as_it_may_be_used_and_a_retry_is_no_new_use() -> None:
    twice = grant(max_uses=2)
    assert is_met(question(), held(twice, "other"))
    assert not is_met(question(), held(twice, "other", "another"))
    assert is_met(question(), held(twice, "other", "case-1:0"))


def test_reserving_its_uses_one_by_one_uses_a_grant_up() -> None:
    one = grant(max_uses=2)
    uses: ReservationLog = empty_log(one.cap)
    for number, met in enumerate((True, True, False)):
        asked = question(execution_id=f"case-{number}:0")
        assert is_met(asked, HeldGrant(one, uses)) is met
        taken = reserve(one.cap, uses, claim=Claim(asked.execution_id), now=START, execute_by=START, decided_count=1)
        assert isinstance(taken, ReservationLog) is met
        uses = taken if isinstance(taken, ReservationLog) else uses


def test_a_grant_whose_uses_cannot_be_read_counts_nothing() -> None:
    one = grant()
    assert not is_met(question(), HeldGrant(one, UNKNOWN))
    another = ReservationLog(key="grant:contoso:gr-1", reservations=())
    assert not is_met(question(), HeldGrant(one, another))


@pytest.mark.parametrize(
    "changes", [{"request": None}, {"asked_by": {}}, {"asked_by": {"group_owner": frozenset()}}, {"execution_id": ""}]
)
def test_where_it_is_not_said_what_is_asked_a_grant_counts_nothing_and_people_do(changes: dict[str, Any]) -> None:
    assert not is_met(question(**changes), held(grant()))
    assert is_met(question(**changes), click())


def test_a_grant_dies_when_a_rule_is_added_and_lives_when_one_no_longer_asks() -> None:
    for_one, for_both = grant(), grant(rules=[{"id": one.id, "digest": one.digest} for one in (RULE, OTHER)])
    both = question(asked_by={"group_owner": frozenset({RULE, OTHER})})
    assert not is_met(both, held(for_one))
    assert is_met(both, held(for_both))
    assert is_met(question(), held(for_both))


def test_an_unknown_fact_never_helps_a_grant() -> None:
    for facts in ({}, {"requester.department": UNKNOWN}, {"requester.department": ""}):
        assert not is_met(question(request=AuthorizationRequest("a.one", facts)), held(grant()))


def test_each_resolver_is_asked_by_the_rules_that_name_it_and_decide() -> None:
    owner, oncall = Requirement("group_owner"), Requirement("oncall")

    def rule(name: str, *asked: Requirement) -> Rule:
        effect = Verdict.APPROVAL if asked else Verdict.ALLOW
        return Rule(RuleRef(name, ""), Layer.ACTION, effect, frozenset(), (), requirements=frozenset(asked))

    rules = [rule("one", owner), rule("two", owner, oncall), rule("not.now", oncall), rule("permit")]
    layers = (
        LayerResult(Layer.ACTION, Verdict.APPROVAL, (rules[0].ref, rules[1].ref)),
        LayerResult(Layer.RUNTIME, Verdict.ALLOW, (rules[3].ref,)),
    )
    asking = Decision(Verdict.APPROVAL, frozenset({owner, oncall}), layers, "b")
    assert asking_rules(asking) == (rules[0].ref, rules[1].ref)
    assert asked_by(asking, rules) == {
        "group_owner": frozenset({rules[0].ref, rules[1].ref}),
        "oncall": frozenset({rules[1].ref}),
    }


def test_a_log_of_uses_is_the_log_of_a_limit_without_a_window() -> None:
    used = Reservation(counted="case-1:0", claim_id="case-1:0", execute_by=START)
    one = grant()
    assert (one.cap.max, one.cap.window_seconds, one.cap.counts, one.cap.over) == (2, None, "actions", "deny")
    assert not is_met(question(execution_id="case-9:0"), held(grant(max_uses=1), used.counted))
