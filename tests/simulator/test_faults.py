"""Faults on demand, stale reads, and the state that is saved, loaded and reset."""

import json
from typing import Any

import httpx
import pytest

USER = "/users/nuno.teles@quillmere.example"
DISABLE = {"accountEnabled": False}


def _enabled(world: Any) -> bool:
    return bool(world.user("nuno.teles")["accountEnabled"])


def _outcome(world: Any) -> tuple[int | None, bool]:
    entry = world.writes()[-1]
    return entry["status"], entry["applied"]


def test_a_fault_before_the_write_leaves_the_tenant_alone_and_strikes_as_often_as_told(world: Any, app: str) -> None:
    rule = {"method": "PATCH", "path": "/users/", "status": 429, "times": 2, "headers": {"Retry-After": "2.128"}}
    world.control("POST", "/faults", rule)
    for _ in range(2):
        answer = world.graph("PATCH", USER, token=app, body=DISABLE)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2.128")
        assert answer.json()["error"]["code"] == "TooManyRequests"
        assert (_outcome(world), _enabled(world)) == ((429, False), True)
    assert world.graph("PATCH", USER, token=app, body=DISABLE).status_code == 204
    assert _outcome(world) == (204, True)


def test_a_fault_after_the_write_hides_a_change_that_was_made(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"method": "PATCH", "path": "/users/", "status": 503, "after_write": True})
    assert world.graph("PATCH", USER, token=app, body=DISABLE).status_code == 503
    assert (_outcome(world), _enabled(world)) == ((503, True), False)


@pytest.mark.parametrize("after_write", [False, True])
def test_a_cut_line_gives_no_answer_before_or_after_the_write(world: Any, app: str, after_write: bool) -> None:
    world.control("POST", "/faults", {"path": "/users/", "drop": True, "after_write": after_write})
    with pytest.raises(httpx.RemoteProtocolError):
        world.graph("PATCH", USER, token=app, body=DISABLE)
    assert (_outcome(world), _enabled(world)) == ((None, after_write), not after_write)
    cut = [one for one in world.control("GET", "/requests?site=graph")["requests"] if one["method"] == "PATCH"]
    assert cut[-1]["status"] is None


def test_an_ignored_write_answers_success_and_changes_nothing(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"method": "PATCH", "path": "/users/", "ignore": True})
    assert world.graph("PATCH", USER, token=app, body=DISABLE).status_code == 204
    assert (_outcome(world), _enabled(world), world.audits()) == ((204, False), True, [])


def test_an_ignored_write_that_is_not_allowed_is_still_refused(world: Any) -> None:
    world.control("POST", "/faults", {"method": "PATCH", "path": "/users/", "ignore": True})
    token = world.user_token("hugo.rast@quillmere.example")
    assert world.graph("PATCH", USER, token=token, body=DISABLE).status_code == 403


def test_a_fault_may_strike_any_site_and_bring_its_own_body(world: Any) -> None:
    challenge = {"error": "interaction_required", "error_codes": [50079], "claims": "{}"}
    world.control("POST", "/faults", {"site": "entra", "path": "/token$", "status": 400, "body": challenge})
    answer = world.grant({"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"})
    assert (answer.status_code, answer.json()) == (400, challenge)
    assert world.app_token()


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"status": 200},
        {"status": 503, "drop": True},
        {"ignore": True, "after_write": True},
        {"site": "vault", "ignore": True},
        {"status": 503, "path": "("},
        {"status": 503, "paths": "/x"},
    ],
)
def test_a_rule_that_means_nothing_is_refused(world: Any, rule: dict[str, Any]) -> None:
    world.control("POST", "/faults", rule, expect=400)
    assert world.control("GET", "/faults")["faults"] == []


def test_deleted_rules_no_longer_strike(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"status": 503, "times": 9})
    world.control("DELETE", "/faults")
    assert world.graph("GET", USER, token=app).status_code == 200


def test_stale_reads_show_the_past_while_writes_and_the_control_site_see_the_present(world: Any, app: str) -> None:
    world.control("POST", "/staleness", {"seconds": 60})
    assert world.graph("PATCH", USER, token=app, body=DISABLE).status_code == 204
    assert world.get(f"{USER}?$select=accountEnabled", token=app)["accountEnabled"] is True
    assert world.graph("PATCH", USER, token=app, body={"jobTitle": "x"}).status_code == 204
    assert world.get(f"{USER}?$select=jobTitle", token=app)["jobTitle"] == "Sales Assistant"
    assert not _enabled(world)
    world.control("POST", "/staleness", {"seconds": 0})
    assert world.get(f"{USER}?$select=accountEnabled", token=app)["accountEnabled"] is False


def test_a_saved_state_comes_back_whole_and_a_broken_one_changes_nothing(world: Any, app: str) -> None:
    world.control("POST", f"/vault/{world.tenant_id}/secrets/kept", {"value": "x"})
    world.graph("PATCH", USER, token=app, body=DISABLE)
    saved = world.control("GET", "/state")
    world.control("POST", "/reset")
    assert _enabled(world)
    world.control("POST", "/state", saved)
    assert world.control("GET", "/state") == saved
    assert not _enabled(world)
    world.control("POST", "/state", {"tenants": {}}, expect=400)
    broken = json.loads(json.dumps(saved))
    del broken["tenants"][world.tenant_id]["directory"]["users"]
    broken["tenants"][world.tenant_id]["directory"]["people"] = {}
    world.control("POST", "/state", broken, expect=400)
    assert world.control("GET", "/state") == saved


def test_a_reset_forgets_writes_faults_apps_and_staleness(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"status": 503, "times": 9, "path": "/users/"})
    world.control("POST", "/staleness", {"seconds": 60})
    world.graph("PATCH", USER, token=app, body=DISABLE)
    world.control("POST", "/apps", {"revoke": ["User.Read.All", "Directory.Read.All", "User.ReadWrite.All"]})
    world.control("POST", "/reset")
    assert (world.writes(), world.audits(), world.control("GET", "/faults")["faults"]) == ([], [], [])
    token = world.app_token()
    assert world.graph("PATCH", USER, token=token, body=DISABLE).status_code == 204
    assert world.get(f"{USER}?$select=accountEnabled", token=token)["accountEnabled"] is False


def test_the_same_seed_gives_the_same_ids(world: Any) -> None:
    def first_audit() -> str:
        world.control("POST", "/reset")
        world.graph("PATCH", USER, token=world.app_token(), body=DISABLE)
        return str(world.audits()[0]["id"])

    assert first_audit() == first_audit()


def test_an_unknown_route_or_key_of_the_control_site_is_refused(world: Any) -> None:
    world.control("GET", "/nowhere", expect=501)
    world.control("POST", "/staleness", {"second": 1}, expect=400)
    world.control("GET", "/users/nobody@quillmere.example", expect=404)
