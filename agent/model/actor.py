"""In whose name a step is written: the agent's own, or a person's whose token is at hand."""

from typing import Literal

from agent.model.frozen import Frozen

#: How the log names in whose name a step is written.
Label = Literal["workload", "requester-delegated", "approver-delegated"]


class Actor(Frozen):
    """Who Microsoft Graph sees. `user_id` is the object id of the person for whom a delegated token acts.

    `whose` says why that person's token is at hand: they made the request, or they approved it.
    """

    kind: Literal["workload", "delegated"] = "workload"
    whose: Literal["", "requester", "approver"] = ""
    user_id: str = ""

    @property
    def label(self) -> Label:
        """How the log names it."""
        if self.kind == "workload":
            return "workload"
        return "requester-delegated" if self.whose == "requester" else "approver-delegated"


# The agent itself, in the customer's tenant: the stack's managed identity, without a secret.
WORKLOAD = Actor()


def acting_for(user_id: str, *, whose: Literal["requester", "approver"]) -> Actor:
    """Return the actor of a person's own token."""
    return Actor(kind="delegated", whose=whose, user_id=user_id)
