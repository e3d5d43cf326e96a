"""Where the devices, keys and apps of the sample tenant are, and how a test tells a device something."""

from typing import Any

MINE = "11111111-1111-4111-8111-000000000001"
MANAGED = "/deviceManagement/managedDevices"
KEYS = "/informationProtection/bitlocker/recoveryKeys"
PASSWORDS = "/directory/deviceLocalCredentials"
TECHNICIAN = "gunther.pils@quillmere.example"
OWNER = "mona.vasey@quillmere.example"
STRANGER = "nuno.teles@quillmere.example"
AUDITOR = "sushila.menon@quillmere.example"


def objects(world: Any, state: dict[str, Any] | None = None) -> dict[str, Any]:
    state = state or world.control("GET", "/state")
    return dict(state["tenants"][world.tenant_id]["directory"]["objects"])


def managed(world: Any, name: str = "QM-LDS-07") -> dict[str, Any]:
    return next(dict(one) for one in objects(world)["managedDevices"].values() if one["deviceName"] == name)


def entra_id(world: Any, name: str = "QM-LDS-07") -> str:
    return next(str(one["id"]) for one in objects(world)["devices"].values() if one["displayName"] == name)


def key_id(world: Any, name: str = "QM-LDS-07") -> str:
    device = managed(world, name)["azureADDeviceId"]
    return next(str(one["id"]) for one in objects(world)["bitlockerRecoveryKeys"].values() if one["deviceId"] == device)


def phone(world: Any) -> str:
    return f"{MANAGED}/{managed(world, 'QM-BIO-PH1')['id']}"


def computer(world: Any) -> str:
    return f"{MANAGED}/{managed(world)['id']}"


def app_path(world: Any) -> str:
    return f"/deviceAppManagement/mobileApps/{world.file['intuneApps'][0]['id']}"


def assignment(world: Any, **more: Any) -> dict[str, Any]:
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": world.group_id("QG-Recipes")}
    return {"intent": "available", "target": target, **more}


def tell(world: Any, path: str, operation: str, *, token: str, body: object = None) -> Any:
    return world.graph("POST", f"{path}/{operation}", token=token, body=body)


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def an_hour_ago(world: Any, path: str) -> None:
    """Move what the device was told back in time; by way of a dumped state, which must hold all of it."""
    state = world.control("GET", "/state")
    for result in objects(world, state)["managedDevices"][path.rpartition("/")[2]]["deviceActionResults"]:
        result["startDateTime"] = "2024-06-01T12:00:00Z"
    world.control("POST", "/state", state)


def results(world: Any, path: str, *, token: str) -> list[dict[str, Any]]:
    return list(world.get(f"{path}?$select=deviceActionResults", token=token)["deviceActionResults"])
