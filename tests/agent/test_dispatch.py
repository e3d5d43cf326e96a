"""One write and its record: what is stored before it, what becomes of each kind of answer, and for how long to wait."""

import math
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from agent.actions import parse_step
from agent.dispatch import MAX_BEFORE_CHARS, MAX_TRIES, Sent, dispatch, sealing_purpose
from agent.errors import ChangedMeanwhileError, DirectoryError
from agent.gate import grant, grant_undo
from agent.model.activity_event import ActivityEvent
from agent.model.expectation import ListHolds
from agent.model.permit import Permit
from agent.model.plan import Step
from agent.model.receipt import Attempt
from agent.ports import Answer, Ports
from agent.read_back import may_still_appear, read_back
from agent.storage.payloads import MAX_PAYLOAD_BYTES
from tests.agent.gate_cases import ALLOW, LATER, case_with
from tests.agent.world import ANN, READERS, START, TENANT, World, add_member, reset_password

ADD = add_member(READERS)
MEMBERS = f"/groups/{READERS}/members/$ref"
PASS = parse_step("entra.auth.tap.create", {"user_id": ANN})
PASSES = PASS.call.path


@dataclass
class Ledger:
    """ports.Attempts with whatever happened before."""

    earlier: Attempt | None = None
    begun: list[Attempt] = field(default_factory=list)
    logged: list[ActivityEvent] = field(default_factory=list)

    def of(self, step_index: int, kind: str) -> Attempt | None:
        return self.earlier if self.earlier and self.earlier.kind == kind else None

    def all(self) -> tuple[Attempt, ...]:
        return (self.earlier,) if self.earlier else ()

    async def begin(self, attempt: Attempt, *, events: tuple[ActivityEvent, ...] = ()) -> None:
        self.begun.append(attempt)
        self.logged.extend(events)


def before(**changes: Any) -> Attempt:
    fields = {
        "step_index": 0,
        "kind": "do",
        "step_digest": ADD.digest,
        "call_digest": "c",
        "client_request_id": "earlier",
        "attempted_at": START,
        "state": "not_done",
    }
    return Attempt.model_validate({**fields, **changes})


def do(step: Step) -> Permit:
    return grant(case_with(step), ALLOW, now=LATER)


def undo(step: Step, created_id: str = "") -> Permit:
    return grant_undo(case_with(step), ALLOW, now=LATER, created_id=created_id)


async def ports_of(world: World, earlier: Attempt | None = None) -> Ports:
    return replace(await world._ports(TENANT), attempts=Ledger(earlier))


async def sent(world: World, permit: Permit, *, step: Step = ADD, earlier: Attempt | None = None) -> Sent:
    return await dispatch(permit, step, ports=await ports_of(world, earlier), now=START)


async def answered(answer: Answer | DirectoryError, *, earlier: Attempt | None = None) -> Sent:
    """Return what becomes of adding a member when Graph answers like this."""
    world = World()
    world.directory.refuse("POST", MEMBERS, answer)
    return await sent(world, do(ADD), earlier=earlier)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_a_2xx_is_an_answer(status: int) -> None:
    assert (await answered(Answer(status, {}, "r"))).fate == "answered"


@pytest.mark.parametrize("status", [100, 199, 300, 302, 400, 403, 404, 409])
async def test_anything_else_but_throttling_is_a_refusal(status: int) -> None:
    said = await answered(Answer(status, {}, "r"))
    assert (said.fate, said.attempt.state) == ("failed", "not_done")


@pytest.mark.parametrize(
    ("body", "code"), [({"error": {"code": "Denied"}}, "Denied"), ({"error": {}}, ""), ({"error": "x"}, ""), ({}, "")]
)
async def test_a_refusal_says_graphs_code_and_nothing_else_of_its_body(body: dict[str, Any], code: str) -> None:
    assert (await answered(Answer(403, body, "r"))).problem == f"Graph refused the call with 403 `{code}`"


@pytest.mark.parametrize(
    ("asked", "throttled", "unsent"),
    [
        (None, 11, 6),
        (0.0, 1, 1),
        (7.5, 8, 8),
        (-3.0, 1, 1),
        (600.0, 601, 601),
        (1e9, 601, 601),
        (math.inf, 601, 601),
        (math.nan, 601, 601),
    ],
)
async def test_a_wait_is_as_long_as_graph_asks_and_never_longer_than_ten_minutes(
    asked: float | None, throttled: int, unsent: int
) -> None:
    assert (await answered(Answer(429, {}, "r", retry_after_seconds=asked))).after_seconds == throttled
    assert (await answered(DirectoryError("no answer", retry_after_seconds=asked))).after_seconds == unsent


