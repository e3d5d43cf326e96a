"""The reference policy, rule by rule: mailboxes, devices, software, Conditional Access, freezes and bulk."""

import datetime as dt
from typing import Any

import pytest

from tests.devhost.reference_world import CONSOLE, EMAIL, FULL, SSO, TENANT, World

WORLD = World(TENANT)
ADD, RESET = "entra.group.member.add", "entra.user.password.reset"
AUTO_REPLY, CALENDAR, INSTALL, KEY = (
    "exo.autoreply.set",
    "exo.calendar.permission.grant",
    "intune.app.assign",
    "secret.bitlocker.read",
)
OWN, FOREIGN = {"requester.owns_target": True}, {"requester.owns_target": False}
DEVICE = {"target.kind": "device", "target.id": "8c797a74-5cba-5278-a9f7-1bfb372fc04f"}
OFFERED = {"target.kind": "app", "params.intent": "available"}
APPS = {one["displayName"]: {**OFFERED, "target.id": one["id"]} for one in TENANT["intuneApps"]}


def says(who: str, action: str, **more: Any) -> str:
    return WORLD.asks(who, action, **more).disposition


def test_rp09_the_own_auto_reply_is_automatic_and_a_reports_needs_an_administrator() -> None:
    assert says("ainhoa.etxe", AUTO_REPLY) == "auto"
    assert says("dominic.ashe", AUTO_REPLY, for_="lea.fontaine") == "approve_admin"
    assert says("petra.lowe", AUTO_REPLY, for_="lea.fontaine") == "approve_admin"
    assert says("nuno.teles", AUTO_REPLY, for_="lea.fontaine") == "refuse"
    assert says("nuno.teles", AUTO_REPLY, for_="lea.fontaine", but={"requester.manages_beneficiary": None}) == "refuse"


@pytest.mark.parametrize("action", ["exo.mailbox.forwarding.set", "exo.inboxrule.create"])
def test_rp10_no_mail_is_sent_outside(action: str) -> None:
    assert says("mona.vasey", action) == says("gunther.pils", action, for_="mona.vasey", but=CONSOLE) == "refuse"


@pytest.mark.parametrize("action", ["intune.device.sync", "intune.device.reboot", "intune.device.remotelock"])
def test_rp11_the_own_device_is_automatic(action: str) -> None:
    assert says("kiran.dale", action, but={**DEVICE, **OWN}) == "auto"
    assert says("zoe.minto", action, but={**DEVICE, **OWN}) == "auto"


@pytest.mark.parametrize("action", ["intune.device.wipe", "intune.device.retire"])
def test_rp11_erasing_the_own_device_needs_an_administrator(action: str) -> None:
    assert says("kiran.dale", action, but={**DEVICE, **OWN}) == "approve_admin"


def test_rp11_a_recovery_key_depends_on_how_the_requester_was_proven() -> None:
    assert says("kiran.dale", KEY, but={**DEVICE, **OWN, **SSO}) == "auto"
    assert says("kiran.dale", KEY, but={**DEVICE, **OWN}) == says("kiran.dale", KEY, but={**DEVICE, **OWN, **EMAIL})
    assert says("kiran.dale", KEY, but={**DEVICE, **OWN}) == "approve_admin"
    assert says("kiran.dale", KEY, but={**DEVICE, **OWN, "requester.assurance": None}) == "escalate"


@pytest.mark.parametrize("action", ["intune.device.sync", "intune.device.wipe", "secret.bitlocker.read"])
def test_rp11_somebody_elses_device_is_for_it_on_the_console(action: str) -> None:
    def asked(who: str, **changes: Any) -> str:
        return says(who, action, for_="simone.barth", but={**DEVICE, **FOREIGN, **changes})

    assert asked("dominic.ashe") == asked("gunther.pils") == "refuse"
    assert asked("gunther.pils", **CONSOLE) == "approve_admin"
    assert says("kiran.dale", action, but={**DEVICE, "requester.owns_target": None}) == "refuse"


