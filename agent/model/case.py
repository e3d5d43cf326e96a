"""One request's whole life: the only durable state of the loop."""

import enum
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import AwareDatetime

from agent.model.actor import Label
from agent.model.approval import Approval, ApprovalRequest
from agent.model.briefing import Briefing
from agent.model.clarification import Clarification, Reply
from agent.model.control import Control
from agent.model.cover import Cover
from agent.model.frozen import Frozen
from agent.model.handoff import Handoff
from agent.model.observation import Observation
from agent.model.plan import Plan
from agent.model.sent_card import SentCard
from agent.model.service_request import ServiceRequest
from policy.canonical import digest
from policy.decision import Decision


class Stage(enum.StrEnum):
    """The value is also the queue's name, the function's name and the file's name in `agent/stages/`."""

    INVESTIGATE = "investigate"
    PLAN = "plan"
    CLARIFY = "clarify"
    AUTHORIZE = "authorize"
    APPROVE = "approve"
    EXECUTE = "execute"
    VERIFY = "verify"
    ROLLBACK = "rollback"
    ESCALATE = "escalate"
    CLOSE = "close"
    CLOSED = "closed"


Outcome = Literal["open", "resolved", "refused", "escalated", "rolled_back"]

# `already`: the tenant was in the wanted state before we wrote, so nothing was sent and nothing is undone.
# `found`: the change is there, but our answer was lost, so it may be somebody else's.
Effect = Literal["already", "found", "verified", "refuted", "unknown", "undone"]


# What a case remembers of what was read, once its plan is made: with hundreds of steps, each of which asks anew
# before it is written, only what is newest matters. The log names every look-up.
MAX_SEEN = 400


