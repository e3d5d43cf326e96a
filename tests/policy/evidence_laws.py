"""The laws of evidence (G1 to G9): what must hold for every decision, question, and pile of evidence.

Each law takes `discharge`, so that the same law judges the code and every mutant of it. The yardsticks are written
anew here, so that a mutant cannot bend them.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from policy.decision import Decision, Verdict
from policy.evidence.discharge import Discharge, Evidence, GivenApproval, HeldGrant
from policy.evidence.question import Question
from policy.evidence.reservation import ReservationLog
from policy.request import UNKNOWN, AuthorizationRequest
from policy.rule import Truth
from tests.policy.authored import read_directly
from tests.policy.evidence_worlds import World

# Called as `discharge(decision, question, evidence=evidence)`.
Reach = Callable[..., Discharge]


def evidence_never_touches_a_verdict(reach: Reach, world: World) -> None:
    """G1: a DENY stays a DENY and shut; an ALLOW stays open; an APPROVAL that asks nobody is shut."""
    reached = reach(world.decision, world.question, evidence=world.evidence)
    assert reached.verdict is world.decision.verdict
    if world.decision.verdict is Verdict.DENY:
        assert not reached.is_open
    if world.decision.verdict is Verdict.ALLOW:
        assert reached.is_open
    if world.decision.verdict is Verdict.APPROVAL:
        assert reached.is_open == (not reached.missing and bool(world.decision.requirements))


def a_grant_is_worth_one_click_of_its_giver(reach: Reach, world: World) -> None:
    """G2: what grants discharge, clicks of the same people would have; and `never` means never."""
    reached = reach(world.decision, world.question, evidence=world.evidence)
    givers = {one.grant.id: one.grant.granted_by for one in world.evidence.grants}
    now, span = world.question.now, world.question.now.resolution
    for one in reached.tallies:
        assert one.requirement.standing == "allowed" or not one.grant_ids
        clicks = tuple(GivenApproval(world.question.digest, givers[name], now, now + span) for name in one.grant_ids)
        clicked = Evidence(approvals=(*world.evidence.approvals, *clicks))
        by_hand = reach(_asking_only(world.decision, one.requirement), world.question, evidence=clicked)
        assert not one.is_met or not by_hand.missing


def a_dead_grant_is_inert(reach: Reach, world: World) -> None:
    """G3: a grant that is revoked, out of time, used up, unreadable, or for other rules changes nothing."""
    alive = tuple(one for one in world.evidence.grants if not _is_dead(one, world.question))
    _same_without(reach, world, evidence=replace(world.evidence, grants=alive))


def nobody_approves_their_own_request(reach: Reach, world: World) -> None:
    """G4: what the requester or an excluded person says or granted changes nothing; unknown requesters bar all."""
    barred = {one.lower() for one in (world.question.requester_id, *world.question.excluded_ids)}
    others = Evidence(
        approvals=tuple(one for one in world.evidence.approvals if one.approver_id.lower() not in barred),
        grants=tuple(one for one in world.evidence.grants if one.grant.granted_by not in barred),
    )
    _same_without(reach, world, evidence=others if world.question.requester_id else Evidence())


def evidence_for_something_else_is_inert(reach: Reach, world: World) -> None:
    """G5: a yes to another question, out of time or already used, and a grant of another tenant, change nothing."""
    fitting = Evidence(
        approvals=tuple(one for one in world.evidence.approvals if _is_for(one, world.question)),
        grants=tuple(one for one in world.evidence.grants if one.grant.tenant_id == world.question.tenant_id.lower()),
    )
    _same_without(reach, world, evidence=fitting)


def more_evidence_never_hurts_and_unknown_never_helps(reach: Reach, world: World) -> None:
    """G6: losing a piece of evidence, or a fact, never makes a requirement met."""
    missing = set(reach(world.decision, world.question, evidence=world.evidence).missing)
    for less in _with_one_less(world.evidence):
        assert missing <= set(reach(world.decision, world.question, evidence=less).missing)
    for blind in _with_one_fact_less(world.question):
        assert missing <= set(reach(world.decision, blind, evidence=world.evidence).missing)


def as_many_different_people_as_are_asked_for(reach: Reach, world: World) -> None:
    """G7: behind a requirement that is met stand `count` different people who answer for it today."""
    givers = {one.grant.id: one.grant.granted_by for one in world.evidence.grants}
    for one in reach(world.decision, world.question, evidence=world.evidence).tallies:
        able = {person.lower() for person in world.question.approvers.get(one.requirement.resolver, ())}
        people = {*one.approver_ids, *(givers[name] for name in one.grant_ids)}
        assert people <= able
        assert one.is_met == (len(people) >= one.requirement.count)


def a_used_grant_certainly_covers_the_request(reach: Reach, world: World) -> None:
    """G8: a grant is used only for its actions, its resolver, and where its pattern is TRUE."""
    held = {one.grant.id: one.grant for one in world.evidence.grants}
    for one in reach(world.decision, world.question, evidence=world.evidence).tallies:
        for grant in (held[name] for name in one.grant_ids):
            request = world.question.request
            assert request is not None and grant.discharges == one.requirement.resolver
            assert any(request.action == name or name in ("*", f"{request.action[0]}.*") for name in grant.actions)
            assert read_directly({"when": grant.when.authored()}, request) is Truth.TRUE


def no_grant_is_used_without_need(reach: Reach, world: World) -> None:
    """G9: grants are used for what is met by them and only as many as clicks are missing."""
    for one in reach(world.decision, world.question, evidence=world.evidence).tallies:
        if one.grant_ids:
            assert len(one.approver_ids) + len(one.grant_ids) == one.requirement.count


LAWS: Final = {
    "G1": evidence_never_touches_a_verdict,
    "G2": a_grant_is_worth_one_click_of_its_giver,
    "G3": a_dead_grant_is_inert,
    "G4": nobody_approves_their_own_request,
    "G5": evidence_for_something_else_is_inert,
    "G6": more_evidence_never_hurts_and_unknown_never_helps,
    "G7": as_many_different_people_as_are_asked_for,
    "G8": a_used_grant_certainly_covers_the_request,
    "G9": no_grant_is_used_without_need,
}


def _same_without(reach: Reach, world: World, *, evidence: Evidence) -> None:
    whole = reach(world.decision, world.question, evidence=world.evidence)
    assert whole == reach(world.decision, world.question, evidence=evidence)


def _asking_only(decision: Decision, requirement: Any) -> Decision:
    return replace(decision, requirements=frozenset({requirement}))


def _is_dead(held: HeldGrant, question: Question) -> bool:
    grant = held.grant
    out_of_time = question.now < grant.not_before or question.now >= grant.expires
    asking = question.asked_by.get(grant.discharges) or {None}
    return grant.revoked or out_of_time or not asking <= {*grant.rules} or _is_used_up(held, question.execution_id)


def _is_used_up(held: HeldGrant, execution_id: str) -> bool:
    if not isinstance(held.uses, ReservationLog) or not execution_id:
        return True
    users = {one.claim_id for one in held.uses.reservations}
    return len(users - {execution_id}) >= held.grant.max_uses


def _is_for(click: GivenApproval, question: Question) -> bool:
    in_time = click.answered_at <= question.now and not click.expires_at <= question.now
    return click.digest == question.digest and in_time and not click.used


def _with_one_less(evidence: Evidence) -> Iterable[Evidence]:
    for place in range(len(evidence.approvals)):
        yield replace(evidence, approvals=evidence.approvals[:place] + evidence.approvals[place + 1 :])
    for place in range(len(evidence.grants)):
        yield replace(evidence, grants=evidence.grants[:place] + evidence.grants[place + 1 :])


def _with_one_fact_less(question: Question) -> Iterable[Question]:
    known = question.request or AuthorizationRequest("")
    for name, value in known.facts.items():
        others: dict[str, Any] = {key: one for key, one in known.facts.items() if key != name}
        for worse in (others, {**others, name: UNKNOWN}, {**others, name: (value,)}):
            yield replace(question, request=AuthorizationRequest(known.action, worse))
    yield replace(question, request=None)
