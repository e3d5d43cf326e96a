"""Turns the storage SDKs' errors into ours, naming the status and the code and never the payload."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

from azure.core.exceptions import AzureError, HttpResponseError

from agent.errors import StorageError

# Storage answers 409 to an insert of what exists, 412 to an outdated ETag, and 404 to an update of what
# was deleted: in each case somebody else was there first.
# https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
CONFLICT_STATUSES = frozenset({404, 409, 412})

# The SDK wraps most failures, but a broken reply to a transaction surfaces as http.client's own error.
FAILURES = (AzureError, HTTPException, OSError)


@contextmanager
def storage_errors(action: str) -> Iterator[None]:
    """Run the block; `action` says what it does, for the message.

    Raises:
        StorageError: storage did not answer or refused.
    """
    try:
        yield
    except FAILURES as error:
        raise StorageError(f"storage could not {action}: {reason_of(error)}") from None


def reason_of(error: Exception) -> str:
    """Return status and code of a storage error, or its type, as text that is safe to log."""
    if isinstance(error, HttpResponseError) and error.status_code is not None:
        return f"status `{error.status_code}`, code `{_code_of(error) or 'none'}`"
    return f"`{type(error).__name__}`"


def missing_table(error: HttpResponseError) -> bool:
    """Whether the table itself is absent, which is our set-up's fault and not another worker's."""
    return _code_of(error) == "TableNotFound"


def missing_blob(error: HttpResponseError) -> bool:
    """Whether it is a blob that is absent, and not the container, which would be our set-up's fault."""
    return _code_of(error) == "BlobNotFound"


def existing_blob(error: HttpResponseError) -> bool:
    """Whether a blob stands there already; any other conflict, as of a container being deleted, stored nothing."""
    return _code_of(error) == "BlobAlreadyExists"


def _code_of(error: HttpResponseError) -> str:
    # The SDK puts an enum there, or plain text for the parts of a transaction.
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")
