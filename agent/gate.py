"""The policy enforcement point: the one door between a plan and the wire.

What it refuses: a step that the catalogue would not build from its own parameters, a step that policy
denies now, a step whose approvals are missing, stale, for something else, or from the wrong person.

To grant a permit, in this order:
1. The step is exactly what the catalogue builds from the step's action id and parameters, and about nothing that is
   yet to be created (`agent.created`).
2. The decision is fresh and is not DENY; an approval given earlier never outvotes it.
3. The rules that ask for people are the very rules that the approvers were shown.
4. Every requirement is met by enough distinct people who may approve, for this plan's digest, in time. Whose
   answer counts is said by `policy.evidence.discharge` alone; the gate tells it who was asked, for what, and
   who never may. Of a plan that needs step-up only the yes counts of those for whom Entra signed: the channel
   vouches for itself and not for who clicked.
5. A step that yields a secret, or changes how somebody signs in, is for a requester whom the channel has proven;
   mail proves nobody. A secret of another account than the requester's needs people besides.
6. A step is sent in the name of the agent, of the requester, or of an approver whose yes counts; of nobody else, and
   in no other of these than it was decided in before.
7. A standing grant stands in for its owner's yes (4) by the rules it was given for (3), where a use of it is reserved
   for this very execution; never for a step that yields a secret, changes how somebody signs in, is of high risk, needs
   an approver's own token, or writes values of which policy is told no more than the names of the properties.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from agent.acting import permissions_for
from agent.actions import CATALOGUE, parse_step
from agent.created import step_in_hand
from agent.errors import NotAuthorizedError
from agent.model.actor import WORKLOAD, Actor
from agent.model.approval import Proof
from agent.model.case import Case
from agent.model.graph_call import GraphCall
from agent.model.permit import MINT, Permit
from agent.model.plan import Step
from agent.model.service_request import Assurance
from agent.standing.evidence import NO_STANDING, Standing
from policy import AuthorizationRequest, Decision, Engine, FactValue, Requirement, RuleRef, Verdict, digest
from policy.evidence.discharge import Discharge, Evidence, GivenApproval, discharge, tallies
from policy.evidence.question import Question

# Who asks for people is said by the decision; the stages know it by this door.
from policy.evidence.question import asking_rules as asking_rules

# How long a plan that was begun in time may go on after its approval's own end: 300 steps take a quarter of an hour.
PLAN_LASTS = timedelta(hours=1)

#: From this risk on a yes needs a token that Entra signed for the person. It is the lowest at which the catalogue has
#: a removed sign-in method (55, the phone); passwords are at 60, other methods and passes at 60 to 70, roles at 60 to
#: 89, wiped devices at 89. Below it are everyday changes that can be put back: groups, licences, profiles, calendars.
STEP_UP_RISK = 55
_SIGNED: frozenset[Proof] = frozenset({"user_token", "sign_in"})

# Ids that Graph hands out: GUIDs, base64 of several kinds, and names such as `19:abc@thread.tacv2`. They are escaped
# into one segment of a path; anything else never enters one.
_CREATED_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9!$+,.:=@_-]{0,511}")


def decide(step: Step, facts: Mapping[str, FactValue], *, engine: Engine) -> Decision:
    """Ask policy about one step with the facts as they are now. DENY for a step outside the catalogue."""
    return engine.decide(AuthorizationRequest(action=step.action, facts=facts))


def rules_digest(rules: tuple[RuleRef, ...]) -> str:
    """Return the SHA-256 over rule ids and content digests that an approval is bound to."""
    return digest([[rule.id, rule.digest] for rule in rules])


def excluded_approvers(case: Case) -> frozenset[str]:
    """Return who may never approve this case's plan: its requester, its beneficiaries and its targets."""
    assert case.plan is not None, "only a case with a plan asks for approval"
    touched = {person for step in case.plan.steps for person in (step.beneficiary_id, step.target.id)}
    # Others may gain too: the new manager of somebody, the owner of a new group, who gets a new account's password.
    touched |= {text for step in case.plan.steps for text in step.texts}
    # An address names a person too: whose it is was looked up when the plan was decided.
    return frozenset({case.requester_id, *touched, *case.concerned.values(), *case.created.values()})


def needs_step_up(case: Case) -> bool:
    """Whether its plan, as one with an action that nobody knows, is so risky that Entra must prove who approves it."""
    assert case.plan is not None, "only a case with a plan asks for approval"
    # Whoever comes into a group that can hold roles holds these.
    risks = (CATALOGUE[one.action].risk if one.action in CATALOGUE else STEP_UP_RISK for one in case.plan.steps)
    return case.reaches_roles or max(risks) >= STEP_UP_RISK


def unmet(case: Case, requirements: frozenset[Requirement], *, now: datetime) -> tuple[Requirement, ...]:
    """Return the requirements that the case's approvals do not meet at `now`, in a stable order."""
    reached = tallies(requirements, _question(case, now=now), evidence=_evidence(case))
    return tuple(one.requirement for one in reached if not one.is_met)


