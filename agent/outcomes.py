"""What somebody proven answers to a question, and what an answer can come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agent.model.approval import Approval, Proof
from agent.model.case import Case
from agent.model.plan import Plan

#: How a closed question ended.
Closed = Literal["approved", "refused", "expired", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsAnswer:
    """One proven person's answer to a question: `view` only asks how it stands.

    `reason` is cleaned text. `shows_whole` says of a plan whether what brought the answer can show each exact call.
    `evidence` holds ids of the verified request, never a token. `proof` says how well the person is proven.
    `user_token` is the verified token that proves it, if it was made for us and can be exchanged; else empty.
    """

    tenant_id: str
    person_id: str
    verb: Literal["approve", "refuse", "view"]
    approval_id: str
    plan_digest: str
    reason: str = ""
    shows_whole: Callable[[Plan], bool]
    proof: Proof
    evidence: Mapping[str, str]
    user_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer came to. `case` is the case as it stands then; None for whom it does not concern."""

    case: Case | None = None


@dataclass(frozen=True, slots=True)
class NotApprover(Outcome):
    """The person was not asked. The reply says nothing about the case."""


@dataclass(frozen=True, slots=True)
class OwnRequest(Outcome):
    """The person asked for it, gains by it or is changed by it."""


@dataclass(frozen=True, slots=True)
class StillOpen(Outcome):
    """The question is open for this person; nothing was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedQuestion(Outcome):
    """The question takes no answer of this person any more: it ended as `how`, and `note` adds a line."""

    how: Closed
    note: str = ""


class AlreadyAnswered(ClosedQuestion):
    """It is closed, or this person has answered it: a second answer changes nothing."""


class Expired(ClosedQuestion):
    """The answer came too late."""


class PlanChanged(ClosedQuestion):
    """What was shown is another plan than the one in storage."""


@dataclass(frozen=True, slots=True)
class OtherPlanOpen(Outcome):
    """What was shown is an old question; the present one of this case is open for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain(Outcome):
    """The answer is incomplete or cannot be given in this way; `problem` says what to do."""

    problem: str


class SignInNeeded(AskAgain):
    """A yes to a plan so risky that the person must be proven by Entra, and is not. Nothing was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit(Outcome):
    """The person was asked and could not be asked today; `problem` says why. The question stays open for others."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(ClosedQuestion):
    """A valid answer, to be recorded if nobody was faster; `how` and `note` say how it stands with it."""

    approval: Approval


class SignedIn(ClosedQuestion):
    """The person for whom the case waited has signed in again; it goes on under the approvals that it had."""
