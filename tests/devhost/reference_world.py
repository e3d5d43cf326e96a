"""A tenant under its reference policy: who asks for what becomes facts as the platform tells them, then an answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.actions import CATALOGUE
from devhost.reference_policy import documents_for, families
from policy import AuthorizationRequest, Bundle, Engine, Verdict
from simulator import seed, tenant_file
from simulator.roles import TEMPLATE_IDS

SAMPLE = Path(__file__).parents[2] / "samples" / "tenant.json"
TENANT: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))

# Actions of the field beyond our own, also some that no rule speaks of.
FULL = frozenset(CATALOGUE).union(
    *(ids for ids in vars(families).values() if isinstance(ids, frozenset)),
    (ids for name, ids in vars(families).items() if isinstance(ids, str) and name.isupper()),
    ("entra.group.create", "teams.team.create", "entra.auth.tap.delete", "secret.laps.read", "exo.inboxrule.delete"),
)
MONDAY, MINUTE = 739943, 9 * 60 + 30  # 2026-11-23, half past nine in London

CONSOLE = {"request.channel": "console", "requester.assurance": "sso"}
SSO, EMAIL = {"requester.assurance": "sso"}, {"requester.assurance": "email"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What policy says to a request, in the words of the reference policy, and the rules that said it."""

    disposition: str
    rules: tuple[str, ...]


class World:
    """One tenant file, and the engine on the documents that are generated for it."""

    def __init__(self, tenant: Mapping[str, Any], catalogue: frozenset[str] = FULL) -> None:
        self.directory = seed.directory_of(tenant_file.parse(tenant))
        self.tenant = tenant
        self.documents = documents_for(tenant, catalogue=catalogue)
        self.rule_notes = {rule.id: rule.note for one in self.documents for rule in one.rules}
        bundle = Bundle.of(self.documents)
        self._engine = Engine(bundle, tenant_id=self.directory.tenant_id, catalogue=catalogue)

    def asks(
        self, who: str, action: str, *, for_: str = "", to: str = "", but: Mapping[str, Any] | None = None
    ) -> Answer:
        """Return the answer to `who` asking for `action`: for themselves or `for_`, on the group `to` or that person.

        `but` overrides facts; None makes one unknown.
        """
        facts = self.facts(who, for_=for_ or who, to=to) | dict(but or {})
        known = {name: value for name, value in facts.items() if value is not None}
        decision = self._engine.decide(AuthorizationRequest(action=action, facts=known))
        deciding = tuple(rule.id for one in decision.layers if one.verdict is decision.verdict for rule in one.rules)
        if decision.verdict is Verdict.ALLOW:
            return Answer("auto", deciding)
        if decision.verdict is Verdict.DENY:
            return Answer("refuse" if deciding else "escalate", deciding)
        asked = sorted(one.resolver for one in decision.requirements)
        names = {"group_owner": "approve_owner", "tenant_admin": "approve_admin"}
        return Answer(" and ".join(names[one] for one in asked), deciding)

    def facts(self, who: str, *, for_: str, to: str) -> dict[str, Any]:
        """Return complete facts of an ordinary moment: from the portal, on a Monday, one step."""
        requester, beneficiary = self._person(who), self._person(for_)
        target = self._group_facts(to, requester=requester, beneficiary=beneficiary) if to else self._user_facts(for_)
        return {
            **self._requester_facts(requester, beneficiary=beneficiary),
            **self._beneficiary_facts(beneficiary),
            **target,
            "request.on_self": requester["id"] == beneficiary["id"],
            "request.channel": "itsm",
            "identity.kind": "workload",
            "params.lifetime_minutes": 60,
            "risk": 30,
            "plan.distinct_targets": 1,
            "plan.steps": 1,
            "plan.takes_access_away": False,
            "plan.makes_requester_manager": False,
            "time.day": MONDAY,
            "time.minute_of_week": MINUTE,
            "is_rollback": False,
        }

    def group_id(self, name: str) -> str:
        """The object id of a group by its display name."""
        return next(key for key, one in self.directory.groups.items() if one["displayName"] == name)

    def _person(self, name: str) -> dict[str, Any]:
        users = self.directory.users.values()
        return next(one for one in users if (one["userPrincipalName"]).partition("@")[0].partition("_")[0] == name)

    def _requester_facts(self, one: Mapping[str, Any], *, beneficiary: Mapping[str, Any]) -> dict[str, Any]:
        roles = self.directory.roles_of(one["id"])
        return {
            "requester.id": one["id"],
            "requester.department": one.get("department"),
            "requester.role": "it_admin" if roles else "employee",
            "requester.directory_roles": frozenset(TEMPLATE_IDS[name] for name in roles),
            "requester.assurance": "portal",
            "requester.kind": one["userType"].lower(),
            "requester.account_enabled": one["accountEnabled"],
            "requester.at_risk": one["id"] in self.directory.risky_users,
            "requester.is_vip": self._is_vip(one),
            "requester.owns_target": False,
            "requester.manages_beneficiary": self.directory.managers.get(beneficiary["id"]) == one["id"],
            "requester.sponsors_beneficiary": False,
        }

    def _beneficiary_facts(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "beneficiary.id": one["id"],
            "beneficiary.department": one.get("department"),
            "beneficiary.kind": one["userType"].lower(),
            "beneficiary.mail_domain": (one.get("mail") or "").rpartition("@")[2] or None,
            "beneficiary.account_enabled": one["accountEnabled"],
            "beneficiary.has_usage_location": bool(one.get("usageLocation")),
            "beneficiary.at_risk": one["id"] in self.directory.risky_users,
        }

    def _user_facts(self, name: str) -> dict[str, Any]:
        one = self._person(name)
        return {
            "target.kind": "user",
            "target.id": one["id"],
            "target.department": one.get("department"),
            "target.account_enabled": one["accountEnabled"],
            "target.is_vip": self._is_vip(one),
            "target.is_break_glass": one["userPrincipalName"] in self.tenant["policyData"]["protected_users"],
            "target.holds_directory_role": bool(self.directory.roles_of(one["id"])),
            "target.is_synced": bool(one.get("onPremisesSyncEnabled")),
            **dict.fromkeys(("target.is_role_assignable", "target.is_dynamic", "target.is_exchange_managed"), False),
            "target.has_owner_to_ask": False,
        }

    def _group_facts(
        self, name: str, *, requester: Mapping[str, Any], beneficiary: Mapping[str, Any]
    ) -> dict[str, Any]:
        group_id = self.group_id(name)
        group, owners = self.directory.groups[group_id], self.directory.owners[group_id]
        free = [one for one in owners if one not in (requester["id"], beneficiary["id"])]
        return {
            "target.kind": "group",
            "target.id": group_id,
            "target.is_role_assignable": bool(group["isAssignableToRole"]),
            "target.holds_directory_role": bool(group["isAssignableToRole"]),
            "target.is_synced": bool(group["onPremisesSyncEnabled"]),
            "target.is_dynamic": "DynamicMembership" in group["groupTypes"],
            "target.is_exchange_managed": group["mailEnabled"] and "Unified" not in group["groupTypes"],
            "target.is_break_glass": beneficiary["userPrincipalName"] in self.tenant["policyData"]["protected_users"],
            "target.is_vip": False,
            "target.has_owner_to_ask": any(self.directory.users[one]["accountEnabled"] for one in free),
            "requester.owns_target": requester["id"] in owners,
        }

    def _is_vip(self, one: Mapping[str, Any]) -> bool:
        return one["userPrincipalName"] in self.tenant["policyData"]["vip"]
