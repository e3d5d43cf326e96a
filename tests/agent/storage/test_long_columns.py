"""Which columns leave their row, what the row says of them instead, and the list of all that a case refers to."""

import pytest

from agent.errors import DoesNotFitError
from agent.storage.long_columns import (
    MAX_COLUMN_BYTES,
    LongColumns,
    has_column,
    parse_places,
    places_in,
    places_text,
    shortened,
)
from agent.storage.payloads import MAX_PAYLOAD_BYTES, digest_of
from agent.storage.rows import Row, check_sizes, chunked, pieces
from tests.conformance.memory_payloads import MemoryPayloads

FITS, LONG = b"f" * MAX_COLUMN_BYTES, b"l" * (MAX_COLUMN_BYTES + 1)
A, B, C = (digest_of(one) for one in (b"a", b"b", b"c"))


def row(key: str = "case", **columns: bytes) -> Row:
    made: Row = {"PartitionKey": "p", "RowKey": key, "seq": 7, **chunked("text")}
    for name, raw in columns.items():
        made |= pieces(raw, name=name)
    return made


async def test_a_column_leaves_its_row_as_soon_as_it_is_longer_than_48_kib_and_comes_back_as_it_was() -> None:
    given = [row(case=LONG, plan=FITS, hand=LONG + b"!"), row("op003-do", sealed=LONG), row("op004-do", sealed=FITS)]
    found = shortened(given[0], given[1:], before={})
    case, third, fourth = found.rows
    assert fourth == given[2] and len(found.payloads) == 3
    assert {name for name, value in case.items() if isinstance(value, bytes)} == {"plan00"}
    assert {"case_parts", "case00", "hand_parts", "hand00"}.isdisjoint(case)
    assert (case["seq"], case["parts"], case["plan_parts"]) == (7, 1, 1)
    assert found.places == {"case": case["case_blob"], "hand": case["hand_blob"], "op003-do": third["sealed_blob"]}
    assert places_in(case) == found.places
    payloads = MemoryPayloads()
    await LongColumns(payloads).put("p", found.payloads, etag="")
    for short, whole in zip(found.rows, given, strict=True):
        back = await LongColumns(payloads).lengthened(short)
        assert whole.items() <= back.items() and all(map(has_column, [back] * 2, ["sealed", "sealed"])) == (
            "sealed_parts" in whole
        )


def test_short_rows_stay_as_they_are_and_name_nothing() -> None:
    given = [row(case=FITS, plan=b""), row("op000-do")]
    found = shortened(given[0], given[1:], before={})
    assert found.rows == tuple(given) and not found.payloads and not found.places


def test_the_same_bytes_are_never_one_payload() -> None:
    first, second = (shortened(row(case=LONG), (), before={}) for _ in range(2))
    twins = shortened(row(case=LONG, plan=LONG), (), before={})
    assert len({*first.payloads, *second.payloads, *twins.payloads}) == 4


def test_the_list_keeps_the_attempts_that_are_not_replaced_and_only_those() -> None:
    before = {"case": A, "plan": B, "op000-do": A, "op001-do": B, "op002-do": C}
    given = [row("op001-do", sealed=LONG), row("op002-do")]
    found = shortened(row(case=b"short"), given, before=before)
    assert found.places == {"op000-do": A, "op001-do": found.rows[1]["sealed_blob"]}
    assert places_in(found.rows[0]) == found.places


def test_the_list_of_300_attempts_fits_its_row() -> None:
    listed = {f"op{number:03d}-do": A for number in range(300)}
    found = shortened(row(case=FITS, plan=FITS, hand=FITS), (), before=listed)
    check_sizes(found.rows)
    assert places_in(found.rows[0]) == listed


def test_places_come_back_from_their_text_and_nothing_else_does() -> None:
    for places in ({}, {"case": A}, {"case": A, "op000-do": B}):
        assert parse_places(places_text(places)) == places
    for bad in (
        ",",
        "case",
        "case:",
        f"case:{A},",
        f"case:{A}|",
        f"ca se:{A}",
        f"case:{A[:-1]}",
        f":{A}",
        f"case:{A}\n",
    ):
        with pytest.raises(ValueError, match="places"):
            parse_places(bad)


def test_what_no_payload_can_hold_is_refused_before_anything_is_put() -> None:
    most = b"x" * (MAX_PAYLOAD_BYTES - 16)
    assert len(shortened(row(case=most), (), before={}).payloads) == 1
    with pytest.raises(DoesNotFitError, match="payload"):
        shortened(row(case=most + b"x"), (), before={})


async def test_what_cannot_be_removed_now_is_left_for_later_and_no_error() -> None:
    payloads = MemoryPayloads()
    digest = await payloads.put("p", LONG, etag="")
    payloads.is_down = True
    await LongColumns(payloads).drop("p", {"case": digest}, unless={})
    payloads.is_down = False
    await LongColumns(payloads).drop("p", {"case": digest}, unless={"plan": digest})
    assert len(payloads.kept) == 1
    await LongColumns(payloads).drop("p", {"case": digest}, unless={})
    assert not payloads.kept