@pytest.mark.parametrize(("tries", "fate"), [(MAX_TRIES - 2, "again"), (MAX_TRIES - 1, "failed")])
@pytest.mark.parametrize("trouble", [Answer(429, {}, "r"), DirectoryError("no answer")])
async def test_a_write_that_never_left_is_tried_five_times(
    tries: int, fate: str, trouble: Answer | DirectoryError
) -> None:
    said = await answered(trouble, earlier=before(tries=tries))
    assert (said.fate, said.attempt.state, said.attempt.tries) == (fate, "not_done", tries + 1)


@pytest.mark.parametrize(
    ("earlier", "doubtful"),
    [
        (None, False),
        (before(state="not_done"), False),
        (before(state="intended"), True),
        (before(state="not_done", is_doubtful=True), True),
    ],
)
async def test_an_attempt_is_doubtful_when_an_earlier_one_may_have_taken_effect(
    earlier: Attempt | None, doubtful: bool
) -> None:
    said = await sent(World(), do(ADD), earlier=earlier)
    assert said.attempt.is_doubtful is doubtful
    assert said.attempt.tries == (2 if earlier else 1)


async def test_an_undo_is_recorded_as_one_and_needs_no_image_of_before() -> None:
    world = World()
    said = await sent(world, undo(ADD))
    assert (said.fate, said.attempt.kind, said.attempt.sealed_before) == ("answered", "undo", "")
    assert [one.method for one in world.directory.written] == ["DELETE"] and world.directory.read_paths == []


async def opened(world: World, sealed: str, kind: str) -> str:
    purpose = sealing_purpose("c" * 32, 0, kind=kind)
    return await world.sealer.open(TENANT, purpose=purpose, sealed=sealed)


async def test_the_image_of_before_is_sealed_and_only_where_the_step_asks_for_one() -> None:
    world = World()
    said = await sent(world, do(ADD))
    assert ADD.capture is not None and world.directory.read_paths == [ADD.capture.path]
    shown = await world.directory.read(ADD.capture)
    assert shown.body["id"] == ANN
    assert await opened(world, said.attempt.sealed_before, "before") == repr(dict(shown.body))
    without = await sent(world, do(ADD), step=ADD.model_copy(update={"capture": None}))
    assert without.attempt.sealed_before == "" and len(world.directory.read_paths) == 2


async def test_an_image_of_a_megabyte_is_kept_whole_and_one_that_no_payload_holds_is_cut_and_says_so() -> None:
    world = World()
    assert ADD.capture is not None
    for length in (1_048_576, MAX_BEFORE_CHARS + 1):
        body = {"id": ANN, "photo": "\N{GRINNING FACE}" * length}
        world.directory.put(ADD.capture.path, body)
        said = await sent(world, do(ADD))
        kept, whole = await opened(world, said.attempt.sealed_before, "before"), repr(body)
        assert kept[:MAX_BEFORE_CHARS] == whole[:MAX_BEFORE_CHARS]
        assert kept[MAX_BEFORE_CHARS:] == (
            "" if length < MAX_BEFORE_CHARS else f" ... cut from {len(whole)} characters"
        )


def test_the_longest_image_fits_its_payload_whatever_it_is_made_of() -> None:
    # Four bytes a character, encrypted, as base64, and once more encrypted without getting any shorter.
    assert MAX_BEFORE_CHARS * 4 * 4 / 3 + 10_000 < MAX_PAYLOAD_BYTES


async def test_a_worker_that_slept_since_its_intent_sends_nothing_and_says_so() -> None:
    world = World()
    ports = await ports_of(world)
    begin = ports.attempts.begin

    async def slow(attempt: Attempt, *, events: tuple[ActivityEvent, ...] = ()) -> None:
        await begin(attempt, events=events)
        world.clock.pass_(61)

    ports.attempts.begin = slow  # type: ignore[method-assign]
    said = await dispatch(do(ADD), ADD, ports=ports, now=START)
    assert (said.fate, said.attempt.state, world.directory.written) == ("again", "not_done", [])
    assert "slept" in said.problem and [one.code.value for one in said.events] == ["write.failed"]


async def test_a_write_without_a_secret_seals_none() -> None:
    assert (await sent(World(), do(ADD))).attempt.sealed_secret == ""


async def test_a_secret_that_we_make_is_sealed_before_it_is_sent() -> None:
    world, step = World(), reset_password()
    ports = await ports_of(world)
    await dispatch(do(step), step, ports=ports, now=START)
    assert isinstance(ports.attempts, Ledger)
    assert await opened(world, ports.attempts.begun[0].sealed_secret, "secret") == "Correct-Horse-Battery-9999"


