"""While a bundle is loaded Python's collector does not start, and afterwards it is as it was."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from bench.policy import workload
from policy.bundle import Bundle
from policy.collector import collector_paused
from policy.engine import Engine
from policy.errors import BundleError


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_the_collector_is_off_inside_and_on_again_after() -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    with collector_paused():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_what_was_made_inside_is_old_afterwards_and_can_still_be_collected() -> None:
    with collector_paused():
        made: list[object] = []
    assert any(one is made for one in gc.get_objects(generation=2))
    assert gc.get_freeze_count() == 0


def test_what_somebody_froze_stays_frozen() -> None:
    gc.freeze()
    with collector_paused():
        pass
    assert gc.get_freeze_count() > 0


def test_the_collector_is_on_again_after_a_refusal() -> None:
    with pytest.raises(BundleError):
        Bundle.parse("[", catalogue=workload.CATALOGUE)
    assert gc.isenabled()


def test_reading_and_compiling_a_bundle_starts_no_collection() -> None:
    text = workload.bundle_of(workload.draw_rules(400)).canonical_json()
    started: list[str] = []

    def note(phase: str, _: dict[str, Any]) -> None:
        # A collection that is due starts as soon as the collector is on again, outside.
        if not gc.isenabled():
            started.append(phase)

    gc.callbacks.append(note)
    try:
        Engine(Bundle.parse(text, catalogue=workload.CATALOGUE), tenant_id="t", catalogue=workload.CATALOGUE)
    finally:
        gc.callbacks.remove(note)
    assert started == []
