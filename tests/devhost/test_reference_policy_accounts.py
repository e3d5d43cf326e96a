"""The reference policy, rule by rule: accounts, credentials, joining and leaving, risk (RP-01 to RP-04, and others)."""

import pytest

from devhost.reference_policy.families import CREDENTIALS, PRIVILEGES, RELIEVING
from tests.devhost.reference_world import CONSOLE, EMAIL, FULL, SSO, TENANT, World

WORLD = World(TENANT)
RESET, PASS, REVOKE = "entra.user.password.reset", "entra.auth.tap.create", "entra.user.sessions.revoke"
CREATE, DISABLE, ENABLE = "entra.user.create", "entra.user.disable", "entra.user.enable"
PROFILE, ADD = "entra.user.profile.update", "entra.group.member.add"
# A new account has no object yet: what is known of it comes from the plan.
LEADS = {"plan.makes_requester_manager": True}
NEW = {"beneficiary.id": "0f0f0f0f-0000-4000-8000-00000000000f", "request.on_self": False}


def says(who: str, action: str, **more: object) -> str:
    return WORLD.asks(who, action, **more).disposition  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "action",
    ["entra.group.create", "teams.team.create", "secret.laps.read", "exo.inboxrule.delete", "entra.user.upn.change"],
)
def test_rp01_what_no_rule_allows_is_handed_over(action: str) -> None:
    assert says("mona.vasey", action, for_="ulrike.zang") == "escalate"
    assert says("mona.vasey", "nobody.knows.this") == "escalate"


def test_rp02_nothing_is_permitted_to_somebody_who_is_not_identified() -> None:
    assert says("mona.vasey", RESET) == "auto"
    for name in ("requester.assurance", "identity.kind", "requester.account_enabled"):
        assert says("mona.vasey", RESET, but={name: None}) == "escalate", name
    assert says("mona.vasey", RESET, but={"identity.kind": "delegated"}) == "escalate"


@pytest.mark.parametrize("who", ["gunther.pils", "nate.bellweather", "sushila.menon"])
def test_rp03_an_administrators_own_need_is_handed_over(who: str) -> None:
    assert says(who, RESET) == says(who, REVOKE) == "escalate"
    assert says(who, RESET, but=CONSOLE) == "escalate"


@pytest.mark.parametrize("who", ["eag-one", "svc-labels"])
def test_rp03_nobody_writes_to_emergency_and_service_accounts(who: str) -> None:
    assert says("gunther.pils", RESET, for_=who, but=CONSOLE) == "escalate"
    assert says("petra.lowe", DISABLE, for_=who) == "escalate"
    assert says("gunther.pils", ADD, for_=who, to="QG-Remote-Access", but=CONSOLE) == "escalate"
    # Not even when the settings do not know it as one.
    unaware = {"target.is_break_glass": False, "target.holds_directory_role": False}
    assert says("petra.lowe", DISABLE, for_=who, but=unaware) == "escalate"
    assert says("gunther.pils", ADD, for_=who, to="QG-Remote-Access", but={**CONSOLE, **unaware}) == "escalate"


@pytest.mark.parametrize("group", ["QG-CA-Exempt", "QRA-Desk"])
def test_rp03_a_request_to_gain_a_protected_right_is_refused(group: str) -> None:
    assert says("kiran.dale", ADD, to=group) == "refuse"
    assert says("dominic.ashe", ADD, for_="lea.fontaine", to=group) == "refuse"


def test_rp03_what_is_not_known_to_be_unprotected_counts_as_protected() -> None:
    assert says("mona.vasey", RESET, but={"target.holds_directory_role": None}) == "escalate"
    assert says("mona.vasey", ADD, to="QG-Remote-Access", but={"target.is_role_assignable": None}) == "refuse"


def test_rp03_a_protected_application_is_not_touched() -> None:
    protected = {"target.kind": "app", "target.id": "396bc8a6-10df-5aa8-ac9a-e50fb0d0a77a"}
    assert says("mona.vasey", "intune.app.assign", but=protected) == "refuse"


@pytest.mark.parametrize("action", sorted(CREDENTIALS))
def test_rp04_credentials_of_somebody_else_are_refused_even_for_a_manager(action: str) -> None:
    assert says("dominic.ashe", action, for_="lea.fontaine") == "refuse"
    assert says("petra.lowe", action, for_="lea.fontaine", but=SSO) == "refuse"
    assert says("mona.vasey", action, for_="lea.fontaine", but={"request.on_self": None}) == "refuse"


