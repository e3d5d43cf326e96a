"""The reference policy, rule by rule: groups, licences, guests and movers (RP-05, RP-06, RP-12, RP-16, RP-33)."""

import copy
from typing import Any

import pytest

from tests.devhost.reference_world import EMAIL, TENANT, World

WORLD = World(TENANT)
ADD, REMOVE, INVITE = "entra.group.member.add", "entra.group.member.remove", "entra.guest.invite"
ASSIGN, SWAP, PROFILE = "entra.license.assign", "entra.license.swap", "entra.user.profile.update"
SEATS = {"params.sku": "SPE_E3", "params.seats_left": 9}
BOTH = "approve_owner and approve_admin"
FREE = {"params.sku": "FLOW_FREE", "params.seats_left": 900}


def says(who: str, action: str, **more: Any) -> str:
    return WORLD.asks(who, action, **more).disposition


@pytest.mark.parametrize("action", [ADD, "teams.member.add"])
def test_rp05_a_an_open_group_is_automatic_for_oneself(action: str) -> None:
    assert says("theo.blanc", action, to="QG-Remote-Access") == "auto"
    assert says("theo.blanc", action, to="QG-Remote-Access", but=EMAIL) == "auto"
    assert says("theo.blanc", action, to="QG-Remote-Access", but={"request.on_self": None}) == "approve_owner"
    assert says("theo.blanc", action, to="QG-Remote-Access", but={"beneficiary.kind": None}) != "auto"


def test_rp05_b_the_own_departments_group_is_automatic_for_oneself() -> None:
    assert says("remi.cassel", ADD, to="QT-Finance") == "auto"
    assert says("nuno.teles", ADD, to="QT-Sales") == "auto"
    assert says("remi.cassel", ADD, to="QT-Finance", but={"beneficiary.department": None}) == "approve_owner"


def test_rp05_c_anybody_else_asks_an_enabled_owner() -> None:
    assert says("ed.oshea", ADD, to="QG-Recipes") == says("harriet.osgood", ADD, to="QT-Finance") == "approve_owner"
    assert says("ed.oshea", ADD, to="QT-Launch") == "approve_owner"
    assert says("ed.oshea", ADD, to="QG-Recipes", but={"target.has_owner_to_ask": None}) == BOTH


def test_rp05_d_an_owner_adds_a_member_of_good_standing() -> None:
    assert says("gwen.tallow", ADD, for_="kiran.dale", to="QG-Recipes") == "auto"
    assert says("petra.lowe", ADD, for_="kiran.dale", to="QT-HR") == "auto"
    assert says("gwen.tallow", ADD, for_="zoe.minto", to="QG-Recipes") == "refuse"
    assert says("gwen.tallow", ADD, for_="paul.verity", to="QG-Recipes") == "approve_admin"
    for name in ("beneficiary.account_enabled", "requester.owns_target"):
        assert says("gwen.tallow", ADD, for_="kiran.dale", to="QG-Recipes", but={name: None}) == "approve_admin"
    # The owner is not a member of good standing to themselves.
    assert says("mona.vasey", ADD, to="QG-Finance-Ledger") == "approve_admin"


def test_rp05_d_an_owner_manages_members_and_anybody_leaves() -> None:
    assert says("dominic.ashe", REMOVE, for_="simone.barth", to="QT-Sales") == "auto"
    assert says("simone.barth", REMOVE, to="QT-Sales") == "auto"
    assert says("lea.fontaine", REMOVE, for_="simone.barth", to="QT-Sales") == "escalate"


def test_rp05_e_a_group_without_an_enabled_owner_goes_to_an_administrator() -> None:
    assert says("mona.vasey", ADD, to="QG-Orphans") == "approve_admin"


def test_rp05_f_a_closed_group_refuses_other_departments_and_asks_for_its_own() -> None:
    assert says("kiran.dale", ADD, to="QT-HR") == "refuse"
    assert says("dominic.ashe", ADD, for_="lea.fontaine", to="QT-HR") == "refuse"
    assert says("kiran.dale", ADD, to="QT-HR", but={"beneficiary.department": None}) == "refuse"
    assert says("iker.zubiri", ADD, to="QT-HR") == "approve_owner"


