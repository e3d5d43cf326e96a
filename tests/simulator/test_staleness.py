"""What is not seen at once: reads by id, reads by the index, and objects that were just created."""

from typing import Any

import pytest

USER = "/users/nuno.teles@quillmere.example"
BY_INDEX = "/users?$filter=userPrincipalName eq 'nuno.teles@quillmere.example'&$select=id,jobTitle"
LOCATIONS = "/identity/conditionalAccess/namedLocations"
LOCATION = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "displayName": "Branch",
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}],
}


def _seen(world: Any, app: str) -> tuple[bool, bool]:
    """Whether a write shows: in a read by id, and in one by the index."""
    by_id = world.get(f"{USER}?$select=jobTitle", token=app)["jobTitle"]
    by_index = world.get(BY_INDEX, token=app)["value"][0]["jobTitle"]
    return by_id == "New", by_index == "New"


@pytest.mark.parametrize(
    ("lag", "seen"),
    [
        ({}, (True, True)),
        ({"index_seconds": 60}, (True, False)),
        ({"seconds": 60, "index_seconds": 0}, (False, True)),
        ({"seconds": 60}, (False, False)),
    ],
)
def test_the_index_lags_behind_by_itself(world: Any, app: str, lag: dict[str, int], seen: tuple[bool, bool]) -> None:
    world.control("POST", "/staleness", lag)
    assert world.graph("PATCH", USER, token=app, body={"jobTitle": "New"}).status_code == 204
    assert _seen(world, app) == seen
    world.control("POST", "/staleness", {})
    assert _seen(world, app) == (True, True)


def test_a_search_reads_the_index_too(world: Any, app: str) -> None:
    world.control("POST", "/staleness", {"index_seconds": 60})
    world.graph("PATCH", USER, token=app, body={"displayName": "Quentin Novel"})
    path = '/users?$search="displayName:quentin"&$count=true&$select=id'
    assert world.get(path, token=app, eventual=True)["value"] == []
    world.control("POST", "/staleness", {})
    assert len(world.get(path, token=app, eventual=True)["value"]) == 1


def test_a_new_object_is_not_found_for_a_while_neither_read_nor_written(world: Any, app: str) -> None:
    world.control("POST", "/staleness", {"new_object_seconds": 600})
    made = world.graph("POST", LOCATIONS, token=app, body=LOCATION)
    assert made.status_code == 201
    path = f"{LOCATIONS}/{made.json()['id']}"
    for method, body in (("GET", None), ("PATCH", {**LOCATION, "displayName": "Other"}), ("DELETE", None)):
        answer = world.graph(method, path, token=app, body=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "Request_ResourceNotFound")
    old = world.get(LOCATIONS, token=app)["value"][0]["id"]
    assert world.graph("GET", f"{LOCATIONS}/{old}", token=app).status_code == 200
    world.control("POST", "/staleness", {})
    assert world.graph("DELETE", path, token=app).status_code == 204


def test_a_reset_forgets_every_lag(world: Any, app: str) -> None:
    world.control("POST", "/staleness", {"seconds": 60, "index_seconds": 60, "new_object_seconds": 60})
    world.control("POST", "/reset")
    world.graph("PATCH", USER, token=app, body={"jobTitle": "New"})
    made = world.graph("POST", LOCATIONS, token=app, body=LOCATION).json()["id"]
    assert _seen(world, app) == (True, True)
    assert world.graph("GET", f"{LOCATIONS}/{made}", token=app).status_code == 200
