"""What the host gave up becomes a hand-over with everything that is known, and never silence."""

import json
from datetime import timedelta

import pytest

from agent.errors import StorageError
from agent.model.case import Stage
from agent.oversight import PoisonMessage
from agent.poison import pick_up
from tests.agent.halfway import asked, until
from tests.agent.world import ANN, READERS, WRITERS, World, add_member, allowed
from tests.conformance.memory_oversight import MemoryPoison

ABSENT = "f" * 32


def message(stage: str, body: bytes) -> PoisonMessage:
    return PoisonMessage(stage=stage, body=body, receipt=None)


async def poisoned(world: World, case_id: str) -> MemoryPoison:
    """Return the box after the host gave up the message that the case waits for."""
    held = await world.store.load(case_id)
    assert held is not None
    world.wakeups.messages.clear()
    box = MemoryPoison()
    box.messages = [message(held.case.stage.value, json.dumps({"case": case_id, "seq": held.seq}).encode())]
    return box


@pytest.mark.parametrize("stage", [Stage.INVESTIGATE, Stage.PLAN, Stage.AUTHORIZE, Stage.EXECUTE])
async def test_a_case_whose_message_was_given_up_is_handed_over_with_why(stage: Stage) -> None:
    world, case_id = await allowed()
    await until(world, case_id, stage)
    box = await poisoned(world, case_id)
    assert await pick_up(box, world.loop) == 1 and box.messages == []
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.directory.written == []
    (handoff,) = world.tickets.handoffs
    assert f"stage `{stage.value}`" in handoff.why_stopped and "gave its message up" in handoff.why_stopped
    assert handoff.asked and "stage.troubled" in await world.codes(case_id)


async def test_what_was_done_before_the_step_that_never_began_is_put_back() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    await until(world, case_id, Stage.EXECUTE, written=1)
    await pick_up(await poisoned(world, case_id), world.loop)
    assert (await world.run(case_id)).outcome == "rolled_back" and world.members[READERS] == set()


async def test_a_step_that_was_sent_is_not_undone_by_guessing_but_urgent() -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.VERIFY, written=1)
    await pick_up(await poisoned(world, case_id), world.loop)
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.tickets.handoffs[0].urgent and world.members[READERS] == {ANN}


async def test_a_question_to_people_that_was_given_up_is_handed_over() -> None:
    world, case_id = await asked()
    await pick_up(await poisoned(world, case_id), world.loop)
    assert (await world.run(case_id)).outcome == "escalated"


async def test_a_hand_over_that_never_ends_is_kept_in_the_case_where_the_console_shows_it() -> None:
    world, case_id = await allowed()
    await world.order("stop", case=case_id)
    assert (await world.case(case_id)).stage is Stage.ESCALATE
    await pick_up(await poisoned(world, case_id), world.loop)
    case = await world.run(case_id)
    assert case.stage is Stage.CLOSED and case.reply_failed
    assert case.handoff is not None and case.handoff.asked == "please"


async def test_a_closing_that_was_given_up_is_tried_again_later_and_nothing_is_lost() -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.CLOSE)
    await pick_up(await poisoned(world, case_id), world.loop)
    case = await world.run(case_id)
    assert (case.stage, case.outcome) == (Stage.CLOSED, "resolved")


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"not base64!", b"{}", json.dumps({"case": ABSENT, "seq": 0}).encode()],
    ids=["empty", "no text", "raw", "no case", "unknown case"],
)
async def test_a_message_of_no_case_is_logged_and_dropped(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    box = MemoryPoison()
    box.messages = [message("execute", body)]
    assert await pick_up(box, World().loop) == 1 and box.messages == []
    assert "poison" in caplog.text and "not base64!" not in caplog.text


async def test_a_message_of_a_turn_that_is_over_changes_nothing() -> None:
    world, case_id = await allowed()
    box = await poisoned(world, case_id)
    held = await world.store.load(case_id)
    assert held is not None
    await world.loop.advance(Stage.INVESTIGATE, case_id, seq=held.seq)
    moved = await world.store.load(case_id)
    assert await pick_up(box, world.loop) == 1 and await world.store.load(case_id) == moved


async def test_a_case_that_somebody_is_writing_for_is_left_until_its_lease_is_over() -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.EXECUTE)
    held = await world.store.load(case_id)
    assert held is not None
    box = await poisoned(world, case_id)
    write = world.directory.write
    seen: list[int] = []

    async def while_writing(*given: object, **named: object) -> object:
        seen.append(await pick_up(box, world.loop))
        return await write(*given, **named)  # type: ignore[arg-type]

    world.directory.write = while_writing  # type: ignore[method-assign, assignment]
    await world.loop.advance(Stage.EXECUTE, case_id, seq=held.seq)
    assert seen == [0] and len(box.messages) == 1
    assert (await world.run(case_id)).outcome == "resolved"


async def test_a_case_that_cannot_be_read_keeps_its_message_and_does_not_hide_the_others() -> None:
    world, case_id = await allowed()
    box = await poisoned(world, case_id)
    box.messages.append(message("plan", b"{}"))
    load = world.store.load

    async def broken(case_id: str) -> object:
        raise StorageError("the case cannot be read")

    world.store.load = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageError):
        await pick_up(box, world.loop)
    assert [one.stage for one in box.messages] == ["investigate"]
    world.store.load = load  # type: ignore[method-assign]
    world.clock.pass_(timedelta(minutes=1).total_seconds())
    assert await pick_up(box, world.loop) == 1
