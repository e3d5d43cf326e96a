"""The tripwire opens every batch: plain reads pass, and nothing hides among them."""

import json

import httpx
import pytest

from agent.errors import DirectoryError
from agent.graph import batches
from agent.graph.tripwire import Tripwire, in_force
from agent.model.graph_call import GraphCall
from tests.agent.graph.permits import ADD_MEMBER, permit_for
from tests.agent.graph.reads import MEMBERS, USER

BASE = "https://graph.example.org/v1.0"

PART = {"id": "0", "method": "GET", "url": "/users/u-1"}


def written(body: object) -> bytes:
    """JSON in the one form that the sender writes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def batch(**changes: object) -> bytes:
    """A batch of one part that differs from a right one by `changes`."""
    return written({"requests": [{**PART, **changes}]})


STOPPED: list[bytes] = [
    batch(method="POST"),
    batch(method="get"),
    batch(method="DELETE", url="/users/u-1"),
    batch(body={}),
    batch(body=None),
    batch(dependsOn=["1"]),
    batch(headers={"X-HTTP-Method-Override": "DELETE"}),
    batch(headers={"ConsistencyLevel": "eventual", "Authorization": "Bearer x"}),
    batch(id=7),
    batch(url="users/u-1"),
    batch(url="//evil.example/users"),
    batch(url="https://evil.example/users"),
    batch(url="/users/../groups"),
    batch(url="/users/%2e%2e/groups"),
    batch(url="/users/%252e%252e/groups"),
    batch(url="/users/u-1#x"),
    batch(url="/users/u 1"),
    batch(url="/users\\u-1"),
    batch(url="/users/u-1\n"),
    batch(url="/$batch"),
    batch(url="/%24batch"),
    batch(url="/%2524Batch"),
    batch(url="/informationProtection/bitlocker/recoveryKeys/k?$select=key"),
    batch(url="/informationprotection/bitlocker/recoverykeys/k?%24select=k%65y"),
    batch(url="/informationProtection%2Fbitlocker/recoveryKeys/k?$select=key"),
    batch(url="/informationProtection%252Fbitlocker/recoveryKeys/k?$select=%256bey"),
    batch(url="/directory/deviceLocalCredentials/d?$select=credentials"),
    batch(url="/informationProtection/bitlocker/recoveryKeys?$filter=deviceId%20eq%20%27d%26$select%3Dkey%27"),
    batch(url="/deviceManagement/managedDevices?$filter=deviceName%20eq%20%27a%26$select%3Dx%27"),
    batch(url="/deviceManagement/managedDevices/x/microsoft.graph.managedDevice"),
    written({"requests": []}),
    written({"requests": [{**PART, "id": str(number)} for number in range(21)]}),
    written({"requests": [PART, {**PART, "url": "/groups"}]}),
    written({"requests": [{**PART, "id": "a"}, {**PART, "id": "A"}]}),
    written({"requests": [PART], "more": 1}),
    written({"requests": {"0": PART}}),
    written({"requests": ["GET /users"]}),
    written([PART]),
    b'{"requests":[{"id":"0","method":"DELETE","method":"GET","url":"/users/u-1"}]}',
    b'{"requests": [{"id":"0","method":"GET","url":"/users/u-1"}]}',
    b"",
    b"x",
]


class Wire(httpx.AsyncBaseTransport):
    """What lies behind the tripwire."""

    def __init__(self) -> None:
        self.passed: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.passed.append(request)
        return httpx.Response(200)


async def post(behind: Wire, content: bytes, *, url: str = f"{BASE}/$batch", method: str = "POST") -> None:
    """Send through the tripwire."""
    async with httpx.AsyncClient(transport=Tripwire(BASE, behind)) as client:
        await client.request(method, url, content=content)


@pytest.mark.parametrize("content", STOPPED)
async def test_a_batch_with_anything_but_plain_reads_never_leaves(content: bytes) -> None:
    behind = Wire()
    with pytest.raises(DirectoryError):
        await post(behind, content)
    assert behind.passed == []


async def test_a_batch_of_plain_reads_leaves() -> None:
    behind = Wire()
    await post(behind, batches.packed({"0": USER, "1": MEMBERS}))
    await post(behind, written({"requests": [{**PART, "id": str(number)} for number in range(20)]}))
    assert len(behind.passed) == 2


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", f"{BASE}/%24batch"),
        ("POST", f"{BASE}/$Batch"),
        ("POST", f"{BASE}/$batch/"),
        ("POST", f"{BASE}/$batch?x=1"),
        ("POST", f"{BASE}/users/$batch"),
        ("POST", "https://graph.example.org/beta/$batch"),
        ("POST", "https://graph.example.com/v1.0/$batch"),
        ("PUT", f"{BASE}/$batch"),
        ("GET", f"{BASE}/$batch"),
    ],
)
async def test_a_batch_goes_to_its_one_address(method: str, url: str) -> None:
    behind = Wire()
    with pytest.raises(DirectoryError):
        await post(behind, batches.packed({"0": USER}), method=method, url=url)
    assert behind.passed == []


async def test_no_permit_opens_a_batch() -> None:
    behind = Wire()
    call = GraphCall(method="POST", path="/$batch", body={"requests": [{**PART, "method": "DELETE"}]})
    with in_force(permit_for(call)), pytest.raises(DirectoryError, match="one by one"):
        await post(behind, written(call.body))
    with in_force(permit_for(ADD_MEMBER)), pytest.raises(DirectoryError):
        await post(behind, batches.packed({"0": USER}))
    assert behind.passed == []
