"""A small directory with state, which answers a planner's look-ups with hand-made observations."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.model.clarification import Reply
from agent.model.observation import Observation
from agent.model.service_request import Assurance, ServiceRequest
from agent.planners.planner import RunbookPlanner
from agent.ports import Proposal

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TENANT = "0161082c-fbe2-5695-a02a-8868ae87e1fc"


def object_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _has(text: str, term: str) -> bool:
    words = re.findall(r"[^\W_]+", text.casefold())
    return all(any(word.startswith(one) for word in words) for one in re.findall(r"[^\W_]+", term.casefold()))


class World:
    """Users, groups and licences; `unknown` holds look-ups, or keys of such, that cannot be answered."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, list[str]] = {}
        self.members: dict[str, set[str]] = {}
        self.skus: list[dict[str, Any]] = []
        self.assignments: dict[str, list[dict[str, Any]]] = {}
        self.unknown: set[str] = set()
        self.searches_are_complete = True
        self.lists_are_complete = True
        self.asked: list[tuple[str, str]] = []
        self.sites: list[dict[str, Any]] = []
        self.site_groups: dict[str, str] = {}
        self.risks: dict[str, dict[str, Any]] = {}

    def user(self, name: str, **more: Any) -> str:
        given, _, surname = name.partition(" ")
        user_id = object_id(len(self.users) + 1)
        address = f"{given}.{surname}".lower().replace(" ", "") + "@quillmere.example"
        self.users[user_id] = {
            "id": user_id,
            "displayName": name,
            "givenName": given,
            "surname": surname,
            "userPrincipalName": address,
            "mail": address,
            "accountEnabled": True,
            "userType": "Member",
            "department": "Finance",
            "onPremisesSyncEnabled": None,
            "usageLocation": "GB",
            "assignedLicenses": [],
            **more,
        }
        return user_id

    def group(self, name: str, *, owner: str = "", **more: Any) -> str:
        group_id = object_id(1000 + len(self.groups))
        self.groups[group_id] = {
            "id": group_id,
            "displayName": name,
            "groupTypes": [],
            "securityEnabled": True,
            "mailEnabled": False,
            "isAssignableToRole": False,
            "onPremisesSyncEnabled": None,
            **more,
        }
        self.owners[group_id] = [owner] if owner else []
        self.members[group_id] = set()
        return group_id

    def site(self, title: str, path: str, *, group: str) -> None:
        site_id = f"contoso.sharepoint.example,{object_id(2000 + len(self.sites))}"
        address = f"https://contoso.sharepoint.example{path}"
        self.sites.append({"id": site_id, "displayName": title, "webUrl": address})
        self.site_groups[site_id] = group

    def sku(self, sku_id: str, part_number: str, *, free: int) -> None:
        sku = {"skuId": sku_id, "skuPartNumber": part_number, "capabilityStatus": "Enabled"}
        self.skus.append({**sku, "enabled": 10, "consumedUnits": 10 - free})

    def settle(
        self, requester: str, text: str, *, subject: str = "", requester_id: str = "", replies: tuple[Reply, ...] = ()
    ) -> Proposal:
        """Let the planner and this world talk until the planner wants no more look-ups."""
        request = ServiceRequest(
            tenant_id=TENANT,
            source="desk",
            external_id="INC-1",
            channel="itsm",
            requester=requester,
            assurance=Assurance.PORTAL,
            subject=subject,
            text=text,
            received_at=NOW,
        )
        seen: dict[str, Observation] = {}
        planner = RunbookPlanner()
        for _ in range(40):
            proposal = planner.propose(request, seen, requester_id=requester_id, replies=replies)
            assert planner.propose(request, seen, requester_id=requester_id, replies=replies) == proposal
            if not proposal.lookups:
                return proposal
            for name, about in proposal.lookups:
                self.asked.append((name, about))
                seen[f"{name}:{about}"] = self._observed(name, about)
        raise AssertionError("the planner never stops asking")

    def _observed(self, name: str, about: str) -> Observation:
        if {f"{name}:{about}", name} & self.unknown:
            return Observation(lookup=name, subject=about, state="unknown", problem="throttled", observed_at=NOW)
        facts = self._facts(name, about)
        if facts is None:
            return Observation(lookup=name, subject=about, state="absent", observed_at=NOW)
        return Observation(lookup=name, subject=about, state="known", facts=facts, observed_at=NOW)

    def _facts(self, name: str, about: str) -> dict[str, Any] | None:
        match name:
            case "user.get":
                by_address = [u for u in self.users.values() if about in (u["userPrincipalName"], u["mail"])]
                return self.users.get(about) or (by_address[0] if by_address else None)
            case "user.find":
                return self._candidates([u for u in self.users.values() if about.lower() in u["displayName"].lower()])
            case "user.search" | "group.search":
                return self._searched(name, about)
            case "site.search":
                return self._candidates(
                    [one for one in self.sites if _has(f"{one['displayName']} {one['webUrl']}", about)]
                )
            case "site.groups":
                return {"groups": [{"id": self.site_groups[about], "displayName": "G", "roles": ["write"]}]}
            case "user.risk":
                return self.risks.get(about)
            case "user.manager":
                return None
            case "user.groups":
                return {"groups": [], "role_assignable": []}
            case "user.directory_roles":
                return {"roles": []}
            case "user.auth_methods":
                return {"methods": []}
            case "user.licenses":
                return self._licenses(about)
            case "group.get":
                return self.groups.get(about)
            case "group.find":
                return self._candidates([g for g in self.groups.values() if about.lower() in g["displayName"].lower()])
            case "group.owners":
                return {"owners": [{"id": one, "accountEnabled": True} for one in self.owners[about]]}
            case "group.member":
                group_id, _, user_id = about.partition("/")
                return {"is_member": user_id in self.members[group_id]}
            case "group.members":
                named = [{"id": one, "kind": "user"} for one in sorted(self.members[about])]
                return {"members": named, "count": len(named), "complete": self.lists_are_complete}
            case "sku.holders":
                holders = [self._holder(one, about) for one in self.users.values() if about in one["assignedLicenses"]]
                return {"holders": holders, "count": len(holders), "complete": self.lists_are_complete}
            case "tenant.org":
                return {"id": TENANT, "displayName": "Quillmere"}
            case "tenant.skus":
                return {"skus": self.skus}
        raise AssertionError(f"the planner asks an unlisted question: {name}")

    def _searched(self, name: str, about: str) -> dict[str, Any] | None:
        """As Graph does: any of the terms, each word of a term the beginning of a word."""
        found = self.users if name == "user.search" else self.groups
        fields = ("displayName", "userPrincipalName") if name == "user.search" else ("displayName", "description")
        texts = ((one, " ".join(str(one.get(field) or "") for field in fields)) for one in found.values())
        return self._candidates([one for one, text in texts if any(_has(text, term) for term in about.split("|"))])

    def _licenses(self, user_id: str) -> dict[str, Any]:
        held = self.users[user_id]["assignedLicenses"]
        facts: dict[str, Any] = {"assignedLicenses": [{"skuId": one, "disabledPlans": []} for one in held]}
        if user_id in self.assignments:
            facts["assignments"] = self.assignments[user_id]
        return facts

    def _holder(self, user: dict[str, Any], sku_id: str) -> dict[str, Any]:
        ways = self.assignments.get(user["id"], [])
        return {
            **{name: user[name] for name in ("id", "displayName", "accountEnabled", "usageLocation")},
            "officeLocation": user.get("officeLocation"),
            "disabledPlans": [],
            "skus": user["assignedLicenses"],
            "is_from_group": any(one["assignedByGroup"] for one in ways if one["skuId"] == sku_id),
        }

    def _candidates(self, found: list[dict[str, Any]]) -> dict[str, Any] | None:
        return {"candidates": found, "complete": self.searches_are_complete} if found else None


@pytest.fixture
def world() -> World:
    return World()
