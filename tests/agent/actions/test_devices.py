"""Devices: whose they are, what their reports prove, and what never enters a plan."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.actions import CATALOGUE, UnknownActionError, judge, parse_step, seen
from agent.actions.managed_devices import ManagedDeviceAction
from agent.graph import wire
from agent.lookups import LOOKUPS
from agent.model.expectation import FieldEquals
from agent.model.plan import Step
from tests.agent.areas.devices import APP, DEVICE, ENTRA_DEVICE, KEY, PARAMS
from tests.agent.areas.first import GROUP, USER

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OF_SOMEBODY = sorted(name for name, action in CATALOGUE.items() if issubclass(action, ManagedDeviceAction))
SECRETS = ("secret.bitlocker.read", "secret.laps.read")
REPORTED = sorted(set(OF_SOMEBODY) - {*SECRETS, "intune.device.sync", "intune.device.delete"})
OTHER = "00000000-0000-4000-8000-000000000001"


def built(action: str, **more: Any) -> Step:
    return parse_step(action, PARAMS[action] | more)


def before(step: Step, body: dict[str, Any], status: int = 200) -> str:
    assert step.precondition is not None
    return seen(step.precondition, status, body=body, attempted_at=NOW)


@pytest.mark.parametrize("action", OF_SOMEBODY)
def test_nothing_is_sent_unless_the_device_is_shown_as_the_named_persons(action: str) -> None:
    step = built(action)
    shown = {"id": DEVICE, "userId": USER, "azureADDeviceId": ENTRA_DEVICE}
    assert before(step, shown) == "verified"
    assert before(step, shown | {"userId": OTHER}) == "refuted"
    assert before(step, shown | {"userId": ""}) == "refuted"
    assert before(step, {"id": DEVICE}) == before(step, shown, status=403) == "unknown"
    assert step.capture is not None and step.capture.path.endswith(DEVICE)
    assert "userId" in dict(step.capture.query)["$select"]
    assert (step.beneficiary_id, step.target.owner_id) == (USER, USER)


@pytest.mark.parametrize("action", SECRETS)
def test_a_secret_is_of_the_very_device_whose_record_was_seen(action: str) -> None:
    shown = {"userId": USER, "azureADDeviceId": OTHER}
    assert before(built(action), shown) == "refuted"
    assert before(built(action), {"userId": USER}) == "unknown"


@pytest.mark.parametrize("action", OF_SOMEBODY)
def test_neither_before_image_nor_check_asks_for_what_earlier_actions_told(action: str) -> None:
    """A new passcode, an unlock PIN and a place are in `deviceActionResults`, which needs a permit."""
    step = built(action)
    assert step.capture is not None and not step.capture.reveals
    assert not step.check.call.reveals


@pytest.mark.parametrize("action", [*OF_SOMEBODY, "entra.device.disable", "intune.app.assign"])
def test_the_name_on_the_card_is_the_one_that_the_named_look_up_answers(action: str) -> None:
    step = built(action, target_name="PC-1")
    (given,) = step.names
    body = {"id": step.target.id, given.source.field: "PC-1"}
    answer = LOOKUPS[given.source.lookup].observe(given.source.subject, 200, body=body, request_id="r", now=NOW)
    assert given.source.subject == step.target.id
    assert answer.facts[given.source.field] == given.name == step.target.label == "PC-1"


def reported(step: Step, *results: dict[str, Any]) -> str:
    return judge(step.check, 200, body={"value": list(results)}, attempted_at=NOW, request_id="our-own")


@pytest.mark.parametrize("action", REPORTED)
def test_a_remote_action_is_seen_when_intune_logs_it_for_this_device_since_the_attempt(action: str) -> None:
    step = built(action)
    activity = f"{step.call.path.rsplit('/', 1)[1]} ManagedDevice"
    assert ("$filter", f"activityType eq '{activity}'") in step.check.call.query
    of_device = {"activityType": activity, "resources": [{"resourceId": DEVICE}]}
    own = of_device | {"activityDateTime": NOW.isoformat(), "correlationId": "our-own"}
    earlier = (NOW - timedelta(minutes=1)).isoformat()
    assert reported(step, own) == "verified"
    assert reported(step, own | {"activityDateTime": earlier}) == reported(step) == "refuted"
    # An administrator did the same in the same minute.
    assert reported(step, own | {"correlationId": "theirs"}) == "refuted"
    assert reported(step, own | {"activityType": "shutDown ManagedDevice"}) == "refuted"
    assert reported(step, own | {"resources": [{"resourceId": OTHER}]}) == "refuted"
    assert reported(step, own | {"activityDateTime": None}) == "unknown"
    assert step.check.patience_seconds == 900


def test_a_device_that_does_not_check_in_refutes_a_sync() -> None:
    step = built("intune.device.sync")
    for moment, effect in ((NOW, "verified"), (NOW - timedelta(minutes=1), "refuted")):
        body = {"lastSyncDateTime": moment.isoformat()}
        assert judge(step.check, 200, body=body, attempted_at=NOW) == effect


def test_a_record_that_is_still_shown_is_not_deleted() -> None:
    step = built("intune.device.delete")
    answers = [(404, "verified"), (200, "refuted"), (403, "unknown"), (503, "unknown")]
    for status, effect in answers:
        assert judge(step.check, status, body={"id": DEVICE}, attempted_at=NOW) == effect


def test_a_key_is_verified_only_as_one_of_its_own_device_and_only_after_it_was_read() -> None:
    check = built("secret.bitlocker.read").check
    assert ("$filter", f"deviceId eq '{ENTRA_DEVICE}'") in check.call.query
    held = {"value": [{"id": KEY}]}
    assert judge(check, 200, body=held, attempted_at=NOW, created_id=KEY) == "verified"
    assert judge(check, 200, body=held, attempted_at=NOW, created_id=OTHER) == "refuted"
    # Before the reading its id has come back from nowhere, so no step is taken for done already.
    assert judge(check, 200, body=held, attempted_at=NOW) == "unknown"


def test_a_password_is_verified_by_entras_own_entry_about_the_reading() -> None:
    check = built("secret.laps.read").check
    entry = {"activityDisplayName": "Recover device local administrator password"}
    for moment, effect in ((NOW, "verified"), (NOW - timedelta(minutes=1), "refuted")):
        body = {"value": [entry | {"activityDateTime": moment.isoformat()}]}
        assert judge(check, 200, body=body, attempted_at=NOW) == effect
    assert judge(check, 200, body={"value": []}, attempted_at=NOW) == "refuted"


@pytest.mark.parametrize(
    ("action", "field"), [(SECRETS[0], "key"), (SECRETS[1], "credentials.latest(backupDateTime).passwordBase64")]
)
def test_a_secret_comes_in_the_answer_and_can_never_be_taken_back(action: str, field: str) -> None:
    step = built(action)
    assert (step.secret, step.secret_field) == ("returned", field)
    assert step.call.reveals and not step.call.writes
    assert step.undo is None and step.irreversible


@pytest.mark.parametrize("enabled", [False, True])
def test_a_device_is_switched_only_from_the_other_state_and_back_to_it(enabled: bool) -> None:
    step = built("entra.device.enable" if enabled else "entra.device.disable")
    assert step.title.startswith("Enable" if enabled else "Disable")
    assert step.call.body == {"accountEnabled": enabled}
    assert step.precondition == FieldEquals(field="accountEnabled", value=not enabled)
    assert step.undo is not None and step.undo.call.body == {"accountEnabled": not enabled}
    assert before(step, {"accountEnabled": enabled}) == "refuted"


def test_an_assignment_is_added_beside_the_others_and_null_is_sent_as_null() -> None:
    step = built("intune.app.assign", intent="required")
    # `.../assign` would replace the whole list.
    assert step.call.path == f"/deviceAppManagement/mobileApps/{APP}/assignments"
    body = json.loads(wire.encoded(step.call.body) or b"")
    assert body["settings"] is None and "settings" in body
    assert (body["intent"], body["target"]["groupId"]) == ("required", GROUP)


def test_a_wipe_says_on_the_card_whether_data_is_lost() -> None:
    assert built("intune.device.wipe").title.endswith("all data is lost")
    kept = built("intune.device.wipe", keep_user_data=True, keep_enrollment_data=True, keep_esim_plan=False)
    assert kept.title.endswith("the user's data is kept")
    assert kept.call.body == {"keepEnrollmentData": True, "keepUserData": True, "persistEsimDataPlan": False}


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("intune.device.wipe", {"keep_user_data": "false"}),
        ("intune.device.wipe", {"keep_user_data": 1}),
        ("intune.device.wipe", {"device_id": DEVICE.upper()}),
        ("intune.device.wipe", {"device_id": f"{DEVICE}/wipe"}),
        ("intune.device.wipe", {"user_id": ""}),
        ("intune.device.wipe", {"mac_os_unlock_code": "123456"}),
        ("intune.device.reboot", {"operation": "wipe"}),
        ("intune.device.defender.scan", {"scan": "deep"}),
        ("entra.device.disable", {"enabled": True}),
        ("entra.device.disable", {"target_name": "two\nlines"}),
        ("intune.app.assign", {"intent": "uninstall"}),
        ("intune.app.assign", {"group_id": "all"}),
        ("secret.bitlocker.read", {"key_id": f"{KEY}?$select=key"}),
        ("secret.laps.read", {"entra_device_id": f"{ENTRA_DEVICE}/credentials"}),
    ],
)
def test_parameters_that_do_not_fit_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        built(action, **change)


@pytest.mark.parametrize("action", OF_SOMEBODY)
def test_whose_device_it_is_can_never_be_left_out(action: str) -> None:
    with pytest.raises(UnknownActionError, match="user_id"):
        parse_step(action, {name: value for name, value in PARAMS[action].items() if name != "user_id"})
