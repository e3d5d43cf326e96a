"""Whether somebody could make every change of a plan with their own rights: by a directory role, active now.

1. Each step names the roles that can make its change (`agent.actions.able_roles`); of some steps they depend on
   whether the target is an administrator, or a group that can hold roles. Whoever is not known to be none is one.
2. A role counts that is held outright or activated, by the person or by a role-assignable group that has the person in
   it; for the whole tenant, or for an administrative unit in which the user stands who is the target. Being
   eligible for a role is holding none.
3. A person is able who holds one such role for each step. What could not be looked up makes nobody able.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.actions.able_roles import ABLE_ROLES
from agent.model.plan import Step
from agent.notes import Notes

# Of more targets than this it is not looked up whether they are administrators, and in which units they stand: they
# count as administrators, and only roles for the whole tenant reach them.
MAX_TARGETS = 20

_OF_THE_DELETED = frozenset({"entra.user.restore", "entra.user.purge"})
_WHOLE_TENANT = "/"
_UNIT = "/administrativeUnits/"


@dataclass(frozen=True, slots=True)
class Need:
    """What one step takes: one of these roles, reaching `user_id`, or the whole tenant when that is empty."""

    role_names: tuple[str, ...]
    role_ids: frozenset[str]
    user_id: str


def target_questions(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Return what must be known of the targets before it is known whose role is enough (1)."""
    asked = {step.target.id: step for step in steps if ABLE_ROLES[step.action].depends_on_target}
    if len(asked) > MAX_TARGETS:
        return []
    return [(name, target_id) for target_id, step in asked.items() for name in _names_of_questions(step)]


def _names_of_questions(step: Step) -> tuple[str, ...]:
    if step.target.kind == "group":
        return ("group.get",)
    # Of a deleted account the directory keeps no groups, so that it is deleted must be known too (`View.holds_role`).
    deleted = ("user.get", "deleted.user") if step.action in _OF_THE_DELETED else ()
    return ("user.directory_roles", "user.groups", *deleted)


def needs_of(steps: Iterable[Step], notes: Notes) -> frozenset[Need]:
    """Return what the steps take, once `target_questions` were asked."""
    return frozenset(_need(step, notes) for step in steps)


def _need(step: Step, notes: Notes) -> Need:
    able = ABLE_ROLES[step.action]
    is_administrator = able.depends_on_target and _may_administer(step, notes)
    return Need(
        role_names=able.names(is_administrator=is_administrator),
        role_ids=able.ids(is_administrator=is_administrator),
        user_id=step.target.id if step.target.kind == "user" else "",
    )


def _may_administer(step: Step, notes: Notes) -> bool:
    """Whether the target is an administrator or a group that can hold roles, or is not known to be none."""
    if step.target.kind == "group":
        group = notes.facts("group.get", step.target.id) or {}
        # Null is what Graph shows for a group made without the setting; a field that is not there says nothing.
        return "isAssignableToRole" not in group or bool(group["isAssignableToRole"])
    return notes.view().holds_role(step.target.id) is not False


def role_questions(person_id: str) -> list[tuple[str, str]]:
    """Return what is asked first to know which roles somebody holds."""
    return [("user.directory_roles", person_id), ("user.groups", person_id)]


def further_questions(person_id: str, needs: frozenset[Need], *, notes: Notes) -> list[tuple[str, str]]:
    """Return what is asked then: roles that groups hold, and units, where a role is held for a unit only."""
    # What holds a role is a principal, and the question by its id is the same for a group.
    asked = [("user.directory_roles", group) for group in _groups(person_id, notes)]
    own = _own(person_id, notes)
    # A group may hold its roles for a unit too, which is known too late to ask about it then.
    reached = {need.user_id for need in needs if need.user_id and (asked or _is_enough(need, own, notes=notes) is None)}
    return [*asked, *(("user.units", user) for user in sorted(reached) if len(reached) <= MAX_TARGETS)]


def lacking(person_id: str, needs: frozenset[Need], *, notes: Notes) -> Need | None:
    """Return the first need that the person certainly does not meet, or None."""
    held = _own(person_id, notes) + _through_groups(person_id, notes)
    if not _is_all_known(person_id, notes):
        return None
    unmet = [need for need in needs if _is_enough(need, held, notes=notes) is False]
    return min(unmet, key=lambda need: (need.role_names, need.user_id), default=None)


def is_able(person_id: str, needs: frozenset[Need], *, notes: Notes) -> bool:
    """Return whether the person certainly meets every need (3)."""
    held = _own(person_id, notes) + _through_groups(person_id, notes)
    return bool(needs) and all(_is_enough(need, held, notes=notes) is True for need in needs)


def _own(principal_id: str, notes: Notes) -> list[Mapping[str, Any]]:
    return list((notes.facts("user.directory_roles", principal_id) or {}).get("roles", ()))


def _groups(person_id: str, notes: Notes) -> list[str]:
    return list((notes.facts("user.groups", person_id) or {}).get("role_assignable", ()))


def _through_groups(person_id: str, notes: Notes) -> list[Mapping[str, Any]]:
    return [role for group in _groups(person_id, notes) for role in _own(group, notes)]


def _is_all_known(person_id: str, notes: Notes) -> bool:
    asked = [*role_questions(person_id), *(("user.directory_roles", one) for one in _groups(person_id, notes))]
    return all(notes.facts(name, subject) is not None for name, subject in asked)


def _is_enough(need: Need, held: Iterable[Mapping[str, Any]], *, notes: Notes) -> bool | None:
    """Whether one of the held roles meets the need; None when that depends on what is not known."""
    scopes = [one.get("directoryScopeId") for one in held if one["roleDefinitionId"] in need.role_ids]
    if _WHOLE_TENANT in scopes:
        return True
    units = [one.removeprefix(_UNIT).lower() for one in scopes if one is not None and one.startswith(_UNIT)]
    reach = _covered(need.user_id, units, notes=notes) if units and need.user_id else False
    return None if reach is False and None in scopes else reach


def _covered(user_id: str, units: list[str], *, notes: Notes) -> bool | None:
    facts = notes.facts("user.units", user_id)
    return None if facts is None else any(one["id"] in units for one in facts.get("units", ()))
