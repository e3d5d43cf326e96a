"""Conformance: index, and on request invoke, a function app through Microsoft's own azure-functions-runtime.

`python3.13 -m devhost.runtime_check --app DIR [--invoke]` prints one line per function and exits 0 when all is well.
It uses the runtime's public handlers and its native invocation seam, without gRPC and without protobuf, and imports
nothing but the standard library besides, so it runs in a virtualenv that holds the app's requirements only.
"""

import argparse
import asyncio
import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devhost import runtime_messages
from devhost.app_settings import apply_settings, parse_assignments, read_values
from devhost.errors import AppError, DevhostError, StartError
from devhost.production_guard import refuse_production
from devhost.runtime_inputs import trigger_input

_RUNTIME = "azure_functions_runtime"
_RUNTIME_LOGGER = "azure.functions"


@dataclass(frozen=True, slots=True)
class Indexed:
    """One function the runtime accepted; `bindings` are the dictionaries it would send to the host."""

    name: str
    function_id: str
    bindings: tuple[dict[str, Any], ...]

    @property
    def trigger(self) -> dict[str, Any]:
        """The trigger's binding."""
        return next(binding for binding in self.bindings if binding["type"].lower().endswith("trigger"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one invocation gave: `failure` is the kind of the exception or empty, `status` that of an HTTP answer."""

    failure: str
    milliseconds: float
    status: int | None = None


async def index(app: Path) -> tuple[Indexed, ...]:
    """Start the runtime on the folder `app` and load every function of it.

    Raises:
        StartError: azure-functions-runtime is not installed for this Python.
        AppError: the runtime refuses the app; its own words are in the message.
    """
    try:
        runtime = importlib.import_module(_RUNTIME)
    except ImportError as problem:
        raise StartError(
            f"`{_RUNTIME}` is not installed for Python {sys.version_info[0]}.{sys.version_info[1]}"
        ) from problem
    sys.path.insert(0, str(app))
    os.chdir(app)
    runtime.start_threadpool_executor()
    start = runtime_messages.request("worker_init_request", capabilities={}, function_app_directory=str(app))
    _check("the app", await runtime.worker_init_request(start))
    answer = await runtime.functions_metadata_request(runtime_messages.request("functions_metadata_request"))
    _check("the functions", answer)
    functions = tuple(
        Indexed(each.name, each.function_id, tuple(json.loads(text) for text in each.raw_bindings))
        for each in answer.function_metadata_results or ()
    )
    if not functions:
        raise AppError("the runtime found no function in `function_app.py`")
    for function in functions:
        load = runtime_messages.request("function_load_request", function_id=function.function_id)
        _check(f"function `{function.name}`", await runtime.function_load_request(load))
    return functions


async def invoke(function: Indexed, given: Mapping[str, Any]) -> Outcome:
    """Invoke one indexed function with a harmless input of its trigger's kind, changed by `given`.

    Raises:
        StartError: the trigger is of a kind this check cannot make an input for.
    """
    native = importlib.import_module(f"{_RUNTIME}.native_invocation")
    datum = importlib.import_module(f"{_RUNTIME}.bindings.datumdef").Datum
    value, metadata = trigger_input(function.trigger, given, datum=datum)
    started = time.perf_counter()
    ok, answer, _, failure, _ = await native.invocation_request_native(
        f"check-{function.name}", function.function_id, [(function.trigger["name"], value)], metadata
    )
    milliseconds = (time.perf_counter() - started) * 1000
    # Only the kind of the exception: its text may quote what the function was given.
    return Outcome("" if ok else str(failure).partition("(")[0], milliseconds, _status(answer))


def _status(answer: Any) -> int | None:
    """Return the status of an HTTP answer in the runtime's intermediate type, None for anything else."""
    if getattr(answer, "type", None) != "http":
        return None
    return int(answer.value["status_code"].value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check; return 0 when every function is indexed and behaves as expected, else 1."""
    given = _parser().parse_args(arguments)
    # The runtime logs each failure with its text, which may quote data; it is shown only to whoever asks.
    logging.getLogger(_RUNTIME_LOGGER).setLevel(logging.ERROR if given.tracebacks else logging.CRITICAL)
    try:
        refuse_production(os.environ)
        values = read_values(given.settings) if given.settings else {}
        apply_settings(os.environ, values, overrides=parse_assignments(given.set))
        refuse_production(os.environ)
        inputs = _read_inputs(given.inputs)
        return asyncio.run(_check_app(given.app.resolve(), inputs, invokes=given.invoke))
    except DevhostError as problem:
        print(f"runtime check: {problem}", file=sys.stderr)
        return 1


async def _check_app(app: Path, inputs: Mapping[str, Any], *, invokes: bool) -> int:
    functions = await index(app)
    unknown = set(inputs) - {function.name for function in functions}
    if unknown:
        raise StartError(f"the inputs name functions the app has not: {', '.join(sorted(unknown))}")
    bad = 0
    for function in functions:
        verdict, is_bad = "indexed", False
        if invokes:
            verdict, is_bad = await _verdict(function, inputs.get(function.name, {}))
        bad += is_bad
        print(f"{function.name:<32} {function.trigger['type']:<14} {len(function.bindings)} bindings  {verdict}")
    print(f"{len(functions)} functions, {bad} not as expected")
    return 1 if bad else 0


async def _verdict(function: Indexed, given: Mapping[str, Any]) -> tuple[str, bool]:
    outcome = await invoke(function, given)
    expected = given.get("expect", "success"), given.get("status", outcome.status)
    actual = "failure" if outcome.failure else "success", outcome.status
    text = f"{_told(actual)} {outcome.failure}".rstrip() + f" in {outcome.milliseconds:.2f} ms"
    return (text, False) if actual == expected else (f"{text}: expected {_told(expected)}", True)


def _told(outcome: tuple[str, int | None]) -> str:
    return outcome[0] if outcome[1] is None else f"{outcome[0]} {outcome[1]}"


def _check(what: str, answer: Any) -> None:
    if answer.result.status != runtime_messages.StatusResult.Success:
        raise AppError(f"the runtime refuses {what}: {answer.result.exception.message}")


def _read_inputs(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise StartError(f"inputs file `{file.name}` cannot be read: {type(problem).__name__}") from problem
    if not isinstance(document, dict) or not all(isinstance(each, dict) for each in document.values()):
        raise StartError(f"inputs file `{file.name}`: expected an object of objects, by function name")
    return document


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devhost.runtime_check", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="folder of function_app.py")
    parser.add_argument("--invoke", action="store_true", help="also invoke every function once")
    parser.add_argument("--tracebacks", action="store_true", help="show why invocations failed")
    parser.add_argument("--inputs", type=Path, help="JSON by function name: text, method, body, ..., expect, status")
    parser.add_argument("--settings", type=Path, help="settings in the format of local.settings.json")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one app setting")
    return parser


if __name__ == "__main__":
    sys.exit(main())
