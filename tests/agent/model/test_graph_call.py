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


MANAGED = "/deviceManagement/managedDevices"
ONE = f"{MANAGED}/446f1630-907f-57cb-a252-973ef0f7f6ec"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (ONE, (("$select", "id,deviceActionResults"),)),
        (ONE, (("$select", "id"), ("$expand", "deviceActionResults"))),
        (ONE, (("$select", "activationLockBypassCode"),)),
        (ONE, (("%24select", "%2A"),)),
        (f"{ONE}/deviceActionResults", ()),
        (f"{ONE}/activationLockBypassCode", ()),
        # Whole devices have it too, alone, in lists, and inside of other objects.
        (ONE, ()),
        (ONE, (("$select", ""),)),
        (ONE, (("$expand", "users($select=id)"),)),
        (f"{MANAGED}('446f1630')", ()),
        (MANAGED, (("$filter", "serialNumber eq 'X1'"),)),
        ("/users/x/manageddevices", ()),
        ("/users/x", (("$select", "id"), ("$expand", "managedDevices"))),
        # Neither a cast, nor what is beside another thing, nor a value that looks like a choice makes it less.
        (f"{ONE}/microsoft.graph.managedDevice", ()),
        (f"{ONE}/users", ()),
        (MANAGED, (("$filter", "deviceName eq 'a&$select=x'"),)),
        (MANAGED, (("$filter", "deviceName eq 'a'"), ("select", "id"))),
        (MANAGED, (("$select", "id&x"),)),
        (MANAGED, (("$SELECT", "id"),)),
        (MANAGED, (("$select", "id,*"),)),
        (MANAGED, (("$select", "id"), ("$select", "deviceActionResults"))),
    ],
)
def test_what_earlier_actions_told_about_a_device_is_a_secret_however_it_is_asked_for(
    path: str, query: tuple[tuple[str, str], ...]
) -> None:
    """A new passcode, an unlock PIN and a place are in `deviceActionResults`."""
    assert GraphCall(method="GET", path=path, query=query).reveals


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (ONE, (("$select", "id,deviceName"),)),
        (MANAGED, (("$filter", "serialNumber eq 'X1'"), ("$select", "id"))),
        ("/users/x/managedDevices", (("$select", "id"),)),
        (f"{ONE}/deviceCompliancePolicyStates", ()),
        (f"{ONE}/microsoft.graph.managedDevice", (("$select", "id"),)),
        (MANAGED, (("$filter", "deviceName eq 'deviceActionResults'"), ("$select", "id"))),
        ("/groups", (("$search", '"displayName:RecoveryKeys Keyholders"'), ("$select", "id"))),
        ("/groups", (("$filter", "displayName eq 'managedDevices project'"),)),
        ("/deviceManagement/auditEvents", (("$filter", "activityType eq 'wipe ManagedDevice'"),)),
    ],
)
def test_the_plain_properties_of_a_device_are_no_secret(path: str, query: tuple[tuple[str, str], ...]) -> None:
    assert not GraphCall(method="GET", path=path, query=query).reveals
