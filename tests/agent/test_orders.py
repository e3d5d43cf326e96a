"""Orders over HTTP: what is malformed is refused before anything is read, and answers say what to do."""

import json
from typing import Any

import pytest

from agent.errors import StorageError
from console.sentences import sentence
from tests.agent.world import TENANT, World, allowed

CASE = "f" * 32
WHOLE: dict[str, Any] = {"order": "stop", "case": CASE, "by": "Olga", "why": "to be safe"}

DRILL: dict[str, Any] = {"order": "drill", "tenant": TENANT, "by": "Olga", "why": "to be safe"}
COUNTS: dict[str, Any] = {"order": "pause", "cases": 3, "under_way": 1, "begun_after": 0}
MEASURED: dict[str, Any] = {**COUNTS, "p50_ms": 1, "p99_ms": 2, "most_ms": 2}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in WHOLE.items() if key != name}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Invalid JSON"),
        (b"[]", "should be an object"),
        (b'{"order": "stop"', "Invalid JSON"),
        (without("order"), "order"),
        (without("by"), "by"),
        (without("why"), "why"),
        (without("case"), "exactly one"),
        ({**WHOLE, "tenant": TENANT}, "exactly one"),
        ({**WHOLE, "stack": True}, "exactly one"),
        ({**WHOLE, "case": "../cases"}, "expected a case id of 32 hex"),
        ({**WHOLE, "case": CASE + "\n"}, "expected a case id of 32 hex"),
        ({**WHOLE, "order": "widen"}, "order"),
        ({**WHOLE, "force": True}, "force"),
        ({**WHOLE, "by": "\u200b\u202e "}, "expected words"),
        ({**WHOLE, "by": "x" * 201}, "by"),
        ({**WHOLE, "step": 1}, "for the order `modify`"),
        ({**WHOLE, "order": "modify"}, "step"),
        ({**WHOLE, "order": "modify", "step": 1}, "either `drop` or new `params`"),
        ({**WHOLE, "order": "modify", "step": 1, "drop": True, "params": {"a": 1}}, "either `drop` or new `params`"),
        ({**without("case"), "order": "modify", "step": 1, "drop": True, "stack": True}, "expected a `case`"),
        ({**WHOLE, "order": "drill"}, "result"),
        ({**DRILL, "result": {**MEASURED, "p99_ms": None}}, "or none"),
        ({**DRILL, "result": {**MEASURED, "under_way": 0}}, "expected no time"),
    ],
)
async def test_what_is_no_order_is_refused_with_what_to_mend(body: Any, said: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = await World().steering.receive(raw)
    assert reply.status == 400 and said in reply.body["error"]


async def test_a_body_that_is_too_large_is_not_even_read() -> None:
    assert (await World().steering.receive(b" " * 70_000)).status == 413


async def test_a_case_or_tenant_that_is_not_ours_is_404() -> None:
    world = World()
    for about in ({"case": CASE}, {"tenant": CASE}):
        for order in ("pause", "resume", "stop"):
            await world.order(order, status=404, **about)


async def test_what_is_not_held_cannot_be_resumed() -> None:
    world, case_id = await allowed()
    for about in ({"case": case_id}, {"tenant": TENANT}, {"stack": True}):
        assert "nothing to resume" in (await world.order("resume", status=409, **about))["error"]


async def test_an_order_that_may_not_be_stored_is_no_success() -> None:
    world, case_id = await allowed()

    async def down(*_given: Any, **_named: Any) -> Any:
        raise StorageError("storage is down")

    world.store.commit = down  # type: ignore[method-assign]
    world.controls.record = down  # type: ignore[method-assign]
    for about in ({"case": case_id}, {"tenant": TENANT}, {"stack": True}):
        assert "give it again" in (await world.order("stop", status=503, **about))["error"]


async def test_names_and_reasons_become_one_harmless_line() -> None:
    world, case_id = await allowed()
    await world.order("pause", case=case_id, by="Ol\nga\u202e", why="a\r\nb")
    control = (await world.case(case_id)).control
    assert control is not None and (control.by, control.why) == ("Ol ga", "a b")


async def test_the_state_tells_what_is_ordered_on_the_stack_on_tenants_and_on_cases() -> None:
    world, case_id = await allowed()
    await world.order("pause", case=case_id)
    await world.order("stop", tenant=TENANT)
    reply = await world.steering.state()
    assert reply.status == 200
    found = json.loads(reply.text)
    assert found["stack"] == {"control": None, "log": []}
    assert found["tenants"][TENANT]["control"]["state"] == "stopped"
    assert [one["code"] for one in found["tenants"][TENANT]["log"]] == ["control.stopped"]
    assert [(one["id"], one["control"]["by"]) for one in found["cases"]] == [(case_id, "Olga")]


async def test_a_state_that_cannot_be_read_is_never_told_as_running() -> None:
    world = World()
    world.controls.is_unreadable = True
    assert (await world.steering.state()).status == 503


async def test_a_drills_result_is_logged_and_orders_nothing() -> None:
    world = World()
    unmeasured = {**MEASURED, "under_way": 0, "p50_ms": None, "p99_ms": None, "most_ms": None}
    for result in (MEASURED, unmeasured):
        await world.order("drill", tenant=TENANT, result=result)
    logged = await world.controls.events("tenant", TENANT)
    who = {"by": "Olga", "why": "to be safe"}
    assert [one.code.value for one in logged] == ["control.drilled"] * 2
    said = (
        "A drill was held of the order pause by Olga: 3 case(s), {} write(s) under way, 0 begun after it{}: to be safe."
    )
    assert [sentence(one) for one in logged] == [said.format(1, ", p99 2 ms"), said.format(0, "")]
    assert [dict(one.data) for one in logged] == [{**who, **MEASURED}, {**who, **unmeasured}]
    assert await world.controls.of("tenant", TENANT) is None
