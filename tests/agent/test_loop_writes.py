"""Writing: one write a step, read before it is believed, undone in order, and secrets for one person only."""

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.errors import StorageError
from agent.model.case import Stage
from agent.model.plan import Step
from agent.ports import Answer
from tests.agent.areas.collected import PARAMS
from tests.agent.world import (
    ANN,
    READERS,
    WRITERS,
    add_member,
    allowed,
    reset_password,
)

DENY_READERS = {
    "layer": "target",
    "rules": [{"id": "target.no-readers", "effect": "deny", "actions": ["*"], "when": {"target.id": READERS}}],
}


async def test_a_lost_answer_is_looked_up_and_never_sent_twice() -> None:
    world, case_id = await allowed()
    world.directory.lose_next_answer(when="after")
    case = await world.run(case_id)
    assert case.outcome == "resolved" and len(world.directory.written) == 1
    assert "write.found_done" in await world.codes(case_id)


async def test_a_write_lost_on_the_way_is_sent_again_after_its_patience() -> None:
    world, case_id = await allowed()
    world.directory.lose_next_answer(when="before")
    case = await world.run(case_id, seconds_per_turn=10)
    assert case.outcome == "resolved" and len(world.directory.written) == 1


async def test_a_crash_between_intent_and_answer_is_healed_by_the_sweep_without_a_second_write() -> None:
    world, case_id = await allowed()
    commit = world.store.commit

    async def die(*args: object, **kwargs: object) -> None:
        if world.directory.written:
            world.store.commit = commit  # type: ignore[method-assign]
            raise StorageError("the process died here")
        return await commit(*args, **kwargs)  # type: ignore[arg-type, return-value]

    world.store.commit = die  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageError):
        await world.run(case_id)
    world.clock.pass_(600)
    assert await world.loop.sweep() == 1
    assert (await world.run(case_id)).outcome == "resolved"
    assert len(world.directory.written) == 1


async def test_a_case_with_a_live_lease_is_left_alone() -> None:
    world, case_id = await allowed()
    for _ in range(3):
        await world.turn(case_id)
    held = await world.store.load(case_id)
    assert held is not None and held.case.stage in (Stage.EXECUTE, Stage.VERIFY, Stage.AUTHORIZE, Stage.CLOSED)


async def test_a_state_that_is_wanted_already_is_not_written_and_not_undone() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.members[READERS].add(ANN)
    world.directory.put(f"/groups/{READERS}/members", {"value": [{"id": ANN}]})
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
    case = await world.run(case_id)
    assert case.effects == ("already",) and world.directory.written == []
    assert world.members[READERS] == {ANN}, "a membership that was there before is never taken away"


async def test_a_failed_second_step_undoes_the_first() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {"error": {"code": "Denied"}}, "r"))
    case = await world.run(case_id)
    assert case.outcome == "rolled_back" and case.effects == ("undone",)
    assert world.members[READERS] == set()
    assert [one.method for one in world.directory.written] == ["POST", "DELETE"]
    assert world.tickets.handoffs[0].would_have_done and "403" in world.tickets.handoffs[0].why_stopped


async def test_a_way_in_that_was_closed_is_not_opened_again_because_something_else_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CATALOGUE["entra.group.member.add"], "contains", True)
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {"error": {"code": "Denied"}}, "r"))
    await world.run(case_id)
    assert world.members[READERS] == {ANN}
    assert [one.method for one in world.directory.written] == ["POST"]
    assert world.tickets.handoffs[0].urgent and "closed a way in" in world.tickets.handoffs[0].why_stopped


async def test_an_undo_that_fails_is_an_urgent_hand_over() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
    world.directory.refuse("DELETE", f"/groups/{READERS}/members/{ANN}/$ref", Answer(403, {}, "r"))
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.tickets.handoffs[0].urgent
    assert "rollback.failed" in await world.codes(case_id)


async def test_success_is_never_inferred_from_a_2xx() -> None:
    world, case_id = await allowed()
    world.directory.on("POST", f"/groups/{READERS}/members/$ref", lambda body: (204, {}))
    case = await world.run(case_id, seconds_per_turn=20)
    assert case.outcome == "rolled_back" and "effect.refuted" in await world.codes(case_id)


