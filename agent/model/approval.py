"""What is asked of people before a plan may run, and what they answered."""

from typing import Literal

from pydantic import AwareDatetime, Field

from agent.model.frozen import Frozen
from policy.decision import Requirement, RuleRef

#: The longest reason a person may give.
MAX_REASON_CHARS = 500
#: How an answer's person is proven: the channel says who it is, or a token that Entra signed for that very person does
#: (inside of the click, or by a fresh sign-in).
Proof = Literal["channel", "user_token", "sign_in"]


class Asked(Frozen):
    """One requirement and the object ids of the people who can satisfy it, as resolved when asking."""

    requirement: Requirement
    approver_ids: tuple[str, ...] = Field(min_length=1)


class ApprovalRequest(Frozen):
    """An open question to people about one exact plan; it ends at `expires_at` in escalation, never in a yes.

    `rules` are the rules that asked, with their content's digests; `rules_digest` is the digest over them. `unfit`
    are those who were asked, answered, and could not any more, each with why: said once, so that nobody fills the log.
    """

    id: str
    plan_digest: str
    rules_digest: str
    rules: tuple[RuleRef, ...]
    asked: tuple[Asked, ...] = Field(min_length=1)
    asked_at: AwareDatetime
    expires_at: AwareDatetime
    unfit: tuple[tuple[str, str], ...] = ()

    def resolvers_of(self, person_id: str) -> tuple[str, ...]:
        """Return the resolvers for which this person was asked; empty for a stranger."""
        return tuple(one.requirement.resolver for one in self.asked if person_id in one.approver_ids)


class Approval(Frozen):
    """One person's answer, bound to the plan's digest until `expires_at`. It counts for `resolvers` and no others.

    `evidence` holds ids of the verified click (activity id, token id), never a token. `lent`: the person's own token
    came with it and is kept for this case. `grant` is the canonical JSON of the standing grant that was given with a
    yes; it comes in force once everybody who was asked has agreed.
    """

    request_id: str
    plan_digest: str
    rules_digest: str
    approver_id: str
    resolvers: tuple[str, ...]
    granted: bool
    reason: str = ""
    answered_at: AwareDatetime
    expires_at: AwareDatetime
    proof: Proof = "channel"
    lent: bool = False
    evidence: dict[str, str] = {}
    grant: str = ""


def approval_id_for(case_id: str, nonce: str) -> str:
    """Return the id of one question about a case; `nonce` is a fresh UUID. At most 64 letters, digits, dashes."""
    return f"{case_id}-{nonce.replace('-', '')[:24]}"


def case_id_in(approval_id: str) -> str:
    """Return the case id that an approval id names; it says where to look and proves nothing."""
    return approval_id.partition("-")[0]
