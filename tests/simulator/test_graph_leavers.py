"""Deleting users on the simulated Graph, restoring them within 30 days, and deleting them for good.

What is asserted is documented in the Graph reference pages that the simulator's modules name.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.simulator.accounts import JOINER, deleted, directory_of, refused, user_id_of, with_change

ADMIN = "gunther.pils@quillmere.example"
GLOBAL = "nate.bellweather@quillmere.example"
SYNCED = "/users/hugo.rast@quillmere.example"
USER = "/users/nuno.teles@quillmere.example"


def _restore(world: Any, token: str, user_id: str) -> httpx.Response:
    answer: httpx.Response = world.graph("POST", f"/directory/deletedItems/{user_id}/restore", token=token)
    return answer


def test_a_deleted_user_is_gone_and_lies_among_the_deleted_items(world: Any, app: str) -> None:
    user_id = deleted(world, app, "anton.feiler")
    assert world.graph("GET", f"/users/{user_id}", token=app).status_code == 404
    assert world.graph("DELETE", f"/users/{user_id}", token=app).status_code == 404
    assert world.graph("GET", "/users/mona.vasey@quillmere.example/manager", token=app).status_code == 404
    item = world.get(f"/directory/deletedItems/{user_id}", token=app)
    assert item["@odata.type"] == "#microsoft.graph.user"
    # The name is free for others, so the deleted one has the object id in front.
    assert item["userPrincipalName"] == user_id.replace("-", "") + "anton.feiler@quillmere.example"
    [listed] = world.get("/directory/deletedItems/graph.user?$select=id,displayName,deletedDateTime", token=app)[
        "value"
    ]
    assert (listed["id"], listed["displayName"]) == (user_id, "Anton Feiler")
    assert [one["activityDisplayName"] for one in world.audits()] == ["Delete user"]


def test_a_restore_brings_back_profile_groups_manager_reports_methods_and_licences(world: Any, app: str) -> None:
    before = directory_of(world)
    user_id = deleted(world, app, "anton.feiler")
    answer = _restore(world, app, user_id)
    assert (answer.status_code, answer.json()["@odata.type"]) == (200, "#microsoft.graph.user")
    after = directory_of(world)
    for part in ("users", "members", "owners", "managers", "skus", "authentication_methods", "risky_users"):
        assert _sorted(after[part]) == _sorted(before[part]), part
    assert after["objects"]["deletedItems"] == {}
    assert [one["activityDisplayName"] for one in world.audits()] == ["Delete user", "Restore user"]


def _sorted(part: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(map(json.dumps, one)) if isinstance(one, list) else one for key, one in part.items()}


def test_roles_and_ownership_do_not_come_back(world: Any, app: str) -> None:
    token = world.user_token(GLOBAL)
    user_id = deleted(world, token, "sushila.menon")
    assert _restore(world, token, user_id).status_code == 200
    assert world.user("sushila.menon")["directoryRoles"] == []
    assert not any(user_id in owners for owners in directory_of(world)["owners"].values())


def test_a_licence_whose_seat_was_taken_meanwhile_does_not_come_back(world: Any, app: str) -> None:
    user_id = deleted(world, app, "nuno.teles")

    def take(directory: dict[str, Any]) -> None:
        for sku in directory["skus"].values():
            sku["consumedUnits"] = sku["prepaidUnits"]["enabled"]

    with_change(world, take)
    _restore(world, app, user_id)
    nuno = world.user("nuno.teles")
    assert nuno["assignedLicenses"] == []
    assert {one["error"] for one in nuno["licenseAssignmentStates"]} == {"CountViolation"}


def test_a_restore_fails_while_somebody_has_the_sign_in_name(world: Any, app: str) -> None:
    user_id = deleted(world, app, "nuno.teles")
    taken = JOINER | {"userPrincipalName": "nuno.teles@quillmere.example"}
    assert world.graph("POST", "/users", token=app, body=taken).status_code == 201
    assert refused(_restore(world, app, user_id), 400, "userPrincipalName already exists")
    assert world.get(f"/directory/deletedItems/{user_id}", token=app)["id"] == user_id


def test_after_thirty_days_nothing_is_left_to_restore(world: Any, app: str) -> None:
    user_id = deleted(world, app, "nuno.teles")
    old = (datetime.now(UTC) - timedelta(days=30, seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with_change(world, lambda directory: directory["objects"]["deletedItems"][user_id].update({"deletedDateTime": old}))
    assert _restore(world, app, user_id).status_code == 404
    assert world.get("/directory/deletedItems/graph.user", token=app)["value"] == []


def test_a_purge_leaves_nothing(world: Any, app: str) -> None:
    user_id = deleted(world, app, "nuno.teles")
    path = f"/directory/deletedItems/{user_id}"
    assert world.graph("DELETE", path, token=app).status_code == 204
    assert [world.graph(method, path, token=app).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert _restore(world, app, user_id).status_code == 404
    assert [one["activityDisplayName"] for one in world.audits()] == ["Delete user", "Hard Delete user"]


def test_a_live_user_is_no_deleted_item(world: Any, app: str) -> None:
    before = directory_of(world)
    path = f"/directory/deletedItems/{user_id_of(world, 'nuno.teles')}"
    assert world.graph("DELETE", path, token=app).status_code == 404
    assert world.graph("POST", f"{path}/restore", token=app).status_code == 404
    assert directory_of(world) == before


def test_options_of_a_restore_are_not_simulated(world: Any, app: str) -> None:
    user_id = deleted(world, app, "nuno.teles")
    body = {"autoReconcileProxyConflict": True}
    assert world.graph("POST", f"/directory/deletedItems/{user_id}/restore", token=app, body=body).status_code == 501


def test_a_synchronised_user_is_deleted_on_premises(world: Any, app: str) -> None:
    assert refused(world.graph("DELETE", SYNCED, token=app), 400, "on-premises mastered")


def test_deleting_an_administrator_takes_somebody_above_them(world: Any, app: str) -> None:
    chief = f"/users/{user_id_of(world, 'sushila.menon')}"
    world.control("POST", "/apps", {"directory_roles": []})
    for token in (world.app_token(), world.user_token(ADMIN)):
        assert world.graph("DELETE", chief, token=token).status_code == 403
    assert world.graph("DELETE", chief, token=world.user_token(GLOBAL)).status_code == 204


def test_restoring_and_purging_an_administrator_takes_somebody_above_them_too(world: Any, app: str) -> None:
    user_id = deleted(world, world.user_token(GLOBAL), "sushila.menon")
    path = f"/directory/deletedItems/{user_id}"
    world.control("POST", "/apps", {"directory_roles": []})
    for token in (world.app_token(), world.user_token(ADMIN)):
        assert _restore(world, token, user_id).status_code == 403
        assert world.graph("DELETE", path, token=token).status_code == 403
    assert _restore(world, world.user_token(GLOBAL), user_id).status_code == 200


def test_deleted_items_ask_for_the_permission_of_their_kind(world: Any, app: str) -> None:
    user_id = deleted(world, app, "nuno.teles")
    gone = ["User.DeleteRestore.All", "User.ReadWrite.All", "Directory.ReadWrite.All"]
    world.control("POST", "/apps", {"revoke": gone})
    assert _restore(world, world.app_token(), user_id).status_code == 403
