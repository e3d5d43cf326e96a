"""Who is there: a snapshot of one tenant's people and groups, in the words that policy uses.

The written form is JSON, `schema: remit-directory/1`. It holds what the facts of `policy.registry` say about
people and groups, and who answers for `tenant_admin`, `security` and `oncall`; nothing secret. What is left
out or null is unknown, exactly as if the look-up had not answered, so it never helps.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from policy.errors import PolicyError
from policy.field import lowered
from policy.foreign import in_ticks, shown
from policy.grammar import nearest
from policy.registry import ATTRIBUTES, checked_facts
from policy.request import UNKNOWN, FactValue

SCHEMA: Final = "remit-directory/1"

# The resolvers whose people a tenant's settings name; those of `group_owner` and `manager` follow from the objects.
Appointed = Literal["tenant_admin", "security", "oncall"]

_MAX_PROBLEMS: Final = 20


class SnapshotError(PolicyError):
    """Whoever wrote the directory snapshot must correct it; the message has one line for each thing to correct."""


def _in_ascii(object_id: str) -> str:
    if not object_id.isascii() or not object_id.isprintable():
        raise ValueError(f"expected an object id in plain ASCII, got {shown(object_id)}; copy it from Entra")
    return object_id


ObjectId = Annotated[str, BeforeValidator(lowered), Field(min_length=1, max_length=200), AfterValidator(_in_ascii)]
Name = Annotated[str, Field(min_length=1, max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class User(_Part):
    """One account. `manager` is the object id of the manager, `groups` the ids of the groups that hold the account."""

    id: ObjectId
    name: Name
    department: str | None = None
    role: str | None = None
    kind: Literal["member", "guest"] | None = None
    enabled: bool | None = None
    at_risk: bool | None = None
    vip: bool | None = None
    break_glass: bool | None = None
    holds_directory_role: bool | None = None
    synced: bool | None = None
    manager: ObjectId | None = None
    groups: tuple[ObjectId, ...] | None = None

    @field_validator("role")
    @classmethod
    def _role_is_known(cls, role: str | None) -> str | None:
        known = ATTRIBUTES["requester.role"].values or ()
        if role is not None and role not in known:
            listed = ", ".join(f"`{one}`" for one in known)
            raise ValueError(f"expected one of {listed}, got {shown(role)}{nearest(role, known)}")
        return role

    @property
    def can_approve(self) -> bool:
        """Whether the account may answer a question at all: the agent asks enabled members only."""
        return self.enabled is True and self.kind == "member"

    def facts(self) -> dict[str, object]:
        """Return what is known of the account by the last part of the attribute's name; None is unknown."""
        return {
            "id": self.id,
            "department": self.department,
            "role": self.role,
            "kind": self.kind,
            "account_enabled": self.enabled,
            "at_risk": self.at_risk,
            "is_vip": self.vip,
            "is_break_glass": self.break_glass,
            "holds_directory_role": self.holds_directory_role,
            "is_synced": self.synced,
            "groups": None if self.groups is None else frozenset(self.groups),
        }


class Group(_Part):
    """One group; `owners` are object ids of users."""

    id: ObjectId
    name: Name
    owners: tuple[ObjectId, ...] | None = None
    role_assignable: bool | None = None
    dynamic: bool | None = None
    synced: bool | None = None
    exchange_managed: bool | None = None

    def facts(self) -> dict[str, object]:
        """Return what is known of the group by the last part of the attribute's name; None is unknown."""
        return {
            "id": self.id,
            "groups": frozenset({self.id}),
            "is_role_assignable": self.role_assignable,
            # Only a role-assignable group can hold a directory role, so such a group counts as holding one.
            "holds_directory_role": self.role_assignable,
            "is_dynamic": self.dynamic,
            "is_synced": self.synced,
            "is_exchange_managed": self.exchange_managed,
            "is_vip": False,
            "department": None,
            "account_enabled": None,
        }


class Snapshot(_Part):
    """One tenant's directory at one moment. `people` names who answers for each appointed resolver.

    Every id that stands in `owners`, `manager`, `groups` or `people` is one of the snapshot, and no id stands twice.
    """

    schema_: Annotated[Literal["remit-directory/1"], Field(alias="schema")]
    users: tuple[User, ...]
    groups: tuple[Group, ...] = ()
    people: dict[Appointed, tuple[ObjectId, ...]] = {}

    @property
    def user_by_id(self) -> dict[str, User]:
        """The users by object id."""
        return {one.id: one for one in self.users}

    @model_validator(mode="after")
    def _references_lead_somewhere(self) -> Self:
        users, groups = [one.id for one in self.users], [one.id for one in self.groups]
        problems = [f"the id {in_ticks(one)} stands twice" for one in sorted({*_doubled(users), *_doubled(groups)})]
        named: list[tuple[str, tuple[str, ...], list[str]]] = [
            (f"manager of {in_ticks(one.name)}", (one.manager,), users) for one in self.users if one.manager
        ]

        named += [(f"groups of {in_ticks(one.name)}", one.groups or (), groups) for one in self.users]
        named += [(f"owners of {in_ticks(one.name)}", one.owners or (), users) for one in self.groups]
        named += [(f"people of `{name}`", some, users) for name, some in self.people.items()]
        for where, ids, known in named:
            missing = sorted(set(ids) - set(known))
            problems += [f"{where}: {in_ticks(one)} is not in the snapshot{nearest(one, known)}" for one in missing]
        if problems:
            raise ValueError("\n".join(problems))
        return self


