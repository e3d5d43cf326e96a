"""Everything that a running stack has written down anywhere, to be searched for what must not be there."""

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from devhost.desk import Desk
from devhost.stack import LocalStack

# The one place that must hold a secret for a while: what the person reads in Teams (and the tenant itself).
_LOGS_OF_THE_CLOUD = ("/requests", "/writes", "/audits", "/faults", "/mail")


def traces(stack: LocalStack, desk: Desk) -> dict[str, str]:
    """Return texts by where they stand: tables, queues, blobs, files, and what the simulated cloud was told."""
    return {
        **dict(_tables(stack.storage)),
        **dict(_queues(stack.storage)),
        **dict(_blobs(stack.storage)),
        **dict(_files(stack.plan.state)),
        **{path: json.dumps(desk.control("GET", path)) for path in _LOGS_OF_THE_CLOUD},
        "tickets": json.dumps(desk.control("GET", "/state")["tickets"]),
    }


def places(found: dict[str, str], text: str) -> list[str]:
    """Return where `text` stands, plain or in base64 at any of its three alignments."""
    shapes = {text, *(_inner_base64(text.encode(), offset) for offset in range(3))}
    return sorted(place for place, words in found.items() if any(shape in words for shape in shapes))


def _inner_base64(raw: bytes, offset: int) -> str:
    """The part of the base64 of something that contains `raw` which does not depend on what stands around it."""
    encoded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
    return encoded[(0, 2, 3)[offset] : -1]


def _tables(connection: str) -> Iterator[tuple[str, str]]:
    with TableServiceClient.from_connection_string(connection) as service:
        for table in service.list_tables():
            rows = service.get_table_client(table.name).list_entities()
            yield f"table {table.name}", "\n".join(_words_of(dict(row)) for row in rows)


def _blobs(connection: str) -> Iterator[tuple[str, str]]:
    with BlobServiceClient.from_connection_string(connection) as service:
        for container in service.list_containers():
            blobs = service.get_container_client(container.name)
            for name in blobs.list_blob_names():
                yield f"blob {container.name}/{name}", blobs.download_blob(name).readall().decode("latin-1")


def _words_of(row: dict[str, Any]) -> str:
    """A row as text. What is only compressed is unpacked, because it hides nothing."""
    packed: dict[str, list[bytes]] = {}
    for name, value in sorted(row.items()):
        if isinstance(value, bytes):
            packed.setdefault(name.rstrip("0123456789"), []).append(value)
    unpacked = [_inflated(b"".join(parts)) for parts in packed.values()]
    return " ".join([str(row), *unpacked])


def _inflated(raw: bytes) -> str:
    try:
        return zlib.decompress(raw).decode()
    except (zlib.error, ValueError):
        return raw.decode("latin-1")


def _queues(connection: str) -> Iterator[tuple[str, str]]:
    with QueueServiceClient.from_connection_string(connection) as service:
        for queue in service.list_queues():
            messages = service.get_queue_client(queue.name).peek_messages(32)
            yield f"queue {queue.name}", "\n".join(str(message.content) for message in messages)


def _files(state: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(one for one in state.rglob("*") if one.is_file()):
        yield f"file {file.relative_to(state)}", file.read_bytes().decode("latin-1")
