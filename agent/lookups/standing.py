"""How the people of a step stand: requester, beneficiary and the other person, to IT, to each other, to the target."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.quoting import domain_of, is_object_id
from agent.lookups.view import View
from agent.model.plan import Step
from agent.model.service_request import ServiceRequest
from policy.request import FactValue

# The scope of a role assignment that is not limited to an administrative unit (Graph reference, unifiedRoleAssignment).
_WHOLE_TENANT = "/"

_KINDS = {"Member": "member", "Guest": "guest"}

# What is nobody's: a person, and what is the tenant's as a whole.
_OWNERLESS = frozenset({"user", "tenant", "policy", "alert"})


def requester_facts(
    step: Step, request: ServiceRequest, *, view: View, vip_ids: frozenset[str]
) -> dict[str, FactValue | None]:
    """Return the `requester.*` facts; None is unknown."""
    who = view.requester_id
    profile = view.user(who)
    if not profile:
        # Without a profile behind the address nobody has been identified, whatever the id says.
        return {"requester.assurance": request.assurance.value}
    return {
        "requester.id": who,
        "requester.assurance": request.assurance.value,
        "requester.department": department_of(profile),
        "requester.role": _role(who, view),
        "requester.kind": _KINDS.get(profile.get("userType", "")),
        "requester.account_enabled": profile.get("accountEnabled"),
        "requester.at_risk": view.at_risk(who),
        "requester.is_vip": who in vip_ids,
        "requester.owns_target": _owns(step, view),
        "requester.manages_beneficiary": _manages(step, view),
        "requester.sponsors_beneficiary": _sponsors(step, view),
        "requester.directory_roles": _directory_roles(who, view),
    }


def _role(user_id: str, view: View) -> str | None:
    """`it_admin` only by a role held directly; a group that could hold one makes the answer unknown."""
    if view.facts("user.directory_roles", user_id).get("roles"):
        return "it_admin"
    return "employee" if view.holds_role(user_id) is False else None


def _directory_roles(user_id: str, view: View) -> frozenset[str] | None:
    """Return the roles held directly for the whole tenant; one whose scope is not told makes them unknown."""
    roles = view.facts("user.directory_roles", user_id).get("roles")
    if roles is None or any("directoryScopeId" not in one for one in roles):
        return None
    return frozenset(one["roleDefinitionId"] for one in roles if one["directoryScopeId"] == _WHOLE_TENANT)


def _manages(step: Step, view: View) -> bool | None:
    """Whether the requester is the direct manager; nobody manages their own account."""
    if step.beneficiary_id == view.requester_id:
        return False
    found = view.of("user.manager", step.beneficiary_id)
    if found is None or found.state == "unknown":
        return None
    return found.state == "known" and found.facts.get("id") == view.requester_id


def _sponsors(step: Step, view: View) -> bool | None:
    """Whether the requester answers for the guest who is concerned; nobody sponsors themselves."""
    if not step.beneficiary_id or step.beneficiary_id == view.requester_id:
        return False
    found = view.facts("user.sponsors", step.beneficiary_id).get("sponsors")
    return None if found is None else view.requester_id in found


def _owns(step: Step, view: View) -> bool | None:
    owners = _owners(step, view)
    if owners is None and step.target.kind == "site":
        return _owns_drive(step, view)
    return None if owners is None else any(one["id"] == view.requester_id for one in owners)


def _owns_drive(step: Step, view: View) -> bool | None:
    """Whether the item is in the requester's own OneDrive. Who owns the library of a site, no look-up tells."""
    drive = view.facts("user.drive", view.requester_id).get("id")
    return True if drive is not None and step.target.id.startswith(f"{drive}/") else None


def _owners(step: Step, view: View) -> list[Mapping[str, Any]] | None:
    """Return the people who own the target, or None where no look-up tells them: of applications and most sites."""
    if step.target.owner_id:
        return [{"id": step.target.owner_id, **view.user(step.target.owner_id)}]
    if step.target.kind == "group":
        return view.facts("group.owners", step.target.id).get("owners")
    return [] if step.target.kind in _OWNERLESS else None


def group_joined(step: Step) -> str:
    """Return the id of the group for which the step brings somebody into the tenant, or nothing."""
    return str(step.told.get("params.group_id", "")) if step.target.kind == "tenant" else ""


def has_owner_to_ask(step: Step, view: View) -> bool | None:
    """Return whether somebody who may approve owns the target: enabled, and neither requester nor beneficiary.

    Of a guest who is invited for a group it is the group's owners.
    """
    group_id = group_joined(step)
    owners = view.facts("group.owners", group_id).get("owners") if group_id else _owners(step, view)
    if owners is None:
        return None
    concerned = (view.requester_id, step.beneficiary_id)
    states = {one.get("accountEnabled") for one in owners if one["id"] not in concerned}
    return True if True in states else None if None in states else False


def beneficiary_facts(step: Step, view: View) -> dict[str, FactValue | None]:
    """Return the `beneficiary.*` facts; None is unknown."""
    who = step.beneficiary_id
    profile = view.user(who)
    return {
        "beneficiary.id": who or None,
        "beneficiary.department": department_of(profile),
        "beneficiary.kind": _KINDS.get(profile.get("userType", "")),
        "beneficiary.mail_domain": domain_of(profile.get("mail")),
        "beneficiary.account_enabled": profile.get("accountEnabled"),
        # Null says that no location is set; a field that is not there says nothing.
        "beneficiary.has_usage_location": bool(profile["usageLocation"]) if "usageLocation" in profile else None,
        # A change that is for nobody in particular is for nobody at risk. What is no user of the tenant, such as an
        # application or a group in a user's place, has no record of risk either, and that says nothing.
        "beneficiary.at_risk": False if not who else view.at_risk(who) if profile else None,
    }


def other_person_id(step: Step, view: View) -> str | None:
    """Return the object id of the other person; empty is nobody of the tenant, None is unknown."""
    who = step.other_person
    if not who or is_object_id(who):
        return who
    found = view.of("user.get", who)
    if found is None or found.state == "unknown":
        return None
    return str(found.facts.get("id", "")) if found.state == "known" else ""


def other_person_facts(step: Step, view: View) -> dict[str, FactValue | None]:
    """Return the `other_person.*` facts; None is unknown. Of somebody outside only the address is known."""
    who, person_id = step.other_person, other_person_id(step, view)
    if not who:
        return {}
    profile = view.user(who) if is_object_id(who) else view.facts("user.get", who)
    return {
        "other_person.id": person_id or None,
        "other_person.is_requester": None if person_id is None else person_id == view.requester_id,
        "other_person.kind": _KINDS.get(profile.get("userType", "")),
        "other_person.account_enabled": profile.get("accountEnabled"),
        "other_person.at_risk": view.at_risk(person_id) if person_id and profile else None,
        "other_person.mail_domain": domain_of(profile.get("mail") if is_object_id(who) else who),
    }


def department_of(profile: Mapping[str, Any]) -> str | None:
    """Return the department; null and empty are unknown."""
    return profile.get("department") or None