async def test_an_effect_that_cannot_be_seen_is_not_undone_but_handed_over_urgently() -> None:
    world, case_id = await allowed()

    def add(body: dict[str, object]) -> tuple[int, dict[str, object]]:
        world.directory.refuse("GET", f"/groups/{READERS}/members", Answer(403, {}, "r"))
        return 204, {}

    world.directory.on("POST", f"/groups/{READERS}/members/$ref", add)
    case = await world.run(case_id, seconds_per_turn=20)
    assert case.effects == ("unknown",) and world.tickets.handoffs[0].urgent
    assert len(world.directory.written) == 1


async def test_throttling_waits_and_then_writes_once() -> None:
    world, case_id = await allowed()
    path = f"/groups/{READERS}/members/$ref"
    world.directory.refuse("POST", path, Answer(429, {}, "r", retry_after_seconds=7.5))
    for _ in range(5):
        await world.turn(case_id)
    world.directory.allow("POST", path)
    assert 8 in world.wakeups.delays
    assert (await world.run(case_id)).outcome == "resolved" and len(world.directory.written) == 1


async def test_a_write_that_is_throttled_for_ever_is_handed_over() -> None:
    world, case_id = await allowed()
    world.directory.refuse("POST", f"/groups/{READERS}/members/$ref", Answer(429, {}, "r"))
    assert (await world.run(case_id)).outcome == "escalated"


async def test_a_secret_reaches_its_owner_only_and_stands_nowhere_else() -> None:
    world, case_id = await allowed(reset_password())

    def change(body: dict[str, object]) -> tuple[int, dict[str, object]]:
        world.directory.objects[f"/users/{ANN}"]["lastPasswordChangeDateTime"] = world.clock.now().isoformat()
        return 204, {}

    world.directory.on("PATCH", f"/users/{ANN}", change)
    case = await world.run(case_id)
    secret = "Correct-Horse-Battery-9999"
    assert case.outcome == "resolved" and world.people.secrets == [(ANN, secret)]
    everything = [case.model_dump_json(), *(one.model_dump_json() for one in await world.store.events(case_id))]
    everything += [one.model_dump_json() for one in await world.store.attempts(case_id)]
    assert not [one for one in everything if secret in one]
    assert all(not one.sealed_secret for one in await world.store.attempts(case_id))


async def test_a_secret_that_cannot_be_delivered_is_handed_over_urgently_and_erased() -> None:
    world, case_id = await allowed(reset_password())

    def change(body: dict[str, object]) -> tuple[int, dict[str, object]]:
        world.directory.objects[f"/users/{ANN}"]["lastPasswordChangeDateTime"] = world.clock.now().isoformat()
        world.people.unreachable = True
        return 204, {}

    world.directory.on("PATCH", f"/users/{ANN}", change)
    case = await world.run(case_id, seconds_per_turn=30)
    assert case.outcome == "escalated" and world.tickets.handoffs[0].urgent
    assert all(not one.sealed_secret for one in await world.store.attempts(case_id))


async def test_a_password_whose_answer_was_lost_is_never_delivered_even_if_some_password_was_changed() -> None:
    world, case_id = await allowed(reset_password())
    world.directory.lose_next_answer(when="before")
    changed = False
    for _ in range(200):
        if not await world.turn(case_id):
            break
        world.clock.pass_(5)
        if not changed and await world.store.attempts(case_id):
            # The person sets a password of their own, moments after ours was sent and never arrived.
            profile = world.directory.objects[f"/users/{ANN}"]
            profile["lastPasswordChangeDateTime"] = world.clock.now().isoformat()
            changed = True
    case = await world.case(case_id)
    assert changed and case.outcome == "escalated" and case.urgent
    assert world.people.secrets == [] and world.directory.written == []
    assert "write.found_done" not in await world.codes(case_id)


def buyer() -> Step:
    changes = [{"field": "jobTitle", "was": "Seller", "to": "Buyer"}]
    return parse_step("entra.user.profile.update", {"user_id": ANN, "changes": changes})