def test_rp04_on_the_console_a_holder_of_the_role_asks_an_administrator() -> None:
    assert says("gunther.pils", RESET, for_="lea.fontaine", but=CONSOLE) == "approve_admin"
    assert says("gunther.pils", PASS, for_="lea.fontaine", but=CONSOLE) == "approve_admin"
    # A security analyst may not reset passwords, and a ticket is not the console.
    assert says("sushila.menon", RESET, for_="lea.fontaine", but=CONSOLE) == "escalate"
    assert says("gunther.pils", RESET, for_="lea.fontaine", but=SSO) == "refuse"
    assert says("gunther.pils", RESET, for_="lea.fontaine", but={**CONSOLE, "requester.role": None}) == "refuse"
    unknown_roles = {**CONSOLE, "requester.directory_roles": None}
    assert says("gunther.pils", RESET, for_="lea.fontaine", but=unknown_roles) == "escalate"


@pytest.mark.parametrize("who", ["dominic.ashe", "petra.lowe", "sushila.menon"])
def test_rp04_the_manager_hr_and_it_report_what_an_administrator_locks(who: str) -> None:
    assert says(who, REVOKE, for_="lea.fontaine") == says(who, DISABLE, for_="lea.fontaine") == "approve_admin"


def test_rp07_hr_or_the_new_managers_create_an_account_with_approval() -> None:
    assert says("petra.lowe", CREATE, but=NEW) == "approve_admin"
    assert says("dominic.ashe", CREATE, but={**NEW, "requester.manages_beneficiary": True}) == "approve_admin"
    assert says("kiran.dale", CREATE, but=NEW) == "refuse"
    assert says("kiran.dale", CREATE, but={**NEW, "requester.department": None}) == "refuse"
    assert says("kiran.dale", CREATE, but={**NEW, **LEADS}) == "approve_admin"


def test_rp07_and_rp33_the_new_manager_asks_for_more_than_to_be_one() -> None:
    set_manager, manager = "entra.user.manager.set", {**LEADS, "other_person.kind": "member"}
    assert says("kiran.dale", set_manager, for_="nuno.teles", but={**manager, "plan.steps": 3}) == "approve_admin"
    assert says("kiran.dale", set_manager, for_="nuno.teles", but={**manager, "plan.steps": 1}) == "escalate"
    title = {"params.attributes": frozenset({"department", "jobTitle"})}
    moves = {**title, **LEADS, "plan.takes_access_away": True}
    assert says("kiran.dale", PROFILE, for_="nuno.teles", but=moves) == "approve_admin"
    for name in (*LEADS, "plan.takes_access_away"):
        assert says("kiran.dale", PROFILE, for_="nuno.teles", but={**moves, name: False}) == "escalate", name
    taken = says("kiran.dale", "entra.group.member.remove", for_="nuno.teles", to="QT-Sales", but=LEADS)
    assert taken == "approve_admin"


def test_rp27_who_lost_their_app_has_it_removed_on_the_same_terms_as_they_get_a_pass() -> None:
    gone = "entra.auth.method.authenticator.delete"
    assert says("kiran.dale", gone, but=SSO) == "auto"
    assert says("kiran.dale", gone) == "approve_admin"
    assert says("kiran.dale", gone, but=EMAIL) == "escalate"
    assert says("harriet.osgood", gone, but=SSO) == "approve_admin"
    assert says("dominic.ashe", gone, for_="lea.fontaine", but=SSO) == "refuse"


def test_rp08_a_leaver_is_locked_and_stripped_but_never_deleted() -> None:
    assert says("petra.lowe", DISABLE, for_="nuno.teles") == "approve_admin"
    assert says("petra.lowe", "entra.group.member.remove", for_="nuno.teles", to="QT-Sales") == "approve_admin"
    assert (
        says("petra.lowe", "entra.license.remove", for_="nuno.teles", but={"params.sku": "SPE_E3"}) == "approve_admin"
    )
    for action in ("entra.user.delete", "entra.user.purge"):
        assert says("petra.lowe", action, for_="nuno.teles") == "refuse"
        assert says("petra.lowe", action, for_="nuno.teles", but={"beneficiary.kind": None}) == "refuse"


