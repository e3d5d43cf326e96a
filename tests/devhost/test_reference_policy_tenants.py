"""The reference policy of tenants that nobody has seen says of memberships what RP-05 and its neighbours say."""

import datetime as dt
import json
import os
import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agent.actions import CATALOGUE
from devhost.reference_policy import documents_for
from devhost.reference_policy.tenant import tenant_of
from devhost.tenant_settings import time_zone_of
from policy import Bundle, Layer
from policy.analysis import Analysis
from policy.publication.expectation import assertions_of, prove_assertions
from simulator.roles import TEMPLATE_IDS
from tests.devhost.reference_tenants import GROUPS, instant, tenants, without_lists
from tests.devhost.reference_world import FULL, TENANT, World

_FEW = os.environ.get("REMIT_HYPOTHESIS_PROFILE") == "fast"
SETTINGS = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    max_examples=10 if _FEW else 60,
    # Making a failing tenant smaller takes minutes and leaves it as long to read; the wish is what tells.
    phases=(Phase.explicit, Phase.generate),
)
ADD = "entra.group.member.add"
PEOPLE = [str(one["userPrincipalName"]).partition("@")[0] for one in TENANT["users"]]


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody is to come into a group: who asks, for whom, when, and how many the plan puts in."""

    who: str
    for_: str
    group: str
    minute: int
    targets: int


WISHES = st.builds(
    Wish,
    who=st.sampled_from(PEOPLE),
    for_=st.one_of(st.just(""), st.sampled_from([*PEOPLE, "hal.finch", "old.vendor", "eag-one"])),
    group=st.sampled_from(GROUPS),
    minute=st.integers(0, 8 * 1440),
    targets=st.one_of(st.just(1), st.integers(1, 70)),
)


class Truth:
    """The reference policy on memberships, read from its text; nothing here knows how rules are made."""

    def __init__(self, world: World) -> None:
        self.world, self.data = world, world.tenant["policyData"]
        self.people = {one["userPrincipalName"].partition("@")[0].partition("_")[0]: one for one in self._everybody()}
        self.groups = {one["displayName"]: one for one in world.tenant["groups"]}

    def _everybody(self) -> list[dict[str, Any]]:
        return [one for key in ("users", "specialAccounts", "guests") for one in self.world.tenant[key]]

    def says(self, wish: Wish) -> str:
        who, whom, group = self.people[wish.who], self.people[wish.for_ or wish.who], self.groups[wish.group]
        if self._refused(who, whom, group):
            return "refuse"
        if (
            self._handed_over(who, whom, group)
            or self._frozen(wish, whom)
            or wish.targets > self.data["bulk_escalate_over"]
        ):
            return "escalate"
        asked = self._asked(who, whom, group)
        if wish.targets > self.data["bulk_second_admin_over"]:
            asked.add("approve_admin")
        return " and ".join(sorted(asked, reverse=True)) or "auto"

    def _refused(self, who: dict[str, Any], whom: dict[str, Any], group: dict[str, Any]) -> bool:
        name = group["displayName"]
        if any((one.get("risk") or {}).get("riskState") == "atRisk" for one in (who, whom)):
            return True
        if group["isAssignableToRole"] or name in self.data["protected_groups"]:
            return True
        if _is_guest(whom) and whom["mail"].rpartition("@")[2] in self.data["guest_domains_blocked"]:
            return True
        keys = ("closed_groups", "auto_departments", "peer_departments")
        listed = {one for key in keys for one in self.data[key].get(name, ())}
        closed = name in self.data["closed_groups"] and whom.get("department") not in listed
        return closed and not self._owner_adds(who, whom, group)

    def _handed_over(self, who: dict[str, Any], whom: dict[str, Any], group: dict[str, Any]) -> bool:
        exempting = {
            one
            for policy in self.world.tenant["conditionalAccessPolicies"]
            for one in policy["conditions"].get("excludeGroups", ())
        }
        exchange = group["mailEnabled"] and "Unified" not in group["groupTypes"]
        attribute_driven = "membershipRule" in group or group.get("onPremisesSyncEnabled")
        special = "accountPurpose" in whom
        return bool(
            exchange or attribute_driven or special or group["displayName"] in exempting or not who["accountEnabled"]
        )

    def _asked(self, who: dict[str, Any], whom: dict[str, Any], group: dict[str, Any]) -> set[str]:
        name, free = group["displayName"], self.data["free_skus"]
        paid = {"approve_admin"} if set(group.get("assignedLicenses", ())) - set(free) else set()
        people = {one["userPrincipalName"]: one for one in self.people.values()}
        owners = [
            people[one] for one in group["owners"] if one not in (who["userPrincipalName"], whom["userPrincipalName"])
        ]
        owner = {"approve_owner"} if any(one["accountEnabled"] for one in owners) else {"approve_admin"}
        if _is_guest(whom):
            allowed = {one.lower() for one in self.data["guest_domains_allowed"]}
            return paid | (owner if whom["mail"].rpartition("@")[2] in allowed else {"approve_admin"})
        if paid or self._owner_adds(who, whom, group):
            return paid
        if who is whom and (
            name in self.data["open_groups"] or who["department"] in self.data["auto_departments"].get(name, ())
        ):
            return set()
        return owner

    def _owner_adds(self, who: dict[str, Any], whom: dict[str, Any], group: dict[str, Any]) -> bool:
        standing = whom["accountEnabled"] and not _is_guest(whom)
        return who is not whom and who["userPrincipalName"] in group["owners"] and standing

    def _frozen(self, wish: Wish, whom: dict[str, Any]) -> bool:
        now = instant(wish.minute)
        active = [one["scope"] for one in self.data["freeze"] if one["from"] <= now < one["to"]]
        return any(self._concerns(scope, wish.group, whom) for scope in active)

    def _concerns(self, scope: str, group: str, whom: dict[str, Any]) -> bool:
        if scope.startswith("group:"):
            return group == scope.removeprefix("group:")
        if not scope.startswith("department:"):
            return True
        department = scope.removeprefix("department:").removesuffix(" groups and licences")
        # Nobody's department can be told from nobody's word: an unknown one may be the frozen one.
        if whom.get("department") in (department, None):
            return True
        listed = (self.data[key].get(group, ()) for key in ("auto_departments", "closed_groups"))
        words = [re.findall(r"[^\W_]+", text.casefold()) for text in (group, department)]
        return any(department in one for one in listed) or f" {' '.join(words[1])} " in f" {' '.join(words[0])} "


def _is_guest(one: dict[str, Any]) -> bool:
    return bool(one["userType"] == "Guest")


def local_time(tenant: dict[str, Any], minute: int) -> dict[str, int]:
    zone = ZoneInfo(time_zone_of(tenant))
    local = dt.datetime.fromisoformat(instant(minute)).astimezone(zone)
    return {
        "time.day": local.toordinal(),
        "time.minute_of_week": local.weekday() * 1440 + local.hour * 60 + local.minute,
    }


@SETTINGS
@given(tenant=tenants(), wishes=st.lists(WISHES, min_size=30, max_size=30))
def test_a_membership_in_any_tenant_is_decided_as_the_reference_policy_reads(
    tenant: dict[str, Any], wishes: list[Wish]
) -> None:
    world = World(tenant)
    truth = Truth(world)
    for wish in wishes:
        changes = {**local_time(tenant, wish.minute), "plan.distinct_targets": wish.targets}
        said = world.asks(wish.who, ADD, for_=wish.for_ or wish.who, to=wish.group, but=changes)
        assert said.disposition == truth.says(wish), (wish, said)


@SETTINGS
@given(tenant=tenants(), catalogue=st.sets(st.sampled_from(sorted(FULL)), min_size=1))
def test_every_id_is_of_that_file_and_every_rule_of_that_catalogue(tenant: dict[str, Any], catalogue: set[str]) -> None:
    documents = documents_for(tenant, catalogue=frozenset(catalogue))
    text = json.dumps([one.authored() for one in documents])
    ids = set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))
    # The groups whose members get an app are made with the apps of the file.
    of_apps = {group for app in tenant_of(tenant).apps for group in app.group_ids}
    assert ids <= set(re.findall(r"[0-9a-f-]{36}", json.dumps(tenant))) | set(TEMPLATE_IDS.values()) | of_apps
    assert {action for one in documents for rule in one.rules for action in rule.actions} <= {*catalogue, "*"}
    assert {one.tenant for one in documents} == {tenant["organization"]["id"]}


def test_an_empty_list_gives_no_rule_and_never_means_everything() -> None:
    world = World(without_lists(TENANT))
    for who in ("mona.vasey", "harriet.osgood"):
        assert world.asks(who, ADD, to="QT-Canteen").disposition == "approve_owner"
        free = {"params.sku": "FLOW_FREE", "params.seats_left": 9}
        assert world.asks(who, "entra.license.assign", but=free).disposition == "approve_admin"
        for name in ("officeLocation", "mobilePhone", "department"):
            change = {"params.attributes": frozenset({name})}
            assert world.asks(who, "entra.user.profile.update", but=change).disposition == "escalate"
    assert not [name for name in world.rule_notes if "closed" in name or "blocked" in name or "protected-" in name]


def test_the_sample_tenant_gets_all_six_documents_for_our_own_catalogue() -> None:
    documents = documents_for(TENANT, catalogue=frozenset(CATALOGUE))
    assert [one.layer for one in documents] == list(Layer)


@pytest.mark.parametrize("key", ["policyData", "intuneApps", "applications", "conditionalAccessPolicies", "guests"])
def test_a_file_may_lack_any_section(key: str) -> None:
    tenant = {name: value for name, value in TENANT.items() if name != key}
    if key == "applications":
        tenant["policyData"] = {**TENANT["policyData"], "protected_apps": []}
    if key == "guests":
        tenant["groups"] = [{**one, "members": []} for one in TENANT["groups"]]
    assert documents_for(tenant, catalogue=FULL)


@pytest.mark.parametrize("catalogue", [frozenset(CATALOGUE), FULL], ids=["ours", "full"])
def test_what_the_documents_promise_is_proved_of_every_request(catalogue: frozenset[str]) -> None:
    # A freeze splits time, and with it every cell, but says nothing about what is promised.
    tenant = {**TENANT, "policyData": {**TENANT["policyData"], "freeze": []}}
    documents = documents_for(tenant, catalogue=catalogue)
    tenant_id = documents[0].tenant
    bundle = Bundle.of(documents)
    promised = assertions_of(bundle, tenant_id=tenant_id, catalogue=catalogue)
    assert {one.document.id for one in promised} >= {"assert.break-glass", "assert.credentials-of-others"}
    proved = prove_assertions(promised, Analysis(bundle, tenant_id=tenant_id, catalogue=catalogue))
    assert [one.assertion.document.id for one in proved if one.proof.counterexample or one.proof.vacuous] == []
