"""Takes people's orders: pause, resume, modify and stop, for a case, a tenant or the whole stack, and tells the state.

When an order is answered with 200 it is stored, and from then on it holds. An order on a case that is writing at this
very moment waits for that write to be answered: what was sent cannot be called back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from agent.changes import Change, modify
from agent.controls import entry_of, pause, resume, stop
from agent.errors import AlreadySupersededError, BadRequestError, OrderRefusedError, PortError, StorageError
from agent.held_attempts import is_leased
from agent.intake import Reply
from agent.loop import Loop
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Stage
from agent.model.control import Control, ControlState, Scope
from agent.orders import STATE_OF, Order, parse_order
from agent.oversight import Controls
from agent.ports import CaseStore, Clock, Held, Turn

_log = logging.getLogger("remit.steering")

# Whoever orders something must hear that it is stored; what is not woken by then is woken by the timer.
_WAKE_SECONDS: Final = 10.0
# How long an order on a case waits for a write to be answered; that takes 33 s at most, as a rule far below one.
PATIENCE: Final = timedelta(seconds=40)
_PAUSE_SECONDS: Final = 0.05
_MAX_CASES: Final = 100
_MAX_ENTRIES: Final = 20
# A pause holds undos too, so it must be had in place of a stop; but a stop is in force no longer then.
_ENDS_STOP: Final = "this pause is in place of the stop and ends it: cases not reached yet go on after `resume`"

_ON_CASE = {"pause": pause, "resume": resume, "stop": stop}


class Steering:
    """Receives orders over HTTP, behind a function key. Who gives one says so; nothing proves it yet."""

    def __init__(
        self,
        loop: Loop,
        *,
        store: CaseStore,
        controls: Controls,
        tenant_ids: Iterable[str],
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._loop = loop
        self._store = store
        self._controls = controls
        self._tenant_ids = frozenset(tenant_ids)
        self._clock = clock
        self._sleep = sleep

    async def receive(self, body: bytes) -> Reply:
        """Follow one order. 200 it is stored; 400, 413 malformed; 404 nothing of that id; 409 it cannot be followed
        (the reason says what to do instead); 503 it may not be stored: give it again.
        """
        try:
            order = parse_order(body)
            return await (self._on_case(order) if order.case else self._from_above(order))
        except BadRequestError as error:
            return Reply(error.status, {"error": str(error)})
        except OrderRefusedError as error:
            return Reply(409, {"error": str(error)})
        except PortError as error:
            return Reply(503, {"error": f"the order may not be stored, so give it again: {error}"})

    async def state(self) -> Reply:
        """Return what is ordered on the stack, on every tenant and on open cases, with the newest orders of each."""
        try:
            tenants = {one: await self._of("tenant", one) for one in sorted(self._tenant_ids)}
            cases = [_case_json(held) async for held in self._store.recent(_MAX_CASES) if _is_ordered(held)]
            return Reply(200, {"stack": await self._of("stack", ""), "tenants": tenants, "cases": cases})
        except PortError as error:
            return Reply(503, {"error": str(error)})

    async def _on_case(self, order: Order) -> Reply:
        ends = self._clock.now() + PATIENCE
        while True:
            held = await self._store.load(order.case)
            if held is None:
                raise BadRequestError("there is no such case", status=404)
            if not is_leased(held, now=self._clock.now()):
                try:
                    saved = await self._loop.save(held, await self._turn(order, held))
                    break
                except AlreadySupersededError:
                    # It moved in this very moment; look at it again.
                    pass
            if self._clock.now() >= ends:
                raise OrderRefusedError(
                    "the order is NOT stored: a write of this case is not answered yet, or its worker died; "
                    f"nothing else of it is written before {_lease_end(held)}, so give the order again then"
                )
            await self._sleep(_PAUSE_SECONDS)
        _log.warning("case %s: `%s` was ordered", order.case, order.order)
        return self._stored(order, {"case": order.case, "stage": saved.case.stage.value})

    async def _turn(self, order: Order, held: Held) -> Turn:
        now = self._clock.now()
        if order.order == "modify":
            change = Change(step_index=order.step - 1, params=order.params, drop=order.drop, by=order.by, why=order.why)
            return modify(held.case, change, attempts=await self._store.attempts(held.case.id), now=now)
        return _ON_CASE[order.order](held.case, self._control(order), now=now)

    async def _from_above(self, order: Order) -> Reply:
        if order.tenant and order.subject not in self._tenant_ids:
            raise BadRequestError("this stack serves no such tenant", status=404)
        if order.order == "drill":
            await self._controls.log(order.scope, order.subject, event=self._drilled(order))
            return self._stored(order, {})
        if order.order == "resume":
            await self._require_something_to_resume(order)
        ends_stop = order.order == "pause" and await self._state_of(order.scope, order.subject) == "stopped"
        control = self._control(order)
        await self._controls.record(control, entry_of(control, now=control.at))
        reply = self._stored(order, {"state": control.state})
        _log.warning("%s", control.sentence)
        if order.order != "pause":
            # Cases that a pause holds look at once what is ordered now.
            await self._wake()
        note = _ENDS_STOP if ends_stop else await self._still_held(order)
        return Reply(200, {**reply.body, "note": note}) if note else reply

    async def _still_held(self, order: Order) -> str:
        state = await self._state_of("stack", "") if order.order == "resume" and order.tenant else None
        return f"but the whole stack is {state}: `resume --stack`" if state in ("paused", "stopped") else ""

    async def _state_of(self, scope: Scope, subject: str) -> ControlState | None:
        try:
            found = await self._controls.of(scope, subject)
        except PortError:
            # It is only told, and no order may fail for want of a note.
            return None
        return found.state if found else None

    async def _require_something_to_resume(self, order: Order) -> None:
        before = await self._controls.of(order.scope, order.subject)
        if before is None or before.state == "running":
            raise OrderRefusedError("it is neither paused nor stopped, so there is nothing to resume")

    async def _wake(self) -> None:
        try:
            async with asyncio.timeout(_WAKE_SECONDS):
                await self._loop.sweep()
        except (StorageError, TimeoutError):
            # The order stands, and the timer wakes the cases within half a minute.
            _log.warning("the cases that waited could not all be woken at once")

    def _control(self, order: Order) -> Control:
        return Control(
            scope=order.scope,
            subject=order.subject,
            state=STATE_OF[order.order],
            by=order.by,
            why=order.why,
            at=self._clock.now(),
        )

    def _drilled(self, order: Order) -> ActivityEvent:
        found = order.result
        assert found is not None, "an order of a drill has its result"
        data = {
            "by": order.by,
            "why": order.why,
            "order": found.order,
            "cases": found.cases,
            "under_way": found.under_way,
            "begun_after": found.begun_after,
            "p50_ms": found.p50_ms,
            "p99_ms": found.p99_ms,
            "most_ms": found.most_ms,
        }
        return ActivityEvent(code=EventCode.CONTROL_DRILLED, at=self._clock.now(), data=data)

    def _stored(self, order: Order, more: dict[str, Any]) -> Reply:
        # Taken after it is stored: what leaves later than this left in spite of the order.
        return Reply(200, {"order": order.order, "stored_at": self._clock.now().isoformat(), **more})

    async def _of(self, scope: Scope, subject: str) -> dict[str, Any]:
        control = await self._controls.of(scope, subject)
        events = (await self._controls.events(scope, subject))[-_MAX_ENTRIES:]
        return {
            "control": control.model_dump(mode="json") if control else None,
            "log": [one.model_dump(mode="json") for one in events],
        }


def _is_ordered(held: Held) -> bool:
    case = held.case
    return case.stage is not Stage.CLOSED and bool(case.control or case.held_by)


def _case_json(held: Held) -> dict[str, Any]:
    case = held.case
    control = case.control or case.held_by
    return {
        "id": case.id,
        "tenant_id": case.request.tenant_id,
        "stage": case.stage.value,
        "control": control.model_dump(mode="json") if control else None,
    }


def _lease_end(held: Held) -> str:
    return held.lease_until.isoformat(timespec="seconds") if held.lease_until else "then"
