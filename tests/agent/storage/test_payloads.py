"""Payloads in blobs, seen from below: what somebody else did to them, lost answers, requests, and what is loaded."""

import subprocess
import sys
import uuid
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError, ServiceResponseError
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from agent.errors import DamagedError, StorageError
from agent.storage import payloads as payloads_module
from agent.storage.blob_connection import provision_containers
from agent.storage.payloads import CONTAINER, BlobPayloads, digest_of
from tests.conformance.storage_fixtures import RequestCount

RAW = b"private words " * 5_000


@pytest.fixture
def case_id() -> str:
    return uuid.uuid4().hex


@pytest.mark.parametrize("there", [b"", b"x", RAW[:-1], RAW[:-1] + b"?", b"x" * 3_000_000])
async def test_a_payload_that_somebody_altered_is_an_error_that_tells_nothing_of_it(
    payloads: BlobPayloads, blobs: BlobServiceClient, case_id: str, there: bytes
) -> None:
    digest = await payloads.put(case_id, RAW, etag="")
    await blobs.get_blob_client(CONTAINER, f"{case_id}/{digest}").upload_blob(there, overwrite=True)
    with pytest.raises(DamagedError, match=f"`plan` of case `{case_id}`") as caught:
        await payloads.get(case_id, digest, size=len(RAW), place="plan")
    assert "private" not in str(caught.value)


async def test_what_stands_there_is_never_written_over(
    payloads: BlobPayloads, blobs: BlobServiceClient, case_id: str
) -> None:
    planted = blobs.get_blob_client(CONTAINER, f"{case_id}/{digest_of(RAW)}")
    await planted.upload_blob(b"planted")
    digest = await payloads.put(case_id, RAW, etag="")
    assert await (await planted.download_blob()).readall() == b"planted"
    with pytest.raises(DamagedError):
        await payloads.get(case_id, digest, size=len(RAW), place="case")


async def test_a_put_whose_answer_was_lost_is_repeated_and_counts_once(
    payloads: BlobPayloads, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ContainerClient.upload_blob

    async def upload(self: ContainerClient, *given: Any, **options: Any) -> Any:
        await real(self, *given, **options)
        raise ServiceResponseError("the answer was lost")

    with monkeypatch.context() as patch:
        patch.setattr(ContainerClient, "upload_blob", upload)
        with pytest.raises(StorageError, match="ServiceResponseError"):
            await payloads.put(case_id, RAW, etag="")
    digest = await payloads.put(case_id, RAW, etag="")
    assert [one.digest async for one in payloads.stored() if one.case_id == case_id] == [digest]


async def test_a_conflict_that_stored_nothing_is_an_error_and_no_payload(
    payloads: BlobPayloads, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What storage answers for half a minute after the container was deleted: a conflict too, and nothing is there.
    refusal = ResourceExistsError("the container is being deleted")
    refusal.status_code = 409
    refusal.error_code = "ContainerBeingDeleted"  # type: ignore[attr-defined]

    async def upload(*_: Any, **__: Any) -> Any:
        raise refusal

    monkeypatch.setattr(ContainerClient, "upload_blob", upload)
    with pytest.raises(StorageError, match="`409`, code `ContainerBeingDeleted`"):
        await payloads.put(case_id, RAW, etag="")


async def test_without_its_container_everything_is_an_error_of_storage_and_nothing_is_missing(
    blobs: BlobServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    payloads = BlobPayloads(lambda: blobs)
    monkeypatch.setattr(payloads_module, "CONTAINER", "nowhere")
    for asked in (
        payloads.put("a", RAW, etag=""),
        payloads.get("a", "0" * 64, size=1, place="case"),
        payloads.remove("a", ["0" * 64]),
        anext(payloads.stored()),
    ):
        with pytest.raises(StorageError, match="ContainerNotFound") as caught:
            await asked
        assert not isinstance(caught.value, DamagedError)


async def test_what_has_no_payloads_name_is_not_listed_as_one(
    payloads: BlobPayloads, blobs: BlobServiceClient, case_id: str
) -> None:
    digest = await payloads.put(case_id, RAW, etag="")
    for name in (case_id, f"{case_id}/x", f"{case_id}/{digest}0", f"{case_id}/{digest}/{digest}", digest):
        await blobs.get_blob_client(CONTAINER, name).upload_blob(b"x", overwrite=True)
    found = [one async for one in payloads.stored()]
    assert [one.digest for one in found if case_id in one.case_id] == [digest]


async def test_each_costs_one_request(payloads: BlobPayloads, case_id: str, request_count: RequestCount) -> None:
    request_count.reset()
    digest = await payloads.put(case_id, RAW, etag="")
    assert request_count.value == 1
    await payloads.get(case_id, digest, size=len(RAW), place="case")
    assert request_count.value == 2
    await payloads.remove(case_id, [digest])
    assert request_count.value == 3


async def test_provisioning_twice_changes_nothing(payloads: BlobPayloads, blobs: BlobServiceClient) -> None:
    digest = await payloads.put("kept", b"x", etag="")
    await provision_containers(blobs)
    assert await payloads.get("kept", digest, size=1, place="case") == b"x"


async def test_nobody_connects_before_the_first_payload_and_then_once(blobs: BlobServiceClient, case_id: str) -> None:
    connected: list[BlobServiceClient] = []

    def connect() -> BlobServiceClient:
        connected.append(blobs)
        return blobs

    payloads = BlobPayloads(connect)
    await payloads.close()
    assert connected == []
    for raw in (b"1", b"2"):
        await payloads.put(case_id, raw, etag="")
    assert len(connected) == 1


def test_the_blobs_sdk_is_not_loaded_by_whoever_stores_cases() -> None:
    asked = "import sys, agent.storage.cases, agent.storage.payloads; print('azure.storage.blob' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
