"""Output bindings: when they are sent, in which order, and what becomes of their text."""

import asyncio
import json
from typing import Any, cast

import pytest
from azure.functions.meta import Datum
from azure.storage.queue import QueueServiceClient

from devhost import outputs
from devhost.errors import InvocationError
from devhost.function import Binding
from devhost.queue_store import QueueStore
from tests.devhost.host_process import HostProcess, peek, until

ONE = Binding("one", "queue", {"queueName": "q", "connection": "C"}, plain=True)


def test_outputs_are_sent_only_after_success(host: HostProcess, queues: QueueServiceClient) -> None:
    assert host.request("/api/send", "POST", body='{"one": "lost", "fail": true}').status == 500
    assert host.request("/api/send", "POST", body='{"one": "kept"}').status == 202
    assert peek(queues, f"{host.prefix}sent-one") == ["kept"]


def test_an_array_becomes_one_message_per_element(host: HostProcess, queues: QueueServiceClient) -> None:
    body = json.dumps({"many": ["a", "b"]})
    assert host.request("/api/send", "POST", body=body).status == 202
    until(lambda: sorted(peek(queues, f"{host.prefix}sent-many")) == ["a", "b"])


def test_a_return_value_goes_to_the_return_binding(host: HostProcess, queues: QueueServiceClient) -> None:
    headers = {"Content-Type": "application/json", "x-functions-key": "xyz"}
    host.request("/admin/functions/chain", "POST", body='{"input": "text"}', headers=headers)
    until(lambda: "text!" in peek(queues, f"{host.prefix}chained"))


TEXTS: list[tuple[object, list[str]]] = [
    ("plain", ["plain"]),
    ('{"b":1,"a":"é"}', ['{\n  "b": 1,\n  "a": "é"\n}']),
    ('["x", {"n": 1}, 2]', ["x", '{\n  "n": 1\n}', "2"]),
    (b"bytes", ["bytes"]),
    ([1, True], ["1", "True"]),
    ("[]", []),
]


@pytest.mark.parametrize(("value", "texts"), TEXTS)
def test_text_that_looks_like_json_is_parsed_and_written_anew(value: object, texts: list[str]) -> None:
    assert outputs.messages(outputs.encode(ONE, value)) == texts


def test_text_that_only_looks_like_json_fails_the_invocation() -> None:
    with pytest.raises(InvocationError, match="looks like JSON and is not"):
        outputs.messages(Datum("{not json}", "string"))


def test_a_value_the_binding_cannot_carry_fails_the_invocation() -> None:
    with pytest.raises(InvocationError, match="output `one` cannot carry a `object`"):
        outputs.encode(ONE, object())


class Meeting:
    """A store whose puts only return once all of them are under way; one of them may be refused."""

    def __init__(self, size: int, refused: str = "") -> None:
        self.barrier = asyncio.Barrier(size)
        self.refused = refused
        self.sent: list[str] = []

    async def put(self, connection: str, queue: str, *, text: str) -> None:
        """Keep the text after everybody has arrived."""
        await self.barrier.wait()
        if text == self.refused:
            raise ConnectionError(text)
        self.sent.append(text)


def _store(meeting: Meeting) -> QueueStore:
    return cast(QueueStore, meeting)


def _encoded(*values: str) -> list[tuple[Binding, Any]]:
    return [(ONE, outputs.encode(ONE, value)) for value in values]


async def test_all_outputs_are_sent_in_parallel() -> None:
    meeting = Meeting(3)
    async with asyncio.timeout(2):
        await outputs.send(_store(meeting), _encoded("a", "b", "c"), environ={})
    assert sorted(meeting.sent) == ["a", "b", "c"]


async def test_one_refused_output_fails_the_invocation_and_the_others_stay_sent() -> None:
    meeting = Meeting(3, refused="b")
    with pytest.raises(ConnectionError):
        await outputs.send(_store(meeting), _encoded("a", "b", "c"), environ={})
    assert sorted(meeting.sent) == ["a", "c"]
