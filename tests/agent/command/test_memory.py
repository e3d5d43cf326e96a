"""The memory on the command line and as a page, over the desk that answers for it on a running stack."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import httpx
import pytest

from agent.command import memory
from agent.command.main import main
from agent.command.stack import RunningStack
from agent.memory.meaning import meaning_id, meant
from agent.memory_desk import MemoryDesk
from console.memory_front import memory_front
from tests.agent.stand_ins import Time
from tests.agent.world import ANN, BOB, READERS, START, TENANT
from tests.conformance.memory_meanings import MemoryMeaningBook

SHARE = "the finance share"


class Desk:
    """A memory of one tenant behind the addresses that the command asks."""

    def __init__(self) -> None:
        self.book = MemoryMeaningBook()
        self.desk = MemoryDesk(self.book, tenant_ids=[TENANT], clock=Time())
        for number, (words, person) in enumerate([(SHARE, ANN), (SHARE, BOB), ("<b>pdf</b>", ANN)]):
            to = partial(meant, object_id=READERS, person_id=person, case_id=f"{number:032x}", at=START)
            asyncio.run(self.book.change(TENANT, "group", words=words, to=to))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        listed = request.method == "GET" and request.url.path == "/api/memory"
        reply = asyncio.run(self.desk.listed() if listed else self.desk.forget(request.content))
        return httpx.Response(reply.status, json=dict(reply.body))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()

    @contextmanager
    def connected() -> Iterator[RunningStack]:
        yield RunningStack(httpx.Client(base_url="https://stack", transport=httpx.MockTransport(made)))

    monkeypatch.setattr(memory, "running_stack", connected)
    return made


def test_the_list_tells_source_age_and_expiry(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "list", "--json"]) == 0
    (_, share) = json.loads(capsys.readouterr().out)["tenants"][TENANT]
    (sense,) = share["senses"]
    assert (share["words"], sense["people"], sense["times"]) == (SHARE, 2, 2)
    assert sense["source_case"] == f"{1:032x}" and sense["expires_at"].startswith("2026-06-02")
    assert main(["memory", "list", "--tenant", "another", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tenants"] == {}


def test_what_is_forgotten_is_gone_and_what_is_unknown_is_said(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    gone = meaning_id("group", SHARE)
    assert main(["memory", "forget", gone]) == 0
    assert "forgotten" in capsys.readouterr().out
    assert [one.words for one in asyncio.run(desk.book.all(TENANT))] == ["<b>pdf</b>"]
    assert main(["memory", "forget", gone]) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400),
        (b"x" * 3_000, 413),
        (json.dumps({"tenant": "other", "meaning": "0" * 32}).encode(), 404),
        (json.dumps({"tenant": TENANT, "meaning": "0" * 32}).encode(), 404),
        (json.dumps({"tenant": TENANT, "meaning": "../habit-x"}).encode(), 400),
    ],
)
def test_an_order_that_fits_nothing_is_refused(desk: Desk, body: bytes, status: int) -> None:
    assert asyncio.run(desk.desk.forget(body)).status == status


def test_a_memory_that_is_down_says_so(desk: Desk) -> None:
    desk.book.is_down = True
    assert asyncio.run(desk.desk.listed()).status == 503
    order = json.dumps({"tenant": TENANT, "meaning": "0" * 32}).encode()
    assert asyncio.run(desk.desk.forget(order)).status == 503


def test_on_the_page_words_of_people_are_text(desk: Desk) -> None:
    page = asyncio.run(memory_front(desk.desk, accept="text/html"))
    assert page.status == 200 and SHARE in page.body
    assert "<b>pdf" not in page.body and "&lt;b&gt;pdf" in page.body
