"""The `context` parameter of a function: invocation id, names, and empty trace and retry contexts."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import azure.functions as func


@dataclass(frozen=True, slots=True)
class NoTrace:
    """A trace context of a host that starts no trace."""

    trace_state: str = ""
    trace_parent: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FirstAttempt:
    """The retry context of an invocation that is never retried by a policy.

    Retry policies do not apply to queue triggers (Microsoft Learn, "Azure Functions error handling and retries").
    """

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


class InvocationContext(func.Context):
    """What azure.functions.Context promises, for one invocation."""

    def __init__(self, name: str, directory: str, *, invocation_id: str, storage: threading.local) -> None:
        """`name` and `directory` are the function's and the app's; `storage` belongs to the thread that runs it."""
        self._name = name
        self._directory = directory
        self._invocation_id = invocation_id
        self._storage = storage

    @property
    def invocation_id(self) -> str:
        """A new UUID for each invocation."""
        return self._invocation_id

    @property
    def thread_local_storage(self) -> threading.local:  # type: ignore[override]  # The base class says type[local].
        """Storage of the thread that runs the function."""
        return self._storage

    @property
    def function_name(self) -> str:
        """The function's name."""
        return self._name

    @property
    def function_directory(self) -> str:
        """The app's folder."""
        return self._directory

    @property
    def trace_context(self) -> NoTrace:  # type: ignore[override]  # The base class is private to azure.functions.
        """Always empty."""
        return NoTrace()

    @property
    def retry_context(self) -> FirstAttempt:  # type: ignore[override]  # The base class is private to azure.functions.
        """Always the first attempt."""
        return FirstAttempt()
