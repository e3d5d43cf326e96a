"""One story as everybody outside lives through it, while the function app dies.

These are the ticket system that sends a webhook again, the approver who clicks again, whoever gives an order
until it is stored, the timers, and the time that passes while nothing moves.
"""

import base64
import json
import random
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
from azure.core.exceptions import ResourceNotFoundError

from agent.itsm.source import CHAT_SOURCE
from agent.itsm.standard_webhooks import sign
from agent.model.case import Stage, case_id_for
from devhost.desk import Ticket
from devhost.tenant_settings import IDENTITY_ID, SOURCE_ID
from policy.canonical import digest
from simulator.ids import stable
from tests.crash.page import Page
from tests.crash.stack import Doors, DyingStack
from tests.crash.stories import Order, Story

# How long the process stays away after a death, and how far apart the timer's sweeps are (function_app.py:sweep).
_AWAY_SECONDS = 70
_SWEEP_SECONDS = 30
_DAY_SECONDS = 86_400
# Nothing has moved for so long that only time can help.
_IDLE_SECONDS = 0.2
_LOOK_SECONDS = 0.04
# A case is left open if it has not moved for so long, or if it moves without end.
_PATIENCE_SECONDS = 45.0
_LONGEST_SECONDS = 400.0


class Telling:
    """One story, told once. `orders` are the deaths, see `Lane.tell`."""

    def __init__(
        self,
        story: Story,
        stack: DyingStack,
        doors: Doors,
        *,
        orders: list[str],
        chance: random.Random,
        is_noisy: bool,
    ) -> None:
        self.ticket_id = f"CR-{uuid4().hex[:12]}"
        self._message_id = f"msg_{uuid4().hex}"
        # The first thing said opens the case, and each other one answers what the bot asked back.
        self._says = list(enumerate(story.journey.says))
        self.case_id = (
            chat_case_id(stack, doors, person=story.journey.says[0].person, message_id=f"{self._message_id}-0")
            if self._says
            else case_id_for(tenant_id=stack.tenant_id, source=SOURCE_ID, external_id=self.ticket_id)
        )
        self.deaths = 0
        self._story, self._stack, self._doors, self._page = story, stack, doors, stack.page
        self._chance, self._is_noisy = chance, is_noisy
        self._deaths_to_come = [one.replace("*", self.case_id, 1) if one[0] == "*" else one for one in orders]
        self._orders = list(story.orders)
        self._clicks = list(story.journey.clicks if story.question == "answered" else ())
        self._is_filed = self._is_ordering = self._is_given_up = False
        ticket = story.journey.ticket
        self._body = Ticket(id=self.ticket_id, **ticket.model_dump()).body if ticket else b""
        self._last_moved, self._mark = time.monotonic(), None

    def live(self) -> bool:
        """Return whether the case was closed in time, and all was done that comes after."""
        self._page.hold = self._story.holds
        self._page.order = self._deaths_to_come[0] if self._deaths_to_come else ""
        started = moved = time.monotonic()
        place = None
        try:
            while time.monotonic() < min(moved + _PATIENCE_SECONDS, started + _LONGEST_SECONDS):
                if self._turn():
                    return True
                if place != (place := (self._standing(), self.deaths, len(self._orders))):
                    moved = time.monotonic()
                time.sleep(_LOOK_SECONDS)
            return False
        finally:
            self._page.order = self._page.hold = ""

    def _turn(self) -> bool:
        """Do the next thing that somebody outside would do; return whether the story is over."""
        if self._page["deaths"] > self._page["released"]:
            self._bury()
        stage, seq = self._standing()
        is_idle = self._is_idle((stage, seq))
        if not self._is_filed:
            self._is_filed = self._tries(self._deliver)
        elif self._is_due(stage, is_idle=is_idle):
            self._give_order()
        elif stage == Stage.CLOSED and is_idle and not self._has_untold_alerts():
            return not self._story.is_sealed or self._tries(self._seal)
        elif stage == Stage.CLARIFY and is_idle and self._says:
            self._last_moved = time.monotonic()
            self._tries(self._say)
        elif stage == Stage.APPROVE and is_idle:
            self._answer(seq)
        elif is_idle:
            self._let_time_pass(_SWEEP_SECONDS)
        if self._is_noisy:
            self._make_noise(stage, seq=seq)
        return False

    def _bury(self) -> None:
        self.deaths += 1
        if self._deaths_to_come and not self._deaths_to_come[0].startswith("?"):
            self._deaths_to_come.pop(0)
        self._page.order = self._deaths_to_come[0] if self._deaths_to_come else ""
        revive(self._page)
        if self._is_ordering:
            # Who gave it has no answer and gives it again at once, before the sweep wakes the case.
            self._give_order()
        self._tries(self._sweep)
        self._last_moved = time.monotonic()

    def _standing(self) -> tuple[str, int]:
        try:
            row = self._doors.cases.get_entity(self.case_id, "case", select=["stage", "seq"])
        except ResourceNotFoundError:
            return "", -1
        return str(row["stage"]), int(row["seq"])

    def _is_idle(self, standing: tuple[str, int]) -> bool:
        mark: Any = (standing, self._page["passed"], self._page["deaths"])
        if mark != self._mark or self._page["running"]:
            self._mark, self._last_moved = mark, time.monotonic()
        return time.monotonic() - self._last_moved > _IDLE_SECONDS

    def _deliver(self) -> bool:
        if self._says:
            return self._say()
        # The ticket system sends the same delivery again, with the time of the sending.
        headers = sign(self._body, self._stack.webhook_secret, message_id=self._message_id, sent_at=self._page.now)
        return self._doors.desk.deliver(self._body, headers).status_code == 202

    def _say(self) -> bool:
        """Write the next message. The connector delivers it again, under its id, until it was taken."""
        number, said = self._says[0]
        body = {"user": said.person, "text": said.text, "activity_id": f"{self._message_id}-{number}"}
        is_taken = bool(self._doors.desk.control("POST", "/teams/say", body=body)["status"] == 202)
        if is_taken:
            self._says.pop(0)
        return is_taken

    def _answer(self, seq: int) -> None:
        """Do what people do, or not, about the question that is open."""
        if self._clicks:
            self._last_moved = time.monotonic()
            if self._tries(self._click):
                self._clicks.pop(0)
        elif self._story.question == "expired":
            self._let_time_pass(_DAY_SECONDS)
        else:
            if self._story.question == "given up":
                self._give_up(f"{Stage.APPROVE}-poison", seq)
            self._let_time_pass(_SWEEP_SECONDS)

    def _give_up(self, queue: str, seq: int) -> None:
        """Give the case's message up as the host does, once; what a dead sweep had taken can be seen again in time."""
        client = self._doors.queues.get_queue_client(queue)
        if self._is_given_up and not client.get_queue_properties().approximate_message_count:
            return
        if self._is_given_up:
            client.clear_messages()
        self._put(queue, seq)
        self._is_given_up = True

    def _click(self) -> bool:
        click = self._clicks[0]
        inputs = {"reason": click.reason} if click.reason else {}
        return bool(self._doors.desk.click(click.person, click.verb, inputs=inputs)["status"] == 200)

    def _is_due(self, stage: str, *, is_idle: bool) -> bool:
        """Whether the moment of the next order has come."""
        moment = self._orders[0].at if self._orders else ""
        if moment == "writing":
            return bool(self._page["held"])
        if moment == "asked":
            return stage == Stage.APPROVE and is_idle
        return moment == "waiting" and stage == Stage.EXECUTE and is_idle and self._has_logged("control.paused")

    def _give_order(self) -> None:
        self._is_ordering = True
        self._last_moved = time.monotonic()
        if self._tries(lambda: self._is_stored(self._orders[0])):
            self._orders.pop(0)
            self._is_ordering = False
            self._page.hold = ""

    def _is_stored(self, order: Order) -> bool:
        return give(order, self._stack, self._doors, case_id=self.case_id)

    def _seal(self) -> bool:
        return seal(self._stack, self._doors)

    def _let_time_pass(self, seconds: int) -> None:
        self._page.add("offset", seconds)
        self._tries(self._sweep)
        self._last_moved = time.monotonic()

    def _sweep(self) -> bool:
        return sweep(self._stack, self._doors)

    def _make_noise(self, stage: str, *, seq: int) -> None:
        """Put one message that is doubled, old, early or for another stage, as queues may deliver them."""
        queue = self._chance.choice([stage or "investigate", *(one.value for one in Stage if one is not Stage.CLOSED)])
        if queue != Stage.CLOSED.value:
            self._put(queue, self._chance.randint(max(0, seq - 3), seq + 1))

    def _put(self, queue: str, seq: int) -> None:
        text = json.dumps({"case": self.case_id, "seq": seq})
        client = self._doors.queues.get_queue_client(queue)
        try:
            client.send_message(base64.b64encode(text.encode()).decode())
        except ResourceNotFoundError:
            # The host makes a queue of poison when it needs one.
            client.create_queue()
            client.send_message(base64.b64encode(text.encode()).decode())

    def _has_logged(self, code: str) -> bool:
        rows = self._doors.cases.query_entities(f"PartitionKey eq '{self.case_id}' and code eq '{code}'")
        return any(True for _ in rows)

    def _has_untold_alerts(self) -> bool:
        return any(row["RowKey"].startswith(self.case_id) for row in self._doors.alerts.list_entities())

    @staticmethod
    def _tries(action: Callable[[], bool]) -> bool:
        """Return what `action` returned, or False when the process died under it."""
        try:
            return action()
        except httpx.HTTPError:
            return False