def may_stand_in(step: Step) -> bool:
    """Whether a standing grant may ever stand in for people at this step (7)."""
    action = CATALOGUE[step.action]
    needs_approver = not action.application_permissions and not action.serves_me
    # From there on a yes takes a signed proof of who gives it, so nobody gives it beforehand. Nor does anybody for what
    # a property becomes: policy is told which one it is, so no pattern tells one value from another.
    is_judged = max(step.risk, action.risk) >= STEP_UP_RISK or "params.attributes" in step.told
    return step.secret == "none" and not action.opens_sign_in and not is_judged and not needs_approver


def reach(case: Case, decision: Decision, *, now: datetime, standing: Standing) -> Discharge:
    """Return how the people's answers and these grants meet what `decision` on one step of the case requires."""
    return discharge(decision, _question(case, now=now, standing=standing), evidence=_evidence(case, standing))


def grant(
    case: Case, decision: Decision, *, now: datetime, actor: Actor = WORKLOAD, standing: Standing = NO_STANDING
) -> Permit:
    """Return the permit for the case's current step, to be sent in the name of `actor`, about whom was decided.

    Raises:
        NotAuthorizedError: one of the seven rules above does not hold; `needs_people` says whether asking
            (again) could open it.
    """
    return _grant(case, decision, call=_current(case).call, now=now, actor=actor, standing=standing, is_rollback=False)


def grant_undo(
    case: Case,
    decision: Decision,
    *,
    now: datetime,
    created_id: str,
    actor: Actor = WORKLOAD,
    standing: Standing = NO_STANDING,
) -> Permit:
    """Return the permit to undo the case's current step, decided with the fact `is_rollback`.

    The approval of a plan covers the undo of its steps, also after the approval's own expiry: a half-done
    plan must not stay half done because a person was slow. A DENY still holds. Of a plan that was changed half way it
    is the approval under which the step was written.

    Raises:
        NotAuthorizedError: as `grant`, or the step has no undo, or it is not the one that was approved, or
            `created_id` is needed and malformed.
    """
    written, case = _current(case), case.as_covered()
    step = _current(case)
    if step != written:
        raise NotAuthorizedError(f"step `{written.action}` is not the one that was approved when it was written")
    if step.undo is None:
        raise NotAuthorizedError(f"step `{step.action}` is irreversible: {step.irreversible}")
    call = _filled(step.undo.call, created_id)
    return _grant(case, decision, call=call, now=now, actor=actor, standing=standing, is_rollback=True)


def _grant(
    case: Case,
    decision: Decision,
    *,
    call: GraphCall,
    now: datetime,
    actor: Actor,
    standing: Standing,
    is_rollback: bool,
) -> Permit:
    step = _current(case)
    # (1) A planner can only choose from the catalogue; it cannot smuggle in a call of its own.
    if parse_step(step.action, step.params) != step:
        raise NotAuthorizedError(f"step `{step.action}` is not what the catalogue builds from its parameters")
    # (2) A fresh DENY ends it, whatever was approved before.
    if decision.verdict is Verdict.DENY:
        raise NotAuthorizedError(f"step `{step.action}` is denied by policy")
    if step.secret != "none" and not is_rollback:
        _guard_secret(case, step, decision=decision)
    if CATALOGUE[step.action].opens_sign_in and case.request.assurance is Assurance.EMAIL and not is_rollback:
        raise NotAuthorizedError(
            f"step `{step.action}` changes how somebody signs in, and mail does not prove who asks"
        )
    # (7)
    standing = standing if may_stand_in(step) and not case.reaches_roles else NO_STANDING
    deadline = _deadline_of(case, now=now, standing=standing, is_rollback=is_rollback)
    reached = _opened(case, decision, now=deadline, standing=standing)
    approver_ids = reached.approver_ids
    # (6) A token that is at hand is no right to use it, and one that is gone is not replaced by another's.
    if (shown := case.shown_as(case.step_index)) not in (None, actor.label):
        raise NotAuthorizedError(f"step `{step.action}` was decided to be written as `{shown}`, not `{actor.label}`")
    named = {"requester": (case.requester_id,), "approver": approver_ids}.get(actor.whose, ())
    if actor != WORKLOAD and (not actor.user_id or actor.user_id not in named):
        raise NotAuthorizedError(
            f"step `{step.action}` needs a person's own token, and none of the right person is there",
            sign_in_of=approver_ids if actor.whose == "approver" else (),
        )
    return Permit(
        tenant_id=case.request.tenant_id,
        case_id=case.id,
        step_index=case.step_index,
        call=call,
        decision=decision,
        approver_ids=approver_ids,
        is_rollback=is_rollback,
        mint=MINT,
        actor=actor,
        permissions=permissions_for(step.action, actor, is_rollback=is_rollback),
        grant_ids=reached.grant_ids,
    )