def parse_snapshot(data: object, *, source: str) -> Snapshot:
    """Read a snapshot from already parsed JSON; `source` is the file's name, for the error messages.

    Raises:
        SnapshotError: with everything that is wrong, each with its place and the nearest valid name.
    """
    try:
        return Snapshot.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        problems = [line for one in error.errors() for line in _lines(dict(one))]
    except (TypeError, ValueError, RecursionError):
        problems = ["expected plain JSON data, got something else"]
    more = len(problems) - _MAX_PROBLEMS
    if more > 0:
        problems = [*problems[:_MAX_PROBLEMS], f"and {more} more"]
    raise SnapshotError("\n".join(f"directory snapshot {in_ticks(source)}: {one}" for one in problems))


def requesting(user: User, *, target_kind: str) -> dict[str, FactValue]:
    """Return the facts of `user` as the one who asks for a change of something of `target_kind`.

    What the snapshot does not know is UNKNOWN; what it cannot speak about (a risk score, the hour) is left out.
    """
    facts = {**_named("requester", user.facts()), "is_rollback": False, "target.kind": target_kind}
    # Only of groups the owners are told.
    return _checked(facts if target_kind == "group" else {**facts, "requester.owns_target": False})


def concerning(user: User, *, target_kind: str) -> dict[str, FactValue]:
    """Return the facts of `user` as the one who gains or loses, and if accounts are changed as the target too."""
    facts = _named("beneficiary", user.facts())
    if target_kind == "user":
        facts |= _named("target", {**user.facts(), "is_role_assignable": False, "is_dynamic": False, "kind": "user"})
    # Whatever touches an emergency account, also as the one who gains, counts as about it.
    return _checked({**facts, "target.is_break_glass": user.break_glass})


def on_self() -> dict[str, FactValue]:
    """Return what is so between two people who are the same."""
    relations = {"manages_beneficiary": False, "sponsors_beneficiary": False}
    return _checked({**_named("requester", relations), "request.on_self": True})


def on_another(user: User, *, manages: bool) -> dict[str, FactValue]:
    """Return what is so between somebody who asks and `user` whom it concerns; a snapshot lists no guest's sponsors."""
    relations: dict[str, object] = {"manages_beneficiary": manages}
    if user.kind == "member":
        relations["sponsors_beneficiary"] = False
    return _checked({**_named("requester", relations), "request.on_self": False})


def touching(group: Group, *, by_an_owner: bool | None, others_own_it: bool | None) -> dict[str, FactValue]:
    """Return the facts of `group` as the target.

    `by_an_owner` is whether the requester is an owner, `others_own_it` whether somebody else is who could be
    asked; None is unknown.
    """
    relations = {"requester.owns_target": by_an_owner, **_named("target", {"has_owner_to_ask": others_own_it})}
    return _checked({**_named("target", group.facts()), **relations})


def _checked(facts: Mapping[str, object]) -> dict[str, FactValue]:
    return {**dict.fromkeys(facts, UNKNOWN), **checked_facts(facts)}


def _named(who: str, facts: Mapping[str, object]) -> dict[str, object]:
    return {f"{who}.{name}": value for name, value in facts.items() if f"{who}.{name}" in ATTRIBUTES}


def _doubled(ids: list[str]) -> set[str]:
    return {one for one, count in Counter(ids).items() if count > 1}


def _lines(error: Mapping[str, Any]) -> list[str]:
    place = ".".join(str(part) for part in error["loc"])
    at = f"field {in_ticks(place)}: " if place else ""
    kind, name = error["type"], str(error["loc"][-1]) if error["loc"] else ""
    if kind == "value_error":
        return [f"{at}{line}" for line in str(error["ctx"]["error"]).splitlines()]
    if kind == "extra_forbidden":
        return [f"{at}{in_ticks(name)} is not a field here{nearest(name, _fields_at(error['loc']))}"]
    if kind == "missing":
        return [f"{at}expected a value, got nothing"]
    message = str(error["msg"])
    return [f"{at}{message[:1].lower()}{message[1:]}, got {shown(error['input'])}"]


def _fields_at(path: tuple[int | str, ...]) -> tuple[str, ...]:
    models: dict[int | str, type[BaseModel]] = {"users": User, "groups": Group}
    model = models.get(path[0], Snapshot)
    return tuple(field.alias or name for name, field in model.model_fields.items())
