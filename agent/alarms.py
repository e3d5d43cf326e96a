"""Raises alerts: a violation is logged, counted, and told to the tenant's security people within seconds.

1. The alert is kept before the turn that it belongs to is saved, and told after; until somebody was told it stays, and
   every sweep tries again. So people hear of it at least once, whatever crashes in between.
2. Of one case people hear of each kind once: the case remembers the kinds, and the box holds one of each.
3. A request that was stopped before it left is a violation also where the stage went on without its answer: a look-up
   that the tripwire stopped, or that would have shown a secret, is otherwise only one more thing that is not known.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.errors import DirectoryError, StorageError, TripwireError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.alert import Alert, AlertKind, alert_kind_of
from agent.model.case import Case
from agent.model.graph_call import GraphCall
from agent.oversight import AlertBox
from agent.ports import Answer, Directory, Ports, Turn

# One line of JSON an alert: what a log search or a metric rule of the operator counts.
_metrics = logging.getLogger("remit.metrics")
_log = logging.getLogger("remit.alarms")

# Telling people must not keep a worker from its next case, nor one tenant's people the sweep from its next run.
TELL_SECONDS = 20
DRAIN_SECONDS = 25
_AT_ONCE = 32


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
            reached = await self._reach(alert)
            if reached:
                await self._box.told(alert)
        except Exception as error:
            # Whatever it was: the case must go on, and the other alerts must be told. Foreign errors may quote bodies.
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

        Tenants are told side by side: one whose channel hangs keeps no other waiting.

        Raises:
            StorageError: storage did not answer, or an alert is damaged; what could be read is told first.
        """
        waiting: dict[str, list[Alert]] = defaultdict(list)
        unread: StorageError | None = None
        try:
            async for alert in self._box.waiting():
                waiting[alert.tenant_id].append(alert)
        except StorageError as error:
            unread = error
        told = await asyncio.gather(*map(self._tell_all, waiting.values()))
        if unread is not None:
            raise unread
        return sum(told)

    async def _tell_all(self, alerts: Sequence[Alert]) -> int:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(alert: Alert) -> bool:
            async with gate:
                return await self.tell(alert)

        return await _count_of(map(one, alerts), seconds=DRAIN_SECONDS)

    async def _reach(self, alert: Alert) -> bool:
        async with asyncio.timeout(TELL_SECONDS):
            ports = await self._ports_for(alert.tenant_id)
        people = ports.tenant.people.get("security", ()) or ports.tenant.people.get("tenant_admin", ())
        if not people:
            _log.error("alert `%s` of case %s: the tenant has nobody to tell", alert.kind, alert.case_id)
            return True
        return await _count_of((_tell(ports, alert, person_id=one) for one in people), seconds=TELL_SECONDS) > 0


async def _count_of(work: Iterable[Coroutine[Any, Any, bool]], *, seconds: float) -> int:
    """Do several things side by side and return how many succeeded in time; who never answers delays nobody."""
    tried = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tried, timeout=seconds)
    finally:
        for task in tried:
            task.cancel()
    return sum(task.result() for task in tried if task in done)


async def _tell(ports: Ports, alert: Alert, *, person_id: str) -> bool:
    try:
        await ports.channel.tell(alert.tenant_id, person_id, text=alert.text)
    except Exception as error:
        _log.warning("somebody could not be told of an alert: %s", type(error).__name__)
        return False
    return True


class WatchedDirectory:
    """ports.Directory for one turn, which notes in `stopped` each look-up that was stopped before it left (3).

    A write has an entry of its own in the log when it is stopped, so here it only passes.
    """

    def __init__(self, directory: Directory, stopped: list[str]) -> None:
        self._directory = directory
        self._stopped = stopped
        # Only `agent.dispatch` writes, so here nothing stands in between.
        self.write = directory.write

    async def read(self, call: GraphCall) -> Answer:
        """See ports.Directory."""
        try:
            return await self._directory.read(call)
        except (TripwireError, ValueError) as stopped:
            # What is no plain read is refused by the sender itself, as a ValueError.
            self._stopped.append(str(stopped) if isinstance(stopped, TripwireError) else _refusal(call))
            raise

    async def read_many(self, calls: Sequence[GraphCall]) -> tuple[Answer | DirectoryError, ...]:
        """See ports.Directory."""
        try:
            answers = await self._directory.read_many(calls)
        except ValueError:
            self._stopped.append(_refusal(next((one for one in calls if one.writes), calls[0])))
            raise
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, TripwireError):
                self._stopped.append(str(answer))
            elif isinstance(answer, DirectoryError) and call.reveals:
                self._stopped.append(_refusal(call))
        return answers


def with_stopped(turn: Turn, stopped: Sequence[str], *, now: datetime) -> Turn:
    """Return the turn with an entry that raises the alert for the first look-up that was stopped in it, if any was."""
    return replace(turn, events=(*turn.events, _entry("tripwire", stopped[0], at=now))) if stopped else turn


def _refusal(call: GraphCall) -> str:
    return f"a look-up that is no plain read, or would show a secret, was stopped: `{call.method} {call.path}`"


def with_alerts(case: Case, turn: Turn) -> tuple[Turn, tuple[Alert, ...]]:
    """Return the turn with one entry for each kind of violation that is new to `case`, and the alerts (2)."""
    found: dict[str, Alert] = {}
    kept: list[ActivityEvent] = []
    for event in turn.events:
        is_entry = event.code is EventCode.ALERT_RAISED
        if not is_entry:
            kept.append(event)
        kind = event.data["kind"] if is_entry else alert_kind_of(event)
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
        return replace(turn, events=tuple(kept)), ()
    alerts = tuple(found.values())
    raised = turn.case.evolve(alerts=(*case.alerts, *found))
    entries = (_entry(one.kind, one.problem, at=one.at) for one in alerts)
    return replace(turn, case=raised, events=(*kept, *entries)), alerts


def _entry(kind: AlertKind, problem: str, *, at: datetime) -> ActivityEvent:
    return ActivityEvent(code=EventCode.ALERT_RAISED, at=at, data={"kind": kind, "problem": problem})