def chat_case_id(stack: DyingStack, doors: Doors, *, person: str, message_id: str) -> str:
    """Return the id of the case that a message opens (`agent/conversation.py`) in the one chat of a person."""
    person_id = doors.desk.object_id(person)
    chat = f"a:1{stable('conversation', stack.tenant_id, person_id, IDENTITY_ID).replace('-', '')}"
    key = digest(["message", stack.tenant_id, person_id, chat, message_id])[:32]
    return case_id_for(tenant_id=stack.tenant_id, source=CHAT_SOURCE, external_id=key)


def give(order: Order, stack: DyingStack, doors: Doors, *, case_id: str) -> bool:
    """Give an order; return whether it holds. One that holds already may be refused when it is given again."""
    about = {"tenant": stack.tenant_id} if order.scope == "tenant" else {"case": case_id}
    body = {"order": order.word, **about, "by": "Olga", "why": "to be safe"}
    answer = doors.http.post(f"{stack.url}/api/control", json=body, headers={"x-functions-key": stack.key})
    return answer.status_code == 200 or (answer.status_code == 409 and order.word == "resume")


def sweep(stack: DyingStack, doors: Doors) -> bool:
    """Let the timer of the sweep run now; return whether it was started."""
    return doors.http.post(f"{stack.url}/admin/functions/sweep", json={}).status_code == 202


def seal(stack: DyingStack, doors: Doors) -> bool:
    """Let the timer run that seals the log; return whether it came to its end."""

    def counted(name: str) -> int:
        return int(doors.http.get(f"{stack.url}/admin/health").json()["functions"]["checkpoint"][name])

    good, bad, ends = counted("succeeded"), counted("failed"), time.monotonic() + 20
    doors.http.post(f"{stack.url}/admin/functions/checkpoint", json={"input": ""})
    while (counted("succeeded"), counted("failed")) == (good, bad) and time.monotonic() < ends:
        time.sleep(_LOOK_SECONDS)
    return counted("succeeded") > good


def revive(page: Page) -> None:
    """Let the next process start, after a while in which there was none."""
    page.add("offset", _AWAY_SECONDS)
    lives = page["lives"]
    page["released"] = page["deaths"]
    # A process may be killed again before it was ready.
    until(lambda: page["lives"] > lives or page["deaths"] > page["released"])


def until(condition: Callable[[], bool]) -> None:
    """Wait for `condition`.

    Raises:
        TimeoutError: it did not come in half a minute.
    """
    ends = time.monotonic() + 30
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("the function app did not come back")
        time.sleep(0.001)
