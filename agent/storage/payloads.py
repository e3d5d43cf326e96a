"""What is too long for a row, as blobs that never change: each stands under the SHA-256 of its bytes.

Container `payloads`, blob `<case id>/<64 hex digits>`. A blob is put before the row that refers to it is saved, so a
row never refers to nothing. What was put for a row that was never saved is left over: the blob says which version of
the case that row was to replace, and so `agent.storage.leftovers` knows when nobody can save it any more.

This module loads no SDK but the tables'; the blobs' own is loaded by the first payload (`BlobPayloads`).
"""

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from agent.errors import DamagedError, DoesNotFitError, StorageError
from agent.storage.failures import existing_blob, missing_blob, storage_errors

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobServiceClient, ContainerClient

CONTAINER: Final = "payloads"
# The service takes far more. This much is read by one request, and a worker can hold a few of them.
# https://learn.microsoft.com/rest/api/storageservices/put-blob
MAX_PAYLOAD_BYTES: Final = 16 * 1_048_576
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
MAX_NAME_CHARACTERS: Final = 1_024

# An id without a slash, so that no case's blobs stand among another's.
_CASE_ID = re.compile(r"[A-Za-z0-9._-]+")
_NAME = re.compile(r"([A-Za-z0-9._-]+)/([0-9a-f]{64})")
_REPLACES: Final = "replaces"
# What the service answers to a range of an empty blob.
_BEYOND_ITS_END: Final = 416


@dataclass(frozen=True, slots=True)
class StoredPayload:
    """One payload as the container lists it. `replaces` is what `version_of` made of the ETag that `put` was given."""

    case_id: str
    digest: str
    replaces: str
    put_at: datetime


class Payloads(Protocol):
    """Payloads of all cases of a stack. Bytes in, bytes out; what they mean is `agent.storage.long_columns`'s."""

    async def put(self, case_id: str, raw: bytes, *, etag: str) -> str:
        """Store bytes and return their digest; storing the same again changes nothing.

        `etag` is that of the case row which the row that will refer to them replaces, empty when there is none yet.

        Raises:
            DoesNotFitError: they are more than one payload may be, or nothing; or the case's id makes no blob's name.
            StorageError: storage did not answer or refused.
        """

    async def get(self, case_id: str, digest: str, *, size: int, place: str) -> bytes:
        """Return the bytes under this digest. `size` is how many they are, `place` the column, for the message.

        Raises:
            DamagedError: they are missing, or others than were put.
            StorageError: storage did not answer or refused.
        """

    async def remove(self, case_id: str, digests: Iterable[str]) -> None:
        """Remove payloads; those that are gone already are no error.

        Raises:
            StorageError: storage did not answer or refused; some may be removed.
        """

    def stored(self) -> AsyncIterator[StoredPayload]:
        """Yield every payload of every case, those of one case in a row.

        Raises:
            StorageError: storage did not answer or refused.
        """


class BlobPayloads:
    """Payloads as block blobs. `connect` gives the client, and is asked by whoever is the first to need it."""

    def __init__(self, connect: "Callable[[], BlobServiceClient]") -> None:
        self._connect = connect
        self._client: BlobServiceClient | None = None

    async def put(self, case_id: str, raw: bytes, *, etag: str) -> str:
        """See Payloads. One request; of more than 1 MiB one for each MiB, and one that makes them the blob."""
        digest = digest_of(raw)
        name = name_of(case_id, digest)
        check_payload(raw)
        with storage_errors(f"store a payload of case `{case_id}`"):
            try:
                # Only where there is nothing (If-None-Match: *): what stands there is never written over.
                metadata = {_REPLACES: version_of(etag)}
                await self._container.upload_blob(name, raw, overwrite=False, metadata=metadata)
            except ResourceExistsError as error:
                if not existing_blob(error):
                    raise
                # Our own, sent again because the answer was lost. Whoever reads it compares the digest.
                return digest
        return digest

    async def get(self, case_id: str, digest: str, *, size: int, place: str) -> bytes:
        """See Payloads. One request."""
        if not (_NAME.fullmatch(f"{case_id}/{digest}") and 0 < size <= MAX_PAYLOAD_BYTES):
            raise damaged(case_id, place, what="one that no payload can have")
        with storage_errors(f"read `{place}` of case `{case_id}`"):
            try:
                # Never more than the row says: what was put in a payload's place may be of any size.
                stream = await self._container.download_blob(name_of(case_id, digest), offset=0, length=size)
                raw = await stream.readall()
            except HttpResponseError as error:
                if not (missing_blob(error) or error.status_code == _BEYOND_ITS_END):
                    raise
                raise damaged(case_id, place, what="nothing") from None
        if digest_of(raw) != digest:
            raise damaged(case_id, place, what="something else")
        return raw

    async def remove(self, case_id: str, digests: Iterable[str]) -> None:
        """See Payloads. One request each."""
        for digest in digests:
            with storage_errors(f"remove a payload of case `{case_id}`"):
                try:
                    await self._container.delete_blob(name_of(case_id, digest))
                except ResourceNotFoundError as error:
                    if not missing_blob(error):
                        raise

    async def stored(self) -> AsyncIterator[StoredPayload]:
        """See Payloads. One request for 5,000 of them. What has no payload's name is nobody's business here."""
        with storage_errors("list the payloads"):
            async for found in self._container.list_blobs(include=["metadata"]):
                if (named := _NAME.fullmatch(found.name)) is not None:
                    replaces = str((found.metadata or {}).get(_REPLACES, ""))
                    yield StoredPayload(named[1], named[2], replaces, _put_at(found))

    async def close(self) -> None:
        """Close the connection, if there ever was one."""
        if self._client is not None:
            await self._client.close()

    @property
    def _container(self) -> "ContainerClient":
        if self._client is None:
            self._client = self._connect()
        return self._client.get_container_client(CONTAINER)


def digest_of(raw: bytes) -> str:
    """Return the SHA-256 under which bytes are stored, as 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()


def version_of(etag: str) -> str:
    """Return what stands for a row's ETag in a payload's metadata, whose values take less than an ETag may hold."""
    return digest_of(etag.encode())


def name_of(case_id: str, digest: str) -> str:
    """Return the name of a payload's blob. The emulator takes names of any length, the service does not.

    Raises:
        DoesNotFitError: the case's id makes no blob's name.
    """
    name = f"{case_id}/{digest}"
    if len(name) > MAX_NAME_CHARACTERS or not _CASE_ID.fullmatch(case_id):
        expected = f"an id of letters, digits, `.`, `_`, `-` that makes a name of at most `{MAX_NAME_CHARACTERS}`"
        raise DoesNotFitError(f"expected {expected} characters, got `{case_id[:100]}`")
    return name


def check_payload(raw: bytes) -> None:
    """Refuse what is not stored as one payload, before anything is sent.

    Raises:
        DoesNotFitError: it is empty or too long.
    """
    if not 0 < len(raw) <= MAX_PAYLOAD_BYTES:
        raise DoesNotFitError(f"expected a payload of 1 to `{MAX_PAYLOAD_BYTES}` bytes, got `{len(raw)}`")


def damaged(case_id: str, place: str, *, what: str) -> StorageError:
    """Return the error for a payload that is not what was put."""
    return DamagedError(f"`{place}` of case `{case_id}`: expected the payload that was put, got {what}")


def _put_at(found: Any) -> datetime:
    moment: datetime = found.creation_time or found.last_modified
    return moment
