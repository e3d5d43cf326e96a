"""What policy is told about one step: facts from observations, the plan, the settings and the clock.

Rules, in this order of importance:
1. What was not observed, or not lately, or not readably, is left out: absent is unknown, never False.
2. Nothing comes from the request's prose. Names inside a step must be the tenant's own, or nothing is told
   at all, so that policy denies a step whose card would lie. What a parameter tells is in `Step.told`, where the
   catalogue put it; what was observed is never overruled by it.
3. A property that cannot hold for the kind of target (a group is never an emergency account) is False.
4. Whatever touches an emergency account, as target, as beneficiary or as the other person, counts as about it.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.lookups.names import name_at, named_at, names_are_true
from agent.lookups.quoting import is_object_id
from agent.lookups.standing import (
    beneficiary_facts,
    department_of,
    group_joined,
    has_owner_to_ask,
    other_person_facts,
    other_person_id,
    requester_facts,
)
from agent.lookups.tenant import seats_left
from agent.lookups.view import View
from agent.model.observation import Observation
from agent.model.plan import Plan, Step
from agent.model.service_request import ServiceRequest
from policy.request import FactValue

# What takes access from the beneficiary, for those who move to another department.
_TAKES_AWAY = frozenset(
    {"entra.group.member.remove", "entra.license.remove", "entra.license.swap", "teams.member.remove"}
)


_LEADS = "entra.user.manager.set"
_WRITES_PROFILE = "entra.user.profile.update"

# What deletes an account, so that its undo is about a deleted one, or is about a deleted one itself.
_OF_LEAVERS = frozenset({"entra.user.delete", "entra.user.restore", "entra.user.purge"})


def needed_lookups(step: Step, request: ServiceRequest, *, requester_id: str) -> tuple[tuple[str, str], ...]:
    """Return the (look-up name, subject) pairs that must be fresh before a step is decided.

    Asked before authorizing and again before executing. `requester_id` is the object id that the requester
    was resolved to; their profile is asked for by the address of the request, so that a re-used address shows.
    """
    # A mailbox has its owner's id; what belongs to a person is guarded as that person is.
    targets = [step.target.id] if step.target.kind in _PEOPLE else []
    holders = [step.beneficiary_id] if step.target.kind in _BELONGINGS else targets
    pairs = [("user.get", request.requester)]
    pairs += [("user.get", person) for person in (*targets, step.beneficiary_id) if person not in ("", requester_id)]
    for person in filter(None, (requester_id, *holders)):
        pairs += [("user.risk", person), ("user.directory_roles", person), ("user.groups", person)]
    if step.beneficiary_id:
        pairs.append(("user.risk", step.beneficiary_id))
    if step.beneficiary_id not in ("", requester_id):
        pairs += [("user.manager", step.beneficiary_id), ("user.sponsors", step.beneficiary_id)]
    if step.target.kind == "group":
        pairs += [("group.get", step.target.id), ("group.owners", step.target.id)]
    if group_id := group_joined(step):
        pairs.append(("group.owners", group_id))
    if step.action in _OF_LEAVERS:
        pairs.append(("deleted.user", step.target.id))
    if step.target.kind == "site" and "/" in step.target.id and not step.target.owner_id and requester_id:
        # Whose a drive is, nothing but its owner's own answer tells.
        pairs += [("user.drive", requester_id)]
    pairs += _about_other_person(step, requester_id)
    sources = (*(one.source for one in step.names), *step.told_by_name.values())
    # The requester is asked for by address, above.
    pairs += [(one.lookup, one.subject) for one in sources if (one.lookup, one.subject) != ("user.get", requester_id)]
    return tuple(dict.fromkeys(pairs))


def _about_other_person(step: Step, requester_id: str) -> list[tuple[str, str]]:
    who = step.other_person
    if not who or who == requester_id:
        return []
    return [("user.get", who), *([("user.risk", who)] if is_object_id(who) else [])]


def facts_for(
    step: Step,
    *,
    request: ServiceRequest,
    requester_id: str,
    seen: Mapping[str, Observation],
    plan: Plan,
    break_glass_ids: frozenset[str],
    vip_ids: frozenset[str],
    time_zone: str,
    now: datetime,
    is_rollback: bool,
    identity_kind: Literal["delegated", "workload"],
    created: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, FactValue]:
    """Return the facts about one step under the names of `policy.registry.ATTRIBUTES`.

    `seen` maps `look-up:subject` to observations. `time_zone` is an IANA name; an unknown one leaves the
    local times out. `is_rollback` and `identity_kind` come from the engine, never from a plan.
    """
    view = View(seen=seen, requester_id=requester_id, address=request.requester, now=now)
    if not names_are_true(step, view):
        return {}
    facts: dict[str, FactValue | None] = {
        "request.channel": request.channel,
        "request.on_self": _on_self(step, requester_id),
        "identity.kind": identity_kind,
        "risk": step.risk,
        "is_rollback": is_rollback,
        **requester_facts(step, request, view=view, vip_ids=vip_ids),
        **_target(step, view, break_glass_ids=break_glass_ids, vip_ids=vip_ids),
        **beneficiary_facts(step, view),
        **_located_before(plan, step),
        **other_person_facts(step, view),
        **_params(step, view),
        **_plan(plan, step, requester_id=requester_id, created=created),
        **_clock(now, time_zone),
    }
    return _told(step) | {name: value for name, value in facts.items() if value is not None}


def _told(step: Step) -> dict[str, FactValue]:
    return {name: frozenset(fact) if isinstance(fact, tuple) else fact for name, fact in step.told.items()}


def _on_self(step: Step, requester_id: str) -> bool | None:
    if not requester_id:
        return None
    # What is made in the tenant is the tenant's, whoever it is for.
    if step.target.kind == "tenant":
        return False
    touched = {step.beneficiary_id} | ({step.target.id} if step.target.kind in _PEOPLE else set())
    return touched == {requester_id}


def _target(
    step: Step, view: View, *, break_glass_ids: frozenset[str], vip_ids: frozenset[str]
) -> dict[str, FactValue | None]:
    about_person: dict[str, FactValue | None] = {
        "target.kind": step.target.kind,
        "target.id": step.target.id,
        "target.is_break_glass": _touches(step, view, ids=break_glass_ids),
        "target.is_vip": bool({step.target.id, step.beneficiary_id} & vip_ids),
        "target.has_owner_to_ask": has_owner_to_ask(step, view),
    }
    if step.target.kind in _PEOPLE:
        return {**about_person, **_target_user(step.target.id, view)}
    if step.target.kind == "group":
        return {**about_person, **_target_group(step.target.id, view)}
    # (3) Devices, sites, apps, policies and alerts sign in nowhere and are synced from nowhere. What is somebody's
    # counts as holding that person's roles.
    is_somebodys = step.target.kind in _BELONGINGS and step.beneficiary_id
    held = view.holds_role(step.beneficiary_id) if is_somebodys else False
    return {**about_person, **dict.fromkeys(_OF_PEOPLE_AND_GROUPS, False), "target.holds_directory_role": held}


def _touches(step: Step, view: View, *, ids: frozenset[str]) -> bool | None:
    if {step.target.id, step.beneficiary_id} & ids:
        return True
    other = other_person_id(step, view)
    return None if other is None else other in ids


_PEOPLE = ("user", "mailbox")
# What belongs to the person whom the step is for; an app or the tenant does not.
_BELONGINGS = ("device", "site")
_OF_PEOPLE_AND_GROUPS = (
    "target.holds_directory_role",
    "target.is_synced",
    "target.is_role_assignable",
    "target.is_dynamic",
    "target.is_exchange_managed",
)


def _target_user(user_id: str, view: View) -> dict[str, FactValue | None]:
    profile = view.user(user_id)
    groups = view.facts("user.groups", user_id).get("groups")
    return {
        "target.department": department_of(profile),
        "target.account_enabled": profile.get("accountEnabled"),
        "target.holds_directory_role": view.holds_role(user_id),
        "target.is_synced": _synced(profile),
        "target.groups": None if groups is None else frozenset(groups),
        "target.is_role_assignable": False,
        "target.is_dynamic": False,
        "target.is_exchange_managed": False,
    }


def _target_group(group_id: str, view: View) -> dict[str, FactValue | None]:
    group = view.facts("group.get", group_id)
    kinds = group.get("groupTypes")
    # Null is what Graph shows for a group made without the setting, which cannot be changed later.
    assignable = bool(group["isAssignableToRole"]) if "isAssignableToRole" in group else None
    return {
        "target.is_role_assignable": assignable,
        # Only a role-assignable group can hold a directory role, so such a group counts as holding one.
        "target.holds_directory_role": assignable,
        "target.is_synced": _synced(group),
        "target.is_dynamic": None if kinds is None else "DynamicMembership" in kinds,
        "target.is_exchange_managed": _exchange_managed(group),
        "target.groups": frozenset({group_id}),
    }


def _exchange_managed(group: Mapping[str, Any]) -> bool | None:
    """Whether Graph refuses to write its members: mail-enabled, and no Microsoft 365 group (Graph, groups overview)."""
    if group.get("mailEnabled") is None or "groupTypes" not in group:
        return None
    return group["mailEnabled"] and "Unified" not in group["groupTypes"]


def _synced(record: Mapping[str, Any]) -> bool | None:
    """Null means never synced (Graph reference); a field that is not there means nothing."""
    return bool(record["onPremisesSyncEnabled"]) if "onPremisesSyncEnabled" in record else None


def _params(step: Step, view: View) -> dict[str, FactValue | None]:
    """Return what the tenant calls objects that parameters name by id, and how many licences of one are free."""
    facts: dict[str, FactValue | None] = {
        name: name_at(source, view) or None for name, source in step.told_by_name.items()
    }
    if sku := step.told_by_name.get("params.sku"):
        facts["params.seats_left"] = seats_left(named_at(sku, view))
    return facts


def _plan(plan: Plan, step: Step, *, requester_id: str, created: Mapping[str, str]) -> dict[str, FactValue | None]:
    # Fifty people put into one group are fifty changes: a target counts once for each beneficiary.
    touched = {(step.target.kind, step.target.id, step.beneficiary_id) for step in plan.steps}
    taken = {one.beneficiary_id for one in plan.steps if one.action in _TAKES_AWAY}
    led = {one.beneficiary_id for one in plan.steps if one.action == _LEADS and one.other_person == requester_id}
    return {
        "plan.distinct_targets": len(touched),
        "plan.steps": len(plan.steps),
        "plan.takes_access_away": step.beneficiary_id in taken,
        "plan.makes_requester_manager": _concerned(step, created) in led if requester_id else None,
    }


def _located_before(plan: Plan, step: Step) -> dict[str, FactValue | None]:
    """Return that the beneficiary has a usage location where an earlier step of the same plan writes one.

    A step is only sent once those before it are verified, and a usage location cannot be cleared.
    """
    before = plan.steps[: plan.steps.index(step)] if step in plan.steps else ()
    is_written = any(
        one.action == _WRITES_PROFILE
        and one.beneficiary_id == step.beneficiary_id != ""
        and _writes(one, "usageLocation")
        for one in before
    )
    return {"beneficiary.has_usage_location": True} if is_written else {}


def _writes(step: Step, attribute: str) -> bool:
    written = step.told.get("params.attributes")
    return isinstance(written, tuple) and attribute in written


def _concerned(step: Step, created: Mapping[str, str]) -> str:
    """Return who a step is about: whom it creates, by the real id once there is one, or its beneficiary."""
    if step.creates is None:
        return step.beneficiary_id
    return created.get(step.creates.stand_in, step.creates.stand_in)


def _clock(now: datetime, time_zone: str) -> dict[str, FactValue | None]:
    try:
        local = now.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return {}
    minute = local.weekday() * 24 * 60 + local.hour * 60 + local.minute
    return {"time.minute_of_week": minute, "time.day": local.date().toordinal()}
