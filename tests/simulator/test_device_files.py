"""What a tenant file says of devices and apps, and what it need not say."""

from typing import Any

import pytest

from simulator.errors import TenantFileError
from simulator.seed import directory_of
from simulator.tenant_file import parse
from tests.simulator.test_tenant_file import TENANT, TINY


def _described(*devices: Any, **more: Any) -> Any:
    return directory_of(parse({**TINY, "devices": list(devices), **more}))


def test_a_file_that_says_nothing_of_devices_gives_everybody_a_computer_and_one_app() -> None:
    without = {name: part for name, part in TENANT.items() if name not in ("devices", "intuneApps")}
    directory = directory_of(parse(without))
    members = {one["id"] for one in directory.users.values() if one["accountEnabled"] and one["userType"] == "Member"}
    assert {one["userId"] for one in directory.objects["managedDevices"].values()} == members
    assert [one["displayName"] for one in directory.objects["mobileApps"].values()] == ["Company Portal"]
    assert _described().objects["managedDevices"] == {}


def test_a_device_of_a_file_becomes_what_it_says() -> None:
    described = {"deviceName": "Kiosk", "operatingSystem": "Android 15", "online": False, "serialNumber": "K-1"}
    directory = _described(described, {"deviceName": "PC", "userPrincipalName": "A@tiny.example"})
    kiosk, computer = directory.objects["managedDevices"].values()
    assert (kiosk["operatingSystem"], kiosk["osVersion"], kiosk["online"]) == ("Android", "15", False)
    assert (kiosk["userId"], kiosk["serialNumber"]) == ("", "K-1")
    assert computer["userId"] in directory.users
    assert list(directory.objects["deviceLocalCredentials"]) == [computer["azureADDeviceId"]]


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"devices": [{"deviceName": "X", "userPrincipalName": "b@tiny.example"}]}, "devices[0].userPrincipalName"),
        ({"devices": [{"deviceName": "X", "isEncrypted": "perhaps"}]}, "devices[0].isEncrypted"),
        ({"devices": [{"deviceName": "X"}, {"deviceName": "X"}]}, "devices[1]"),
        ({"devices": [{}]}, "devices[0].deviceName"),
        ({"devices": {}}, "devices"),
        ({"intuneApps": [{"displayName": ""}]}, "intuneApps[0].displayName"),
    ],
)
def test_a_wrong_device_or_app_of_a_file_is_named_by_its_key(document: dict[str, Any], key: str) -> None:
    with pytest.raises(TenantFileError) as wrong:
        directory_of(parse({**TINY, **document}))
    assert f"`{key}`" in str(wrong.value)
