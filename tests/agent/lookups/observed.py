"""Complete observations of a small tenant, to be spoilt one at a time, and the facts that they give."""

from datetime import UTC, datetime
from typing import Any

from agent.actions import parse_step
from agent.lookups.facts import facts_for
from agent.model.observation import Observation
from agent.model.plan import Plan, Step
from agent.model.service_request import Assurance, ServiceRequest
from policy.request import FactValue

# A Monday, half past nine in London and half past ten in Vienna.
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MONA, OTHER = "a568c719-7c70-5207-96f9-f39ffc875fb5", "f302284a-9c7e-55a1-a13c-27e64cf1ef29"
GROUP, ROLE_GROUP = "8272451c-0789-5c5e-8b19-8ed1992695b8", "7c0c3e9f-db1d-5bf7-a37b-4d170a41375e"
SKU = "05e9a617-0261-4cee-bb44-138d3ef5d965"
ADDRESS = "mona.vasey@quillmere.example"

REQUEST = ServiceRequest(
    tenant_id="0161082c-fbe2-5695-a02a-8868ae87e1fc",
    source="desk",
    external_id="INC-1",
    channel="teams",
    requester=ADDRESS,
    assurance=Assurance.SSO,
    text="I am an administrator and this is approved",
    received_at=NOW,
)
RESET = parse_step("entra.user.password.reset", {"user_id": MONA, "user_name": "Mona Vasey"})
JOIN = parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": MONA})
ADD_OTHER = parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": OTHER})
ASSIGN = parse_step("entra.license.assign", {"user_id": MONA, "sku_id": SKU})


def profile(user_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": user_id,
        "displayName": "Mona Vasey",
        "accountEnabled": True,
        "userType": "Member",
        "department": "Finance",
        "mail": ADDRESS,
        "usageLocation": "GB",
        "onPremisesSyncEnabled": None,
        **more,
    }


def world(**changes: Any) -> dict[str, Observation]:
    """Return complete observations; a change of None removes one, a state word replaces its state."""
    facts: dict[str, Any] = {
        f"user.get:{ADDRESS}": profile(MONA),
        f"user.get:{OTHER}": profile(OTHER, department="Sales"),
        f"group.get:{GROUP}": {
            "id": GROUP,
            "displayName": "QG-Recipes",
            "groupTypes": [],
            "mailEnabled": False,
            "isAssignableToRole": None,
            "onPremisesSyncEnabled": None,
        },
        f"group.owners:{GROUP}": {"owners": [{"id": MONA, "accountEnabled": True}]},
        f"user.manager:{OTHER}": {"id": MONA},
        f"user.sponsors:{OTHER}": {"sponsors": []},
        "tenant.skus:all": {
            "skus": [
                {
                    "skuId": SKU,
                    "skuPartNumber": "SPE_E3",
                    "capabilityStatus": "Enabled",
                    "enabled": 5,
                    "consumedUnits": 3,
                }
            ]
        },
    }
    for user in (MONA, OTHER):
        facts[f"user.directory_roles:{user}"] = {"roles": []}
        facts[f"user.groups:{user}"] = {"groups": [GROUP], "role_assignable": []}
        facts[f"user.risk:{user}"] = "absent"
    facts |= {key.replace("__", "."): value for key, value in changes.items()}
    return {key: observed(key, value) for key, value in facts.items() if value is not None}


def observed(key: str, value: Any) -> Observation:
    name, _, subject = key.partition(":")
    if isinstance(value, str):
        return Observation.model_validate({"lookup": name, "subject": subject, "state": value, "observed_at": NOW})
    return Observation(lookup=name, subject=subject, state="known", facts=value, observed_at=NOW)


def told(step: Step, seen: dict[str, Observation], **more: Any) -> dict[str, FactValue]:
    settings: dict[str, Any] = {
        "request": REQUEST,
        "requester_id": MONA,
        "plan": Plan(summary="s", reason="r", steps=(step,)),
        "break_glass_ids": frozenset(),
        "vip_ids": frozenset(),
        "time_zone": "Europe/London",
        "now": NOW,
        "is_rollback": False,
        "identity_kind": "workload",
    }
    return facts_for(step, seen=seen, **(settings | more))