class Case(Frozen):
    """Every stage takes a Case and returns the next; nothing is changed in place.

    `seen` maps a look-up key (`user.get:<id>`) to what was observed. `questions` are look-ups that the
    planner still wants. `clarifications` are what the requester was asked back, in order.
    `decisions` are those on the plan's first steps, and on all of them once it is authorized.
    `written_as` says of each of `decisions` in whose name its step is written: what people were shown is what runs.
    `reaches_roles`: a step changes a group that can hold directory roles, or one that is not known to hold none.
    `lent_by` are those whose own tokens are kept for this case, `sign_in_of` those of whom one must sign in again
    before it goes on.
    `concerned` maps mail addresses in the plan to the object ids of those whose they are, or to nothing.
    `briefing` is what people are told with the question, beside the plan. `cards` are those in people's chats that
    will still have to change.
    `covers` is what was approved before the plan was changed half way, for the steps that were in effect then.
    `step_index` is the step being executed, verified or undone. `why` says why the
    case left the straight path. `effects[i]` is what is known of step i. `answer` is what the requester is
    told. `reply_tries` counts how often the ticket system did not take our answer; `reply_failed`: it never
    did, or there is none, so the case keeps its hand-over.
    `final_plan_digest` is the plan's digest as it was before names were erased at the end. `troubles`
    counts turns of the present stage that failed outside, `throttles` those in which Graph said to come back later; a
    finished turn sets both to 0. `control` is the order on
    this case, or the stop of all that it belongs to; `held_by` is the pause of its tenant or of the stack that it met
    before a write. `alerts` are the kinds of violation that people were told of. `grants` are the ids of the standing
    grants that stand in for people in it, or were given with it; `grant_steps` says in which steps of the plan, as it
    was decided last, each of them stands in. `created` maps the stand-ins in the plan to the ids of what verified steps
    created. `then_queue` is the team that goes on once the whole plan is in effect, for the reason `then_why`.
    """

    id: str
    stage: Stage
    request: ServiceRequest
    outcome: Outcome = "open"
    requester_id: str = ""
    seen: dict[str, Observation] = {}
    questions: tuple[tuple[str, str], ...] = ()
    reasoning_steps: int = 0
    clarifications: tuple[Clarification, ...] = ()
    plan: Plan | None = None
    decisions: tuple[Decision, ...] = ()
    written_as: tuple[Label, ...] = ()
    reaches_roles: bool = False
    lent_by: tuple[str, ...] = ()
    sign_in_of: tuple[str, ...] = ()
    concerned: dict[str, str] = {}
    approval_request: ApprovalRequest | None = None
    briefing: Briefing | None = None
    approval_asked: bool = False
    cards: tuple[SentCard, ...] = ()
    approvals: tuple[Approval, ...] = ()
    covers: tuple[Cover, ...] = ()
    step_index: int = 0
    effects: tuple[Effect, ...] = ()
    is_rolling_back: bool = False
    why: str = ""
    queue: str = ""
    urgent: bool = False
    then_queue: str = ""
    then_why: str = ""
    answer: str = ""
    requester_told: bool = False
    reply_tries: int = 0
    reply_failed: bool = False
    final_plan_digest: str = ""
    handoff: Handoff | None = None
    troubles: int = 0
    throttles: int = 0
    control: Control | None = None
    held_by: Control | None = None
    alerts: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    grant_steps: dict[str, tuple[int, ...]] = {}
    created: dict[str, str] = {}
    closed_at: AwareDatetime | None = None

    @property
    def plan_digest(self) -> str:
        """The digest that an approval of this case's plan must carry. Only a case with a plan has one."""
        assert self.plan is not None, "a case without a plan has no plan digest"
        return self.plan.digest_for(tenant_id=self.request.tenant_id, case_id=self.id, requester_id=self.requester_id)

    def shown_as(self, index: int) -> Label | None:
        """Return in whose name step `index` was decided to be written, or None before it was decided."""
        # A plan that is decided anew has no decisions, whatever was shown before.
        return self.written_as[index] if index < min(len(self.written_as), len(self.decisions)) else None

    @property
    def has_changed_something(self) -> bool:
        """Whether an earlier step of the plan is in effect, by our write or perhaps by somebody else's."""
        return any(effect in ("verified", "found") for effect in self.effects)

    @property
    def is_in_effect(self) -> bool:
        """Whether every step of the plan is in effect, by our write or because it was so already."""
        steps = len(self.plan.steps) if self.plan is not None else 0
        good = [effect for effect in self.effects if effect in ("already", "found", "verified")]
        return 0 < steps == len(good) == len(self.effects)

    @property
    def went_well(self) -> bool:
        """Whether all that was planned is done, also where a team goes on from there."""
        return self.outcome == "resolved" or (self.outcome == "escalated" and self.is_handed_on)

    @property
    def is_handed_on(self) -> bool:
        """Whether a team goes on as it was planned, after a plan that is in effect and that nobody stopped."""
        return self.then_queue != "" and self.is_in_effect and not (self.is_stopped or self.urgent)

    @property
    def is_stopped(self) -> bool:
        """Whether somebody stopped this case, or all that it belongs to, while it was at work."""
        return self.control is not None and self.control.state == "stopped"

    @property
    def is_paused(self) -> bool:
        """Whether this very case was paused."""
        return self.control is not None and self.control.state == "paused"

    @property
    def replies(self) -> tuple[Reply, ...]:
        """What the requester answered when asked back, in order."""
        return tuple(Reply(missing=one.missing, text=one.reply) for one in self.clarifications if one.reply)

    @property
    def open_question(self) -> Clarification | None:
        """The question that the requester has and has not answered, or None."""
        last = self.clarifications[-1] if self.clarifications and self.stage is Stage.CLARIFY else None
        return last if last is not None and last.is_open else None

    def with_cover(self) -> "Case":
        """Return a copy that remembers under which approvals its first steps came into effect, before they are void."""
        covered = self.covers[-1].steps if self.covers else 0
        if self.plan is None or len(self.effects) <= covered:
            return self
        cover = Cover(
            steps=len(self.effects),
            plan=self.plan,
            concerned=self.concerned,
            request=self.approval_request,
            approvals=self.approvals,
        )
        return self.evolve(covers=(*self.covers, cover))

    def as_covered(self) -> "Case":
        """Return the case as it was approved when its current step was written, to put that step back."""
        cover = next((one for one in self.covers if self.step_index < one.steps), None)
        if cover is None:
            return self
        return self.evolve(
            plan=cover.plan, concerned=cover.concerned, approval_request=cover.request, approvals=cover.approvals
        )

    def finished(self) -> "Case":
        """Return the case after its plan came into effect: resolved, or on its way to the team that goes on."""
        if self.then_queue:
            return self.evolve(stage=Stage.ESCALATE, queue=self.then_queue, why=self.then_why)
        return self.evolve(stage=Stage.CLOSE, outcome="resolved")

    def refused(self, why: str, *, answer: str = "", tell: str = "") -> "Case":
        """Return the case on its way to a polite no; `answer` is for the requester, and the team `tell` hears of it."""
        stage = Stage.ESCALATE if tell else Stage.CLOSE
        return self.evolve(stage=stage, outcome="refused", why=why, answer=answer, queue=tell)

    def with_grants(self, grant_ids: Iterable[str]) -> "Case":
        """Return a copy that names these standing grants too; what the others covered is put back under them."""
        return self.evolve(grants=tuple(dict.fromkeys((*self.grants, *grant_ids))))

    def with_seen(self, fresh: Mapping[str, Observation]) -> "Case":
        """Return a copy that remembers `fresh` besides what it knew, the newest `MAX_SEEN` of all."""
        # What is seen again counts as new.
        older = {name: one for name, one in self.seen.items() if name not in fresh}
        newest = list({**older, **fresh}.items())[-MAX_SEEN:]
        return self.evolve(seen=dict(newest))

    def evolve(self, **changes: Any) -> "Case":
        """Return a copy with `changes` applied and validated again.

        Raises:
            pydantic.ValidationError: a change does not fit the field's type.
        """
        return Case.model_validate({**dict(self), **changes})


def case_id_for(*, tenant_id: str, source: str, external_id: str, part: int = 0) -> str:
    """Return the id of the one case of a ticket's wish number `part`: a redelivered webhook finds the same case.

    32 hex characters of a SHA-256, safe as a Table Storage PartitionKey.
    """
    # A first wish has the id that the ticket has before anybody counted its wishes.
    return digest(["case", tenant_id, source, external_id, *([part] if part else [])])[:32]
