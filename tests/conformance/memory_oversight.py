"""In-memory twins of the ports of watching and stopping; the conformance suites hold them to the adapters' promises."""

import asyncio
from collections.abc import AsyncIterator

from agent.errors import ControlsUnknownError, StorageError
from agent.model.activity_event import ActivityEvent
from agent.model.alert import Alert
from agent.model.control import Control, Scope
from agent.oversight import PoisonMessage


class MemoryControls:
    """oversight.Controls in dictionaries. While it `is_unreadable` nobody can know what is ordered."""

    def __init__(self) -> None:
        self._controls: dict[tuple[str, str], Control] = {}
        self._events: dict[tuple[str, str], tuple[str, ...]] = {}
        self.is_unreadable = False

    async def holding(self, tenant_id: str) -> tuple[Control, ...]:
        """See oversight.Controls. Both orders are those of one moment."""
        await asyncio.sleep(0)
        found = [self._answer("stack", ""), self._answer("tenant", tenant_id)]
        return tuple(one for one in found if one is not None and one.state != "running")

    async def of(self, scope: Scope, subject: str) -> Control | None:
        """See oversight.Controls."""
        await asyncio.sleep(0)
        return self._answer(scope, subject)

    async def record(self, control: Control, event: ActivityEvent) -> None:
        """See oversight.Controls."""
        await self.log(control.scope, control.subject, event=event)
        self._controls[_key(control.scope, control.subject)] = control

    async def log(self, scope: Scope, subject: str, *, event: ActivityEvent) -> None:
        """See oversight.Controls."""
        key = _key(scope, subject)
        await asyncio.sleep(0)
        self._events[key] = (*self._events.get(key, ()), event.model_dump_json())

    async def events(self, scope: Scope, subject: str) -> tuple[ActivityEvent, ...]:
        """See oversight.Controls."""
        return tuple(ActivityEvent.model_validate_json(one) for one in self._events.get(_key(scope, subject), ()))

    def _answer(self, scope: Scope, subject: str) -> Control | None:
        if self.is_unreadable:
            raise ControlsUnknownError("what was ordered cannot be read, so nothing is written")
        return self._controls.get(_key(scope, subject))


class MemoryAlertBox:
    """oversight.AlertBox in a dictionary. While it `is_down` it takes nothing and gives nothing."""

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, str, str], str] = {}
        self.is_down = False

    async def keep(self, alert: Alert) -> None:
        """See oversight.AlertBox."""
        self._answer()
        self._alerts[alert.tenant_id, alert.case_id, alert.kind] = alert.model_dump_json()

    async def told(self, alert: Alert) -> None:
        """See oversight.AlertBox."""
        self._answer()
        self._alerts.pop((alert.tenant_id, alert.case_id, alert.kind), None)

    async def waiting(self) -> AsyncIterator[Alert]:
        """See oversight.AlertBox."""
        self._answer()
        for text in list(self._alerts.values()):
            yield Alert.model_validate_json(text)

    def _answer(self) -> None:
        if self.is_down:
            raise StorageError("storage is down")


class MemoryPoison:
    """oversight.PoisonBox as a list of messages; what is not dropped comes again."""

    def __init__(self) -> None:
        self.messages: list[PoisonMessage] = []

    async def waiting(self) -> AsyncIterator[PoisonMessage]:
        """See oversight.PoisonBox."""
        for message in list(self.messages):
            yield message

    async def drop(self, message: PoisonMessage) -> None:
        """See oversight.PoisonBox."""
        self.messages.remove(message)


def _key(scope: Scope, subject: str) -> tuple[str, str]:
    if scope == "case":
        raise ValueError("an order on a case stands in the case itself")
    return scope, subject.lower()