async def test_a_secret_that_graph_makes_is_sealed_when_it_comes() -> None:
    world = World()
    world.directory.put(PASSES, {"value": []})
    world.directory.on("POST", PASSES, lambda _: (201, {"id": "p1", "temporaryAccessPass": "code-1"}))
    said = await sent(world, do(PASS), step=PASS)
    assert await opened(world, said.attempt.sealed_secret, "secret") == "code-1"
    assert said.attempt.receipt is not None and said.attempt.receipt.created_id == "p1"
    assert "code-1" not in repr((said.attempt, said.events))


@pytest.mark.parametrize("body", [{"id": "p1"}, {"id": "p1", "temporaryAccessPass": None}])
async def test_a_secret_that_does_not_come_is_not_made_up(body: dict[str, Any]) -> None:
    world = World()
    world.directory.put(PASSES, {"value": []})
    world.directory.on("POST", PASSES, lambda _: (201, body))
    assert (await sent(world, do(PASS), step=PASS)).attempt.sealed_secret == ""


async def test_an_answer_to_an_undo_or_to_a_step_without_a_secret_is_searched_for_none() -> None:
    world = World()
    world.directory.on("DELETE", f"{PASSES}/p1", lambda _: (200, {"temporaryAccessPass": "code-1"}))
    assert (await sent(world, undo(PASS, "p1"), step=PASS)).attempt.sealed_secret == ""
    world.directory.on("POST", MEMBERS, lambda _: (200, {"": "x", "temporaryAccessPass": "code-1"}))
    assert (await sent(world, do(ADD))).attempt.sealed_secret == ""


@pytest.mark.parametrize(("seconds", "written"), [(100, 1), (101, 0)])
async def test_a_write_whose_preparation_took_too_long_is_not_sent(seconds: int, written: int) -> None:
    world = World()
    world.clock.pass_(seconds)
    if written:
        assert (await sent(world, do(ADD))).attempt.attempted_at == START + timedelta(seconds=seconds)
    else:
        with pytest.raises(DirectoryError, match="100 s"):
            await sent(world, do(ADD))
    assert len(world.directory.written) == written


@pytest.mark.parametrize(("patience", "wait"), [(0, 40), (40, 40), (120, 120)])
def test_an_open_write_may_appear_for_its_patience_and_for_forty_seconds_at_least(patience: int, wait: int) -> None:
    check = ADD.check.model_copy(update={"patience_seconds": patience})
    times = [START + timedelta(seconds=one) for one in (0, wait - 1, wait, wait + 1)]
    found = [may_still_appear(before(), check, now=now) for now in times]
    assert found == [True, True, False, False]


async def test_a_check_that_cannot_be_read_is_unknown() -> None:
    world = World()
    world.directory.refuse("GET", ADD.check.call.path, DirectoryError("no answer"))
    assert (await read_back(ADD.check, await ports_of(world), attempted_at=START)).seen == "unknown"
    world.directory.allow("GET", ADD.check.call.path)
    assert (await read_back(ADD.check, await ports_of(world), attempted_at=START)).seen == "refuted"


@pytest.mark.parametrize(("status", "fate"), [(404, "again"), (403, "failed")])
async def test_what_graph_cannot_do_yet_is_tried_again_later(status: int, fate: str) -> None:
    world = World()
    patient = ADD.model_copy(update={"again_on": (404,)})
    world.directory.refuse("POST", MEMBERS, Answer(status, {"error": {"code": "NotYet"}}, "r"))
    said = await sent(world, do(ADD), step=patient)
    assert (said.fate, said.attempt.state) == (fate, "not_done")


@pytest.mark.parametrize(("there", "sent_at_all"), [([], True), ([{"id": ANN}], False)])
async def test_nothing_is_sent_when_the_tenant_is_not_as_the_plan_says(there: list[Any], sent_at_all: bool) -> None:
    world = World()
    nobody = ListHolds(field="value", key="id", value=ANN, present=False)
    careful = ADD.model_copy(update={"precondition": nobody})
    assert careful.capture is not None
    world.directory.put(careful.capture.path, {"value": there})
    if sent_at_all:
        assert (await sent(world, do(ADD), step=careful)).fate == "answered"
    else:
        with pytest.raises(ChangedMeanwhileError, match="not as it was"):
            await sent(world, do(ADD), step=careful)
    assert bool(world.directory.written) is sent_at_all
