"""The drill on a running stack whose Graph answers writes late: it meets writes under way, and nothing is half done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.drill import broken, measure

CASES = 12


@pytest.fixture(scope="module")
def drills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """What a pause and a stop were measured to take, each on cases of its own."""
    folder = tmp_path_factory.mktemp("drill")
    yield {one["order"]: one for one in measured(folder)}


def measured(folder: Path) -> list[dict[str, Any]]:
    return measure(CASES, folder, slow_seconds=3.0, orders=("pause", "stop"), progress=lambda _: None)


@pytest.mark.parametrize("order", ["pause", "stop"])
def test_of_writes_that_are_under_way_each_is_waited_for_and_none_is_begun_any_more(
    drills: dict[str, dict[str, Any]], order: str
) -> None:
    found = drills[order]
    assert broken(found) == [] and found["cases"] >= 1
    moved = [one["last_ms"] for one in found["by_case"] if one["under_way"]]
    assert len(moved) >= 1 and 0 < found["p50_ms"] <= found["p99_ms"] == found["most_ms"] == max(moved)
    # Whoever met the order is seen at rest no earlier than the last answer of its own write.
    assert all(one["settled_ms"] >= one["last_ms"] for one in found["by_case"])


def test_what_a_stop_ends_is_put_back_or_handed_over(drills: dict[str, dict[str, Any]]) -> None:
    assert set(drills["stop"]["outcomes"]) <= {"rolled_back", "escalated", "resolved"}
    assert set(drills["pause"]["outcomes"]) == {"resolved"}
