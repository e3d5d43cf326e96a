"""Reads that reveal a secret leave under a permit only, and what they bring appears in no error and no log."""

import logging
from dataclasses import replace
from typing import Any

import httpx
import pytest

from agent.actions import parse_step
from agent.errors import DirectoryError, WriteUnknownError
from agent.graph.sender import GraphDirectory
from agent.graph.tripwire import Tripwire, in_force
from agent.model.graph_call import GraphCall
from tests.agent.areas.devices import ENTRA_DEVICE, KEY, PARAMS
from tests.agent.graph.permits import permit_for
from tests.agent.graph.stub_graph import Script, StubGraph
from tests.agent.graph.test_tripwire import BASE, Wire

SECRETS = ("secret.bitlocker.read", "secret.laps.read")
CALLS = {name: parse_step(name, PARAMS[name]).call for name in SECRETS}
KEYS = f"/informationProtection/bitlocker/recoveryKeys/{KEY}"
PASSWORDS = f"/directory/deviceLocalCredentials/{ENTRA_DEVICE}"
HIDDEN = "111111-222222-333333"
ANSWERS: dict[str, dict[str, Any]] = {
    SECRETS[0]: {"id": KEY, "key": HIDDEN},
    SECRETS[1]: {"id": ENTRA_DEVICE, "credentials": [{"passwordBase64": HIDDEN}]},
}
SPELLINGS = [
    KEYS + "?$select=key",
    KEYS + "?$select=id,Key",
    KEYS + "?$SELECT=KEY",
    KEYS + "?$select=volumeType,%20key",
    KEYS + "?%24select=%6Bey",
    KEYS + "?select=key",
    KEYS + "?$select=id&$select=key",
    KEYS + "/?$select=key",
    KEYS.replace("recoveryKeys/", "recoveryKeys%2F") + "?$select=key",
    KEYS.replace("recoveryKeys", "RECOVERYKEYS").replace("bitlocker", "%62itlocker") + "?$select=key",
    PASSWORDS + "?$select=credentials",
    PASSWORDS + "?$select=id,Credentials",
    PASSWORDS + "?$select=credentials/passwordBase64",
    PASSWORDS + "?$expand=credentials",
    PASSWORDS + "?%24select=%63redentials",
    PASSWORDS.replace("deviceLocalCredentials", "devicelocalcredentials") + "?$select=credentials",
    f"/informationProtection/bitlocker/recoveryKeys('{KEY}')?$select=key",
    f"/directory/deviceLocalCredentials('{ENTRA_DEVICE}')?$select=credentials",
    KEYS + "/key",
    PASSWORDS + "/credentials",
    KEYS + "?$select=*",
    PASSWORDS + "?$select=%2A",
    "/informationProtection/bitlocker/recoveryKeys?$select=key",
    "/directory/deviceLocalCredentials?$select=id,credentials",
    f"/deviceLocalCredentials/{ENTRA_DEVICE}?$select=credentials",
    "/informationProtection/bitlocker//recoveryKeys/x?$select=key",
    KEYS + "?$select=%256Bey",
    "/informationProtection/bitlocker?$expand=recoveryKeys($select=key)",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_without_a_permit_a_secret_is_not_asked_for_however_the_query_is_spelt(spelling: str) -> None:
    behind = Wire()
    async with httpx.AsyncClient(transport=Tripwire(BASE, behind)) as client:
        with pytest.raises(DirectoryError, match="without a permit"):
            await client.get(BASE + spelling)
    assert behind.passed == []


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_permit_for_one_secret_opens_it_once_and_no_other_spelling(spelling: str) -> None:
    behind = Wire()
    permitted = CALLS[SECRETS[0]]
    async with httpx.AsyncClient(transport=Tripwire(BASE, behind)) as client:
        with in_force(permit_for(permitted)):
            with pytest.raises(DirectoryError):
                await client.get(BASE + spelling)
            assert behind.passed == []
            await client.get(BASE + permitted.target)
            with pytest.raises(WriteUnknownError, match="second request"):
                await client.get(BASE + permitted.target)
    assert len(behind.passed) == 1


@pytest.mark.parametrize("action", SECRETS)
async def test_what_there_is_may_be_asked_freely(action: str) -> None:
    behind = Wire(200, 200)
    step = parse_step(action, PARAMS[action])
    assert step.capture is not None
    async with httpx.AsyncClient(transport=Tripwire(BASE, behind)) as client:
        for call in (step.check.call, step.capture):
            await client.get(BASE + call.target)
    assert len(behind.passed) == 2


@pytest.mark.parametrize("action", SECRETS)
async def test_the_sender_refuses_to_read_a_secret_as_if_it_were_nothing(
    graph: StubGraph, directory: GraphDirectory, action: str
) -> None:
    with pytest.raises(ValueError, match="reveals no secret"):
        await directory.read(CALLS[action])
    assert graph.received == []


@pytest.mark.parametrize("action", SECRETS)
async def test_a_permitted_secret_is_asked_for_once_with_a_user_agent(
    graph: StubGraph, directory: GraphDirectory, action: str
) -> None:
    """Both references demand that header."""
    graph.answers("GET", CALLS[action].path, Script(200, ANSWERS[action]))
    answer = await directory.write(permit_for(CALLS[action]), client_request_id="rq-1", secret=None)
    assert answer.body == ANSWERS[action]
    [sent] = graph.received
    assert (sent.method, sent.content) == ("GET", b"")
    assert sent.headers["User-Agent"].startswith("Remit/") and sent.headers["client-request-id"] == "rq-1"
    assert sent.target.startswith(f"/v1.0{CALLS[action].path}?")


@pytest.mark.parametrize("action", SECRETS)
@pytest.mark.parametrize(
    "script",
    [
        Script(504, {"error": {"code": "x", "message": HIDDEN}}),
        Script(200, raw=HIDDEN.encode()),
        Script(200, raw=f'{{"key": "{HIDDEN}"'.encode()),
        Script(drop=True),
    ],
)
async def test_an_answer_that_went_wrong_shows_nothing_of_the_secret(
    graph: StubGraph, directory: GraphDirectory, caplog: pytest.LogCaptureFixture, action: str, script: Script
) -> None:
    caplog.set_level(logging.DEBUG)
    graph.answers("GET", CALLS[action].path, replace(script))
    with pytest.raises(WriteUnknownError) as lost:
        await directory.write(permit_for(CALLS[action]), client_request_id="rq-1", secret=None)
    assert HIDDEN not in f"{lost.value!r} {lost.value.__cause__!r}"
    assert HIDDEN not in caplog.text
    assert len(graph.received) == 1


async def test_nothing_of_a_secret_is_logged_when_it_comes(
    graph: StubGraph, directory: GraphDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    call: GraphCall = CALLS[SECRETS[0]]
    graph.answers("GET", call.path, Script(200, ANSWERS[SECRETS[0]]))
    await directory.write(permit_for(call), client_request_id="rq-1", secret=None)
    assert HIDDEN not in caplog.text
