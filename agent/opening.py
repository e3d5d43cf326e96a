"""How a case begins: a request, what is known of who asks, and the first entries of its log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.inquiry import Seen
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.service_request import ServiceRequest
from agent.wishes import id_of, ids_of

#: Nothing was looked up before the case began.
NOTHING_SEEN = Seen(observations={}, events=())


@dataclass(frozen=True, slots=True)
class Opened:
    """The case of a request, and whether this request created it."""

    case_id: str
    created: bool


def first_case(request: ServiceRequest, *, known: Seen, now: datetime) -> tuple[Case, tuple[ActivityEvent, ...]]:
    """Return the case of a request as it begins, and its first log entries. The same request always has the same id.

    `known` is what was looked up of the requester before there was a case; its log says so too.
    """
    case = Case(id=id_of(request), stage=Stage.INVESTIGATE, request=request, seen=dict(known.observations))
    data: dict[str, Any] = {
        "source": request.source,
        "ticket": request.external_id,
        "channel": request.channel,
        "assurance": request.assurance.value,
        "requester": request.requester,
        "tenant_id": request.tenant_id,
    }
    if request.evidence:
        data["evidence"] = dict(request.evidence)
    if request.part:
        data["part"] = request.part
        data["first_case"] = ids_of(request)[0]
    opened = ActivityEvent(code=EventCode.CASE_OPENED, at=now, data=data)
    return case, (opened, *known.events)
