"""What the log keeps of a decision is enough to decide again, and holds no more about people than it says."""

import json
from typing import Any

from agent.actions import CATALOGUE
from agent.model.activity_event import ActivityEvent, EventCode
from agent.storage.event_rows import ChainTip, event_rows
from agent.storage.rows import check_sizes
from console.views import case_json
from policy import ATTRIBUTES, Engine, Verdict
from policy.history.lines import read_history
from policy.history.recorded import RecordedDecision
from policy.history.replay import replay
from tests.agent.world import (
    ANN,
    ASK_OWNER,
    BASELINES,
    READERS,
    START,
    TENANT,
    World,
    add_member,
    allowed,
    bundle_of,
    reset_password,
)


async def exported(world: World, case_id: str) -> str:
    """Return a case as its address answers it, on one line."""
    case, events = await world.case(case_id), await world.store.events(case_id)
    return json.dumps(case_json(case, events, attempts=await world.store.attempts(case_id)))


async def recorded(world: World, case_id: str) -> list[RecordedDecision]:
    return list(read_history([await exported(world, case_id)]))


async def test_every_decision_of_a_case_is_decided_again_byte_for_byte() -> None:
    world, case_id = await allowed(add_member(READERS), reset_password())
    await world.run(case_id)
    history = await recorded(world, case_id)
    assert [one.request.action for one in history] == [
        "entra.group.member.add",
        "entra.user.password.reset",
        "entra.group.member.add",
        "entra.user.password.reset",
    ]
    engine = await world.policies.engine(TENANT)
    assert replay(history, engine, tenant_id=TENANT).identical == 4


async def test_the_entries_alone_hold_the_same_decisions_as_the_case() -> None:
    world, case_id = await allowed()
    await world.run(case_id)
    lines = [event.model_dump_json() for event in await world.store.events(case_id)]
    assert list(read_history(lines)) == await recorded(world, case_id)


async def test_the_undo_of_a_step_is_recorded_as_an_undo() -> None:
    world, case_id = await allowed(add_member(READERS), reset_password())
    world.directory.on("PATCH", f"/users/{ANN}", lambda body: (403, {"error": {"code": "Forbidden"}}))
    await world.run(case_id)
    assert [one.request.facts["is_rollback"] for one in await recorded(world, case_id)][-1] is True


async def test_a_record_shows_what_a_draft_would_have_decided() -> None:
    world, case_id = await allowed()
    await world.run(case_id)
    known = frozenset(CATALOGUE)
    draft = Engine(bundle_of(*BASELINES, ASK_OWNER), tenant_id=TENANT, catalogue=known)
    assert replay(await recorded(world, case_id), draft, tenant_id=TENANT).flips() == {
        (Verdict.ALLOW, Verdict.APPROVAL): 2
    }


async def test_a_record_holds_facts_of_the_vocabulary_and_no_name_or_address() -> None:
    world, case_id = await allowed(reset_password())
    await world.run(case_id)
    for one in await recorded(world, case_id):
        assert set(one.request.facts) <= set(ATTRIBUTES)
        assert one.request.facts["requester.department"] == "Sales"
        assert "contoso.example" not in one.canonical_json()
        assert '"ann"' not in one.canonical_json()


def decided_with(groups: int) -> ActivityEvent:
    data: dict[str, Any] = {"facts": {"target.groups": [f"{n:08x}-0000-4000-8000-000000000000" for n in range(groups)]}}
    return ActivityEvent(code=EventCode.STEP_DECIDED, at=START, data=data)


def test_ten_thousand_group_memberships_fit_into_one_entry_of_the_log() -> None:
    rows, _ = event_rows("c", [decided_with(10_000)], tip=ChainTip())
    check_sizes(rows)
