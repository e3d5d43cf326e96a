"""The values that cross the ports: what adapters answer, what planners propose, what a stage returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.model.activity_event import ActivityEvent
from agent.model.approval import ApprovalRequest
from agent.model.case import Case
from agent.model.clarification import Missing
from agent.model.plan import Plan
from agent.model.receipt import Attempt
from agent.model.service_request import ServiceRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """Graph's answer to one call. `body` is {} when there was none. Collections are merged over all pages.

    `retry_after_seconds` is set on throttling. `token_id` is the `uti` claim of the token that was used.
    """

    status: int
    body: Mapping[str, Any]
    request_id: str
    token_id: str = ""
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a planner wants next: exactly one of look-ups, a plan, an answer, a hand-over or a refusal.

    `lookups` are (look-up name, subject) pairs. `why` is one sentence for the log and for people. `answer`
    is a final answer to the requester that needs no write. `handover_to` names the team that takes over; with `missing`
    only if the requester cannot be asked about that one thing; with a refusal it is the team that must hear of it.
    `then_hand_over` names the team that goes on once the whole plan is verified, and `then_why` says what is left.
    `intent` is the kind of request that was understood, for figures; empty while nothing is. `is_general`: the answer
    tells nothing of anybody, so it may follow a mail, which proves nobody.
    """

    why: str
    lookups: tuple[tuple[str, str], ...] = ()
    plan: Plan | None = None
    answer: str = ""
    handover_to: str = ""
    missing: Missing | None = None
    refuse: bool = False
    then_hand_over: str = ""
    then_why: str = ""
    intent: str = ""
    is_general: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A case as loaded, with what is needed to save it only if nobody else did in between.

    `seq` counts committed turns; a message names the seq that it is for. `lease_until` is set while another
    worker is writing. `etag` is opaque. `in_hand` are the attempts of the step at which the case stands; None when
    they must be read, because the case went back to an earlier step.
    """

    case: Case
    seq: int
    etag: str
    lease_until: datetime | None
    due_at: datetime | None
    in_hand: tuple[Attempt, ...] | None = ()

    def in_hand_at(self, step_index: int, changed: tuple[Attempt, ...]) -> tuple[Attempt, ...] | None:
        """Return what is in hand once the case stands at `step_index` and `changed` was saved.

        INVARIANT: only the step at which a case stands is ever attempted, so a step that it comes to for the first
        time has no attempts. Whoever goes back has some that are not here, and must read them.
        """
        furthest = max((one.step_index for one in changed), default=0)
        if self.in_hand is None or step_index < max(self.case.step_index, furthest):
            return None
        known = {(one.step_index, one.kind): one for one in (*self.in_hand, *changed)}
        return tuple(known[place] for place in sorted(known) if place[0] == step_index)


@dataclass(frozen=True, slots=True)
class ApprovalNotice:
    """What an approver is shown: the case, its open question and the requester's name. Names are foreign text."""

    case: Case
    request: ApprovalRequest
    requester_label: str


def notice_of(case: Case) -> ApprovalNotice:
    """Return the notice of a case's present question, from storage alone, so that a card can be shown again."""
    assert case.approval_request is not None, "only a case that asked has a question to show"
    who = case.seen.get(f"user.get:{case.request.requester}")
    label = str(who.facts.get("displayName", "")) if who else ""
    return ApprovalNotice(case=case, request=case.approval_request, requester_label=label)


@dataclass(frozen=True, slots=True)
class TenantProfile:
    """What the stack knows of a tenant from its settings.

    `people` maps the resolvers tenant_admin, security and oncall to object ids. `break_glass_ids` and
    `vip_ids` are object ids. `time_zone` is an IANA name. `same_person` are sets of accounts that are one human's.
    `prohibited_software` are names of products that nobody gets.
    """

    tenant_id: str
    name: str
    time_zone: str
    people: Mapping[str, tuple[str, ...]]
    break_glass_ids: frozenset[str]
    vip_ids: frozenset[str]
    password_writeback: bool
    approval_seconds: int = 86_400
    same_person: tuple[frozenset[str], ...] = ()
    prohibited_software: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What one stage returns: the next case, what to log, and when it wants to be woken.

    `opens` are requests of which the cases must exist before the turn is saved. `attempts` are stored with it.
    `after_seconds` delays the next wake-up. With `waits_until` there is none: the case waits for a person, and the
    sweep wakes it at that time.
    """

    case: Case
    events: tuple[ActivityEvent, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    after_seconds: int = 0
    waits_until: datetime | None = None
    opens: tuple[ServiceRequest, ...] = ()
