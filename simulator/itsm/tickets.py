"""Tickets and the events the product sent to them, kept once however often they are delivered."""

from typing import Any

from simulator.clock import Clock, fine_stamp

Event = dict[str, Any]


class Tickets:
    """Events by ticket id. `secret` is the Standard Webhooks secret (`whsec_...`); None until somebody sets it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: dict[str, list[Event]] = {}
        self.secret: str | None = None

    def clear(self) -> None:
        """Forget every ticket. The secret stays: it belongs to the deployment, not to the tenant."""
        self._events.clear()

    def add(self, ticket_id: str, webhook_id: str, *, body: object) -> Event:
        """Store an event, or count one more delivery of the same `webhook_id`; returns what is stored."""
        events = self._events.setdefault(ticket_id, [])
        known = next((event for event in events if event["webhook_id"] == webhook_id), None)
        if known is None:
            known = {"webhook_id": webhook_id, "at": fine_stamp(self._clock.now()), "deliveries": 0, "body": body}
            events.append(known)
        known["deliveries"] += 1
        return known

    def events(self, ticket_id: str) -> list[Event]:
        """The events of a ticket, oldest first; none for a ticket nobody wrote to."""
        return self._events.get(ticket_id, [])

    def dump(self) -> dict[str, Any]:
        """Every ticket as JSON, without the secret."""
        return {"events": self._events}

    def load(self, document: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self._events = dict(document["events"])
