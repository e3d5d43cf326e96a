"""What an HTTP function sees and what its caller gets, through a running host."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.devhost.conftest import StartHost
from tests.devhost.host_process import HostProcess

ROUTES = [
    ("GET", "/api/echo/me", 200),
    ("GET", "/api/echo", 200),
    ("GET", "/API/Echo/", 200),
    ("GET", "/echo/me", 404),
    ("GET", "/api/none", 404),
    ("POST", "/api/items/7", 200),
    ("POST", "/api/items/seven", 404),
    ("GET", "/api/items/7", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ROUTES)
def test_a_route_or_method_that_does_not_match_is_404(host: HostProcess, method: str, path: str, status: int) -> None:
    assert host.request(path, method).status == status


def test_a_catch_all_takes_the_rest_of_the_path(host: HostProcess) -> None:
    assert host.request("/api/files/a/b%20c/d").body == "a/b c/d"
    assert host.request("/api/files").body == "nothing"


def test_routes_are_tried_in_the_order_of_function_names(host: HostProcess) -> None:
    assert host.request("/api/z/exact").body == "a_first"


def test_headers_arrive_lower_cased_and_empty_query_values_not_at_all(host: HostProcess) -> None:
    seen = host.request("/api/echo/me?a=1&empty=&b=2&b=3", headers={"X-Mixed-Case": "Kept"}).json()
    assert seen["headers"]["x-mixed-case"] == "Kept"
    assert seen["params"] == {"a": "1", "b": "2,3"}
    assert seen["route"] == {"name": "me"}
    assert seen["url"] == f"http://127.0.0.1:{host.port}/api/echo/me?a=1&empty=&b=2&b=3"


def test_a_client_principal_header_is_stripped_without_easy_auth(host: HostProcess) -> None:
    seen = host.request("/api/echo", headers={"X-MS-CLIENT-PRINCIPAL": "forged", "x-ms-client-principal-id": "me"})
    assert not [name for name in seen.json()["headers"] if name.startswith("x-ms-client-principal")]


def test_a_client_principal_header_passes_with_easy_auth(start_host: StartHost) -> None:
    with_easyauth = start_host("--easyauth")
    seen = with_easyauth.request("/api/echo", headers={"X-MS-CLIENT-PRINCIPAL": "signed in"}).json()
    assert seen["headers"]["x-ms-client-principal"] == "signed in"


KEYS = [
    ("/api/keyed", {}, 401),
    ("/api/keyed", {"x-functions-key": "wrong"}, 401),
    ("/api/keyed", {"x-functions-key": "abc"}, 200),
    ("/api/keyed?code=abc", {}, 200),
    ("/api/keyed?code=abc", {"x-functions-key": "wrong"}, 401),
    ("/api/keyed?code=wrong", {"x-functions-key": "abc"}, 200),
    ("/api/keyed", {"x-functions-key": "xyz"}, 200),
    ("/api/master", {"x-functions-key": "abc"}, 401),
    ("/api/master", {"x-functions-key": "xyz"}, 200),
    ("/api/echo", {"x-functions-key": "wrong"}, 200),
]


@pytest.mark.parametrize(("path", "headers", "status"), KEYS)
def test_a_missing_or_bad_key_is_401_and_the_header_wins(
    host: HostProcess, path: str, headers: dict[str, str], status: int
) -> None:
    assert host.request(path, headers=headers).status == status


def test_without_configured_keys_only_anonymous_functions_answer(keyless_host: HostProcess) -> None:
    assert keyless_host.request("/api/keyed?code=").status == 401
    assert keyless_host.request("/api/keyed", headers={"x-functions-key": ""}).status == 401
    assert keyless_host.request("/api/echo").status == 200


def test_an_exception_is_500_with_an_empty_body_and_its_text_is_not_logged(host: HostProcess) -> None:
    answer = host.request("/api/boom")
    assert (answer.status, answer.body) == (500, "")
    assert "function `boom` failed: RuntimeError at function_app.py:" in host.stderr
    assert "a secret detail" not in host.stderr


def test_returning_nothing_where_a_response_is_due_is_500(host: HostProcess) -> None:
    assert host.request("/api/silent").status == 500


def test_status_headers_and_cookies_of_a_response_are_kept(host: HostProcess) -> None:
    answer = host.request("/api/cookies")
    assert (answer.status, answer.body, answer.headers["x-own"]) == (201, "made", "yes")
    assert answer.headers["set-cookie"] == "a=1; HttpOnly; Path=/"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_sync_functions_run_in_a_pool_of_the_configured_size(start_host: StartHost) -> None:
    single = start_host(PYTHON_THREADPOOL_THREAD_COUNT="1")
    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(lambda _: single.request("/api/thread").json(), range(4)))
    assert {answer["thread"] for answer in answers} == {"function_0"}
    assert {answer["function"] for answer in answers} == {"thread"}


def test_a_body_above_the_limit_is_413(start_host: StartHost) -> None:
    small = start_host(AzureFunctionsJobHost__extensions__http__maxRequestBodySize="10")
    assert small.request("/api/echo", "POST", body="x" * 10).status == 200
    assert small.request("/api/echo", "POST", body="x" * 11).status == 413


def test_the_host_listens_on_127_0_0_1_only(host: HostProcess) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", host.port), timeout=2)
