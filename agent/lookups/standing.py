"""How the people of a step stand: requester and beneficiary, to IT, to each other and to the target."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.view import View
from agent.model.plan import Step
from agent.model.service_request import ServiceRequest
from policy.request import FactValue

# The scope of a role assignment that is not limited to an administrative unit (Graph reference, unifiedRoleAssignment).
_WHOLE_TENANT = "/"

_KINDS = {"Member": "member", "Guest": "guest"}


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


def _owns(step: Step, view: View) -> bool | None:
    owners = _owners(step, view)
    return None if owners is None else any(one["id"] == view.requester_id for one in owners)


def _owners(step: Step, view: View) -> list[Mapping[str, Any]] | None:
    """Return the people who own the target. A user has no owner; of other kinds no look-up tells them yet."""
    if step.target.kind == "group":
        return view.facts("group.owners", step.target.id).get("owners")
    return [] if step.target.kind == "user" else None


def has_owner_to_ask(step: Step, view: View) -> bool | None:
    """Return whether somebody who may approve owns the target: enabled, and neither requester nor beneficiary."""
    owners = _owners(step, view)
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
        "beneficiary.mail_domain": _domain(profile),
        "beneficiary.account_enabled": profile.get("accountEnabled"),
        # Null says that no location is set; a field that is not there says nothing.
        "beneficiary.has_usage_location": bool(profile["usageLocation"]) if "usageLocation" in profile else None,
        # A change that is for nobody in particular is for nobody at risk. What is no user of the tenant, such as an
        # application or a group in a user's place, has no record of risk either, and that says nothing.
        "beneficiary.at_risk": False if not who else view.at_risk(who) if profile else None,
    }


def _domain(profile: Mapping[str, Any]) -> str | None:
    _, at, domain = (profile.get("mail") or "").rpartition("@")
    return domain.lower() if at and domain else None


def department_of(profile: Mapping[str, Any]) -> str | None:
    """Return the department; null and empty are unknown."""
    return profile.get("department") or None
