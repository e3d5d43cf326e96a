"""Output bindings: values encoded by azure-functions' own converters, then sent as the host's queue binding would.

Rules (azure-functions-host WorkerFunctionInvoker.BindOutputsAsync, FunctionBinding.ReadAsEnumerable):
  1. Outputs are sent only after the function succeeded, all in parallel, with no transaction around them.
  2. Text that looks like a JSON object or array is parsed; an array becomes one message per element.
  3. An object or array is written anew, indented, so the text a function set is not the text that arrives.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum

from devhost.errors import InvocationError
from devhost.function import Binding
from devhost.queue_store import QueueStore


class Out(func.Out[Any]):
    """What a function gets for an output parameter; unset means that nothing is sent."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        """Keep the value to send once the function has returned."""
        self._value = val

    def get(self) -> Any:
        """Return the value set so far, or None."""
        return self._value


def encode(binding: Binding, value: object) -> Datum:
    """Encode `value` for `binding` the way the worker does.

    Raises:
        InvocationError: the binding cannot carry a value of this kind.
    """
    if binding.plain and isinstance(value, dict | list | int | float):
        return Datum(json.dumps(value), "json")
    try:
        datum = binding.converter.encode(value, expected_type=None)
    except NotImplementedError as problem:
        raise InvocationError(f"output `{binding.name}` cannot carry a `{type(value).__name__}`") from problem
    assert isinstance(datum, Datum)
    return datum


def messages(datum: Datum) -> list[str]:
    """Return the texts of the queue messages that one encoded output becomes (rules 2 and 3)."""
    value = datum.value.decode("utf-8") if isinstance(datum.value, bytes) else datum.value
    parsed: object = value
    if isinstance(value, str) and (datum.type == "json" or _looks_like_json(value)):
        try:
            parsed = json.loads(value)
        except ValueError as problem:
            raise InvocationError("an output looks like JSON and is not: the host would fail to parse it") from problem
    elements = parsed if isinstance(parsed, list) else [parsed]
    return [_text(element) for element in elements]


async def send(store: QueueStore, encoded: Sequence[tuple[Binding, Datum]], *, environ: Mapping[str, str]) -> None:
    """Send every output in parallel; the first failure is raised once all have ended, the others stay sent (rule 1)."""
    jobs = [
        store.put(binding.connection, binding.queue_name(environ), text=text)
        for binding, datum in encoded
        for text in messages(datum)
    ]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        raise failures[0]


def _looks_like_json(text: str) -> bool:
    stripped = text.strip()
    return stripped[:1] + stripped[-1:] in ("{}", "[]")


def _text(element: object) -> str:
    if isinstance(element, str):
        return element
    if isinstance(element, bool):
        return str(element)
    return json.dumps(element, indent=2, ensure_ascii=False)
