"""What the agent intends to do: typed steps, each with its proof, its price and its way back."""

from typing import Annotated, Any, Literal

from pydantic import Field

from agent.model.frozen import Frozen
from agent.model.graph_call import GraphCall
from policy.canonical import digest

# What a tenant has that an action can change.
TargetKind = Literal["user", "group", "device", "site", "mailbox", "app", "policy"]


class FieldEquals(Frozen):
    """The answer's `field` (dots descend into objects) has exactly this value."""

    kind: Literal["field_equals"] = "field_equals"
    field: str
    value: str | int | bool | None


class ListHolds(Frozen):
    """Whether a list in the answer has an item whose `key` is `value`; `present` says which is right.

    `field` names the list (`value` for a collection answer).
    """

    kind: Literal["list_holds"] = "list_holds"
    field: str
    key: str
    value: str
    present: bool


class ListHoldsCreated(Frozen):
    """Whether a list in the answer holds the object that this step's own write created.

    Its `id` is known only from the write's answer, so it cannot stand in the plan. Without that id an empty
    list still tells that nothing is there; anything else stays unknown.
    """

    kind: Literal["list_holds_created"] = "list_holds_created"
    field: str
    present: bool


class ChangedSince(Frozen):
    """The answer's time in `field` is not earlier than the moment of the attempt."""

    kind: Literal["changed_since"] = "changed_since"
    field: str


Expectation = Annotated[FieldEquals | ListHolds | ListHoldsCreated | ChangedSince, Field(discriminator="kind")]


class Check(Frozen):
    """How to see that a step took effect. `patience_seconds`: how long Graph may take to show it."""

    call: GraphCall
    expect: Expectation
    patience_seconds: int = Field(default=120, ge=0)


class Undo(Frozen):
    """The inverse call and how to see that it took effect."""

    call: GraphCall
    check: Check


class Target(Frozen):
    """The one object that a step changes. `label` is for people only and decides nothing."""

    kind: TargetKind
    id: str
    label: str = ""


class Step(Frozen):
    """One change to one target. `undo` is None only with a reason in `irreversible`.

    `params` are the action's validated parameters. `capture` reads the before-image. `beneficiary_id` is the
    user who gains by it; its label, like the target's, is for people only. `secret`: `generated` by us and
    filled into the call, `returned` by Graph in the answer's field named by `secret_field`, or none at all.
    """

    action: str
    title: str
    params: dict[str, Any]
    target: Target
    beneficiary_id: str
    beneficiary_label: str = ""
    call: GraphCall
    check: Check
    capture: GraphCall | None = None
    undo: Undo | None = None
    irreversible: str = ""
    risk: int = Field(ge=0, le=100)
    secret: Literal["none", "generated", "returned"] = "none"
    secret_field: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the whole step: what an approver saw is what may run."""
        return digest(self.model_dump(mode="json"))


class Plan(Frozen):
    """Steps run in order and are undone in reverse order. `reason` says why this plan, in a sentence."""

    summary: str
    reason: str
    steps: tuple[Step, ...] = Field(min_length=1)

    def digest_for(self, *, tenant_id: str, case_id: str, requester_id: str) -> str:
        """SHA-256 binding every step to its tenant, case and requester: what an approval is for."""
        return digest([tenant_id, case_id, requester_id, [step.digest for step in self.steps]])