@pytest.mark.parametrize("name", ["target.is_dynamic", "target.is_synced"])
def test_rp05_g_h_dynamic_and_synchronised_groups_are_handed_over(name: str) -> None:
    assert says("theo.blanc", ADD, to="QG-Remote-Access", but={name: True}) == "escalate"
    assert says("theo.blanc", ADD, to="QG-Remote-Access", but={name: None}) == "escalate"
    assert says("nuno.teles", ADD, to="QDYN-Sales") == "escalate"


def test_rp05_i_for_somebody_else_it_is_never_automatic() -> None:
    assert says("mona.vasey", ADD, for_="theo.blanc", to="QG-Remote-Access") == "approve_owner"
    assert says("ulrike.zang", ADD, for_="remi.cassel", to="QT-Finance") == "approve_owner"
    assert says("iker.zubiri", ADD, for_="kiran.dale", to="QT-HR") == "refuse"


@pytest.mark.parametrize("action", ["spo.item.invite", "spo.item.link.create", "spo.site.permission.grant"])
def test_rp05_a_site_is_never_shared_directly(action: str) -> None:
    assert says("remi.cassel", action, but={"target.kind": "site"}) == "refuse"


def test_rp06_a_free_licence_is_automatic_for_oneself_only() -> None:
    assert says("mona.vasey", ASSIGN, but=FREE) == "auto"
    assert says("mona.vasey", ASSIGN, for_="ulrike.zang", but=FREE) == "approve_admin"


def test_rp06_a_paid_licence_needs_an_administrator() -> None:
    assert says("lea.fontaine", ASSIGN, but=SEATS) == "approve_admin"
    assert says("lea.fontaine", ASSIGN, but={**SEATS, "params.sku": None}) == "escalate"


@pytest.mark.parametrize("changes", [SEATS, FREE])
@pytest.mark.parametrize("missing", [{"params.seats_left": 0}, {"params.seats_left": None}])
def test_rp06_without_a_seat_it_is_handed_over(changes: dict[str, Any], missing: dict[str, Any]) -> None:
    assert says("lea.fontaine", ASSIGN, but={**changes, **missing}) == "escalate"


def test_rp06_the_usage_location_comes_first() -> None:
    assert says("ed.oshea", ASSIGN, but=SEATS) == "escalate"
    assert says("ed.oshea", ASSIGN, but={**SEATS, "beneficiary.has_usage_location": True}) == "approve_admin"
    assert says("lea.fontaine", ASSIGN, but={**SEATS, "beneficiary.has_usage_location": None}) == "escalate"


def test_rp06_ones_own_licence_is_swapped_with_an_administrators_approval() -> None:
    swap = {**SEATS, "params.old_sku": "ENTERPRISEPACK", "beneficiary.has_usage_location": True}
    assert says("ed.oshea", SWAP, but=swap) == "approve_admin"
    assert says("ed.oshea", SWAP, for_="kiran.dale", but=swap) == "escalate"
    for less in ({"params.seats_left": 0}, {"params.old_sku": None}, {"beneficiary.has_usage_location": False}):
        assert says("ed.oshea", SWAP, but={**swap, **less}) == "escalate"
    for sku in ("params.sku", "params.old_sku"):
        assert says("ed.oshea", SWAP, but={**swap, sku: "VISIOCLIENT"}) == "escalate"


def test_rp06_the_usage_location_is_set_only_in_a_plan_that_needs_it_and_alone() -> None:
    where = {"params.attributes": frozenset({"usageLocation"}), "plan.steps": 2}
    assert says("ed.oshea", PROFILE, but=where) == "approve_admin"
    assert says("ed.oshea", PROFILE, but={**where, "plan.steps": 1}) == "escalate"
    assert says("ed.oshea", PROFILE, for_="kiran.dale", but=where) == "escalate"
    both = frozenset({"usageLocation", "department"})
    assert says("ed.oshea", PROFILE, but={**where, "params.attributes": both}) == "escalate"


def test_rp06_a_licence_that_groups_carry_is_changed_through_the_group() -> None:
    for action in (ASSIGN, "entra.license.remove"):
        assert says("ed.oshea", action, but={"params.sku": "VISIOCLIENT", "params.seats_left": 5}) == "escalate"
    assert says("ed.oshea", ADD, to="QG-Visio-Lic") == "approve_admin"
    assert says("gunther.pils", ADD, for_="ed.oshea", to="QG-Visio-Lic") == "approve_admin"


