"""Texts in pieces and the limits that the emulator does not enforce."""

import hashlib
import re
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DoesNotFitError, StorageError
from agent.storage import rows as rows_module
from agent.storage.connections import StorageConnections
from agent.storage.rows import (
    MAX_CHUNK_BYTES,
    MAX_UNPACKED_BYTES,
    Row,
    check_sizes,
    chunked,
    joined,
    moment_of,
    packed,
    pieces,
    stamp,
    unpacked,
)


@given(st.text(), st.integers(0, 3))
def test_any_text_comes_back_from_its_pieces(text: str, more: int) -> None:
    whole = "\N{GRINNING FACE}" * (more * 10_007) + text
    assert joined(chunked(whole)) == whole


@pytest.mark.parametrize("shift", [0, 1])
def test_no_piece_is_longer_than_a_property_may_be_or_splits_a_character(shift: int) -> None:
    pieces = chunked("x" * shift + "\N{GRINNING FACE}" * 60_000)
    texts = [value for name, value in pieces.items() if name != "parts"]
    assert len(texts) == pieces["parts"] > 1
    for text in texts:
        assert 0 < len(text.encode("utf-16-le")) <= MAX_CHUNK_BYTES


# Nothing to compress: a digest of each number.
NOISE = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(4_000))


@given(st.text(), st.integers(0, 2))
def test_any_text_comes_back_from_its_package(text: str, more: int) -> None:
    whole = NOISE * more + text
    pieces = packed(whole, name="case")
    assert unpacked(pieces, name="case") == whole
    assert all(len(piece) <= MAX_CHUNK_BYTES for name, piece in pieces.items() if name != "case_parts")
    assert len(pieces) == pieces["case_parts"] + 1


def test_a_package_that_lacks_a_piece_or_has_a_wrong_one_is_an_error_and_no_other_text() -> None:
    whole = packed(NOISE, name="z")
    assert whole["z_parts"] > 2
    damaged: list[Row] = [
        {name: value for name, value in whole.items() if name != "z01"},
        {**whole, "z_parts": whole["z_parts"] - 1},
        {**whole, "z01": whole["z00"]},
        {**whole, "z00": "text"},
        {**whole, "z_parts": "2"},
        {"z_parts": 0},
        {"z_parts": 1, "z00": zlib.compress(b"x" * (MAX_UNPACKED_BYTES + 1))},
    ]
    for one in damaged:
        with pytest.raises(StorageError, match="expected a packed text") as caught:
            unpacked({"PartitionKey": "p", "RowKey": "r", **one}, name="z")
        assert NOISE[:20] not in str(caught.value)


def test_a_text_that_could_not_be_read_again_is_not_packed() -> None:
    assert unpacked(packed("x" * MAX_UNPACKED_BYTES, name="z"), name="z")
    with pytest.raises(DoesNotFitError, match="bytes to pack"):
        packed("x" * (MAX_UNPACKED_BYTES + 1), name="z")


def row(**columns: object) -> Row:
    return {"PartitionKey": "p", "RowKey": "r", **columns}


FULL = chunked("x" * 520_000)


@pytest.mark.parametrize(
    ("rows", "limit"),
    [
        ([row()] * 101, "`100` rows"),
        ([row(**{f"p{n}": 1 for n in range(253)})], "`252` properties"),
        ([row(**chunked("x" * 525_000))], "`1048576` bytes"),
        ([row(**FULL)] * 9, "`4194304` bytes"),
        ([row(**chunked("ü" * 500_000))] * 2, "`4194304` bytes"),
        ([row(**pieces(b"x" * 1_048_500, name="p"))], "`1048576` bytes"),
        ([row(**pieces(b"x" * 1_040_000, name="p"))] * 4, "`4194304` bytes"),
        ([row(p=b"x" * 65_537)], "property `p`: expected at most `65536` bytes"),
        ([row(p="x" * 32_769)], "property `p`: expected at most `65536` bytes"),
        ([row(p="x" + "\N{GRINNING FACE}" * 16_384)], "property `p`: expected at most `65536` bytes"),
        ([row(PartitionKey="x" * 513)], "a PartitionKey of at most `512` characters"),
        ([row(), row(RowKey="\N{GRINNING FACE}" * 257)], "a RowKey of at most `512` characters"),
        *(([row(RowKey=f"a{bad}b")], "a RowKey of") for bad in "/\\#?\0\n\x1f\x7f\x9f\ud800"),
    ],
)
def test_what_the_service_would_refuse_is_refused_before_it_is_sent(rows: list[Row], limit: str) -> None:
    with pytest.raises(StorageError, match=limit):
        check_sizes(rows)


def test_what_the_service_takes_is_taken() -> None:
    check_sizes([row()] * 100)
    check_sizes([row(**{f"p{n}": 1 for n in range(252)})])
    check_sizes([row(**FULL)] * 7)
    check_sizes([row(**pieces(b"x" * 1_040_000, name="p"))] * 3)
    check_sizes([row(p=b"x" * 65_536, q="x" * 32_768, r="\N{GRINNING FACE}" * 16_384)])
    check_sizes([row(PartitionKey="\N{GRINNING FACE}" * 256, RowKey=" é%'|~" + "x" * 506)])


CHECKED_ELSEWHERE = {"case_partition": "by `agent.storage.cases`, before payloads are put"}


def test_every_module_that_stores_rows_checks_what_the_service_would_refuse() -> None:
    folder = Path(rows_module.__file__).parent
    stores = {
        path.stem: path.read_text(encoding="utf-8")
        for path in folder.glob("*.py")
        if re.search(r"\.(create_entity|upsert_entity|update_entity|submit_transaction)\(", path.read_text("utf-8"))
    }
    assert {"case_index", "conditional", "archive_copy"} <= set(stores), "the test must see who stores rows"
    unchecked = {name for name, text in stores.items() if "check_sizes(" not in text}
    assert unchecked == set(CHECKED_ELSEWHERE)


async def test_what_is_taken_here_is_taken_by_storage(storage: StorageConnections) -> None:
    table = storage.tables.get_table_client("cases")
    longest = row(PartitionKey="é" * 512, RowKey="x" * 512, p=b"x" * 65_536, q="ü" * 32_768)
    check_sizes([longest])
    await table.create_entity(longest)
    await table.delete_entity(longest["PartitionKey"], longest["RowKey"])


def test_times_are_stored_so_that_they_sort() -> None:
    moment = datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert stamp(moment) == "2025-12-31T23:00:00.000000Z"
    assert moment_of({"at": stamp(moment)}, "at") == moment
    assert moment_of({}, "at") is None
    assert stamp(moment) < stamp(moment + timedelta(microseconds=1))
