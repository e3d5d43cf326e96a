"""What a read-back must show: the closed list of ways to see whether a change is there."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from agent.model.frozen import Frozen


class FieldEquals(Frozen):
    """The answer's `field` (dots descend into objects) has exactly this value, of exactly this JSON type."""

    kind: Literal["field_equals"] = "field_equals"
    field: str
    value: JsonValue


class ListHolds(Frozen):
    """Whether a list in the answer has an item whose `key` is `value`; `present` says which is right.

    `field` names the list (`value` for a collection answer). Dots in `key` descend into objects; an empty `key`
    is about items that are texts themselves.
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


class HasItem(Frozen):
    """Whether a list in the answer has an item in which each place of `where` has its value; `present` says which.

    Dots in a place descend into objects and, by numbers, into lists. An item that lacks a place is not meant if it has
    one of `other_kinds`, as a link among people's permissions; otherwise nobody can tell that there is none, and it
    stays unknown. Neither texts nor the order of lists of texts differ by case. With `since` an item counts only if
    its time in that place is not before the attempt, as in the log of a service, and with `request_in` only if that
    place has the attempt's own client-request-id. With `own` only the item counts that the step's own write created,
    as soon as its `id` is known.
    """

    kind: Literal["has_item"] = "has_item"
    field: str
    where: dict[str, JsonValue] = Field(min_length=1)
    present: bool = True
    since: str = ""
    request_in: str = ""
    own: bool = False
    other_kinds: tuple[str, ...] = ()


class ItemHas(Frozen):
    """The one item of a list whose `key` is `value` has exactly `wanted` in `within`.

    For what an undo puts back inside an item, as the disabled plans of one of a user's licences. Without such an item
    it is refuted; of two nobody can tell. In a list of texts neither order nor case counts, as ids have none.
    """

    kind: Literal["item_has"] = "item_has"
    field: str
    key: str
    value: str
    within: str
    wanted: JsonValue


class ChangedSince(Frozen):
    """The answer's time in `field` is not earlier than the moment of the attempt."""

    kind: Literal["changed_since"] = "changed_since"
    field: str


class Gone(Frozen):
    """The service says that there is no such object: 404. An answer that shows it refutes; all else is unknown."""

    kind: Literal["gone"] = "gone"


class AllOf(Frozen):
    """Every one of these holds. One that is refuted refutes; one that is unknown leaves it unknown."""

    kind: Literal["all_of"] = "all_of"
    of: tuple["Expectation", ...] = Field(min_length=1)


Expectation = Annotated[
    FieldEquals | ListHolds | ListHoldsCreated | HasItem | ItemHas | ChangedSince | Gone | AllOf,
    Field(discriminator="kind"),
]

AllOf.model_rebuild()


def is_about_time(expect: Expectation) -> bool:
    """Whether `expect` asks when something happened; such a state is never there before the write."""
    if isinstance(expect, AllOf):
        return any(is_about_time(one) for one in expect.of)
    return isinstance(expect, ChangedSince) or (isinstance(expect, HasItem) and bool(expect.since))
