"""A queue message as a function sees it: the text as data, and the trigger metadata that its own body can override."""

import datetime as dt
import json
from collections.abc import Mapping

from azure.functions.meta import Datum
from azure.storage.queue import QueueMessage


def trigger_metadata(message: QueueMessage, text: str) -> dict[str, Datum]:
    """Return the metadata of `message` whose decoded body is `text`, keyed as the queue trigger keys it.

    WARNING: the host lets top-level JSON members of the body override metadata, ignoring case (azure-functions-host
    WorkerFunctionInvoker.ApplyBindingData). So `msg.id` and `msg.dequeue_count` are whatever the sender wrote; a
    faithful host keeps that trap. Arrays and nulls do not override.
    """
    metadata = {
        "QueueTrigger": Datum(text, "string"),
        "Id": Datum(message.id, "string"),
        "DequeueCount": Datum(str(message.dequeue_count), "json"),
        "PopReceipt": Datum(message.pop_receipt, "string"),
        "InsertionTime": _moment(message.inserted_on),
        "ExpirationTime": _moment(message.expires_on),
        "NextVisibleTime": _moment(message.next_visible_on),
    }
    spelling = {name.lower(): name for name in metadata}
    for name, value in _members(text).items():
        metadata[spelling.get(name.lower(), name)] = value
    return metadata


def _members(text: str) -> Mapping[str, Datum]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    return {name: _datum(value) for name, value in body.items() if value is not None and not isinstance(value, list)}


def _datum(value: object) -> Datum:
    if isinstance(value, str):
        return Datum(value, "string")
    if isinstance(value, bool):
        return Datum(str(value), "string")
    return Datum(json.dumps(value), "json" if isinstance(value, dict) else "string")


def _moment(value: dt.datetime | None) -> Datum:
    text = value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00") if value is not None else ""
    return Datum(json.dumps(text), "json")
