"""Raises alerts: a violation is logged, counted, and told to the tenant's security people within seconds.

1. The alert is kept before the turn that it belongs to is saved, and told after; until somebody was told it stays, and
   every sweep tries again. So people hear of it at least once, whatever crashes in between.
2. Of one case people hear of each kind once: the case remembers the kinds, and the box holds one of each.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agent.errors import PortError, RemitError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.alert import Alert, alert_kind_of
from agent.model.case import Case
from agent.oversight import AlertBox
from agent.ports import Ports, Turn

# One line of JSON an alert: what a log search or a metric rule of the operator counts.
_metrics = logging.getLogger("remit.metrics")
_log = logging.getLogger("remit.alarms")

# Telling people must not keep a worker from its next case.
TELL_SECONDS = 20


class Alarms:
    """Keeps, counts and tells alerts of every tenant. `ports_for` gives a tenant's people and its channel."""

    def __init__(self, box: AlertBox, *, ports_for: Callable[[str], Awaitable[Ports]]) -> None:
        self._box = box
        self._ports_for = ports_for

    async def keep(self, alert: Alert) -> None:
        """Count an alert and remember it until it was told (1).

        Raises:
            StorageError: it could not be stored; what depends on it must not be saved either.
        """
        await self._box.keep(alert)
        line = {"metric": "remit.alert", "value": 1, "kind": alert.kind, "tenant": alert.tenant_id}
        _metrics.error(json.dumps({**line, "case": alert.case_id, "at": alert.at.isoformat()}))

    async def tell(self, alert: Alert) -> bool:
        """Tell the tenant's security people, or its administrators if it has none; return whether anybody was reached.

        One who is reached is enough. It never raises: what could not be told stays kept.
        """
        try:
            async with asyncio.timeout(TELL_SECONDS):
                reached = await self._reach(alert)
                if reached:
                    await self._box.told(alert)
        except (RemitError, TimeoutError) as error:
            _log.error("alert `%s` of case %s is not told yet: %s", alert.kind, alert.case_id, type(error).__name__)
            return False
        return reached

    async def raise_now(self, alert: Alert) -> None:
        """Keep and tell an alert that belongs to no turn, such as a log that is found broken.

        Raises:
            StorageError: as `keep`.
        """
        await self.keep(alert)
        await self.tell(alert)

    async def drain(self) -> int:
        """Tell what is still kept; return how many alerts people have now heard of.

        Raises:
            StorageError: storage did not answer.
        """
        waiting = [alert async for alert in self._box.waiting()]
        return sum([await self.tell(alert) for alert in waiting])

    async def _reach(self, alert: Alert) -> bool:
        ports = await self._ports_for(alert.tenant_id)
        people = ports.tenant.people.get("security", ()) or ports.tenant.people.get("tenant_admin", ())
        if not people:
            _log.error("alert `%s` of case %s: the tenant has nobody to tell", alert.kind, alert.case_id)
            return True
        told = [await _tell(ports, alert, person_id=one) for one in people]
        return any(told)


async def _tell(ports: Ports, alert: Alert, *, person_id: str) -> bool:
    try:
        await ports.channel.tell(alert.tenant_id, person_id, text=alert.text)
    except PortError:
        return False
    return True


def with_alerts(case: Case, turn: Turn) -> tuple[Turn, tuple[Alert, ...]]:
    """Return the turn with an entry for each kind of violation that is new to `case`, and the alerts themselves (2)."""
    found: dict[str, Alert] = {}
    for event in turn.events:
        kind = alert_kind_of(event)
        if kind is None or kind in case.alerts or kind in found:
            continue
        found[kind] = Alert(
            tenant_id=case.request.tenant_id,
            case_id=case.id,
            kind=kind,
            problem=str(event.data.get("problem", "")),
            at=event.at,
        )
    if not found:
        return turn, ()
    alerts = tuple(found.values())
    raised = turn.case.evolve(alerts=(*case.alerts, *found))
    return replace(turn, case=raised, events=(*turn.events, *map(_entry, alerts))), alerts


def _entry(alert: Alert) -> ActivityEvent:
    data = {"kind": alert.kind, "problem": alert.problem}
    return ActivityEvent(code=EventCode.ALERT_RAISED, at=alert.at, data=data)
