"""What carries our reference into Microsoft's own records: a justification, and the number of the ticket.

Privileged Identity Management keeps both with the request and shows them in its audit log, whose correlation ids are
of no use to us; entitlement management keeps the justification.
"""

from typing import Annotated, Any

from pydantic import StringConstraints

from agent.actions.action import Action
from agent.actions.parameters import PROSE

# Neither length is documented; these are ours, and short enough for every view that shows them.
Justification = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")
]
TicketNumber = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._#:/-]{0,63}$")]

_TICKET_SYSTEM = "Remit"


class TicketedAction(Action):
    """An action that goes through Privileged Identity Management, which asks why and for which ticket."""

    justification: Annotated[Justification, PROSE]
    ticket_number: Annotated[TicketNumber, PROSE]

    @property
    def _reference(self) -> dict[str, Any]:
        ticket = {"ticketNumber": self.ticket_number, "ticketSystem": _TICKET_SYSTEM}
        return {"justification": self.justification, "ticketInfo": ticket}


def starting_now(duration: str) -> dict[str, Any]:
    """Return a `requestSchedule` that starts when it is granted and lasts for an ISO 8601 duration.

    The start is left out, as an action knows no time: the metadata let it be null, and PIM then takes the moment of
    the request (unverified).
    """
    return {"expiration": {"type": "afterDuration", "duration": duration}}


def until(end: str | None) -> dict[str, Any]:
    """Return a `requestSchedule` that starts when it is granted and ends at a time, or never."""
    if end is None:
        return {"expiration": {"type": "noExpiration"}}
    return {"expiration": {"type": "afterDateTime", "endDateTime": end}}