def test_rp06_nobody_takes_a_seat_from_somebody_else() -> None:
    assert says("lea.fontaine", "entra.license.remove", for_="nuno.teles", but=SEATS) == "escalate"
    assert says("lea.fontaine", "entra.license.remove", but=SEATS) == "approve_admin"


def guest(domain: str | None, **more: Any) -> dict[str, Any]:
    """A guest who is not there yet: the address stands in the plan."""
    new = {"beneficiary.id": None, "beneficiary.kind": "guest", "beneficiary.mail_domain": domain}
    return {**new, "beneficiary.department": None, "request.on_self": False, **more}


@pytest.mark.parametrize("action", [INVITE, ADD])
def test_rp12_a_guest_comes_by_the_domain_of_the_address(action: str) -> None:
    def invited(who: str, domain: str | None) -> str:
        known = {"beneficiary.id": "0f0f0f0f-0000-4000-8000-00000000000f"} if action == ADD else {}
        return says(who, action, to="QT-Launch", but={**guest(domain), **known})

    assert invited("ed.oshea", "brightcrate.example") == "approve_owner"
    assert invited("ainhoa.etxe", "brightcrate.example") == "approve_admin"
    assert invited("ed.oshea", "elsewhere.example") == invited("ainhoa.etxe", "elsewhere.example") == "approve_admin"
    assert invited("ed.oshea", "postbasket.example") == invited("ed.oshea", None) == "refuse"


def test_rp12_a_guest_cannot_be_invited_into_what_is_closed_or_protected() -> None:
    for group in ("QT-HR", "QG-CA-Exempt", "QRA-Desk"):
        assert says("petra.lowe", INVITE, to=group, but=guest("brightcrate.example")) == "refuse"
    assert says("ed.oshea", INVITE, to="QDYN-Sales", but=guest("brightcrate.example")) == "escalate"


def test_rp12_an_owner_takes_a_guest_out_and_the_sponsor_has_the_account_deleted() -> None:
    assert says("ainhoa.etxe", REMOVE, for_="hal.finch", to="QT-Launch") == "auto"
    delete = "entra.user.delete"
    assert (
        says("ainhoa.etxe", delete, for_="hal.finch", but={"requester.sponsors_beneficiary": True}) == "approve_admin"
    )
    assert says("ainhoa.etxe", delete, for_="hal.finch") == "escalate"
    assert says("ainhoa.etxe", delete, for_="hal.finch", but={"requester.sponsors_beneficiary": None}) == "escalate"


def test_rp16_lists_of_exchange_are_handed_over() -> None:
    assert says("petra.lowe", ADD, for_="kiran.dale", to="QDL-Leeds") == "escalate"
    assert says("theo.blanc", ADD, to="QG-Remote-Access", but={"target.is_exchange_managed": None}) == "escalate"


@pytest.mark.parametrize("who", ["petra.lowe", "gwen.tallow", "kiran.dale"])
def test_rp33_a_mover_gets_new_access_by_an_administrator(who: str) -> None:
    moving = {"plan.takes_access_away": True}
    assert says(who, ADD, for_="mariana.lobo", to="QT-Sales", but=moving) == "approve_admin"
    assert says(who, ADD, for_="mariana.lobo", to="QT-Sales") == "approve_owner"
    assert says(who, ADD, for_="mariana.lobo", to="QT-Sales", but={"plan.takes_access_away": None}) == BOTH
    # Who swaps groups of their own is no mover.
    assert says("nuno.teles", ADD, to="QT-Sales", but=moving) == "auto"


def test_a_group_may_be_both_open_and_open_to_departments() -> None:
    tenant = copy.deepcopy(TENANT)
    tenant["policyData"]["open_groups"].append("QT-Sales")
    world = World(tenant)
    assert world.asks("theo.blanc", ADD, to="QT-Sales").disposition == "auto"
    assert world.asks("theo.blanc", ADD, for_="kiran.dale", to="QT-Sales").disposition == "approve_owner"


def test_a_group_that_a_conditional_access_policy_leaves_out_is_handed_over() -> None:
    tenant = copy.deepcopy(TENANT)
    tenant["conditionalAccessPolicies"][0]["conditions"]["excludeGroups"].append("QT-Launch")
    assert World(tenant).asks("kiran.dale", ADD, to="QT-Launch").disposition == "escalate"