@pytest.mark.parametrize(
    ("who", "app", "expected"),
    [
        ("kiran.dale", "VLC", "auto"),
        ("mona.vasey", "Ledger Client", "auto"),
        ("kiran.dale", "Ledger Client", "approve_admin"),
        ("mariana.lobo", "Adobe Acrobat Pro", "approve_admin"),
        ("gunther.pils", "Adobe Acrobat Pro", "auto"),
    ],
)
def test_rp13_software_goes_by_its_terms(who: str, app: str, expected: str) -> None:
    assert says(who, INSTALL, but=APPS[app]) == expected
    assert says(who, INSTALL, but={**APPS[app], "params.intent": "required"}) == "approve_admin"
    assert says(who, INSTALL, but={**APPS[app], "params.intent": None}) != "auto"


def test_rp13_unknown_software_is_handed_over_and_prohibited_software_refused() -> None:
    assert says("kiran.dale", INSTALL, but={**OFFERED, "target.id": DEVICE["target.id"]}) == "escalate"
    assert says("kiran.dale", INSTALL, but={**APPS["VLC"], "target.id": None}) == "refuse"
    data = {**TENANT["policyData"], "prohibited_software": ["vlc", "AnyDesk"]}
    assert World({**TENANT, "policyData": data}).asks("kiran.dale", INSTALL, but=APPS["VLC"]).disposition == "refuse"


CHANGE = {"target.kind": "policy", "target.id": "99b63883-f157-5690-980a-0a78bf7a381d", "request.on_self": False}


def test_rp14_conditional_access_is_changed_by_its_administrators_on_the_console() -> None:
    enabled = {**CHANGE, "params.policy_state": "enabled"}
    assert says("sushila.menon", "entra.ca.policy.state", but={**enabled, **CONSOLE}) == "approve_admin"
    assert says("gunther.pils", "entra.ca.policy.state", but={**enabled, **CONSOLE}) == "escalate"
    assert says("sushila.menon", "entra.ca.policy.state", but=enabled) == "escalate"
    assert says("sushila.menon", "entra.ca.namedlocation.update", but={**CHANGE, **CONSOLE}) == "approve_admin"


@pytest.mark.parametrize("state", ["disabled", "report_only", None])
def test_rp14_no_policy_is_switched_off(state: str | None) -> None:
    changes = {**CHANGE, **CONSOLE, "params.policy_state": state}
    assert says("nate.bellweather", "entra.ca.policy.state", but=changes) == "refuse"


def test_rp14_nobody_is_taken_out_of_mfa() -> None:
    action = "entra.ca.policy.exclude_user"
    assert says("dominic.ashe", action) == says("sushila.menon", action, but=CONSOLE) == "refuse"
    assert says("dominic.ashe", ADD, to="QG-CA-Exempt") == "refuse"


READ_BY_US = {
    "target.kind": "mailbox",
    "target.id": DEVICE["target.id"],
    "other_person.mail_domain": TENANT["organization"]["defaultDomain"],
}


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (TENANT["organization"]["initialDomain"], "auto"),
        ("brightcrate.example", "auto"),
        ("elsewhere.example", "approve_admin"),
        ("postbasket.example", "refuse"),
        (None, "refuse"),
    ],
)
def test_rp17_the_own_calendar_goes_outside_by_the_domain_of_the_address(domain: str | None, expected: str) -> None:
    shared = {**READ_BY_US, **OWN, "other_person.mail_domain": domain}
    assert says("petra.lowe", CALENDAR, but=shared) == expected
    assert says("petra.lowe", "exo.calendar.permission.update", but=shared) == expected
    assert says("petra.lowe", "exo.calendar.permission.revoke", but=shared) == "auto"


def test_rp17_the_own_calendar_is_shared_and_somebody_elses_handed_over() -> None:
    assert says("petra.lowe", CALENDAR, but={**READ_BY_US, **OWN}) == "auto"
    calendar = READ_BY_US
    assert says("kiran.dale", CALENDAR, but={**calendar, **FOREIGN}) == "escalate"
    assert says("kiran.dale", CALENDAR, but={**calendar, "requester.owns_target": None}) == "escalate"


