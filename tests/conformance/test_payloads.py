"""What every Payloads promises, checked on blobs and on its in-memory twin."""

import asyncio
import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from agent.errors import DamagedError, DoesNotFitError
from agent.storage.payloads import MAX_PAYLOAD_BYTES, BlobPayloads, Payloads, StoredPayload, version_of
from tests.conformance.memory_payloads import MemoryPayloads

RAW = bytes(range(256)) * 400


@pytest.fixture(params=["memory", "blob"])
def payloads(request: pytest.FixtureRequest) -> Payloads:
    if request.param == "memory":
        return MemoryPayloads()
    blobs = request.getfixturevalue("blobs")
    return BlobPayloads(lambda: blobs)


@pytest.fixture
def case_id() -> str:
    return uuid.uuid4().hex


async def stored(payloads: Payloads, *case_ids: str) -> list[StoredPayload]:
    return [one async for one in payloads.stored() if one.case_id in case_ids]


async def test_what_was_put_comes_back_under_the_digest_of_its_bytes(payloads: Payloads, case_id: str) -> None:
    digest = await payloads.put(case_id, RAW, etag="")
    assert digest == hashlib.sha256(RAW).hexdigest()
    assert await payloads.get(case_id, digest, size=len(RAW), place="case") == RAW


async def test_putting_the_same_again_even_eight_times_at_once_changes_nothing(
    payloads: Payloads, case_id: str
) -> None:
    digests = await asyncio.gather(*(payloads.put(case_id, RAW, etag=str(n)) for n in range(8)))
    (one,) = await stored(payloads, case_id)
    await payloads.put(case_id, RAW, etag="later")
    assert await stored(payloads, case_id) == [one] and set(digests) == {one.digest}


async def test_a_payload_that_is_not_there_is_an_error_that_names_case_and_column(
    payloads: Payloads, case_id: str
) -> None:
    digest = await payloads.put(case_id, RAW, etag="")
    other = uuid.uuid4().hex
    for wanted, where in ((digest, other), ("0" * 64, case_id), ("../" + digest, case_id), ("", case_id)):
        with pytest.raises(DamagedError, match=f"`plan` of case `{where}`"):
            await payloads.get(where, wanted, size=len(RAW), place="plan")


@pytest.mark.parametrize("size", [0, -1, 1, len(RAW) - 1])
async def test_a_payload_longer_than_its_row_says_is_not_believed(payloads: Payloads, case_id: str, size: int) -> None:
    digest = await payloads.put(case_id, RAW, etag="")
    with pytest.raises(DamagedError):
        await payloads.get(case_id, digest, size=size, place="case")


async def test_what_is_removed_is_gone_and_the_rest_stays(payloads: Payloads, case_id: str) -> None:
    first, second, third = [await payloads.put(case_id, RAW + bytes([n]), etag="") for n in range(3)]
    await payloads.remove(case_id, [first, third])
    assert [one.digest for one in await stored(payloads, case_id)] == [second]
    with pytest.raises(DamagedError):
        await payloads.get(case_id, first, size=len(RAW) + 1, place="case")
    await payloads.remove(case_id, [first, second])
    assert await stored(payloads, case_id) == []


async def test_the_list_tells_each_cases_payloads_and_which_version_they_were_to_replace(
    payloads: Payloads, case_id: str
) -> None:
    longer = case_id + "0"
    before = datetime.now(UTC)
    etag = "W/\"datetime'2026-03-04T05%3A06%3A07.8901234Z'\""
    digests = [
        await payloads.put(case_id, RAW, etag=etag),
        await payloads.put(longer, RAW[1:], etag=""),
        await payloads.put(longer, b"x", etag="ü \n"),
    ]
    found = await stored(payloads, case_id, longer)
    assert {(one.case_id, one.digest, one.replaces) for one in found} == {
        (case_id, digests[0], version_of(etag)),
        (longer, digests[1], version_of("")),
        (longer, digests[2], version_of("ü \n")),
    }
    # Those of one case come in a row; the service says the time in whole seconds.
    assert [one.case_id for one in found] in ([case_id, longer, longer], [longer, longer, case_id])
    assert all(abs(one.put_at - before) < timedelta(seconds=30) for one in found)
    await payloads.remove(case_id, [digests[1]])
    assert len(await stored(payloads, case_id, longer)) == 3, "one case's payloads are not another's"


async def test_the_most_that_fits_is_stored_and_one_byte_more_or_nothing_at_all_is_refused(
    payloads: Payloads, case_id: str
) -> None:
    most = b"m" * MAX_PAYLOAD_BYTES
    for refused in (most + b"x", b""):
        with pytest.raises(DoesNotFitError, match=f"`{MAX_PAYLOAD_BYTES}` bytes"):
            await payloads.put(case_id, refused, etag="")
    assert await stored(payloads, case_id) == []
    digest = await payloads.put(case_id, most, etag="")
    assert await payloads.get(case_id, digest, size=len(most), place="case") == most


@pytest.mark.parametrize("bad", ["", "a/b", "a\\b", "ä", "a b", "a" * 960])
async def test_an_id_that_makes_no_blobs_name_is_refused(payloads: Payloads, bad: str) -> None:
    with pytest.raises(DoesNotFitError, match="expected an id"):
        await payloads.put(bad, RAW, etag="")


async def test_an_id_that_makes_the_longest_name_is_taken(payloads: Payloads) -> None:
    longest = uuid.uuid4().hex + "a" * 927
    digest = await payloads.put(longest, RAW, etag="")
    assert await payloads.get(longest, digest, size=len(RAW), place="case") == RAW