def _guard_secret(case: Case, step: Step, *, decision: Decision) -> None:
    # (5) Whatever policy says, a password never follows a mail whose sender anybody can write. Of a device it is the
    # step's precondition that says whose it is.
    if case.request.assurance is Assurance.EMAIL:
        raise NotAuthorizedError(f"step `{step.action}` yields a secret, and mail does not prove who asks")
    is_bound = step.target.kind == "device" and step.precondition is not None
    is_own = step.target.id == case.requester_id or is_bound
    if not (is_own and step.beneficiary_id == case.requester_id) and decision.verdict is not Verdict.APPROVAL:
        raise NotAuthorizedError(f"step `{step.action}` yields a secret for somebody else, which needs an approval")


def _opened(case: Case, decision: Decision, *, now: datetime, standing: Standing) -> Discharge:
    """Return whose yes opens the gate: nobody's where policy asks nobody."""
    reached = reach(case, decision, now=now, standing=standing)
    # (3) New or edited rules were not what the approvers saw, so their yes does not cover them.
    shown = set(case.approval_request.rules) if case.approval_request else set()
    if not set(asking_rules(decision)) <= shown | standing.rules_met_in(reached):
        raise NotAuthorizedError("policy asks for an approval that was not given for these rules", needs_people=True)
    # (4) Enough of the right people said yes to exactly this plan. The log names only those whose yes counted.
    if not reached.is_open:
        names = ", ".join(f"`{one.resolver}` x{one.count}" for one in reached.missing)
        raise NotAuthorizedError(f"approval is missing from {names or 'people whom no rule names'}", needs_people=True)
    # (7) A use that nobody reserved may be somebody else's last one.
    unreserved = [one for one in reached.grant_ids if not standing.is_reserved(one)]
    if unreserved:
        raise NotAuthorizedError(f"no use of the grant `{unreserved[0]}` could be reserved", needs_people=True)
    return reached


def _question(case: Case, *, now: datetime, standing: Standing = NO_STANDING) -> Question:
    """Return what this case's people were asked; when they were not, only owners of grants may have answered."""
    asked = case.approval_request
    approvers = {one.requirement.resolver: frozenset(one.approver_ids) for one in asked.asked} if asked else {}
    return Question(
        tenant_id=case.request.tenant_id,
        digest=digest([asked.id, case.plan_digest, rules_digest(asked.rules)]) if asked else "",
        requester_id=case.requester_id,
        excluded_ids=excluded_approvers(case),
        approvers={name: approvers.get(name, frozenset()) | owners for name, owners in standing.owners.items()}
        | {name: people for name, people in approvers.items() if name not in standing.owners},
        now=now,
        request=standing.request,
        asked_by=standing.asked_by,
        execution_id=standing.execution_id,
    )


def _evidence(case: Case, standing: Standing = NO_STANDING) -> Evidence:
    """Return the case's answers that are a yes and proven well enough for its plan.

    An approval belongs to one plan, each step of which is granted once.
    """
    assert case.plan is not None, "only a case with a plan asks for approval"
    must_be_signed = needs_step_up(case)
    return Evidence(
        grants=standing.grants,
        approvals=tuple(
            GivenApproval(
                digest=digest([one.request_id, one.plan_digest, one.rules_digest]),
                approver_id=one.approver_id,
                answered_at=one.answered_at,
                expires_at=one.expires_at,
                # Who was fit to answer for one requirement only, or has a grant for another, said yes to no other.
                resolvers=frozenset(one.resolvers),
            )
            for one in case.approvals
            if one.granted and (one.proof in _SIGNED or not must_be_signed)
        ),
    )


def _deadline_of(case: Case, *, now: datetime, standing: Standing, is_rollback: bool) -> datetime:
    """Return the moment at which the approvals must hold.

    A plan that was begun in time goes on for an hour at most: stopping a plan of hundreds half way, because a
    clock ran out, would undo what people have agreed to. Its undo is covered for as long as it takes.
    """
    if not case.approvals:
        return standing.written_at if is_rollback and standing.written_at else now
    # Steps that came into effect before the plan was changed do not begin what was agreed to after.
    begun_before = case.covers[-1].steps if case.covers else 0
    # What was so already was found without a permit, so it says nothing about when this plan was begun.
    is_begun = any(effect != "already" for effect in case.effects[begun_before:])
    begun = is_begun and now <= max(one.expires_at for one in case.approvals) + PLAN_LASTS
    return max(one.answered_at for one in case.approvals) if is_rollback or begun else now


def _current(case: Case) -> Step:
    return step_in_hand(case)


def _filled(call: GraphCall, created_id: str) -> GraphCall:
    if "{created}" not in call.path:
        return call
    if not _CREATED_ID.fullmatch(created_id):
        raise NotAuthorizedError("expected the id of the created object to undo it, got none or a malformed one")
    return GraphCall.model_validate({**dict(call), "path": call.path.replace("{created}", quote(created_id, safe=""))})
