"""Throttling: fault rules that strike a part of the requests, and budgets by class of request."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import GraphError
from simulator.throttling import CLASSES, DOCUMENTED, Asker, Budget, Throttling, class_of, cost_of

USER = "/users/nuno.teles@quillmere.example"
POLICIES = "/identity/conditionalAccess/policies"
FACTS = Path(__file__).parents[3] / "shared" / "graph"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ASKER = Asker("app", "tenant", 26)


def _statuses(world: Any, token: str, count: int, path: str = USER) -> list[int]:
    return [world.graph("GET", path, token=token).status_code for _ in range(count)]


def test_a_rule_strikes_every_nth_request_that_fits_and_no_other(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"path": "/users/", "status": 503, "every": 3})
    assert world.graph("GET", "/groups", token=app).status_code == 200
    assert _statuses(world, app, 7) == [200, 200, 503, 200, 200, 503, 200]


def test_a_rule_strikes_a_random_part_that_its_seed_repeats(world: Any, app: str) -> None:
    def struck(seed: int) -> list[int]:
        world.control("DELETE", "/faults")
        world.control("POST", "/faults", {"path": "/users/", "status": 503, "share": 0.4, "seed": seed})
        return _statuses(world, app, 40)

    first = struck(1)
    assert 8 <= first.count(503) <= 24
    assert struck(1) == first
    assert struck(2) != first


def test_a_part_may_have_an_end_and_a_rule_behind_it_strikes_the_rest(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"path": "/users/", "status": 503, "every": 2, "times": 1})
    world.control("POST", "/faults", {"path": "/users/", "status": 502})
    assert _statuses(world, app, 5) == [502, 503, 200, 200, 200]
    assert world.control("GET", "/faults")["faults"] == []


@pytest.mark.parametrize(
    "rule",
    [
        {"status": 503, "every": 1},
        {"status": 503, "share": 0},
        {"status": 503, "share": 1.5},
        {"status": 503, "every": 2, "share": 0.5},
        {"drop": True, "retry_after": 2},
        {"status": 429, "retry_after": -1},
        {"status": 503, "throttled_by": "WriteLimitExceeded"},
        {"site": "vault", "status": 429, "throttled_by": "WriteLimitExceeded"},
    ],
)
def test_a_rule_whose_parts_do_not_fit_is_refused(world: Any, rule: dict[str, Any]) -> None:
    world.control("POST", "/faults", rule, expect=400)


def test_a_throttled_answer_names_a_time_or_none_and_says_which_limit_of_whom(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"status": 429})
    answer = world.graph("GET", USER, token=app)
    assert answer.status_code == 429
    assert not {"retry-after", "x-ms-throttle-information", "x-ms-throttle-scope"} & set(answer.headers)
    world.control("POST", "/faults", {"status": 429, "retry_after": 2.128, "throttled_by": "ResourceUnitLimitExceeded"})
    answer = world.graph("GET", USER, token=app)
    assert answer.headers["Retry-After"] == "2.128"
    assert answer.headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
    scope = f"Tenant_Application/ReadWrite/{world.ready['app_id']}/{world.tenant_id}"
    assert answer.headers["x-ms-throttle-scope"] == scope
    world.control("POST", "/faults", {"status": 429, "throttled_by": "WriteLimitExceeded"})
    assert "x-ms-throttle-scope" not in world.graph("GET", USER, token="").headers


def test_without_budgets_nothing_is_throttled(world: Any, app: str) -> None:
    assert set(_statuses(world, app, 12, POLICIES)) == {200}
    assert world.control("GET", "/throttling") == {"budgets": {}}


def test_conditional_access_takes_one_request_a_second_for_all_apps_and_names_no_time(world: Any, app: str) -> None:
    # A window that no slow machine outlives; the documented one is a second.
    budget = {"units": 1, "seconds": 600, "per": "tenant", "retry_after": False}
    world.control("POST", "/throttling", {"documented": True, "budgets": {"entra-ca": [budget]}})
    other = "99999999-1111-4222-8333-444444444444"
    world.control("POST", "/apps", {"app_id": other, "grant": ["Policy.Read.All"], "secret": "a-long-secret"})
    another = world.app_token(client_id=other, client_secret="a-long-secret")
    assert world.graph("GET", POLICIES, token=app).status_code == 200
    for token in (app, another):
        answer = world.graph("GET", POLICIES, token=token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "TooManyRequests")
        assert "retry-after" not in answer.headers
    assert world.graph("GET", USER, token=app).status_code == 200
    world.control("DELETE", "/throttling")
    assert world.graph("GET", POLICIES, token=app).status_code == 200


def test_a_used_up_budget_stops_a_write_before_it_is_done(world: Any, app: str) -> None:
    world.control("POST", "/throttling", {"budgets": {"entra-write": [{"units": 1, "seconds": 600}]}})
    assert world.graph("PATCH", USER, token=app, body={"jobTitle": "x"}).status_code == 204
    answer = world.graph("PATCH", USER, token=app, body={"jobTitle": "y"})
    assert answer.status_code == 429
    assert answer.headers["x-ms-throttle-information"] == "WriteLimitExceeded"
    assert 0 < float(answer.headers["Retry-After"]) <= 600
    assert [(one["status"], one["applied"]) for one in world.writes()] == [(204, True), (429, False)]
    assert world.user("nuno.teles")["jobTitle"] == "x"


def test_a_directory_read_tells_its_cost_and_how_much_of_the_budget_is_used(world: Any, app: str) -> None:
    world.control("POST", "/throttling", {"budgets": {"entra-read": [{"units": 5, "seconds": 600}]}})
    first = world.graph("GET", "/users", token=app)
    assert (first.headers["x-ms-resource-unit"], "x-ms-throttle-limit-percentage" in first.headers) == ("2", False)
    second = world.graph("GET", "/users", token=app)
    assert second.headers["x-ms-throttle-limit-percentage"] == "0.8"
    assert world.graph("GET", "/users", token=app).status_code == 429
    assert world.graph("GET", "/users?$select=id", token=app).headers["x-ms-resource-unit"] == "1"


@pytest.mark.parametrize(
    "body", [{"budgets": {"weather": []}}, {"budgets": {"teams": [{"units": 0, "seconds": 1}]}}, {"on": True}]
)
def test_budgets_that_mean_nothing_are_refused(world: Any, body: dict[str, Any]) -> None:
    world.control("POST", "/throttling", body, expect=400)


def test_a_reset_takes_the_budgets_away(world: Any, app: str) -> None:
    shown = world.control("POST", "/throttling", {"documented": True})["budgets"]
    assert shown["entra-ca"] == [{"units": 1, "seconds": 1.0, "per": "tenant", "retry_after": False}]
    world.control("POST", "/reset")
    assert world.control("GET", "/throttling") == {"budgets": {}}


def _wait(
    throttling: Throttling, at: float, *, asker: Asker = ASKER, kind: str = "entra-reports", cost: int = 1
) -> Any:
    """Ask at that second; None when let through, else what the refusal says about a time."""
    try:
        throttling.admit(asker, kind=kind, cost=cost, now=NOW + timedelta(seconds=at))
    except GraphError as refusal:
        return float(refusal.headers.get("Retry-After", "nan"))
    return None


def test_the_window_slides_and_the_time_named_is_the_time_that_it_takes() -> None:
    throttling = Throttling()
    throttling.set(DOCUMENTED)
    assert [_wait(throttling, second) for second in (0, 1, 2, 3, 4)] == [None] * 5
    assert _wait(throttling, 6.5) == 3.5
    assert _wait(throttling, 9.99) is not None
    assert _wait(throttling, 10) is None
    assert _wait(throttling, 10) == 1.0


def test_applications_have_budgets_of_their_own_but_where_the_tenant_has_one() -> None:
    throttling = Throttling()
    throttling.set({"teams": (Budget(units=1, seconds=10), Budget(units=2, seconds=10, per="tenant"))})
    apps = [Asker(name, "tenant", 26) for name in ("a", "b", "c")]
    assert [_wait(throttling, 0, asker=one, kind="teams") for one in apps] == [None, None, 10.0]
    assert _wait(throttling, 0, asker=Asker("a", "elsewhere", 26), kind="teams") is None


@pytest.mark.parametrize(("users", "units"), [(49, 3500), (50, 5000), (500, 5000), (501, 8000)])
def test_a_larger_tenant_may_read_more(users: int, units: int) -> None:
    throttling, asker = Throttling(), Asker("app", "tenant", users)
    throttling.set(DOCUMENTED)
    assert _wait(throttling, 0, asker=asker, kind="entra-read", cost=units) is None
    assert _wait(throttling, 0, asker=asker, kind="entra-read") is not None


@pytest.mark.parametrize(
    ("path", "query", "cost"),
    [
        ("/groups/x/members", {}, 3),
        ("/groups/x/members", {"$select": "id"}, 2),
        ("/users/x/manager", {"$select": "id"}, 1),
        ("/users", {"$select": "id", "$expand": "manager"}, 2),
    ],
)
def test_reads_cost_what_the_documentation_says(path: str, query: dict[str, str], cost: int) -> None:
    assert cost_of("entra-read", path, query=query) == cost


@pytest.mark.skipif(not FACTS.is_dir(), reason="the published Graph metadata is not beside the project")
@pytest.mark.parametrize(
    ("file", "of"), [("actions.json", lambda all_: all_["actions"]), ("reads.json", lambda all_: all_["reads"])]
)
def test_every_known_call_counts_against_its_class(file: str, of: Callable[[Any], Any]) -> None:
    listed = of(json.loads((FACTS / file).read_text()))
    assert [one["id"] for one in listed if class_of(one["method"], one["path"]) != one["throttle_class"]] == []
    assert {one["throttle_class"] for one in listed} <= CLASSES
