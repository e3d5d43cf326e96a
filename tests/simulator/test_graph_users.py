"""Changing people on Graph: password, sign-in, profile, sessions, passes, licences."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

USER = "/users/nuno.teles@quillmere.example"
SYNCED = "/users/hugo.rast@quillmere.example"
RESET = {"passwordProfile": {"password": "Str0ng-enough!", "forceChangePasswordNextSignIn": True}}
PASSES = f"{USER}/authentication/temporaryAccessPassMethods"


def _message(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


def _is_recent(stamp: str) -> bool:
    return abs((datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()) < 5


def test_a_password_reset_shows_only_in_the_time_of_the_change(world: Any, app: str) -> None:
    assert world.graph("PATCH", USER, token=app, body=RESET).status_code == 204
    after = world.user("nuno.teles")
    assert _is_recent(after["lastPasswordChangeDateTime"])
    assert after["passwordProfile"]["forceChangePasswordNextSignIn"] is True
    everything = json.dumps([world.control("GET", "/state"), world.writes(), world.audits()])
    assert "Str0ng-enough!" not in everything
    assert world.writes()[0]["body"]["passwordProfile"]["password"] == "***"
    assert [one["activityDisplayName"] for one in world.audits()] == ["Reset user password", "Update user"]


@pytest.mark.parametrize("password", ["short1!", "alllowercase", "nodigitsHERE", 5, None])
def test_a_weak_or_malformed_password_is_refused(world: Any, app: str, password: object) -> None:
    before = world.user("nuno.teles")
    body = {"passwordProfile": {"password": password}}
    assert world.graph("PATCH", USER, token=app, body=body).status_code == 400
    assert world.user("nuno.teles") == before


def test_an_account_is_disabled_and_enabled_again(world: Any, app: str) -> None:
    for wanted in (False, True):
        assert world.graph("PATCH", USER, token=app, body={"accountEnabled": wanted}).status_code == 204
        assert world.get(f"{USER}?$select=accountEnabled", token=app)["accountEnabled"] is wanted
    names = [one["activityDisplayName"] for one in world.audits()]
    assert names == ["Disable account", "Update user", "Enable account", "Update user"]


@pytest.mark.parametrize(
    "body",
    [
        {"job_title": None},
        {"accountEnabled": "false"},
        {"accountEnabled": None},
        {"businessPhones": "1"},
        {"id": "x"},
        {"signInSessionsValidFromDateTime": "2026-01-01T00:00:00Z"},
        {"passwordProfile": {"secret": "x"}},
        {"displayName": None},
        {},
        [],
    ],
)
def test_a_property_that_does_not_exist_is_read_only_or_of_the_wrong_type_is_refused(
    world: Any, app: str, body: object
) -> None:
    before = world.user("nuno.teles")
    assert world.graph("PATCH", USER, token=app, body=body).status_code == 400
    assert world.user("nuno.teles") == before


def test_a_profile_is_changed_and_null_clears(world: Any, app: str) -> None:
    body = {
        "@odata.type": "#microsoft.graph.user",
        "jobTitle": None,
        "officeLocation": "Porto",
        "mobilePhone": "+351 1",
    }
    assert world.graph("PATCH", USER, token=app, body=body).status_code == 204
    after = world.user("nuno.teles")
    assert (after["jobTitle"], after["officeLocation"], after["mobilePhone"]) == (None, "Porto", "+351 1")


def test_a_sign_in_name_is_unique_and_the_new_one_finds_the_user(world: Any, app: str) -> None:
    taken = {"userPrincipalName": "Zoe.Minto@quillmere.example"}
    assert "already exists" in _message(world.graph("PATCH", USER, token=app, body=taken))
    body = {"userPrincipalName": "nuno.new@quillmere.example"}
    assert world.graph("PATCH", USER, token=app, body=body).status_code == 204
    assert world.get("/users/nuno.new@quillmere.example", token=app)["displayName"] == "Nuno Teles"
    assert world.graph("GET", USER, token=app).status_code == 404


@pytest.mark.parametrize("body", [{"jobTitle": "x"}, {"accountEnabled": False}, RESET])
def test_a_synchronised_user_is_mastered_on_premises(world: Any, app: str, body: dict[str, Any]) -> None:
    answer = world.graph("PATCH", SYNCED, token=app, body=body)
    assert (answer.status_code, "on-premises mastered" in _message(answer)) == (400, True)
    assert world.graph("PATCH", SYNCED, token=app, body={"usageLocation": "AT"}).status_code == 204


def test_revoking_sessions_moves_the_time_and_answers_true(world: Any, app: str) -> None:
    answer = world.graph("POST", f"{USER}/revokeSignInSessions", token=app)
    assert (answer.status_code, answer.json()["value"]) == (200, True)
    assert _is_recent(world.user("nuno.teles")["signInSessionsValidFromDateTime"])


def test_a_pass_is_shown_once_and_a_new_one_takes_its_place(world: Any, app: str) -> None:
    body = {"lifetimeInMinutes": 60, "isUsableOnce": True}
    first = world.graph("POST", PASSES, token=app, body=body)
    assert first.status_code == 201
    code = first.json()["temporaryAccessPass"]
    assert len(code) >= 8
    listed = world.get(PASSES, token=app)["value"]
    assert [(one["id"], one["temporaryAccessPass"], one["isUsable"]) for one in listed] == [
        (first.json()["id"], None, True)
    ]
    assert code not in json.dumps([world.control("GET", "/state"), world.writes(), world.audits()])
    second = world.graph("POST", PASSES, token=app, body=body).json()
    assert [one["id"] for one in world.get(PASSES, token=app)["value"]] == [second["id"]]
    assert world.graph("DELETE", f"{PASSES}/{first.json()['id']}", token=app).status_code == 404
    assert world.graph("DELETE", f"{PASSES}/{second['id']}", token=app).status_code == 204
    assert world.get(PASSES, token=app)["value"] == []


def test_a_pass_that_starts_later_is_not_usable_yet(world: Any, app: str) -> None:
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    body = {"lifetimeInMinutes": 10, "startDateTime": later}
    made = world.graph("POST", PASSES, token=app, body=body).json()
    assert (made["isUsable"], made["methodUsabilityReason"]) == (False, "NotYetValid")


@pytest.mark.parametrize(
    "body", [{"lifetimeInMinutes": 9}, {"lifetimeInMinutes": 43_201}, {"isUsableOnce": "yes"}, {"x": 1}]
)
def test_a_pass_outside_the_policy_is_refused(world: Any, app: str, body: dict[str, Any]) -> None:
    assert world.graph("POST", PASSES, token=app, body=body).status_code == 400


def _assign(world: Any, app: str, user: str, *, add: list[str], remove: list[str]) -> Any:
    ids = {one["skuPartNumber"]: one["skuId"] for one in world.file["subscribedSkus"]}
    body = {
        "addLicenses": [{"skuId": ids.get(name, name), "disabledPlans": []} for name in add],
        "removeLicenses": [ids.get(name, name) for name in remove],
    }
    return world.graph("POST", f"/users/{user}@quillmere.example/assignLicense", token=app, body=body)


def _consumed(world: Any, app: str, name: str) -> int:
    skus = world.get("/subscribedSkus", token=app)["value"]
    return int(next(one["consumedUnits"] for one in skus if one["skuPartNumber"] == name))


def test_a_licence_takes_a_seat_and_gives_it_back(world: Any, app: str) -> None:
    before = _consumed(world, app, "POWER_BI_PRO")
    assert _assign(world, app, "nuno.teles", add=["POWER_BI_PRO"], remove=[]).status_code == 200
    assert _assign(world, app, "nuno.teles", add=["POWER_BI_PRO"], remove=[]).status_code == 200
    assert _consumed(world, app, "POWER_BI_PRO") == before + 1
    assert _assign(world, app, "nuno.teles", add=[], remove=["POWER_BI_PRO"]).status_code == 200
    assert _consumed(world, app, "POWER_BI_PRO") == before
    names = [one["activityDisplayName"] for one in world.audits()]
    assert names == ["Change user license", "Update user"] * 2 + ["Change user license"]


@pytest.mark.parametrize(
    ("user", "add", "remove", "text"),
    [
        ("nuno.teles", ["VISIOCLIENT"], [], "does not have any available licenses"),
        ("ed.oshea", ["POWER_BI_PRO"], [], "invalid usage location"),
        ("nuno.teles", ["00000000-0000-4000-8000-000000000000"], [], "valid company License"),
        ("nuno.teles", [], ["POWER_BI_PRO"], "does not have a corresponding license"),
        ("theo.blanc", [], ["VISIOCLIENT"], "inherited from a group"),
    ],
)
def test_a_licence_that_cannot_be_given_or_taken_changes_nothing(
    world: Any, app: str, user: str, add: list[str], remove: list[str], text: str
) -> None:
    before = world.user(user)
    answer = _assign(world, app, user, add=add, remove=remove)
    assert (answer.status_code, text in _message(answer)) == (400, True)
    assert world.user(user) == before


def test_both_lists_of_a_licence_change_are_required(world: Any, app: str) -> None:
    answer = world.graph("POST", f"{USER}/assignLicense", token=app, body={"addLicenses": []})
    assert answer.status_code == 400
