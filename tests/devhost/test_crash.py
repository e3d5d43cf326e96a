"""Injected deaths and double deliveries, and what the queue rules make of them."""

import random

import pytest
from azure.storage.queue import QueueServiceClient

from devhost.crash import CRASH_EXIT_CODE, Misfortune
from devhost.errors import StartError
from tests.devhost.conftest import StartHost
from tests.devhost.host_process import held, peek, put, until

# Its run at the start would meet the injected death before any message does.
QUIET = {"AzureWebJobs.startup.Disabled": "true"}


def test_the_message_is_deleted_last_so_a_death_before_it_repeats_the_outputs(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    dying = start_host("--crash-at", "outputs-sent", "--queue-visibility", "1", **QUIET)
    put(queues, f"{dying.prefix}chain", "twice")
    assert dying.wait() == CRASH_EXIT_CODE
    assert peek(queues, f"{dying.prefix}chained") == ["twice!"]
    assert held(queues, f"{dying.prefix}chain") == 1
    start_host(PREFIX=dying.prefix)
    until(lambda: peek(queues, f"{dying.prefix}chained") == ["twice!", "twice!"])
    until(lambda: held(queues, f"{dying.prefix}chain") == 0)


def test_outputs_are_sent_after_the_function_so_a_death_before_it_sends_none(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    dying = start_host("--crash-at", "function-returned", **QUIET)
    put(queues, f"{dying.prefix}chain", "never")
    assert dying.wait() == CRASH_EXIT_CODE
    assert len(dying.journal("chain", text="never")) == 1
    assert peek(queues, f"{dying.prefix}chained") == []


def test_poison_is_copied_before_it_is_deleted_so_a_death_between_copies_it_twice(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    limit = {**QUIET, "AzureFunctionsJobHost__extensions__queues__maxDequeueCount": "1"}
    dying = start_host("--crash-at", "poison-copied", "--queue-visibility", "1", **limit)
    put(queues, f"{dying.prefix}returns", "p")
    assert dying.wait() == CRASH_EXIT_CODE
    assert peek(queues, f"{dying.prefix}returns-poison") == ["p"]
    assert held(queues, f"{dying.prefix}returns") == 1
    start_host(PREFIX=dying.prefix, **limit)
    until(lambda: peek(queues, f"{dying.prefix}returns-poison") == ["p", "p"])


def test_a_death_can_strike_while_a_function_runs(start_host: StartHost, queues: QueueServiceClient) -> None:
    dying = start_host("--crash-at", "in-function", **QUIET)
    put(queues, f"{dying.prefix}work", '{"seconds": 5, "name": "cut"}')
    assert dying.wait() == CRASH_EXIT_CODE
    assert len(dying.journal("work", name="cut")) == 1
    assert dying.journal("work-done", name="cut") == []


def test_a_duplicate_runs_twice_and_its_stale_pop_receipt_is_no_error(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    host = start_host("--duplicate", "1")
    put(queues, f"{host.prefix}work", '{"seconds": 0.3, "name": "double"}')
    host.until_journal("work-done", 2, name="double")
    until(lambda: held(queues, f"{host.prefix}work") == 0)
    assert [entry["count"] for entry in host.journal("work", name="double")] == [1, 2]
    assert peek(queues, f"{host.prefix}work-poison") == []
    assert "not completed" not in host.stderr
    assert host.stop() == 0


def test_the_same_seed_draws_the_same_fate() -> None:
    def fates(seed: int) -> list[bool]:
        fate = Misfortune(duplicate_probability=0.5, chance=random.Random(seed))
        return [fate.duplicates() for _ in range(20)]

    assert fates(7) == fates(7)
    assert fates(7) != fates(8)


def test_a_death_at_one_point_spares_the_others() -> None:
    fate = Misfortune(crash_probability=1.0, crash_at="poison-copied")
    fate.at("message-received")
    with fate.during_function():
        pass


def test_an_unknown_point_and_an_impossible_probability_are_refused() -> None:
    with pytest.raises(StartError, match="crash point `nowhere` is unknown"):
        Misfortune(crash_at="nowhere")
    with pytest.raises(StartError, match="expected a number from 0 to 1"):
        Misfortune(duplicate_probability=1.5)
