"""Standing grants on the command line, over the desk that answers for them on a running stack."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from agent.command import grants
from agent.command.main import main
from agent.command.stack import RunningStack
from agent.grant_desk import GrantDesk
from agent.intake import Reply
from agent.model.precedent import Terms
from agent.standing.habits import Habits, Sighting, with_approval
from agent.standing.kept import KeptGrant
from agent.standing.mining import LEAST_TIMES
from policy import RuleRef
from tests.agent.granted import give, grant_of, world_with
from tests.agent.world import BOB, START, TENANT, World

WHO = ["--as", "Olga", "--why", "the wrong group"]


def terms(department: str) -> Terms:
    values = {"beneficiary.department": department, "requester.department": department, "request.on_self": True}
    rules = (RuleRef("action.ask", "d" * 64),)
    return Terms(action="entra.group.member.add", resolver="group_owner", rules=rules, values=values)


HR, SALES = terms("HR"), terms("Sales")


def yes(number: int, about: Terms) -> Callable[[Habits], Habits | None]:
    who = f"{number:016x}"
    sighting = Sighting(case_id=f"{number:032x}", asker=who, whom=who, at=START)
    return partial(with_approval, terms=about, sighting=sighting)


class Desk:
    """A stack in memory with Bob's grant `gr-1`, behind the addresses that the command asks."""

    def __init__(self) -> None:
        self.world = run(world_with())
        run(give(self.world))
        self.desk = GrantDesk(self.world.grants, tenant_ids=[TENANT], clock=self.world.clock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = {"/api/grants": self.desk.listed, "/api/grants/proposals": self.desk.proposals}
        look = asked.get(request.url.path) if request.method == "GET" else None
        reply = run(look() if look else self.desk.receive(request.content))
        return httpx.Response(reply.status, json=dict(reply.body))

    @property
    def kept(self) -> KeptGrant:
        return run(grant_of(self.world))


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()

    @contextmanager
    def connected() -> Iterator[RunningStack]:
        yield RunningStack(httpx.Client(base_url="https://stack", transport=httpx.MockTransport(made)))

    monkeypatch.setattr(grants, "running_stack", connected)
    return made


def test_the_list_tells_how_each_grant_stands_and_show_tells_all_of_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grants", "list", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["tenants"][TENANT]
    assert (one["id"], one["state"], one["owner_id"], one["uses"], one["max_uses"]) == ("gr-1", "in_force", BOB, 0, 3)
    assert main(["grants", "list", "--owner", "nobody", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tenants"][TENANT] == []
    assert main(["grants", "show", "gr-1"]) == 0
    shown = capsys.readouterr().out
    assert "Sales" in shown and "action.ask" in shown and "in_force" in shown
    desk.world.clock.pass_(timedelta(days=31).total_seconds())
    assert main(["grants", "show", "gr-1"]) == 0 and "expired" in capsys.readouterr().out


@pytest.mark.parametrize(("word", "state"), [("revoke", "revoked"), ("suspend", "suspended")])
def test_an_order_ends_the_grant_with_who_and_why_and_is_logged_once(desk: Desk, word: str, state: str) -> None:
    for _ in range(2):
        assert main(["grants", word, "gr-1", *WHO]) == 0
    assert (desk.kept.state, desk.kept.by, desk.kept.why) == (state, "Olga", "the wrong group")
    codes = [one.code.value for one in run(desk.world.grants.events(TENANT))]
    assert codes == ["grant.given", f"grant.{state}"]
    # Of a complaint the owner hears; who revokes may be the owner.
    assert desk.kept.is_owner_told is (word == "revoke")


def test_the_proposals_tell_who_approved_what_how_often_and_of_what_a_grant_is_proposed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    habits = desk.world.grants.habits
    for number in range(LEAST_TIMES):
        about = HR if number == 0 else SALES
        run(habits.change(TENANT, BOB, to=yes(number, about)))
    assert main(["grants", "proposals", "--json"]) == 0
    one, two = json.loads(capsys.readouterr().out)["tenants"][TENANT]
    assert (one["owner_id"], one["times"], one["people"], one["proposed_for"]) == (BOB, 1, 1, [])
    assert (two["values"]["beneficiary.department"], two["times"], two["proposed_for"]) == ("Sales", 4, [])
    # One case more, and it is proposed to him; nobody has given anything by that.
    run(habits.change(TENANT, BOB, to=yes(LEAST_TIMES, SALES)))
    assert main(["grants", "proposals", "--owner", BOB]) == 0
    shown = capsys.readouterr().out
    assert "department" in shown and "nobody yet" in shown
    assert main(["grants", "proposals", "--owner", "nobody", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tenants"] == {TENANT: []}
    assert len(run(desk.world.grants.all(TENANT))) == 1
    desk.world.clock.pass_(timedelta(days=91).total_seconds())
    assert main(["grants", "proposals", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tenants"] == {TENANT: []}
    habits.is_down = True
    assert main(["grants", "proposals"]) == 2


def test_what_cannot_be_done_is_said_and_changes_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grants", "revoke", "gr-2", *WHO]) == 2
    assert "no grant `gr-2`" in capsys.readouterr().err
    assert main(["grants", "revoke", "gr-1"]) == 2 and desk.kept.state == "in_force"
    assert main(["grants", "revoke", "gr-1", *WHO]) == 0
    assert main(["grants", "suspend", "gr-1", *WHO]) == 2
    assert "revoked already" in capsys.readouterr().err
    desk.world.grants.is_down = True
    assert main(["grants", "list"]) == 2


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"order": "allow"}, 400),
        ({"tenant": "22222222-1111-4111-8111-111111111111"}, 404),
        ({"grant": "gr-none"}, 404),
        ({"grant": "../gr-1"}, 400),
        ({"by": "\u200b "}, 400),
        ({"why": "w" * 9_000}, 413),
        ({"more": 1}, 400),
    ],
    ids=str,
)
async def test_a_malformed_order_or_one_about_nothing_changes_nothing(order: dict[str, Any], status: int) -> None:
    world: World = await world_with()
    await give(world)
    desk = GrantDesk(world.grants, tenant_ids=[TENANT], clock=world.clock)
    body = {"order": "revoke", "tenant": TENANT, "grant": "gr-1", "by": "Olga", "why": "w", **order}
    reply: Reply = await desk.receive(json.dumps(body).encode())
    assert reply.status == status and (await grant_of(world)).state == "in_force"
