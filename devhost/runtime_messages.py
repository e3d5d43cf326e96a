"""A stand-in for the generated protobuf module that azure-functions-runtime asks its host for.

The runtime only builds messages and reads back what it was given, so plain records with the same attributes are enough
(read in azure-functions-runtime 1.3.0: handle_event.py, loader.py, functions.py, utils/tracing.py). A message the
runtime builds and this file does not know raises AttributeError, so a new need of a new version cannot pass unseen.
"""

from types import SimpleNamespace
from typing import Any, Final


class StatusResult(SimpleNamespace):
    """How a request went; `status` is one of the two constants (FunctionRpc.proto)."""

    Failure: Final = 0
    Success: Final = 1


class BindingInfo(SimpleNamespace):
    """One binding; the directions and the unset data type have their numbers from FunctionRpc.proto."""

    inout: Final = 2
    out: Final = 1
    undefined: Final = 0


class RpcException(SimpleNamespace):
    """What failed: `message` and `stack_trace`."""


class WorkerMetadata(SimpleNamespace):
    """Versions of the worker."""


class WorkerInitResponse(SimpleNamespace):
    """The answer to the first request; the app is indexed by then, or `result` says why not."""


class RpcRetryOptions(SimpleNamespace):
    """A retry policy."""


class RpcFunctionMetadata(SimpleNamespace):
    """One indexed function: `name`, `function_id`, `raw_bindings` (JSON texts)."""


class FunctionMetadataResponse(SimpleNamespace):
    """All indexed functions in `function_metadata_results`."""


class FunctionLoadResponse(SimpleNamespace):
    """The answer to loading one function."""


def request(kind: str, /, **fields: Any) -> SimpleNamespace:
    """Return what a public handler of the runtime takes: a streaming message with one request of this `kind`.

    The messages above are handed over as the property `protos`.
    """
    import devhost.runtime_messages as messages  # The module itself plays the generated one.

    message = SimpleNamespace(**{kind: SimpleNamespace(**fields)})
    return SimpleNamespace(request=message, properties={"protos": messages, "host": "127.0.0.1"})
