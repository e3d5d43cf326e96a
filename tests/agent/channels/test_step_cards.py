"""Many alike steps are one list on a card, from which each exact call can be read."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.actions import parse_step
from agent.channels.card_elements import MAX_CARD_BYTES, json_bytes
from agent.channels.card_lines import exact_call
from agent.channels.step_cards import MAX_CARD_STEPS, MAX_STEPS_BYTES, fits_on_card
from agent.channels.step_lists import alike_steps
from agent.model.plan import Plan, Step
from agent.port_values import ApprovalNotice
from tests.agent.areas.collected import PARAMS
from tests.agent.channels.card_reading import closed, lines, parts, pending, verbs
from tests.agent.channels.cases import GROUP, waiting

E3, E5, E1 = (str(UUID(int=number)) for number in (3, 5, 1))


def person(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def swap(number: int, *, name: str = "", new: str = E5) -> Step:
    return parse_step(
        "entra.license.swap", {"user_id": person(number), "user_name": name, "sku_id": new, "old_sku_id": E3}
    )


def join(number: int) -> Step:
    return parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": person(number), "group_name": "Readers"})


def card_of(steps: tuple[Step, ...]) -> dict[str, Any]:
    case = waiting(steps=steps)
    assert case.approval_request is not None
    return pending(ApprovalNotice(case=case, request=case.approval_request, requester_label="Ann"))


def shown(card: dict[str, Any], label: str) -> str:
    (found,) = (one.removeprefix(f"{label}: ") for one in lines(card) if one.startswith(f"{label}: "))
    return found


def listed(card: dict[str, Any]) -> list[str]:
    """The entries of the lists: what else foreign there is stands behind a label."""
    return [entry for one in lines(card) if re.match(r"\d+\. ", one) for entry in one.split("; ")]


@pytest.mark.parametrize("people", [MAX_CARD_STEPS + 1, 50, 300])
def test_a_plan_for_hundreds_of_people_is_one_list_that_can_be_approved(people: int) -> None:
    steps = tuple(swap(number, name=f"A. Vance {number}") for number in range(people))
    card = card_of(steps)
    assert verbs(card) == ["approve", "refuse"] and json_bytes(card) <= MAX_CARD_BYTES
    assert listed(card) == [f"{number + 1}. {person(number)} (A. Vance {number})" for number in range(people)]
    assert shown(card, f"{people} steps, the first") == f"Give A. Vance 0 the licence {E5} in place of {E3}"
    assert f"{people} step(s), {people} object(s) changed, for {people} person(s)" in shown(card, "Reach")
    # What is shown once, with each id filled in, is exactly what runs and what would undo it.
    call = shown(card, "Exact call of each")
    (back,) = (one.removeprefix("Way back: undone by ") for one in lines(card) if one.startswith("Way back: undone by"))
    for number, step in enumerate(steps):
        assert step.undo is not None
        assert call.replace("{on}", person(number)) == exact_call(step.call)
        assert back.replace("{on}", person(number)) == exact_call(step.undo.call)


def test_people_who_join_one_group_are_the_list_and_the_group_stands_there_once() -> None:
    joining = [number for number in range(200) if person(number) != GROUP]
    card = card_of(tuple(join(number) for number in joining))
    assert verbs(card) == ["approve", "refuse"]
    assert lines(card)[2] == f"On: group Readers ({GROUP})"
    assert listed(card) == [f"{position}. {person(number)}" for position, number in enumerate(joining, start=1)]
    assert shown(card, "Exact call of each").startswith(f"POST /groups/{GROUP}/members/$ref")


def test_steps_of_two_kinds_are_two_lists_that_keep_the_plans_numbers() -> None:
    steps = tuple(swap(number, new=E1 if number % 2 else E5) for number in range(20))
    card = card_of(steps)
    assert verbs(card) == ["approve", "refuse"]
    numbers = [int(entry.partition(".")[0]) for entry in listed(card)]
    assert numbers == [*range(1, 21, 2), *range(2, 21, 2)]


def test_one_call_that_differs_is_never_hidden_in_a_list() -> None:
    odd = swap(40).model_copy(update={"risk": 80})
    steps = (*(swap(number) for number in range(40)), odd)
    assert [len(one.numbered) for one in alike_steps(Plan(summary="s", reason="r", steps=steps))] == [40, 1]
    other = swap(41)
    smuggled = other.model_copy(update={"call": swap(99).call})
    assert len(alike_steps(Plan(summary="s", reason="r", steps=(*steps, smuggled)))) == 3


def test_more_kinds_of_steps_than_a_person_can_compare_are_not_approved_on_a_card() -> None:
    steps = tuple(swap(number, new=str(UUID(int=100 + number))) for number in range(MAX_CARD_STEPS + 1))
    assert not fits_on_card(Plan(summary="s", reason="r", steps=steps))
    assert verbs(card_of(steps)) == ["refuse"]


ENTRY = re.compile(r"(\d+)\. ([^ ();]+)(?: for ([^ ();]+))?(?: \(([^();]*)\))?")


@pytest.mark.parametrize("mark", [";", "\u037e", "\uff1b", "\u061b", "\ufe54"])
def test_a_name_cannot_pretend_to_be_another_entry_of_the_list(mark: str) -> None:
    evil = f"Ann ({person(1)}){mark} 8. Bob"
    card = card_of(tuple(swap(number, name=evil if number == 6 else "Zoe") for number in range(300)))
    found = [ENTRY.fullmatch(entry) for entry in listed(card)]
    assert [(one[1], one[2]) for one in found if one] == [(str(n + 1), person(n)) for n in range(300)]
    assert mark not in json.dumps(card, ensure_ascii=False).replace("; ", "")


def wipe(device: int, owner: int, *, device_name: str = "", owner_name: str = "") -> Step:
    names = {"target_name": device_name, "user_name": owner_name}
    return parse_step("intune.device.wipe", {"device_id": person(device), "user_id": person(owner), **names})


def test_two_plans_that_do_different_things_never_have_the_same_list() -> None:
    others = tuple(wipe(number, number + 100, device_name="P", owner_name="O") for number in range(10, 17))
    one = wipe(1, 3, device_name="P) for Q", owner_name="Own")
    other = wipe(2, 3, device_name="P", owner_name=f"Q ({person(1)}) for Own")
    assert listed(card_of((one, *others))) != listed(card_of((other, *others)))
    assert listed(card_of((one, *others)))[0].startswith(f"1. {person(1)} for {person(3)} (")


@pytest.mark.parametrize("before", ["{", "$", "{{", "${"])
def test_a_hole_that_a_client_or_we_would_eat_is_no_hole(before: str) -> None:
    def company(number: int) -> Step:
        changes = [{"field": "companyName", "was": None, "to": f"{before}{person(number)}}}"}]
        return parse_step("entra.user.profile.update", {"user_id": person(number), "changes": changes})

    steps = tuple(company(number) for number in range(8))
    assert not fits_on_card(Plan(summary="s", reason="r", steps=steps))


@pytest.mark.parametrize("action", sorted(PARAMS))
def test_of_every_action_a_list_shows_each_exact_call_or_is_not_shown_at_all(action: str) -> None:
    params = PARAMS[action]
    keys = [key for key in ("user_id", "group_id", "device_id", "app_id", "policy_id") if key in params][:1]
    steps = tuple(parse_step(action, {**params, **{key: person(n) for key in keys}}) for n in range(8))
    card = card_of(steps)
    assert json_bytes(card) <= MAX_CARD_BYTES
    if "approve" not in verbs(card):
        return
    (call,) = [one.partition(": ")[2] for one in lines(card) if one.startswith("Exact call of each")]
    entries = [ENTRY.fullmatch(entry) for entry in listed(card)]
    for step, entry in zip(steps, entries, strict=True):
        assert entry is not None
        target, beneficiary = (entry[2], entry[3] or "")
        if not entry[3] and "{for}" in call:
            target, beneficiary = step.target.id, entry[2]
        filled = call.replace("{on}", target).replace("{for}", beneficiary)
        assert filled == exact_call(step.call)


def test_the_way_back_names_every_step_that_has_none() -> None:
    card = card_of(tuple(wipe(number, number + 100) for number in range(40)))
    assert "Way back: step 1-40 cannot be undone" in lines(card)


@pytest.mark.parametrize("people", [1, 6, 107, 300])
def test_no_card_is_ever_too_large_to_be_sent_whatever_it_says(people: int) -> None:
    wide = "\U0001f600" * 4_000
    changes = [{"field": name, "was": None, "to": '"' * 60} for name in ("jobTitle", "companyName", "city", "state")]
    params = {"user_name": wide[:256], "changes": changes}
    update = [parse_step("entra.user.profile.update", {**params, "user_id": person(n)}) for n in range(people)]
    for steps in (tuple(update), tuple(swap(number, name=wide[:256]) for number in range(people))):
        case = waiting(steps=steps, text=wide)
        request = case.request.model_copy(update={"subject": wide[:1_000], "external_id": wide[:200]})
        plan = Plan(summary=wide, reason=wide, steps=steps)
        assert case.approval_request is not None
        notice = ApprovalNotice(case.evolve(request=request, plan=plan), case.approval_request, wide)
        for card in (pending(notice), closed(notice, "refused", note=wide)):
            assert json_bytes(card) <= MAX_CARD_BYTES


def test_what_closes_a_way_in_is_said_to_be_undone_by_people_only() -> None:
    blocked = parse_step("entra.device.disable", {"device_id": person(1)})
    card = card_of((blocked, blocked))
    assert "Way back: step 1-2 is undone by people only" in lines(card)
    assert [one for one in lines(card) if one.startswith("Way back: undone by people only, no rollback does it: PATCH")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 999), st.text(max_size=80)), min_size=MAX_CARD_STEPS + 1, max_size=60))
def test_whatever_people_are_called_the_card_stays_small_and_shows_every_id(people: list[tuple[int, str]]) -> None:
    steps = []
    for number, name in people:
        clean = "".join(char for char in name if char >= " " and char != "\x7f")
        steps.append(swap(number, name=clean.encode("utf-8", "ignore").decode()))
    card = card_of(tuple(steps))
    assert json_bytes(card) <= MAX_CARD_BYTES
    if verbs(card) == ["approve", "refuse"]:
        entries = " ".join(listed(card))
        assert all(f". {person(number)}" in entries for number, _ in people)


def test_long_names_of_three_hundred_people_are_cut_and_their_ids_are_not() -> None:
    steps = tuple(swap(number, name="Anna-Katharina J\u00e4ger-Lindqvist") for number in range(300))
    card = card_of(steps)
    assert verbs(card) == ["approve", "refuse"]
    assert listed(card)[299] == f"300. {person(299)} (Anna-Kathar\u2026)"
    containers = [one for one in parts(card) if one.get("type") == "Container"]
    assert len(json.dumps(containers)) <= MAX_STEPS_BYTES and verbs(card) == ["approve", "refuse"]