def test_rp08_peers_are_refused() -> None:
    assert says("lea.fontaine", DISABLE, for_="nuno.teles") == "refuse"
    assert says("lea.fontaine", DISABLE, for_="nuno.teles", but={"requester.manages_beneficiary": None}) == "refuse"
    assert says("lea.fontaine", "entra.group.member.remove", for_="nuno.teles", to="QT-Canteen") == "escalate"


@pytest.mark.parametrize(
    ("who", "for_", "attributes", "assurance", "expected"),
    [
        ("kiran.dale", "kiran.dale", "officeLocation", "email", "auto"),
        ("kiran.dale", "simone.barth", "officeLocation", "sso", "escalate"),
        ("kiran.dale", "kiran.dale", "mobilePhone", "portal", "approve_admin"),
        ("kiran.dale", "kiran.dale", "mobilePhone", "email", "escalate"),
        ("kiran.dale", "kiran.dale", "mobilePhone officeLocation", "portal", "approve_admin"),
        ("kiran.dale", "kiran.dale", "department", "sso", "escalate"),
        ("kiran.dale", "kiran.dale", "department officeLocation", "sso", "escalate"),
        ("kiran.dale", "kiran.dale", "department mobilePhone", "sso", "escalate"),
        ("petra.lowe", "kiran.dale", "department", "portal", "approve_admin"),
        ("petra.lowe", "kiran.dale", "department jobTitle", "portal", "approve_admin"),
        ("petra.lowe", "kiran.dale", "department city", "portal", "escalate"),
        ("petra.lowe", "hugo.rast", "department", "portal", "escalate"),
        ("kiran.dale", "kiran.dale", "officeLocation somethingElse", "sso", "escalate"),
        ("kiran.dale", "kiran.dale", "", "sso", "escalate"),
        ("kiran.dale", "kiran.dale", None, "sso", "escalate"),
    ],
)
def test_rp15_properties_go_by_the_list_that_all_of_them_are_on(
    who: str, for_: str, attributes: str | None, assurance: str, expected: str
) -> None:
    named = None if attributes is None else frozenset(attributes.split())
    changes = {"params.attributes": named, "requester.assurance": assurance}
    assert says(who, PROFILE, for_=for_, but=changes) == expected


def test_rp15_properties_with_an_action_of_their_own_go_by_their_list_too() -> None:
    phones = {"params.attributes": frozenset({"businessPhones", "mobilePhone"})}
    assert says("kiran.dale", "entra.user.upn.change") == "approve_admin"
    assert says("kiran.dale", "entra.user.phone.update", but=phones) == "approve_admin"
    assert says("kiran.dale", "entra.user.phone.update", but={**phones, **EMAIL}) == "escalate"
    data = {**TENANT["policyData"], "self_attributes": ["mobilePhone"], "sensitive_attributes": ["businessPhones"]}
    world = World({**TENANT, "policyData": data})
    for names, expected in ((["mobilePhone"], "auto"), (["mobilePhone", "businessPhones"], "approve_admin")):
        but = {"params.attributes": frozenset(names)}
        assert world.asks("kiran.dale", "entra.user.phone.update", but=but).disposition == expected


def test_rp15_a_manager_is_set_when_hr_asks_and_is_an_enabled_member() -> None:
    manager = {"other_person.kind": "member", "other_person.account_enabled": True}
    change = "entra.user.manager.set"
    assert says("kiran.dale", change, but=manager) == "escalate"
    assert says("petra.lowe", change, for_="kiran.dale", but=manager) == "approve_admin"
    for wrong in ({"other_person.kind": "guest"}, {"other_person.account_enabled": False}, {"other_person.kind": None}):
        assert says("petra.lowe", change, for_="kiran.dale", but={**manager, **wrong}) == "escalate"


def test_rp20_ones_own_sessions_end_at_once_and_others_are_for_people() -> None:
    assert says("mariana.lobo", REVOKE) == says("mariana.lobo", REVOKE, but=EMAIL) == "auto"
    assert says("zoe.minto", REVOKE) == "auto"
    assert says("lea.fontaine", REVOKE, for_="nuno.teles") == "escalate"


