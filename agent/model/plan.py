"""What the agent intends to do: typed steps, each with its proof, its price and its way back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, JsonValue

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

    `owner_id` is the person whose own the object is, because its path or the step's precondition says so: the user
    of a mailbox or of a managed device. It is empty where only a look-up could tell.
    """

    kind: TargetKind
    id: str
    label: str = ""
    owner_id: str = ""


class NameSource(Frozen):
    """Where the tenant says what an object is called: `field` of the look-up's answer about `subject`.

    With `within` it is `field` of the item of that list which has `value` under `key`.
    """

    lookup: str
    subject: str
    field: str = "displayName"
    within: str = ""
    key: str = ""
    value: str = ""


class GivenName(Frozen):
    """A name that a step gives in its parameter `param`. Where it is not the tenant's, the step is not decided."""

    param: str
    name: str
    source: NameSource


class Creates(Frozen):
    """What a step brings into the tenant, for the later steps of its plan.

    `stand_in` is an object id that means it until Graph has given it one; nothing in the tenant has it. `shown` is what
    look-ups about it will show, by look-up name: null is an answer that there is no such thing.
    """

    stand_in: str
    shown: dict[str, dict[str, JsonValue] | None]


# What a parameter tells policy; several texts are a set, in alphabetical order.
Fact = bool | int | str | tuple[str, ...]


class Step(Frozen):
    """One change to one target. `undo` is None only with a reason in `irreversible`.

    `params` are the action's validated parameters. `names` are all names among them. `told` is what policy is told
    of the others, by attribute, and `told_by_name` what it is told by a name that the tenant has for an id in them.
    `other_person` is somebody whom the step names beside target and beneficiary, by object id or mail address: a
    new manager, the reader of a calendar. `capture` reads the before-image. `beneficiary_id` is the
    user who gains by it, or empty when it is nobody in particular; its label, like the target's, is for people
    only. `precondition` is what the before-image must show, or nothing is sent: the undo puts back what the plan
    says was there. `secret`: `generated` by us and filled into the call, `returned` by Graph in the answer's field
    named by `secret_field`, or none at all. `created_field` is where the answer has the id of what was created.
    Both are paths of `agent.model.reached`. `creates` is said where later steps of a plan may be about that object.
    `again_on` are statuses with which Graph says
    that it could not do it yet, so that it is tried again as after throttling.
    """

    action: str
    title: str
    params: dict[str, Any]
    target: Target
    beneficiary_id: str
    beneficiary_label: str = ""
    other_person: str = ""
    names: tuple[GivenName, ...] = ()
    told: dict[str, Fact] = Field(default_factory=dict)
    told_by_name: dict[str, NameSource] = Field(default_factory=dict)
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
    creates: Creates | None = None
    again_on: tuple[int, ...] = ()

    @property
    def texts(self) -> Iterator[str]:
        """Every text in the parameters, however deep: whoever is named among them is concerned."""
        return _texts(self.params)

    @property
    def digest(self) -> str:
        """SHA-256 of the whole step: what an approver saw is what may run."""
        return digest(self.model_dump(mode="json"))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | Sequence):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


# Beyond so many titles a sentence is no summary any more.
_MAX_TITLES = 5


def summary_of(steps: tuple[Step, ...]) -> str:
    """Return what steps do as one line: their titles, or the first of them and how many more there are."""
    titles = [step.title for step in steps]
    shown = titles if len(titles) <= _MAX_TITLES else [*titles[: _MAX_TITLES - 1], _more(len(titles) - _MAX_TITLES + 1)]
    return "; ".join(shown)


def _more(count: int) -> str:
    return f"and {count} more steps"


def step_numbers(numbers: Iterable[int]) -> str:
    """Return numbers of steps as short text: `1-56, 58`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


class Plan(Frozen):
    """Steps run in order and are undone in reverse order. `reason` says why this plan, in a sentence."""

    summary: str
    reason: str
    steps: tuple[Step, ...] = Field(min_length=1)

    def digest_for(self, *, tenant_id: str, case_id: str, requester_id: str) -> str:
        """SHA-256 binding every step to its tenant, case and requester: what an approval is for."""
        return digest([tenant_id, case_id, requester_id, [step.digest for step in self.steps]])
