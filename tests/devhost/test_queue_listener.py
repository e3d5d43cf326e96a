"""What happens to a queue message, from outside: through running hosts and real queues."""

import base64
import datetime as dt
import json
import time
from typing import Any

import pytest
from azure.storage.queue import QueueServiceClient

from devhost.invocation import TIMEOUT_EXIT_CODE
from tests.devhost.conftest import StartHost
from tests.devhost.host_process import HostProcess, held, peek, peek_raw, put, put_raw, until

QUEUES = "AzureFunctionsJobHost__extensions__queues__"


def _most_at_once(host: HostProcess) -> int:
    events = [(e["at"], 1) for e in host.journal("work")] + [(e["at"], -1) for e in host.journal("work-done")]
    running = [sum(step for _, step in sorted(events)[: position + 1]) for position in range(len(events))]
    return max(running)


@pytest.mark.parametrize(("threshold", "at_once"), [(0, 2), (1, 3)])
def test_a_new_batch_is_taken_at_the_threshold(
    start_host: StartHost, queues: QueueServiceClient, threshold: int, at_once: int
) -> None:
    prefix = f"batch{threshold}-"
    for name, seconds in (("a", 0.1), ("b", 0.8), ("c", 0.1), ("d", 0.1)):
        put(queues, f"{prefix}work", json.dumps({"seconds": seconds, "name": name}))
    host = start_host(PREFIX=prefix, **{f"{QUEUES}batchSize": "2", f"{QUEUES}newBatchThreshold": str(threshold)})
    host.until_journal("work-done", 4)
    assert _most_at_once(host) == at_once


def test_a_message_in_work_is_hidden_for_ten_minutes(host: HostProcess, queues: QueueServiceClient) -> None:
    put(queues, f"{host.prefix}work", '{"name": "hidden"}')
    entry = host.until_journal("work", name="hidden")[0]
    hidden_seconds = dt.datetime.fromisoformat(entry["hidden_until"]).timestamp() - entry["at"]
    assert 597 <= hidden_seconds <= 601


def test_a_long_run_renews_its_message_so_nobody_else_gets_it(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    host = start_host("--queue-visibility", "1")
    put(queues, f"{host.prefix}work", '{"seconds": 2.3, "name": "long"}')
    host.until_journal("work-done", name="long")
    until(lambda: held(queues, f"{host.prefix}work") == 0)
    assert len(host.journal("work", name="long")) == 1


def test_a_failure_is_delayed_by_the_visibility_timeout_of_host_json(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    host = start_host(**{f"{QUEUES}visibilityTimeout": "00:00:01", f"{QUEUES}maxDequeueCount": "2"})
    put(queues, f"{host.prefix}work", '{"fail": true, "name": "late"}')
    first, second = host.until_journal("work", 2, name="late")
    assert second["at"] - first["at"] >= 1.0
    # The last failure is poisoned at once, without that delay.
    until(lambda: len(peek(queues, f"{host.prefix}work-poison")) == 1)
    assert time.time() - second["at"] < 0.9


def test_a_message_that_keeps_failing_is_poisoned_after_max_dequeue_count(
    host: HostProcess, queues: QueueServiceClient
) -> None:
    text = '{"fail": true, "name": "poison"}'
    put(queues, f"{host.prefix}work", text)
    until(lambda: text in peek(queues, f"{host.prefix}work-poison"))
    assert [entry["count"] for entry in host.journal("work", name="poison")] == [1, 2, 3]
    until(lambda: held(queues, f"{host.prefix}work") == 0)


def test_a_message_that_is_not_base64_is_poisoned_as_it_is(host: HostProcess, queues: QueueServiceClient) -> None:
    put_raw(queues, f"{host.prefix}returns", "not base64!")
    until(lambda: "not base64!" in peek_raw(queues, f"{host.prefix}returns-poison"))
    assert not host.journal("returns", text="not base64!")


def test_message_encoding_none_takes_and_sends_plain_text(start_host: StartHost, queues: QueueServiceClient) -> None:
    host = start_host(**{f"{QUEUES}messageEncoding": "none"})
    put_raw(queues, f"{host.prefix}chain", "plain")
    until(lambda: peek_raw(queues, f"{host.prefix}chained") == ["plain!"])


SPOOFS: list[tuple[dict[str, Any], str, Any]] = [
    ({"Id": "evil"}, "id", "evil"),
    ({"id": "lower"}, "id", "lower"),
    ({"DequeueCount": 99}, "count", 99),
    ({"DequeueCount": "77"}, "count", 77),
]


@pytest.mark.parametrize(("body", "fact", "value"), SPOOFS)
def test_a_body_can_override_the_trigger_metadata(
    host: HostProcess, queues: QueueServiceClient, body: dict[str, Any], fact: str, value: Any
) -> None:
    text = json.dumps(body)
    put(queues, f"{host.prefix}work", text)
    assert host.until_journal("work", text=text)[0][fact] == value


def test_a_body_with_a_dequeue_count_that_is_no_number_poisons_itself(
    host: HostProcess, queues: QueueServiceClient
) -> None:
    text = '{"DequeueCount": "abc"}'
    put(queues, f"{host.prefix}work", text)
    until(lambda: text in peek(queues, f"{host.prefix}work-poison"))
    assert not host.journal("work", text=text)


def test_returning_something_without_a_return_binding_fails(host: HostProcess, queues: QueueServiceClient) -> None:
    put(queues, f"{host.prefix}returns", "x")
    until(lambda: base64.b64encode(b"x").decode() in peek_raw(queues, f"{host.prefix}returns-poison"))
    assert "without a $return binding returned a non-None value" in host.stderr


def test_the_queue_of_a_trigger_is_not_created_but_waited_for(host: HostProcess, queues: QueueServiceClient) -> None:
    name = f"{host.prefix}chain"
    assert name not in [queue.name for queue in queues.list_queues(name_starts_with=name)]
    put(queues, name, "late")
    host.until_journal("chain", text="late")


def test_an_output_to_a_queue_of_the_same_process_wakes_its_listener(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    host = start_host(**{f"{QUEUES}maxPollingInterval": "00:01:00"})
    put(queues, f"{host.prefix}work", '{"name": "before"}')
    host.until_journal("work", name="before")
    # After 1.9 s the listener is in a wait that leaves 0.5 s or more, so one quick answer of three proves the waking;
    # a busy machine may be slow to give it.
    assert any(_answers_quickly(host, name=f"woken{attempt}") for attempt in range(3))


def _answers_quickly(host: HostProcess, name: str) -> bool:
    time.sleep(1.9)
    sent_at = time.time()
    host.request("/api/to-work", "POST", body=json.dumps({"name": name}))
    return host.until_journal("work", name=name)[0]["at"] - sent_at < 0.4


def test_a_function_that_exceeds_function_timeout_ends_the_process(
    start_host: StartHost, queues: QueueServiceClient
) -> None:
    host = start_host(AzureFunctionsJobHost__functionTimeout="00:00:01")
    put(queues, f"{host.prefix}work", '{"seconds": 20, "name": "endless"}')
    assert host.wait() == TIMEOUT_EXIT_CODE
    assert "function `work` exceeded functionTimeout" in host.stderr


def test_a_gentle_stop_finishes_what_is_running(start_host: StartHost, queues: QueueServiceClient) -> None:
    host = start_host()
    put(queues, f"{host.prefix}work", '{"seconds": 1, "name": "last"}')
    host.until_journal("work", name="last")
    assert host.stop() == 0
    assert len(host.journal("work-done", name="last")) == 1
    assert held(queues, f"{host.prefix}work") == 0