@pytest.mark.parametrize("action", sorted(FULL - RELIEVING))
def test_rp21_an_open_risk_gets_no_grant_and_no_credential(action: str) -> None:
    group = "QT-Sales" if action in ("entra.group.member.add", "teams.member.add") else ""
    assert says("zoe.minto", action, to=group) == "refuse"
    assert says("dominic.ashe", action, for_="zoe.minto", to=group) == "refuse"
    assert says("mona.vasey", action, to=group, but={"beneficiary.at_risk": None}) == "refuse"


def test_rp22_a_vips_credentials_need_an_administrator() -> None:
    assert says("harriet.osgood", RESET) == says("harriet.osgood", PASS) == "approve_admin"
    assert says("harriet.osgood", PASS, but=SSO) == "approve_admin"
    assert says("mona.vasey", RESET, but={"target.is_vip": None}) == "escalate"


@pytest.mark.parametrize("action", [ENABLE, "entra.user.restore"])
def test_rp23_a_disabled_account_comes_back_only_when_hr_asks(action: str) -> None:
    assert says("petra.lowe", action, for_="paul.verity") == "approve_admin"
    assert says("mona.vasey", action, for_="paul.verity") == "refuse"
    assert says("gunther.pils", action, for_="paul.verity", but=CONSOLE) == "refuse"
    assert says("petra.lowe", action, for_="paul.verity", but={"requester.department": None}) == "refuse"


@pytest.mark.parametrize(
    ("who", "changes", "expected"),
    [
        ("mona.vasey", {}, "auto"),
        ("mona.vasey", SSO, "auto"),
        ("mona.vasey", EMAIL, "escalate"),
        ("hugo.rast", {}, "escalate"),
        ("harriet.osgood", {}, "approve_admin"),
        ("gunther.pils", {}, "escalate"),
        ("zoe.minto", {}, "refuse"),
        ("mona.vasey", {"target.account_enabled": False}, "refuse"),
        ("mona.vasey", {"target.account_enabled": None}, "refuse"),
        ("mona.vasey", {"target.is_synced": None}, "escalate"),
    ],
)
def test_rp27_the_own_password(who: str, changes: dict[str, object], expected: str) -> None:
    assert says(who, RESET, but=changes) == expected


def test_rp27_a_tenant_with_write_back_resets_synchronised_users_too() -> None:
    organization = {**TENANT["organization"], "passwordWriteback": True}
    assert World({**TENANT, "organization": organization}).asks("hugo.rast", RESET).disposition == "auto"


@pytest.mark.parametrize(
    ("assurance", "minutes", "expected"),
    [
        ("sso", 60, "auto"),
        ("portal", 60, "approve_admin"),
        ("email", 60, "escalate"),
        ("sso", 61, "refuse"),
        ("sso", None, "refuse"),
    ],
)
def test_rp27_a_pass_for_the_own_sign_in_methods(assurance: str, minutes: int | None, expected: str) -> None:
    changes = {"requester.assurance": assurance, "params.lifetime_minutes": minutes}
    assert says("kiran.dale", PASS, but=changes) == expected


@pytest.mark.parametrize("action", sorted(FULL))
def test_rp28_a_guest_gets_nothing_done(action: str) -> None:
    assert says("hal.finch", action) == "refuse"
    assert says("mona.vasey", action, but={"requester.kind": None}) == "refuse"


@pytest.mark.parametrize("action", sorted(PRIVILEGES))
def test_rp34_roles_and_secrets_are_refused_and_on_the_console_handed_over(action: str) -> None:
    assert says("kiran.dale", action) == says("gunther.pils", action, for_="kiran.dale") == "refuse"
    assert says("gunther.pils", action, for_="kiran.dale", but=CONSOLE) == "escalate"
    assert says("kiran.dale", action, but={"request.channel": None, "requester.role": None}) == "refuse"


def test_rp34_a_group_that_can_hold_roles_is_refused_and_on_the_console_handed_over() -> None:
    other = {**CONSOLE, "target.id": "0f0f0f0f-0000-4000-8000-00000000000f"}
    assert says("gunther.pils", ADD, for_="kiran.dale", to="QRA-Desk", but=other) == "escalate"
    assert (
        says("gunther.pils", ADD, for_="kiran.dale", to="QRA-Desk", but={**other, **SSO, "request.channel": "itsm"})
        == "refuse"
    )
