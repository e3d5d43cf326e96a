"""The standing grant under which a story is told, and how often it is counted as used."""

from uuid import uuid4

from agent.itsm.standard_webhooks import sign
from agent.model.case import Stage
from devhost.desk import Ticket
from tests.crash.stack import Doors, DyingStack
from tests.crash.stories import ASK_RECIPES

_OWNER, _ASKER = "gwen.tallow@quillmere.example", "lea.fontaine@quillmere.example"
_SECONDS = 60


def in_force(stack: DyingStack, doors: Doors) -> None:
    """Have the owner give a grant with the case of somebody of Sales, unless one is in force.

    Whatever is handed over suspends the grant that it used, so a telling may find none.

    Raises:
        StoryError: it is not given in time.
    """
    if any(one["state"] == "in_force" and one["uses"] < one["max_uses"] for one in _listed(stack, doors)):
        return
    desk = doors.desk
    ticket = Ticket(f"CG-{uuid4().hex[:12]}", _ASKER, summary="Request", description=ASK_RECIPES)
    # The lane's time is ahead of the desk's after a few stories.
    headers = sign(ticket.body, stack.webhook_secret, message_id=f"msg_{uuid4().hex}", sent_at=stack.page.now)
    answer = desk.deliver(ticket.body, headers)
    answer.raise_for_status()
    case_id = str(answer.json()["case"])
    desk.wait(case_id, until=lambda one: bool(one["approval"] and one["approval"]["is_asked"]), seconds=_SECONDS)
    desk.click(_OWNER, "always")
    desk.click(_OWNER, "grant", inputs={"days": "90", "uses": "1000"})
    desk.wait(case_id, until=lambda one: bool(one["stage"] == Stage.CLOSED), seconds=_SECONDS)


def ended(stack: DyingStack, doors: Doors) -> None:
    """Take back what is in force, so that a story which is told without a grant is told as it was measured."""
    for one in _listed(stack, doors):
        if one["state"] == "in_force":
            order = {"order": "revoke", "tenant": stack.tenant_id, "grant": one["id"], "by": "Olga", "why": "told"}
            answer = doors.http.post(f"{stack.url}/api/grant", headers={"x-functions-key": stack.key}, json=order)
            answer.raise_for_status()


def uses(stack: DyingStack, doors: Doors) -> int:
    """Return how many uses of all grants are taken."""
    return sum(int(one["uses"]) for one in _listed(stack, doors))


def _listed(stack: DyingStack, doors: Doors) -> list[dict[str, object]]:
    answer = doors.http.get(f"{stack.url}/api/grants", headers={"x-functions-key": stack.key})
    answer.raise_for_status()
    return list(answer.json()["tenants"][stack.tenant_id])
