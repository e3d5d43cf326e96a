"""Questions about mail on its way: what came for an address, and what happened to one message."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import is_address, literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

# The subject of a mail is its content; sender, time and fate say which mail it is.
_TRACE = "id,messageId,receivedDateTime,senderAddress,recipientAddress,status"
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)

# One query spans ten days at most (PowerShell documentation, Get-MessageTraceV2, which asks the same service).
MAX_SPAN = timedelta(days=10)


def _traces_of(subject: str) -> GraphCall:
    address, start, end = _split(subject)
    wanted = f"receivedDateTime ge {start} and receivedDateTime le {end} and recipientAddress eq {literal(address)}"
    query = (("$filter", wanted), ("$select", _TRACE))
    return GraphCall(method="GET", path="/admin/exchange/tracing/messageTraces", query=query)


def _split(subject: str) -> tuple[str, str, str]:
    # A local part may have slashes, times have none.
    head, _, end = subject.rpartition("/")
    address, _, start = head.rpartition("/")
    if not is_address(address) or not all(map(_MOMENT.fullmatch, (start, end))):
        raise DirectoryError("expected `address/start/end` with times in UTC to trace mail, got something else")
    try:
        span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    except ValueError:
        raise DirectoryError("expected times that exist to trace mail") from None
    if not timedelta() < span <= MAX_SPAN:
        raise DirectoryError(f"expected a span of at most {MAX_SPAN.days} days to trace mail")
    return address, start, end


def _traces(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    address = subject.rpartition("/")[0].rpartition("/")[0]
    found = [_trace(one) for one in records(body)]
    if any((one.get("recipientAddress") or "").lower() != address.lower() for one in found):
        raise UnreadableError("the answer is about mail for other addresses")
    return {"messages": found}


def _trace(record: Mapping[str, Any]) -> dict[str, Any]:
    names = picked(record, messageId=str, receivedDateTime=str, senderAddress=str, recipientAddress=str, status=str)
    return {"id": id_of(record), **names}


def _events_of(subject: str) -> GraphCall:
    trace, _, address = subject.partition("/")
    if not is_address(address):
        raise DirectoryError("expected `trace id/address` to trace a message, got something else")
    argument = quote(literal(address), safe="'")
    root = f"/admin/exchange/tracing/messageTraces/{object_id(trace)}"
    return GraphCall(method="GET", path=f"{root}/getDetailsByRecipient(recipientAddress={argument})")


def _events(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"events": [_event(one) for one in records(body)]}


def _event(record: Mapping[str, Any]) -> dict[str, Any]:
    found = picked(record, dateTime=str, event=str, action=str, description=str)
    if not isinstance(found.get("event"), str):
        raise UnreadableError("expected `event` of every step of a message")
    return found


# Subject: `address/start/end`, times in UTC, at most 90 days back. Facts: `messages`; none is known to be none.
# The tenant has to be onboarded by an administrator first; until then it is unknown.
MAIL_TRACE = Lookup(
    "mail.trace", _traces_of, _traces, permission="ExchangeMessageTrace.Read.All", throttle_class="messagetrace"
)

# Subject: `trace id/address`. Facts: `events`, each when, what and why.
MAIL_TRACE_DETAIL = Lookup(
    "mail.trace.detail", _events_of, _events, permission="ExchangeMessageTrace.Read.All", throttle_class="messagetrace"
)
