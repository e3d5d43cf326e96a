"""Apps for groups, and Intune's own audit log."""

from typing import Any

import pytest

from tests.simulator.devices import (
    MINE,
    TECHNICIAN,
    app_path,
    assignment,
    computer,
    error_of,
    managed,
    tell,
)


def test_an_app_is_assigned_to_a_group_once_and_taken_away_once(world: Any, app: str) -> None:
    path = f"{app_path(world)}/assignments"
    made = world.graph("POST", path, token=app, body=assignment(world))
    assert made.status_code == 201
    again = world.graph("POST", path, token=app, body=assignment(world, intent="required"))
    assert error_of(again) == (400, "BadRequest")
    [listed] = [one for one in world.get(path, token=app)["value"] if one["id"] == made.json()["id"]]
    other = f"/deviceAppManagement/mobileApps/{world.file['intuneApps'][1]['id']}/assignments"
    assert made.json()["id"] not in {one["id"] for one in world.get(other, token=app)["value"]}
    assert world.graph("DELETE", f"{path}/{listed['id']}", token=app).status_code == 204
    assert error_of(world.graph("DELETE", f"{path}/{listed['id']}", token=app)) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"intent": "always"}, 400),
        ({"intent": None}, 400),
        ({"target": None}, 400),
        ({"target": {"groupId": MINE}}, 400),
        ({"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": MINE}}, 400),
        ({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}, 501),
        ({"settings": {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings"}}, 501),
        ({"source": "direct"}, 400),
        ({"id": "mine"}, 400),
    ],
)
def test_an_assignment_that_is_wrong_or_not_simulated_is_not_made(
    world: Any, app: str, change: dict[str, Any], status: int
) -> None:
    path = f"{app_path(world)}/assignments"
    before = world.get(path, token=app)["value"]
    assert world.graph("POST", path, token=app, body=assignment(world, **change)).status_code == status
    assert world.get(path, token=app)["value"] == before


def test_each_app_of_a_file_is_available_to_a_group_of_its_own_which_its_approver_owns(world: Any, app: str) -> None:
    for described in world.file["intuneApps"]:
        assignments = f"/deviceAppManagement/mobileApps/{described['id']}/assignments"
        [offer] = world.get(assignments, token=app)["value"]
        group_id = offer["target"]["groupId"]
        group = world.get(f"/groups/{group_id}", token=app)
        assert (group["displayName"], offer["intent"]) == (f"APP-{described['displayName']}", "available")
        owners = [one["userPrincipalName"] for one in world.get(f"/groups/{group_id}/owners", token=app)["value"]]
        assert owners == ([described["approver"]] if "approver" in described else [])


def test_intune_keeps_a_log_of_its_own_under_the_callers_request_id(world: Any, app: str) -> None:
    """Resource type `auditEvent`: the correlation id is the client request id."""
    headers = {"Authorization": f"Bearer {app}", "client-request-id": MINE}
    world.client.post(f"{world.ready['graph']}{computer(world)}/rebootNow", headers=headers)
    tell(world, computer(world), "syncDevice", token=world.user_token(TECHNICIAN))
    log = "/deviceManagement/auditEvents?$filter=activityDateTime ge {}&$top=50"
    newest, first = world.get(log.format("2026-01-01T00:00:00Z"), token=app)["value"]
    assert (first["activityType"], first["correlationId"]) == ("rebootNow ManagedDevice", MINE)
    assert [one["resourceId"] for one in first["resources"]] == [managed(world)["id"]]
    assert (first["actor"]["applicationId"], first["actor"]["userId"]) == (world.ready["app_id"], None)
    assert newest["actor"]["userPrincipalName"] == TECHNICIAN
    assert world.get(log.format("2099-01-01T00:00:00Z"), token=app)["value"] == []
    assert world.audits() == []
    world.control("POST", "/staleness", {"audit_seconds": 60})
    assert world.get("/deviceManagement/auditEvents", token=app)["value"] == []
