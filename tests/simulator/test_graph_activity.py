"""Graph's own log of requests: what ties a request of ours to its token and to its answer."""

from typing import Any

import httpx
import jwt
import pytest

MINE = "11111111-2222-4333-8444-555555555555"
USER = "/users/nuno.teles@quillmere.example"


def activity(world: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.control("GET", f"/graph-activity?tenant={world.tenant_id}")["activity"]
    return found


def send(world: Any, token: str, method: str, path: str, body: object = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "client-request-id": MINE, "User-Agent": "Remit/test"}
    answer: httpx.Response = world.client.request(method, world.ready["graph"] + path, headers=headers, json=body)
    return answer


def test_an_application_is_named_by_its_principal_and_the_sign_in_by_the_tokens_uti(world: Any, app: str) -> None:
    answer = send(world, app, "GET", f"{USER}?$select=id")
    (row,) = activity(world)
    claims = jwt.decode(app, options={"verify_signature": False})
    assert (row["ClientRequestId"], row["RequestId"]) == (MINE, answer.headers["request-id"])
    assert (row["SignInActivityId"], row["ServicePrincipalId"]) == (claims["uti"], claims["oid"])
    assert (row["UserId"], row["AppId"], row["UserAgent"]) == ("", claims["appid"], "Remit/test")
    assert (row["RequestMethod"], row["ResponseStatusCode"]) == ("GET", 200)
    assert row["RequestUri"] == f"{world.ready['graph']}{USER}?$select=id"
    assert "User.Read.All" in row["Roles"].split() and row["Scopes"] == ""


def test_a_delegated_request_names_the_person_and_the_scopes(world: Any) -> None:
    token = world.user_token("nuno.teles@quillmere.example")
    send(world, token, "GET", "/me?$select=id")
    (row,) = activity(world)
    assert row["UserId"] == world.user("nuno.teles")["id"] and row["ServicePrincipalId"] == ""
    assert row["Scopes"] and row["Roles"] == ""


@pytest.mark.parametrize(("rule", "status"), [({"drop": True}, 204), ({"status": 504}, 504)])
def test_a_write_whose_answer_is_lost_is_in_the_log_all_the_same(
    world: Any, app: str, rule: dict[str, Any], status: int
) -> None:
    world.control("POST", "/faults", {"method": "PATCH", "after_write": True, **rule})
    try:
        send(world, app, "PATCH", USER, {"officeLocation": "Room 7"})
    except httpx.HTTPError:
        assert "drop" in rule
    (row,) = activity(world)
    assert (row["ClientRequestId"], row["RequestMethod"], row["ResponseStatusCode"]) == (MINE, "PATCH", status)


def test_parts_of_a_batch_share_an_operation(world: Any, app: str) -> None:
    parts = [{"id": str(place), "method": "GET", "url": USER} for place in range(2)]
    send(world, app, "POST", "/$batch", {"requests": parts})
    rows = activity(world)
    assert len(rows) == 2 and len({row["OperationId"] for row in rows}) == 1


def test_who_has_no_token_is_in_no_log(world: Any) -> None:
    send(world, "no.token.at-all", "GET", USER)
    assert activity(world) == []


def test_a_refusal_is_logged_with_its_status(world: Any, app: str) -> None:
    assert send(world, app, "DELETE", "/users/nobody@quillmere.example").status_code in (403, 404)
    assert activity(world)[0]["ResponseStatusCode"] in (403, 404)
