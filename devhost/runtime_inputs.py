"""Harmless trigger inputs for the conformance check, in the runtime's own intermediate type."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from devhost.errors import StartError

Datum = Callable[[Any, str], Any]
"""The runtime's Datum class: a value and the name of its kind."""

_MOMENT = "2026-01-01T00:00:00+00:00"


def trigger_input(trigger: Mapping[str, Any], given: Mapping[str, Any], *, datum: Datum) -> tuple[Any, dict[str, Any]]:
    """Return (trigger datum, trigger metadata) for one invocation.

    `given` may hold, for a queue `text`; for HTTP `method`, `body`, and the mappings `headers`, `query`, `params`.

    Raises:
        StartError: the trigger is neither HTTP nor queue nor timer.
    """
    kind = trigger["type"]
    if kind == "httpTrigger":
        return datum(_http(trigger, given, datum=datum), "http"), {}
    if kind == "queueTrigger":
        return datum(given.get("text", "{}"), "string"), _queue_metadata(datum)
    if kind == "timerTrigger":
        return datum(json.dumps({"IsPastDue": False, "ScheduleStatus": {}, "Schedule": {}}), "json"), {}
    raise StartError(f"no input can be made for a trigger of type `{kind}`")


def _http(trigger: Mapping[str, Any], given: Mapping[str, Any], *, datum: Datum) -> dict[str, Any]:
    def texts(name: str) -> dict[str, Any]:
        return {key: datum(value, "string") for key, value in given.get(name, {}).items()}

    methods = trigger.get("methods") or ["GET"]
    return {
        "method": datum(given.get("method", str(methods[0])), "string"),
        "url": datum(f"http://localhost/{trigger.get('route', '')}", "string"),
        "headers": texts("headers"),
        "query": texts("query"),
        "params": texts("params"),
        "body": datum(str(given.get("body", "")).encode("utf-8"), "bytes"),
    }


def _queue_metadata(datum: Datum) -> dict[str, Any]:
    moments = ("InsertionTime", "ExpirationTime", "NextVisibleTime")
    return {
        "Id": datum("check", "string"),
        "DequeueCount": datum("1", "json"),
        "PopReceipt": datum("check", "string"),
        **{name: datum(json.dumps(_MOMENT), "json") for name in moments},
    }
