"""What became of mail. Source: Graph reference, resource types `exchangeMessageTrace` and its details."""

import re

from simulator import roles
from simulator.directory import Resource
from simulator.estate.mailboxes import TRACES
from simulator.graph import outlook
from simulator.graph.calls import Answer, Call, Route, bad_request
from simulator.graph.collection import Kind, everything, listed
from simulator.graph.schema import EQUAL, plain
from simulator.ids import stable

_PROPERTIES = "id fromIP messageId receivedDateTime recipientAddress senderAddress size status subject toIP"
_DETAILS = "id action data dateTime description event messageId"
_EQUAL = frozenset({"eq"})
_TRACE = Kind(
    TRACES,
    "admin/exchange/tracing/messageTraces",
    plain(
        "ExchangeMessageTrace",
        _PROPERTIES,
        filters={
            "receivedDateTime": frozenset({"ge", "le"}),
            **dict.fromkeys(("fromIP", "messageId", "recipientAddress", "senderAddress", "toIP"), _EQUAL),
            "status": EQUAL,
        },
        advanced=False,
    ),
)
_DETAIL = Kind(
    "messageTraceDetails", "Collection(exchangeMessageTraceDetail)", plain("ExchangeMessageTraceDetail", _DETAILS)
)
_FUNCTION = re.compile(r"(?:microsoft\.graph\.)?getDetailsByRecipient\(recipientAddress='((?:[^']|'')+)'\)", re.I)
# Which roles read traces is not documented for Graph; these read them in the Exchange admin centre.
_READERS = frozenset({roles.GLOBAL_ADMINISTRATOR, roles.GLOBAL_READER, "Exchange Administrator"})


def _list(call: Call) -> Answer:
    return listed(call, _TRACE)


def _details(call: Call) -> Answer:
    match = _FUNCTION.fullmatch(call.parameters["function"])
    if match is None:
        raise bad_request("Resource not found for the segment.", code="BadRequest")
    trace = everything(call, _TRACE).get(call.parameters["trace"].lower())
    address = match[1].replace("''", "'").casefold()
    if trace is None or trace["recipientAddress"].casefold() != address:
        raise outlook.item_not_found()
    return listed(call, _DETAIL, resources=_events(trace))


def _events(trace: Resource) -> list[Resource]:
    """The steps that follow from the message's fate; nothing else is kept about it."""
    last = {"delivered": "Deliver", "failed": "Fail", "quarantined": "Quarantine"}.get(trace["status"], "Submit")
    return [
        {
            "id": stable("message event", trace["id"], name),
            "action": None,
            "data": None,
            "dateTime": trace["receivedDateTime"],
            "description": None,
            "event": name,
            "messageId": trace["messageId"],
        }
        for name in ("Receive", last)
    ]


def _read(call: Call) -> None:
    """The permission, and for a user a role that reads them."""
    if "ExchangeMessageTrace.Read.All" not in call.caller.permissions:
        raise outlook.access_denied()
    if not call.caller.app_only and not call.directory.roles_of(call.caller.object_id) & _READERS:
        raise outlook.access_denied()


_ALL = "/admin/exchange/tracing/messageTraces"

ROUTES = (
    Route("GET", _ALL, _list, (), right=_read, options=frozenset({"$select", "$filter", "$top", "$skiptoken"})),
    Route("GET", _ALL + "/{trace}/{function}", _details, (), right=_read),
)
