"""Telephone numbers and policies of Teams in the simulator: to whom they go, and who may assign them."""

from typing import Any

import pytest

from tests.agent.areas.teams import NUMBERS, POLICIES
from tests.simulator.teams import NOBODY, STRANGER, error


def test_a_number_goes_to_one_licensed_user(world: Any, app: str) -> None:
    numbers = world.get(NUMBERS, token=app)["value"]
    free = [one["telephoneNumber"] for one in numbers if one["assignmentStatus"] == "unassigned"]
    caller = next(one["assignmentTargetId"] for one in numbers if one["assignmentTargetId"])
    order = {"telephoneNumber": free[0], "assignmentTargetId": caller, "numberType": "callingPlan"}
    unlicensed = {**order, "assignmentTargetId": world.user("hugo.rast")["id"]}
    assign = f"{NUMBERS}/assignNumber"
    assert world.graph("POST", assign, token=app, body=unlicensed).status_code == 400
    assert world.graph("POST", assign, token=app, body={**order, "numberType": "directRouting"}).status_code == 404
    assert world.graph("POST", assign, token=app, body={**order, "extra": 1}).status_code == 400
    assert world.graph("POST", assign, token=app, body=order).status_code == 202
    assert world.graph("POST", assign, token=app, body=order).status_code == 400
    [shown] = world.get(f"{NUMBERS}?$filter=telephoneNumber eq '{free[0]}'", token=app)["value"]
    assert (shown["assignmentTargetId"], shown["assignmentStatus"]) == (caller, "userAssigned")
    undo = {"telephoneNumber": free[0], "numberType": "callingPlan"}
    assert world.graph("POST", f"{NUMBERS}/unassignNumber", token=app, body=undo).status_code == 204
    assert world.graph("POST", f"{NUMBERS}/unassignNumber", token=app, body=undo).status_code == 400


def test_numbers_and_policies_are_for_administrators_of_teams(world: Any) -> None:
    token, user = world.user_token(STRANGER), world.user("hugo.rast")["id"]
    one = {"userId": user, "policyType": "TeamsMeetingPolicy", "policyId": NOBODY}
    for method, path, body in (
        ("GET", NUMBERS, None),
        ("POST", f"{POLICIES}/assign", {"value": [one]}),
        ("GET", f"/admin/teams/userConfigurations/{user}", None),
    ):
        assert error(world.graph(method, path, token=token, body=body)) == (403, "Authorization_RequestDenied")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"userId": NOBODY}, 404),
        ({"policyType": "NoSuchPolicy"}, 400),
        ({"policyId": NOBODY}, 400),
        ({"policyName": "x"}, 400),
    ],
)
def test_nothing_is_assigned_when_one_of_several_is_wrong(
    world: Any, app: str, changes: dict[str, Any], status: int
) -> None:
    state = world.control("GET", "/state")["tenants"][world.tenant_id]["directory"]["objects"]
    policy = next(one for one in state["teamsPolicies"].values() if one["policyType"] == "TeamsCallingPolicy")
    user = world.user("hugo.rast")["id"]
    right = {"userId": user, "policyType": policy["policyType"], "policyId": policy["id"]}
    answer = world.graph("POST", f"{POLICIES}/assign", token=app, body={"value": [right, {**right, **changes}]})
    assert answer.status_code == status
    shown = world.get(f"/admin/teams/userConfigurations/{user}", token=app)
    assert shown["effectivePolicyAssignments"] == []
