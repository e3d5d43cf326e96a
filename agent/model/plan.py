"""What the agent intends to do: typed steps, each with its proof, its price and its way back."""

from typing import Any, Literal

from pydantic import Field

from agent.model.expectation import Expectation
from agent.model.frozen import Frozen
from agent.model.graph_call import GraphCall
from policy.canonical import digest

# What a tenant has that an action can change; what makes a new object changes the tenant.
TargetKind = Literal["user", "group", "device", "site", "mailbox", "app", "policy", "alert", "tenant"]


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
    """The one object that a step changes. `label` is for people only and decides nothing.

    Of other kinds than users and groups, `named_by` is the look-up whose answer about the object has its name in
    `name_field`: a step whose label is not that name is not decided at all.
    """

    kind: TargetKind
    id: str
    label: str = ""
    named_by: str = ""
    name_field: str = "displayName"


class Step(Frozen):
    """One change to one target. `undo` is None only with a reason in `irreversible`.

    `params` are the action's validated parameters. `capture` reads the before-image. `beneficiary_id` is the
    user who gains by it, or empty when it is nobody in particular; its label, like the target's, is for people
    only. `precondition` is what the before-image must show, or nothing is sent: the undo puts back what the plan
    says was there. `secret`: `generated` by us and filled into the call, `returned` by Graph in the answer's field
    named by `secret_field`, or none at all. `created_field` is where the answer has the id of what was created.
    In both a dot descends into an object, or by a number into a list. `again_on` are statuses with which Graph says
    that it could not do it yet, so that it is tried again as after throttling.
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
    precondition: Expectation | None = None
    undo: Undo | None = None
    irreversible: str = ""
    risk: int = Field(ge=0, le=100)
    secret: Literal["none", "generated", "returned"] = "none"
    secret_field: str = ""
    created_field: str = "id"
    again_on: tuple[int, ...] = ()

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
