"""A GraphCall holds only what could be one plain request, so that what is permitted is what a server sees."""

import pytest
from pydantic import ValidationError

from agent.model.graph_call import GraphCall


@pytest.mark.parametrize(
    "path",
    [
        "/users/..",
        "/users/../groups/x",
        "/users/%2E%2E/groups/x",
        "/users/%2e%2e/groups",
        "/users/x%2F..%2Fy",
        "/users/./x",
        "/users//x",
        "/users/",
        "//evil.example/v1.0",
        "users/x",
        "/users/x?$select=id",
        "/users/x#y",
        "/users/a b",
        "/users/x\n",
        "/users/%zz",
        "/users/{other}",
        "",
    ],
)
def test_a_path_that_a_server_could_read_in_two_ways_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="Graph path"):
        GraphCall(method="PATCH", path=path, body={})


@pytest.mark.parametrize("path", ["/users/a%20b", "/groups/x/members/$ref", "/users/x/y('z')", "/a/{created}"])
def test_escaped_segments_functions_and_the_one_template_are_plain(path: str) -> None:
    assert GraphCall(method="DELETE", path=path).path == path


def test_a_read_carries_neither_body_nor_secret() -> None:
    with pytest.raises(ValidationError, match="GET carries no body"):
        GraphCall(method="GET", path="/users/x", body={})


def test_a_secret_needs_a_body_to_stand_in() -> None:
    with pytest.raises(ValidationError, match="needs a body"):
        GraphCall(method="POST", path="/users/x", secret_at=("password",))


def test_every_part_of_a_call_changes_its_digest() -> None:
    call = GraphCall(method="POST", path="/users/x", query=(("a", "b"),), body={"c": 1}, secret_at=("d",))
    changes = ({"method": "PUT"}, {"path": "/users/y"}, {"query": ()}, {"body": {"c": 2}}, {"secret_at": ("e",)})
    digests = {call.digest, *(GraphCall.model_validate({**dict(call), **one}).digest for one in changes)}
    digests.add(GraphCall.model_validate({**dict(call), "eventual": True}).digest)
    assert len(digests) == 7
