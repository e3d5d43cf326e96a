"""One invocation: decode the trigger, call the function, check and encode what it gave, send the outputs.

Rules of the worker (azure-functions-runtime handle_event.py, native_invocation.py) and of the host:
  1. One event loop runs the async functions; sync functions run in a pool of PYTHON_THREADPOOL_THREAD_COUNT threads.
  2. A function without a `$return` binding that returns something has failed.
  3. Outputs are encoded before any is sent, and sent only after success.
  4. A function that exceeds functionTimeout takes the whole process with it (WebScriptHostExceptionHandler.cs).
"""

import asyncio
import functools
import logging
import os
import sys
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from azure.functions.meta import Datum

from devhost import outputs
from devhost.crash import Misfortune
from devhost.errors import InvocationError
from devhost.function import Binding, LoadedFunction
from devhost.invocation_context import InvocationContext
from devhost.queue_store import QueueStore

TIMEOUT_EXIT_CODE: Final = 70
"""Exit code of the process when a function exceeded functionTimeout (EX_SOFTWARE in sysexits.h)."""

_LOG = logging.getLogger("devhost.invocation")
_THREAD_STORAGE = threading.local()


@dataclass(slots=True)
class Tally:
    """How often a function was started, is running now, succeeded and failed since the process began."""

    running: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(slots=True)
class Invoker:
    """Runs functions. `timeout_seconds` None means no limit; `tallies` is by function name."""

    environ: Mapping[str, str]
    store: QueueStore
    misfortune: Misfortune
    folder: Path
    timeout_seconds: float | None
    tallies: dict[str, Tally] = field(default_factory=dict)
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        threads = self.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
        # None is Python's own default, which is what the runtime falls back to as well.
        workers = int(threads) if threads.isdecimal() and int(threads) >= 1 else None
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="function")

    async def invoke(self, function: LoadedFunction, data: Datum, *, metadata: Mapping[str, Datum]) -> Datum | None:
        """Run `function` once and return its encoded HTTP answer, or None without an HTTP `$return`.

        Raises:
            Exception: whatever the function, a converter or the sending of an output raised; the invocation has failed.
        """
        tally = self.tallies.setdefault(function.name, Tally())
        tally.running += 1
        try:
            returned = await self._run(function, data, metadata=metadata)
        except Exception as problem:
            tally.failed += 1
            # The message of the exception may quote the data, so only its kind and place are logged.
            _LOG.warning("function `%s` failed: %s", function.name, _describe(problem))
            raise
        else:
            tally.succeeded += 1
            return returned
        finally:
            tally.running -= 1

    async def _run(self, function: LoadedFunction, data: Datum, *, metadata: Mapping[str, Datum]) -> Datum | None:
        outs = {name: outputs.Out() for name in function.outputs}
        arguments: dict[str, Any] = {function.trigger.name: _decode(function.trigger, data, metadata=metadata), **outs}
        if function.wants_context:
            arguments["context"] = InvocationContext(
                function.name, str(self.folder), invocation_id=str(uuid.uuid4()), storage=_THREAD_STORAGE
            )
        with self.misfortune.during_function():
            result = await self._within_timeout(function, arguments)
        if result is not None and function.returns is None:
            raise InvocationError(f"function `{function.name}` without a $return binding returned a non-None value")
        returned, encoded = _encode(function, result, outs=outs)
        self.misfortune.at("function-returned")
        await outputs.send(self.store, encoded, environ=self.environ)
        self.misfortune.at("outputs-sent")
        return returned

    async def _within_timeout(self, function: LoadedFunction, arguments: dict[str, Any]) -> object:
        bound = functools.partial(function.call, **arguments)
        loop = asyncio.get_running_loop()
        work = asyncio.ensure_future(bound() if function.is_async else loop.run_in_executor(self.pool, bound))
        done, _ = await asyncio.wait({work}, timeout=self.timeout_seconds)
        if not done:
            _end_process(function.name)
        return work.result()


def _decode(trigger: Binding, data: Datum, *, metadata: Mapping[str, Datum]) -> object:
    if trigger.plain:
        return data.value
    return trigger.converter.decode(data, trigger_metadata=metadata)


def _encode(
    function: LoadedFunction, result: object, *, outs: Mapping[str, outputs.Out]
) -> tuple[Datum | None, list[tuple[Binding, Datum]]]:
    set_outs = {name: out.get() for name, out in outs.items() if out.get() is not None}
    encoded = [
        (function.outputs[name], outputs.encode(function.outputs[name], value)) for name, value in set_outs.items()
    ]
    if function.returns is None:
        return None, encoded
    if function.returns.type == "http":
        return outputs.encode(function.returns, result), encoded
    # A queue output that returns nothing sends nothing.
    if result is not None:
        encoded.append((function.returns, outputs.encode(function.returns, result)))
    return None, encoded


def _describe(problem: BaseException) -> str:
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    detail = f" ({problem})" if isinstance(problem, InvocationError) else ""
    return f"{type(problem).__name__}{place}{detail}"


def _end_process(function_name: str) -> None:
    print(f"function `{function_name}` exceeded functionTimeout: the process ends", file=sys.stderr, flush=True)
    # INVARIANT: no clean-up here; every other invocation dies with the process, as when Azure restarts the worker.
    os._exit(TIMEOUT_EXIT_CODE)