def moment(text: str) -> dict[str, Any]:
    local = dt.datetime.fromisoformat(text)
    minute = local.weekday() * 24 * 60 + local.hour * 60 + local.minute
    return {"time.day": local.toordinal(), "time.minute_of_week": minute}


# The sample tenant's freeze is from 30 December 00:00 to 5 January 08:00, London.
@pytest.mark.parametrize(
    ("when", "frozen"),
    [
        ("2026-12-29T23:59", False),
        ("2026-12-30T00:00", True),
        ("2027-01-01T12:00", True),
        ("2027-01-05T07:59", True),
        ("2027-01-05T08:00", False),
        ("2027-01-06T00:00", False),
    ],
)
def test_rp25_a_freeze_holds_by_the_minute(when: str, frozen: bool) -> None:
    assert says("remi.cassel", ADD, to="QT-Finance", but=moment(when)) == ("escalate" if frozen else "auto")


def test_rp25_a_freeze_holds_for_whom_and_what_it_names() -> None:
    during = moment("2027-01-01T12:00")
    assert says("theo.blanc", ADD, to="QG-Remote-Access", but=during) == "auto"
    # A group of the department is frozen for everybody, and its people are everywhere.
    assert says("harriet.osgood", ADD, to="QT-Finance", but=during) == "escalate"
    assert says("remi.cassel", ADD, to="QT-Canteen", but=during) == "escalate"
    licence = {"params.sku": "SPE_E3", "params.seats_left": 9}
    assert says("remi.cassel", "entra.license.assign", but={**during, **licence}) == "escalate"
    assert says("lea.fontaine", "entra.license.assign", but={**during, **licence}) == "approve_admin"
    assert says("theo.blanc", ADD, to="QG-Remote-Access", but={**during, "beneficiary.department": None}) == "escalate"


def test_rp25_no_credential_and_no_undo_is_frozen_and_an_unknown_time_freezes() -> None:
    during = moment("2027-01-01T12:00")
    assert (
        says("remi.cassel", RESET, but=during)
        == says("remi.cassel", "entra.user.sessions.revoke", but=during)
        == "auto"
    )
    assert says("remi.cassel", ADD, to="QT-Finance", but={**during, "is_rollback": True}) == "auto"
    assert says("remi.cassel", ADD, to="QT-Finance", but={"time.day": None}) == "escalate"


@pytest.mark.parametrize(
    ("targets", "expected"), [(10, "auto"), (11, "approve_admin"), (50, "approve_admin"), (51, "escalate")]
)
def test_rp26_many_targets_need_an_administrator_and_too_many_people(targets: int, expected: str) -> None:
    assert says("theo.blanc", ADD, to="QG-Remote-Access", but={"plan.distinct_targets": targets}) == expected


def test_rp26_asking_for_many_opens_nothing_that_is_closed() -> None:
    many = {"plan.distinct_targets": 20}
    assert says("remi.cassel", ADD, to="QT-Finance", but={**moment("2027-01-01T12:00"), **many}) == "escalate"
    assert (
        says("theo.blanc", ADD, to="QG-Remote-Access", but={**many, "requester.account_enabled": False}) == "escalate"
    )
    assert says("nuno.teles", ADD, to="QDYN-Sales", but=many) == "escalate"
    assert says("kiran.dale", ADD, to="QT-HR", but=many) == "refuse"


def test_rp26_a_plan_of_unknown_size_is_handed_over() -> None:
    assert says("theo.blanc", ADD, to="QG-Remote-Access", but={"plan.distinct_targets": None}) == "escalate"


def test_rp29_there_is_no_action_on_other_peoples_content() -> None:
    assert not [action for action in FULL if "ediscovery" in action or "mailbox.read" in action]
    assert says("petra.lowe", "security.ediscovery.search", for_="lea.fontaine") == "escalate"


def test_rp31_every_approval_is_for_one_request_and_one_person() -> None:
    terms = [rule.approval for one in WORLD.documents for rule in one.rules if rule.approval]
    assert {(one.standing, one.count) for one in terms} == {("never", 1)}
    assert all(one.valid_seconds <= 24 * 3600 for one in terms)
