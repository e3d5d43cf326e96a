"""In whose name a step is written: the agent's own, or a person's whose token is at hand."""

from typing import Literal

from agent.model.frozen import Frozen


class Actor(Frozen):
    """Who Microsoft Graph sees. `user_id` is the object id of the person for whom a delegated token acts.

    `whose` says why that person's token is at hand: they made the request, or they approved it.
    """

    kind: Literal["workload", "delegated"] = "workload"
    whose: Literal["", "requester", "approver"] = ""
    user_id: str = ""

    @property
    def label(self) -> str:
        """How the log names it: `workload`, `requester-delegated` or `approver-delegated`."""
        return self.kind if self.kind == "workload" else f"{self.whose}-{self.kind}"


# The agent itself, in the customer's tenant: the stack's managed identity, without a secret.
WORKLOAD = Actor()


def acting_for(user_id: str, *, whose: Literal["requester", "approver"]) -> Actor:
    """Return the actor of a person's own token."""
    return Actor(kind="delegated", whose=whose, user_id=user_id)
