"""`$batch` in the simulator. Rules: Graph documentation, "Combine multiple HTTP requests using JSON batching"."""

from typing import Any

import httpx
import pytest

from tests.simulator.test_conformance import _judged, judge

__all__ = ["judge"]

MINE = "11111111-2222-4333-8444-555555555555"
NUNO = "/users/nuno.teles@quillmere.example"
REF = "https://graph.microsoft.com/v1.0/directoryObjects/"
JSON = {"Content-Type": "application/json"}


def get(part_id: str, url: str = NUNO, **more: object) -> dict[str, Any]:
    """A part that reads."""
    return {"id": part_id, "method": "GET", "url": url, **more}


def send(world: Any, token: str, *parts: Any, **more: object) -> httpx.Response:
    """Send a batch."""
    headers = {"Authorization": f"Bearer {token}", "client-request-id": MINE}
    body = {"requests": list(parts), **more}
    answer: httpx.Response = world.client.post(f"{world.ready['graph']}/$batch", headers=headers, json=body)
    return answer


def parts_of(answer: httpx.Response) -> dict[str, Any]:
    """The answers by id."""
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


def test_parts_are_answered_each_as_if_alone_and_share_the_ids_of_the_batch(world: Any, app: str, judge: Any) -> None:
    parts = (
        get("1", f"{NUNO}?$select=id,displayName"),
        get("two", "users/nobody"),
        get("3", '/users?$search="displayName:barth"&$count=true', headers={"ConsistencyLevel": "eventual"}),
        get("4", '/users?$search="displayName:barth"&$count=true'),
        get("5", "/me"),
    )
    answer = send(world, app, *parts)
    found = parts_of(answer)
    assert {part_id: one["status"] for part_id, one in found.items()} == {
        "1": 200,
        "two": 404,
        "3": 200,
        "4": 400,
        "5": 400,
    }
    assert found["1"]["body"]["id"] == world.user("nuno.teles")["id"]
    ids = {one["headers"]["request-id"] for one in found.values()}
    assert ids == {answer.headers["request-id"]}
    assert {one["headers"]["client-request-id"] for one in found.values()} == {MINE}
    assert found["two"]["body"]["error"]["innerError"]["client-request-id"] == MINE
    findings = _judged(judge, answer, body={"requests": list(parts)}, action=None)
    # The contract leaves a part's headers open, which the validator takes for none; part 4 lacks its header on purpose.
    assert [one for one in findings if ".headers." not in one[1] and not one[1].startswith("batch[4]")] == []


def test_answers_come_in_another_order_than_they_were_asked_in(world: Any, app: str) -> None:
    answer = send(world, app, get("1"), get("2"), get("3"))
    assert [one["id"] for one in answer.json()["responses"]] != ["1", "2", "3"]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [get(str(number)) for number in range(21)],
        [get("a"), get("A")],
        [get("")],
        [{"method": "GET", "url": NUNO}],
        [get("1", "")],
        [get("1", "https://evil.example/v1.0/users")],
        [get("1", "/$batch")],
        [{**get("1"), "method": "TRACE"}],
        [{"id": "1", "method": "PATCH", "url": NUNO, "body": {"city": "Bern"}}],
        [get("1", dependsOn=["2"])],
        [get("1", dependsOn=["2"]), get("2", dependsOn=["1"])],
        [get("1", more=1)],
        ["GET /users"],
    ],
)
def test_a_batch_that_is_wrong_as_a_whole_is_refused_and_nothing_of_it_is_done(
    world: Any, app: str, parts: list[Any]
) -> None:
    write = {"id": "w", "method": "PATCH", "url": NUNO, "headers": JSON, "body": {"city": "Bern"}}
    answer = send(world, app, *parts, *([write] if parts else []))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert world.writes() == []


def test_twenty_parts_are_not_too_many(world: Any, app: str) -> None:
    assert len(parts_of(send(world, app, *(get(str(number)) for number in range(20))))) == 20


def test_a_part_whose_dependency_failed_is_not_done_and_answered_424(world: Any, app: str) -> None:
    def city(part_id: str, user: str, *after: str) -> dict[str, Any]:
        write = {"id": part_id, "method": "PATCH", "url": user, "headers": JSON, "body": {"city": part_id}}
        return {**write, "dependsOn": list(after)} if after else write

    found = parts_of(
        send(
            world,
            app,
            city("last", NUNO, "second"),
            city("second", NUNO, "FIRST"),
            city("first", "/users/nobody"),
            city("other", NUNO),
        )
    )
    assert {name: one["status"] for name, one in found.items()} == {
        "first": 404,
        "second": 424,
        "last": 424,
        "other": 204,
    }
    assert "body" not in found["other"]
    assert [one["applied"] for one in world.writes()] == [False, True]


def test_a_dependency_is_done_first_wherever_it_stands(world: Any, app: str) -> None:
    state = get("read", f"{NUNO}?$select=city", dependsOn=["write"])
    write = {"id": "write", "method": "PATCH", "url": NUNO, "headers": JSON, "body": {"city": "Bern"}}
    assert parts_of(send(world, app, state, write))["read"]["body"]["city"] == "Bern"


def test_parts_are_throttled_one_by_one(world: Any, app: str) -> None:
    world.control(
        "POST", "/faults", {"method": "GET", "path": "/users/", "status": 429, "headers": {"Retry-After": "7"}}
    )
    found = parts_of(send(world, app, get("1"), get("2")))
    assert sorted(one["status"] for one in found.values()) == [200, 429]
    [busy] = [one for one in found.values() if one["status"] == 429]
    assert (busy["headers"]["Retry-After"], busy["body"]["error"]["code"]) == ("7", "TooManyRequests")


def test_a_fault_may_strike_the_batch_as_a_whole(world: Any, app: str) -> None:
    world.control("POST", "/faults", {"path": "batch", "status": 503})
    assert send(world, app, get("1")).status_code == 503
    world.control("POST", "/faults", {"method": "GET", "path": "/users/", "drop": True})
    with pytest.raises(httpx.HTTPError):
        send(world, app, get("1"))


def test_a_part_needs_the_permission_that_it_would_need_alone(world: Any) -> None:
    token = world.user_token("nuno.teles@quillmere.example", "https://graph.microsoft.com/User.Read")
    found = parts_of(send(world, token, get("me", "/me"), get("all", "/groups")))
    assert {name: one["status"] for name, one in found.items()} == {"me": 200, "all": 403}


def test_a_batch_without_a_good_token_is_refused_as_a_whole(world: Any) -> None:
    assert send(world, "nonsense", get("1")).status_code == 401


def test_every_part_is_in_the_logs(world: Any, app: str) -> None:
    group = f"/groups/{world.group_id('QG-Remote-Access')}/members/$ref"
    body = {"@odata.id": REF + world.user("nuno.teles")["id"]}
    add = {"id": "2", "method": "POST", "url": group, "headers": JSON, "body": body}
    send(world, app, get("1"), add)
    [write] = world.writes()
    assert (write["path"], write["status"], write["applied"]) == (f"/v1.0{group}", 204, True)
    seen = world.control("GET", "/requests?site=graph")["requests"]
    assert [(one["method"], one["status"]) for one in seen] == [("POST", 200), ("GET", 200), ("POST", 204)]
