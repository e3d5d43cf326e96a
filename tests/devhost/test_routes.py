"""Route templates, without a host."""

import pytest

from devhost.errors import AppError
from devhost.routes import compile_route, find, ordered

GUID = "5f0c6c1e-7a53-4f3e-9a4b-0d6a9f1c2b3d"

MATCHES = [
    ("tickets", "/api/tickets", {}),
    ("tickets", "/API/TICKETS/", {}),
    ("tickets", "/tickets", None),
    ("tickets/{id}", "/api/tickets/a b", {"id": "a b"}),
    ("tickets/{id}", "/api/tickets", None),
    ("tickets/{id}", "/api/tickets/a/b", None),
    ("tickets/{id?}", "/api/tickets", {}),
    ("tickets/{id:int}", "/api/tickets/-12", {"id": "-12"}),
    ("tickets/{id:int}", "/api/tickets/2147483647", {"id": "2147483647"}),
    ("tickets/{id:int}", "/api/tickets/2147483648", None),
    ("tickets/{id:long}", "/api/tickets/2147483648", {"id": "2147483648"}),
    ("tickets/{id:int}/notes/{n:int}", "/api/tickets/1/notes/2", {"id": "1", "n": "2"}),
    ("t/{id:guid}", f"/api/t/{GUID.upper()}", {"id": GUID.upper()}),
    ("t/{id:guid}", "/api/t/1234", None),
    ("t/{flag:bool}", "/api/t/TRUE", {"flag": "TRUE"}),
    ("t/{word:alpha}", "/api/t/a1", None),
    ("files/{name}.{ext}", "/api/files/log.2026.txt", {"name": "log.2026", "ext": "txt"}),
    ("files/{*rest}", "/api/files/a/b/c", {"rest": "a/b/c"}),
    ("files/{*rest}", "/api/files", {}),
    ("files/{**rest}", "/api/files/a", {"rest": "a"}),
    ("a.b", "/api/axb", None),
]


@pytest.mark.parametrize(("template", "path", "values"), MATCHES)
def test_a_path_matches_its_template(template: str, path: str, values: dict[str, str] | None) -> None:
    assert compile_route("f", template, prefix="api", methods=None).match("GET", path) == values


def test_an_empty_prefix_hangs_the_routes_at_the_root() -> None:
    assert compile_route("f", "tickets", prefix="", methods=None).match("GET", "/tickets") == {}


def test_a_method_not_listed_does_not_match_and_no_list_means_every_method() -> None:
    post_only = compile_route("f", "x", prefix="", methods=["post"])
    assert post_only.match("POST", "/x") == {}
    assert post_only.match("GET", "/x") is None
    assert compile_route("f", "x", prefix="", methods=None).match("DELETE", "/x") == {}


def test_the_first_match_by_function_name_wins_ignoring_case() -> None:
    routes = ordered(
        [
            compile_route("b", "x/exact", prefix="", methods=None),
            compile_route("C", "x/{any}", prefix="", methods=["POST"]),
            compile_route("A", "x/{any}", prefix="", methods=["GET"]),
        ]
    )
    assert find(routes, "GET", path="/x/exact") == ("A", {"any": "exact"})
    assert find(routes, "POST", path="/x/exact") == ("b", {})
    assert find(routes, "POST", path="/x/other") == ("C", {"any": "other"})
    assert find(routes, "PUT", path="/x/other") is None


REFUSED = ["x/{id:regex(^a)}", "x/{id:float}", "x/{*rest}/y", "x/{id?}/y", "x/{id", "x/{a}/{a}", "x/{id=1}"]


@pytest.mark.parametrize("template", REFUSED)
def test_a_template_this_host_cannot_serve_is_refused_not_guessed(template: str) -> None:
    with pytest.raises(AppError, match="route of function `f`"):
        compile_route("f", template, prefix="api", methods=None)
