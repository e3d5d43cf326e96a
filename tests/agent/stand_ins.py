"""Stand-ins for what the stages need from outside: each keeps state, and can fail when told to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from agent.errors import ChannelError, NotShowableError
from agent.model.actor import Actor
from agent.model.case import Case
from agent.model.clarification import Reply
from agent.model.handoff import Handoff
from agent.model.observation import Observation
from agent.model.sent_card import SentCard
from agent.model.service_request import ServiceRequest
from agent.ports import ApprovalNotice, Proposal

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


class Time:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def pass_(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class TokensAtHand:
    """The people whose tokens a test lays out."""

    def __init__(self) -> None:
        self.people: tuple[Actor, ...] = ()

    async def at_hand(self, _case: Case) -> tuple[Actor, ...]:
        return self.people

    async def forget(self, _case: Case) -> None:
        self.people = ()


class Numbers:
    """Ids that count up, and a password that a test can look for."""

    PASSWORD = "Correct-Horse-Battery-9999"

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return str(UUID(int=self._count))

    def password(self) -> str:
        return self.PASSWORD


@dataclass
class Script:
    """A planner that proposes what the test put here, one after the other; the last one stays."""

    proposals: list[Proposal] = field(default_factory=list)
    wishes: int = 1

    def propose(
        self,
        request: ServiceRequest,
        seen: Mapping[str, Observation],
        *,
        requester_id: str,
        replies: tuple[Reply, ...] = (),
    ) -> Proposal:
        return self.proposals.pop(0) if len(self.proposals) > 1 else self.proposals[0]

    def count_wishes(self, request: ServiceRequest, seen: Mapping[str, Observation]) -> int:
        return self.wishes


@dataclass
class People:
    """A channel that remembers what was said to whom, and can be unreachable."""

    asked: list[ApprovalNotice] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[tuple[str, str]] = field(default_factory=list)
    updated: list[SentCard] = field(default_factory=list)
    unreachable: bool = False
    cannot_show: bool = False

    async def ask(self, notice: ApprovalNotice) -> tuple[SentCard, ...]:
        if self.cannot_show:
            raise NotShowableError("the plan cannot be shown exactly on a card")
        self._answer()
        self.asked.append(notice)
        people = dict.fromkeys(person for one in notice.request.asked for person in one.approver_ids)
        return tuple(
            SentCard(
                request_id=notice.request.id,
                person_id=one,
                conversation_id=f"chat of {one}",
                activity_id=f"card {len(self.asked)}",
                answers=sum(given.request_id == notice.request.id for given in notice.case.approvals),
            )
            for one in people
        )

    async def update(self, case: Case, cards: Sequence[SentCard]) -> None:
        self._answer()
        self.updated.extend(cards)

    async def tell(self, tenant_id: str, person_id: str, *, text: str, reply_to: str = "") -> None:
        self._answer()
        self.told.append((person_id, text))

    async def deliver_secret(self, tenant_id: str, person_id: str, *, intro: str, secret: str) -> None:
        self._answer()
        self.secrets.append((person_id, secret))

    def _answer(self) -> None:
        if self.unreachable:
            raise ChannelError("nobody is there")


@dataclass
class Tickets:
    """A ticket system that remembers its answers."""

    comments: list[tuple[str, bool]] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    questions: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False
    listens: bool = True

    async def comment(self, request: ServiceRequest, *, text: str, resolved: bool) -> None:
        if self.down:
            raise ChannelError("the ticket system is down")
        self.comments.append((text, resolved))

    async def ask(self, request: ServiceRequest, *, text: str, question_id: str) -> bool:
        if self.down:
            raise ChannelError("the ticket system is down")
        if self.listens:
            self.questions.append((question_id, text))
        return self.listens

    async def hand_over(self, request: ServiceRequest, *, handoff: Handoff) -> None:
        if self.down:
            raise ChannelError("the ticket system is down")
        self.handoffs.append(handoff)


class NoAttempts:
    """Stands in until the loop binds the case's own attempts."""

    def of(self, step_index: int, kind: str) -> None:
        raise AssertionError("the loop binds the attempts")

    async def begin(self, attempt: object, *, events: object = ()) -> None:
        raise AssertionError("the loop binds the attempts")