async def test_an_undo_never_overwrites_what_somebody_changed_after_us() -> None:
    profile = f"/users/{ANN}"
    title = buyer()
    world, case_id = await allowed(title, add_member(WRITERS))
    world.directory.objects[profile]["jobTitle"] = "Seller"
    refusal = Answer(status=403, body={"error": {"code": "Authorization_RequestDenied"}}, request_id="r")
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", refusal)
    while "write.failed" not in await world.codes(case_id):
        await world.turn(case_id)
        world.clock.pass_(1)
    assert world.directory.objects[profile]["jobTitle"] == "Buyer"
    # Human resources makes her a director before the rollback comes to it.
    world.directory.objects[profile]["jobTitle"] = "Director"
    case = await world.run(case_id, seconds_per_turn=60)
    assert world.directory.objects[profile]["jobTitle"] == "Director"
    assert case.outcome == "escalated" and case.urgent and "changed since" in case.why
    assert "rollback.failed" in await world.codes(case_id)


async def test_a_write_that_somebody_else_overwrote_at_once_is_not_undone_over_their_change() -> None:
    title = buyer()
    world, case_id = await allowed(title)
    profile = f"/users/{ANN}"
    world.directory.objects[profile]["jobTitle"] = "Seller"
    while not world.directory.written:
        await world.turn(case_id)
    world.directory.objects[profile]["jobTitle"] = "Director"
    case = await world.run(case_id, seconds_per_turn=60)
    assert case.outcome == "escalated" and case.urgent
    assert world.directory.objects[profile]["jobTitle"] == "Director" and len(world.directory.written) == 1


DEVICE = "dddddddd-0000-4000-8000-00000000000d"


async def test_a_restart_whose_answer_was_lost_is_never_sent_again_though_nothing_shows_it() -> None:
    reboot = parse_step("intune.device.reboot", {"device_id": DEVICE, "user_id": ANN})
    world, case_id = await allowed(reboot)
    world.directory.put(f"/deviceManagement/managedDevices/{DEVICE}", {"id": DEVICE, "userId": ANN})
    world.directory.put("/deviceManagement/auditEvents", {"value": []})
    sent = []
    world.directory.on("POST", reboot.call.path, lambda body: (sent.append(body), (204, {}))[1])
    world.directory.lose_next_answer(when="after")
    case = await world.run(case_id, seconds_per_turn=60)
    assert len(sent) == 1 and case.outcome == "escalated" and case.urgent and "sent twice" in case.why


async def test_an_entry_that_is_gone_under_its_old_id_is_no_proof_that_the_access_is_gone() -> None:
    # The key was registered anew since the plan was made: it has another id, and still signs in.
    delete = parse_step("entra.auth.method.fido2.delete", {"user_id": ANN, "method_id": "old-key"})
    world, case_id = await allowed(delete)
    held = {"@odata.type": "#microsoft.graph.fido2AuthenticationMethod", "id": "new-key"}
    world.directory.put(f"/users/{ANN}/authentication/methods", {"value": [held]})
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.directory.written == []
    assert case.effects == () and "not there under this id" in case.why


def test_every_action_that_removes_an_entry_by_its_own_id_says_so() -> None:
    found = set()
    for name, params in PARAMS.items():
        step = parse_step(name, params)
        last = step.call.path.rsplit("/", 1)[1]
        if step.call.method == "DELETE" and last not in ("$ref", step.target.id, step.beneficiary_id):
            found.add(name)
    # A telephone's id is the kind of telephone, the same for everybody; a deletion goes on as a request of its own.
    found = found - {"entra.auth.method.phone.delete"} | {"entra.accesspackage.remove"}
    assert found == {name for name, action in CATALOGUE.items() if action.removes_by_id}


def test_what_makes_something_new_or_acts_on_a_device_is_not_repeated_in_doubt() -> None:
    creating = {name for name, params in PARAMS.items() if _makes_new(parse_step(name, params))}
    once = {name for name, action in CATALOGUE.items() if not action.repeatable}
    assert creating <= once
    assert {f"intune.device.{verb}" for verb in ("wipe", "retire", "reboot", "remotelock", "passcode.reset")} <= once


def _makes_new(step: Step) -> bool:
    """Whether the undo goes to an object that only the answer names, which a second call would make twice."""
    named = step.undo is not None and "{created}" in step.undo.call.path
    return named and step.call.method == "POST" and step.precondition is None
