"""What a parameter says of itself in its annotation: what policy is told by it, or why nothing, and whose name it is.

Every parameter of every action is one of these; `tests/agent/actions/test_told.py` holds the catalogue to it:

1. The target or the beneficiary, of whom policy is told more than the parameter says.
2. `Told`, `ToldByName` or `OtherPerson`: policy is told by it.
3. `Untold`: policy is told nothing, and the reason is written here.
4. `was` or `was_...`: what the plan says is there. The precondition holds it to that, so it chooses nothing.
5. `..._name`, with `NameOf`: for people; the tenant must use the same name. The ending is what closing a case erases.

What is told becomes a part of the step, so it is what approvers saw and what the gate builds again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from agent.model.plan import Fact, GivenName, NameSource

_ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Where:
    """Where the tenant names an object: as `NameSource`, with parameters of the action in braces."""

    lookup: str
    subject: str
    field: str = "displayName"
    within: str = ""
    value: str = ""
    key: str = "id"

    def of(self, action: BaseModel) -> NameSource:
        """Return the place for the parameters of one action."""
        given = {name: getattr(action, name) for name in type(action).model_fields}
        return NameSource(
            lookup=self.lookup,
            subject=self.subject.format(**given),
            field=self.field,
            within=self.within,
            key=self.key if self.within else "",
            value=self.value.format(**given),
        )


def _as_it_is(value: Any) -> Fact | None:
    found: Fact | None = value
    return found


def minutes_of_hours(hours: int) -> int:
    """Return hours in minutes, in which policy counts."""
    return hours * 60


def minutes_of_days(days: int) -> int:
    """Return days in minutes, in which policy counts."""
    return days * 24 * 60


@dataclass(frozen=True, slots=True)
class Told:
    """Policy is told the parameter under `attribute`; `read` makes a fact of the value, or None to tell nothing."""

    attribute: str
    read: Callable[[Any], Fact | None] = _as_it_is


@dataclass(frozen=True, slots=True)
class ToldByName:
    """Policy is told under `attribute` what the tenant calls the object whose id the parameter is."""

    attribute: str
    where: Where


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """The parameter is an object id or mail address; policy is told who that is (`other_person.*`)."""


@dataclass(frozen=True, slots=True)
class Untold:
    """Policy is told nothing by the parameter, because of `reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class NameOf:
    """The parameter is a name, for people only; the tenant has to say the same name there."""

    where: Where


Mark = TypeVar("Mark", Told, ToldByName, OtherPerson, Untold, NameOf)

# Names of objects that many actions speak of.
USER_NAME: Final = NameOf(Where("user.get", "{user_id}"))
GROUP_NAME: Final = NameOf(Where("group.get", "{group_id}"))
SKU: Final = Where("tenant.skus", _ALL, field="skuPartNumber", within="skus", key="skuId", value="{sku_id}")
ROLE_NAME: Final = NameOf(Where("role.definitions", _ALL, within="roles", value="{role_id}"))
PACKAGE_NAME: Final = NameOf(Where("access.packages", _ALL, within="packages", value="{package_id}"))

# Reasons that hold for many parameters.
PROSE: Final = Untold("a text for people to read, which gives nobody anything")
IN_OUR_DOMAIN: Final = Untold("Entra takes only a free name in a domain of the tenant; which one it is gives nothing")
NAMED: Final = Untold("`params.attributes` has the property's name; the value is for people to judge")
BOUND: Final = Untold("the path or the precondition binds it to the target, so it chooses nothing")


def marks(model: type[BaseModel], kind: type[Mark]) -> Iterator[tuple[str, Mark]]:
    """Yield the parameters that are annotated with a `kind`, and the annotation."""
    for name, field in model.model_fields.items():
        yield from ((name, mark) for mark in field.metadata if isinstance(mark, kind))


def told_by(action: BaseModel) -> dict[str, Fact]:
    """Return what policy is told by the parameters of an action, under the names of `policy.registry`."""
    values = ((mark, getattr(action, name)) for name, mark in marks(type(action), Told))
    facts = {mark.attribute: mark.read(value) for mark, value in values if value is not None}
    return {name: fact for name, fact in facts.items() if fact is not None}


def told_by_name(action: BaseModel) -> dict[str, NameSource]:
    """Return where the tenant has the names that policy is told."""
    return {mark.attribute: mark.where.of(action) for _, mark in marks(type(action), ToldByName)}


def attributes_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the attributes that single parameters of an action tell, or names for their ids; sorted."""
    told = [mark.attribute for _, mark in marks(model, Told)]
    named = [mark.attribute for _, mark in marks(model, ToldByName)]
    people = ["other_person.*" for _ in marks(model, OtherPerson)]
    return tuple(sorted({*told, *named, *people}))


def lookups_of(model: type[BaseModel]) -> frozenset[str]:
    """Return the look-ups that tell the names of an action's parameters."""
    names = (mark.where.lookup for _, mark in marks(model, NameOf))
    return frozenset((*names, *(mark.where.lookup for _, mark in marks(model, ToldByName))))


def names_in(action: BaseModel) -> tuple[GivenName, ...]:
    """Return the names that are given, each with the place where the tenant has it."""
    given = ((name, getattr(action, name), mark) for name, mark in marks(type(action), NameOf))
    return tuple(GivenName(param=name, name=text, source=mark.where.of(action)) for name, text, mark in given if text)


def other_person_in(action: BaseModel) -> str:
    """Return the object id or mail address of the other person, or nothing."""
    found = (getattr(action, name) for name, _ in marks(type(action), OtherPerson))
    return next((one for one in found if one is not None), "")
