"""Actions on accounts: what they refuse, what the tenant must still show, and what stands exactly in their bodies."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.actions import CATALOGUE, UnknownActionError, judge, parse_step, seen
from agent.graph.wire import encoded, filled
from agent.model.plan import Step
from tests.agent.areas.accounts import GUEST, JOINER, MANAGER, OTHER, PARAMS
from tests.agent.areas.first import USER

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DELETED = {"@odata.type": "#microsoft.graph.user", "id": USER, "deletedDateTime": "2026-11-20T09:00:00Z"}


def _step(action: str, **change: Any) -> Step:
    return parse_step(action, PARAMS[action] | change)


def _before(step: Step, status: int, body: dict[str, Any]) -> str:
    assert step.precondition is not None
    return seen(step.precondition, status, body=body, attempted_at=NOW)


def _after(step: Step, body: dict[str, Any], *, status: int = 200, created_id: str = "") -> str:
    return judge(step.check, status, body=body, attempted_at=NOW, created_id=created_id)


def _change(field: str, to: str | None, was: str | None) -> dict[str, Any]:
    return {"changes": [{"field": field, "to": to, "was": was}]}


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("entra.user.profile.update", {"changes": []}),
        ("entra.user.profile.update", {"changes": [{"field": "jobTitle", "to": "x"}]}),
        ("entra.user.profile.update", {"changes": [{"field": "jobTitle", "was": "x"}]}),
        ("entra.user.profile.update", _change("accountEnabled", "true", None)),
        ("entra.user.profile.update", _change("userType", "Member", "Guest")),
        ("entra.user.profile.update", _change("onPremisesImmutableId", "x", None)),
        ("entra.user.profile.update", _change("jobTitle", "", None)),
        ("entra.user.profile.update", _change("jobTitle", "same", "same")),
        ("entra.user.profile.update", _change("jobTitle", "x" * 129, None)),
        ("entra.user.profile.update", _change("jobTitle", "two\nlines", None)),
        ("entra.user.profile.update", _change("jobTitle", "right \u202e to left", None)),
        ("entra.user.profile.update", _change("displayName", None, "Nuno Teles")),
        ("entra.user.profile.update", _change("usageLocation", None, "PT")),
        ("entra.user.profile.update", _change("usageLocation", "pt", None)),
        ("entra.user.profile.update", _change("usageLocation", "PRT", None)),
        ("entra.user.profile.update", {**_change("displayName", "Nuno D'Orey", "Nuno"), "user_name": "Nuno"}),
        ("entra.user.profile.update", {"changes": _change("city", "a", None)["changes"] * 2}),
        ("entra.user.phone.update", _change("mobilePhone", "call me", None)),
        ("entra.user.phone.update", _change("otherMails", "+351 555 01", None)),
        ("entra.user.phone.update", _change("mobilePhone", "+351\n555", None)),
        ("entra.user.upn.change", {"upn": "old@quillmere.example"}),
        ("entra.user.upn.change", {"upn": "no address"}),
        ("entra.user.upn.change", {"upn": "a@b@quillmere.example"}),
        ("entra.user.upn.change", {"upn": "zoë@quillmere.example"}),
        ("entra.user.manager.set", {"manager_id": USER}),
        ("entra.user.manager.set", {"manager_id": OTHER}),
        ("entra.user.manager.remove", {"was_manager_id": None}),
        ("entra.user.create", {"upn": "x' or 'a' eq 'a@quillmere.example"}),
        ("entra.user.create", {"nickname": "two words"}),
        ("entra.user.create", {"country": "Portugal"}),
        ("entra.user.create", {"password": "chosen by the planner"}),
        ("entra.user.create", {"called": "\u202eevil"}),
        ("entra.guest.invite", {"mail": "fay@tendermill"}),
        ("entra.guest.invite", {"mail": 'fay"x@tendermill.example'}),
        ("entra.guest.invite", {"redirect": "https://elsewhere.example"}),
    ],
)
def test_parameters_that_do_not_fit_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        _step(action, **change)


@pytest.mark.parametrize(
    ("action", "body", "other"),
    [
        ("entra.user.disable", {"accountEnabled": True}, {"accountEnabled": False}),
        ("entra.user.enable", {"accountEnabled": False}, {"accountEnabled": None}),
        (
            "entra.user.profile.update",
            {"jobTitle": "Account Executive", "officeLocation": "Porto", "department": None},
            {"jobTitle": "Account Executive", "officeLocation": "Porto", "department": "Sales"},
        ),
        (
            "entra.user.phone.update",
            {"mobilePhone": None, "businessPhones": ["+351 555 02"]},
            {"mobilePhone": None, "businessPhones": []},
        ),
        (
            "entra.user.upn.change",
            {"userPrincipalName": "old@quillmere.example"},
            {"userPrincipalName": "Old@q.example"},
        ),
        ("entra.user.manager.set", {"id": OTHER}, {"id": MANAGER}),
        ("entra.user.manager.remove", {"id": OTHER}, {"id": MANAGER}),
        ("entra.user.create", {"value": []}, {"value": [{"id": OTHER}]}),
        ("entra.guest.invite", {"value": []}, {"value": [{"id": OTHER, "userType": "Guest"}]}),
        ("entra.user.restore", DELETED, DELETED | {"@odata.type": "#microsoft.graph.group"}),
        ("entra.user.purge", DELETED, DELETED | {"@odata.type": "#microsoft.graph.group"}),
    ],
)
def test_nothing_is_sent_unless_the_tenant_shows_what_the_plan_says_was_there(
    action: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    step = _step(action)
    assert _before(step, 200, body) == "verified"
    assert _before(step, 200, other) == "refuted"
    assert _before(step, 200, {}) == "unknown"
    assert _before(step, 403, body) == "unknown"


def test_a_user_without_a_manager_is_left_without_one_again() -> None:
    step = _step("entra.user.manager.set", was_manager_id=None)
    assert (_before(step, 404, {}), _before(step, 200, {"id": OTHER})) == ("verified", "refuted")
    assert step.undo is not None
    assert (step.undo.call.method, step.undo.call.path) == ("DELETE", f"/users/{USER}/manager/$ref")


def test_null_is_sent_as_null_and_a_cleared_number_as_an_empty_list() -> None:
    step = _step("entra.user.profile.update", **_change("jobTitle", None, "Buyer"))
    assert encoded(step.call.body) == b'{"jobTitle":null}'
    phones = _step("entra.user.phone.update")
    assert encoded(phones.call.body) == b'{"mobilePhone":"+351 555 01","businessPhones":[]}'


def test_disabling_and_enabling_write_nothing_else() -> None:
    for action in ("entra.user.disable", "entra.user.enable"):
        step = _step(action)
        assert step.call.body is not None and list(step.call.body) == ["accountEnabled"]


def test_a_change_is_verified_by_every_value_exactly() -> None:
    step = _step("entra.user.profile.update")
    right = {"jobTitle": "Buyer", "officeLocation": None, "department": "Production"}
    assert _after(step, right) == "verified"
    for field in right:
        assert _after(step, right | {field: "else"}) == "refuted"
        assert _after(step, {name: value for name, value in right.items() if name != field}) == "unknown"


@pytest.mark.parametrize(
    ("action", "place"),
    [("entra.user.create", ("passwordProfile", "password")), ("entra.user.password.reset_admin", ("newPassword",))],
)
def test_a_password_is_made_when_sending_and_is_never_part_of_the_step(action: str, place: tuple[str, ...]) -> None:
    step = _step(action)
    assert (step.secret, step.call.secret_at) == ("generated", place)
    found: Any = json.loads(filled(step.call, "S3cret-of-the-day") or b"")
    for key in place:
        found = found[key]
    assert found == "S3cret-of-the-day"


def test_the_first_password_goes_to_the_named_receiver() -> None:
    step = _step("entra.user.create", user_name="Gwen Tallow")
    assert (step.beneficiary_id, step.beneficiary_label) == (MANAGER, "Gwen Tallow")
    assert "Gwen Tallow" in step.title


def test_a_reset_with_write_back_is_not_for_the_applications_own_token() -> None:
    action = CATALOGUE["entra.user.password.reset_admin"]
    assert (action.application_permissions, bool(action.delegated_permissions)) == ((), True)


def test_somebody_elses_account_of_that_name_never_passes_for_the_one_that_was_created() -> None:
    step = _step("entra.user.create")
    found = {"id": OTHER, "displayName": JOINER["called"], "accountEnabled": True}
    assert _after(step, {"value": []}) == "refuted"
    assert _after(step, {"value": [found]}) == "unknown"
    assert _after(step, {"value": [found]}, created_id=USER) == "refuted"
    assert _after(step, {"value": [found]}, created_id=OTHER) == "verified"
    assert _after(step, {"value": [found | {"accountEnabled": False}]}, created_id=OTHER) == "refuted"


def test_a_member_of_that_address_never_passes_for_the_guest() -> None:
    step = _step("entra.guest.invite")
    assert step.created_field == "invitedUser.id"
    found = {"id": OTHER, "userType": "Guest"}
    assert _after(step, {"value": [found]}, created_id=OTHER) == "verified"
    assert _after(step, {"value": [found | {"userType": "Member"}]}, created_id=OTHER) == "refuted"


def test_hostile_addresses_stay_inside_their_quotes() -> None:
    invited = _step("entra.guest.invite")
    wanted = "'o''neil+bids@tendermill.example'"
    assert GUEST in str(invited.call.body)
    assert dict(invited.check.call.query)["$filter"] == f"mail eq {wanted} or otherMails/any(m:m eq {wanted})"
    # Whoever has it in any way is there already: their account must not be what an undo deletes.
    assert invited.capture is not None
    asked = dict(invited.capture.query)["$filter"]
    assert f"userPrincipalName eq {wanted}" in asked and "proxyAddresses/any(one:one eq 'smtp:" in asked
    created = _step("entra.user.create")
    assert dict(created.check.call.query)["$filter"] == "userPrincipalName eq 'd''arcy.nu@quillmere.example'"


def test_an_invitation_leads_to_a_fixed_page_and_carries_no_words_of_ours() -> None:
    body = _step("entra.guest.invite").call.body
    assert body is not None
    assert body["inviteRedirectUrl"] == "https://myapplications.microsoft.com"
    assert "invitedUserMessageInfo" not in body


def test_a_deletion_is_proven_by_its_absence_only() -> None:
    step = _step("entra.user.delete")
    assert _after(step, {}, status=404) == "verified"
    assert _after(step, {"id": USER}) == "refuted"
    assert _after(step, {}, status=403) == "unknown"


def test_a_new_display_name_is_told_without_the_old_one_as_a_label() -> None:
    step = _step("entra.user.profile.update", **_change("displayName", "Nuno D'Orey", "Nuno Teles"))
    assert (step.target.label, step.title) == ("", f"Change displayName of {USER}")
