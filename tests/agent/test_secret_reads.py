"""A device's secrets on their way: decoded for the person, given to nobody else, and kept nowhere."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from agent.actions import parse_step
from agent.dispatch import dispatch
from agent.errors import ChangedMeanwhileError
from agent.model.case import Stage
from agent.model.permit import Permit
from agent.model.plan import Step
from agent.ports import Answer
from tests.agent.test_dispatch import Ledger, do, opened, ports_of
from tests.agent.world import ALLOW_ALL, ANN, BOB, START, TENANT, World
from tests.conformance.fake_directory import FakeDirectory

DEVICE = "dddddddd-0000-4000-8000-00000000000d"
ENTRA_DEVICE = "ed000000-0000-4000-8000-0000000000ed"
KEY = "cccccccc-0000-4000-8000-00000000000c"
OF_ANN = {"device_id": DEVICE, "user_id": ANN, "entra_device_id": ENTRA_DEVICE}
READ_KEY = parse_step("secret.bitlocker.read", {**OF_ANN, "key_id": KEY})
READ_PASSWORD = parse_step("secret.laps.read", OF_ANN)
RECOVERY_KEY = "110011-220022-330033-440044-550055-660066-071071-080080"
PASSWORD = "QQ@d8f8gY"


class Safe(FakeDirectory):
    """A directory that also answers what reveals a secret, under a permit."""

    secrets: dict[str, dict[str, Any]] = {}

    async def write(self, permit: Permit, *, client_request_id: str, secret: str | None) -> Answer:
        if not permit.call.reveals:
            return await super().write(permit, client_request_id=client_request_id, secret=secret)
        self.asked = (*getattr(self, "asked", ()), permit.call.path)
        return Answer(200, self.secrets[permit.call.path], "request-s", token_id="token-s")


def world_with(password_base64: object = "", *, user_id: str = ANN, keys: tuple[str, ...] = (KEY,)) -> World:
    world = World()
    safe = Safe(TENANT)
    safe.objects = world.directory.objects
    record = {"id": DEVICE, "userId": user_id, "azureADDeviceId": ENTRA_DEVICE, "deviceName": "PC-1"}
    safe.put(f"/deviceManagement/managedDevices/{DEVICE}", record)
    safe.put("/informationProtection/bitlocker/recoveryKeys", {"value": [{"id": one} for one in keys]})
    safe.secrets = {
        READ_KEY.call.path: {"id": KEY, "key": RECOVERY_KEY},
        READ_PASSWORD.call.path: {
            "id": ENTRA_DEVICE,
            "credentials": [
                {"passwordBase64": _encoded("0lder-one"), "backupDateTime": "2026-10-02T08:00:00Z"},
                {"passwordBase64": password_base64, "backupDateTime": "2026-11-01T08:00:00.5Z"},
                {"passwordBase64": _encoded("0ldest-one"), "backupDateTime": "2026-09-02T08:00:00Z"},
            ],
        },
    }
    world.directory = safe
    return world


def _encoded(text: str, encoding: str = "utf-16-le") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


async def brought(step: Step, world: World) -> str:
    """Return the sealed secret that reading brings."""
    sent = await dispatch(do(step), step, ports=await ports_of(world), now=START)
    assert sent.fate == "answered"
    return sent.attempt.sealed_secret


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8"])
@pytest.mark.parametrize("password", [PASSWORD, "a", "Lp#9{}[]~ ^%"])
async def test_a_local_password_reaches_the_person_as_it_is_typed(password: str, encoding: str) -> None:
    world = world_with(_encoded(password, encoding))
    sealed = await brought(READ_PASSWORD, world)
    assert await opened(world, sealed, "secret") == password
    assert password not in sealed or len(password) == 1


async def test_the_reference_of_graphs_own_example_is_decoded() -> None:
    world = world_with("UQBRAEAAZAA4AGYAOABnAFkA")
    assert await opened(world, await brought(READ_PASSWORD, world), "secret") == PASSWORD


@pytest.mark.parametrize(
    "broken",
    [
        "",
        None,
        7,
        "not base64!",
        "UQBRAEAAZAA",
        "/////w==",
        _encoded("two\nlines"),
        _encoded("\x07bell"),
        "UQBRAEAAZAAA",
    ],
)
async def test_what_nobody_could_type_is_no_password(broken: object) -> None:
    assert await brought(READ_PASSWORD, world_with(broken)) == ""


async def test_a_recovery_key_is_given_as_it_is() -> None:
    world = world_with()
    assert await opened(world, await brought(READ_KEY, world), "secret") == RECOVERY_KEY


@pytest.mark.parametrize("step", [READ_KEY, READ_PASSWORD])
async def test_the_secret_of_somebody_elses_device_is_not_even_asked_for(step: Step) -> None:
    world = world_with(_encoded(PASSWORD), user_id=BOB)
    with pytest.raises(ChangedMeanwhileError):
        await dispatch(do(step), step, ports=replace(await ports_of(world), attempts=Ledger()), now=START)
    assert not hasattr(world.directory, "asked")


async def finished(world: World) -> tuple[Stage, str]:
    """Run a request for the key and return where it ended, with everything that was kept or said of it."""
    await world.publish(ALLOW_ALL)
    world.plan(READ_KEY)
    case_id = await world.open()
    case = await world.run(case_id, seconds_per_turn=20)
    attempts = await world.store.attempts(case_id)
    kept = (case, await world.store.events(case_id), attempts, world.people.told, world.tickets)
    assert [one.sealed_secret for one in attempts] == [""]
    return case.stage, repr(kept)


async def test_a_key_goes_to_the_devices_user_once_and_is_written_down_nowhere() -> None:
    world = world_with()
    stage, kept = await finished(world)
    assert stage is Stage.CLOSED
    assert world.people.secrets == [(ANN, RECOVERY_KEY)]
    assert getattr(world.directory, "asked", ()) == (READ_KEY.call.path,)
    assert RECOVERY_KEY not in kept and RECOVERY_KEY[:6] not in kept


async def test_a_key_that_is_not_the_devices_own_is_given_to_nobody() -> None:
    world = world_with(keys=("cccccccc-0000-4000-8000-0000000000ff",))
    _, kept = await finished(world)
    assert getattr(world.directory, "asked", ()) == (READ_KEY.call.path,)
    assert world.people.secrets == []
    assert RECOVERY_KEY not in kept
    assert len(world.tickets.handoffs) == 1
