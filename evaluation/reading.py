"""Reads facts: which are of the directory and which of the run, and when one cannot be read at all."""

from collections.abc import Iterable

from evaluation.directory_facts import read_directory
from evaluation.event_facts import read_event
from evaluation.facts import DIRECTORY_CHECKS, Fact, Reading
from evaluation.seen import Seen


def read(fact: Fact, seen: Seen, *, is_wanted: bool) -> Reading:
    """Read one fact; `is_wanted` as opposed to forbidden. What has an argument that nobody knows cannot be read."""
    if fact.not_understood:
        return Reading(fact, None, f"nobody knows what `{min(fact.not_understood)}` means in `{fact.check}`")
    if fact.check in DIRECTORY_CHECKS:
        return Reading(fact, *read_directory(seen, fact))
    return Reading(fact, *read_event(seen, fact, is_wanted=is_wanted))


def read_all(facts: Iterable[Fact], seen: Seen, *, is_wanted: bool) -> tuple[Reading, ...]:
    """Read facts in order."""
    return tuple(read(fact, seen, is_wanted=is_wanted) for fact in facts)
