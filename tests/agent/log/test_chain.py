"""The chain of one log: it begins with the log's name, and takes nothing that two readers could take differently."""

from typing import Any

import pytest

from agent.errors import DoesNotFitError
from agent.log.export import export_lines
from agent.model.sealed_log import NOTHING_BEFORE, LogEntry, chain_start, entry_hash
from agent.storage.event_rows import ChainTip, event_rows
from policy.canonical import digest
from tests.agent.log.house import House
from tests.agent.log.verifiers import holds
from tests.conformance.samples import TENANT, event

CASE = "0" * 32


def nested(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def test_the_first_row_of_a_log_is_chained_to_its_name() -> None:
    (first, second), tip = event_rows(CASE, (event(n=1), event(n=2)), tip=ChainTip())
    assert first["prev"] == chain_start(CASE) == digest({"format": "remit-log/2", "log": CASE}) != NOTHING_BEFORE
    assert second["prev"] == first["hash"] == entry_hash(0, event(n=1).model_dump(mode="json"), prev=first["prev"])
    (third,), _ = event_rows(CASE, (event(n=3),), tip=tip)
    assert (third["RowKey"], third["prev"]) == ("ev000002", second["hash"])


def test_the_same_entries_in_another_log_have_other_hashes() -> None:
    names = (CASE, "1" * 32, "stack", f"tenant-{TENANT}")
    rows = [row for name in names for row in event_rows(name, (event(), event()), tip=ChainTip())[0]]
    assert len({row["hash"] for row in rows}) == len({row["prev"] for row in rows}) == 2 * len(names)


@pytest.mark.parametrize(
    "data",
    [{"x": 10**15}, {"x": -(10**15)}, {"x": 0.5}, {"x": "\ud800"}, {"x": nested(61)}],
    ids=["16 digits", "16 digits below zero", "a fraction", "half a character", "too deep"],
)
def test_what_could_not_be_verified_is_not_written(data: dict[str, Any]) -> None:
    with pytest.raises(DoesNotFitError, match="cannot be chained"):
        event_rows(CASE, (event(**data),), tip=ChainTip())


async def test_whatever_may_be_written_can_be_verified() -> None:
    house = House()
    for data in ({"x": 10**15 - 1}, {"x": nested(60)}, {"x": "\u2028\x00\x7f\U0001f600"}, {"x": [], "": {}}):
        event_rows(CASE, (event(**data),), tip=ChainTip())
        await house.add(await house.open(), **data)
    await house.sealer.run()
    assert holds("".join(f"{line}\n" for line in await house.exported()).encode())


async def test_a_row_that_is_damaged_beyond_text_is_exported_and_found() -> None:
    house = House()
    held = await house.open()
    await house.sealer.run()
    for damaged in ("\ud800", {"n": 10**15}, {"x": nested(100)}, nested(700), nested(100_000)):
        house.logs.rewritten[held.case.id] = [LogEntry(0, damaged, "\ud800", "\udfff")]
        exported = export_lines(TENANT, logs=house.logs, archive=house.archive, only=[held.case.id])
        assert not holds("".join([f"{line}\n" async for line in exported]).encode())
