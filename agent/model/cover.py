"""What people agreed to before a plan was changed behind the steps that are in effect."""

from agent.model.approval import Approval, ApprovalRequest
from agent.model.frozen import Frozen
from agent.model.plan import Plan


class Cover(Frozen):
    """The plan as it was approved, for its first `steps` steps; putting these back stays covered by it.

    `request` is None where policy asked nobody. `concerned` as in the case at that time.
    """

    steps: int
    plan: Plan
    concerned: dict[str, str] = {}
    request: ApprovalRequest | None
    approvals: tuple[Approval, ...]
