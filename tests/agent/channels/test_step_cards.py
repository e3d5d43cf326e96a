"""Many alike steps are one list on a card, from which each exact call can be read."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.actions import parse_step
from agent.channels.approval_card import MAX_CARD_BYTES, card_bytes, pending_card
from agent.channels.step_cards import MAX_CARD_STEPS, MAX_LIST_BYTES, alike_steps, exact_call, fits_on_card
from agent.model.plan import Plan, Step
from agent.port_values import ApprovalNotice
from tests.agent.channels.cases import GROUP, waiting
from tests.agent.channels.test_approval_card import lines, parts

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
    return pending_card(ApprovalNotice(case=case, request=case.approval_request, requester_label="Ann"))


def verbs(card: dict[str, Any]) -> list[str]:
    return [one["verb"] for one in card["actions"]]


def shown(card: dict[str, Any], label: str) -> str:
    (found,) = (one.removeprefix(f"{label}: ") for one in lines(card) if one.startswith(f"{label}: "))
    return found


def listed(card: dict[str, Any]) -> list[str]:
    """The entries of the list, without their labels."""
    runs = [one["inlines"] for one in parts(card) if one.get("type") == "RichTextBlock" and one["spacing"] == "None"]
    return [entry for (run,) in runs for entry in run["text"].split("; ")]


@pytest.mark.parametrize("people", [MAX_CARD_STEPS + 1, 50, 300])
def test_a_plan_for_hundreds_of_people_is_one_list_that_can_be_approved(people: int) -> None:
    steps = tuple(swap(number, name=f"A. Vance {number}") for number in range(people))
    card = card_of(steps)
    assert verbs(card) == ["approve", "refuse"] and card_bytes(card) <= MAX_CARD_BYTES
    assert listed(card) == [f"{number + 1}. A. Vance {number} ({person(number)})" for number in range(people)]
    assert shown(card, f"{people} steps") == f"Give {{on}} the licence {E5} in place of {E3}"
    assert f"{people} step(s), {people} object(s) changed, for {people} person(s)" in shown(card, "Reach")
    # What is shown once, with each id filled in, is exactly what runs and what would undo it.
    call, back = shown(card, "Exact call of each"), lines(card)[4].removeprefix("Way back: undone by ")
    for number, step in enumerate(steps):
        assert step.undo is not None
        assert call.replace("{on}", person(number)) == exact_call(step.call)
        assert back.replace("{on}", person(number)) == exact_call(step.undo.call)


def test_people_who_join_one_group_are_the_list_and_the_group_stands_there_once() -> None:
    joining = [number for number in range(200) if person(number) != GROUP]
    card = card_of(tuple(join(number) for number in joining))
    assert verbs(card) == ["approve", "refuse"]
    assert lines(card)[2] == f"On: group Readers ({GROUP}); {{for}} is the id in the list"
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


def test_a_name_cannot_pretend_to_be_another_entry_of_the_list() -> None:
    evil = f"Ann ({person(1)}); 8. Bob"
    steps = tuple(swap(number, name=evil if number == 6 else "Zoe") for number in range(300))
    assert len(listed(card_of(steps))) == 300


def test_what_closes_a_way_in_is_said_to_be_undone_by_people_only() -> None:
    blocked = parse_step("entra.device.disable", {"device_id": person(1)})
    card = card_of((blocked, blocked))
    assert "Way back: step 1, 2 is undone by people only" in lines(card)
    assert [one for one in lines(card) if one.startswith("Way back: undone by people only, no rollback does it: PATCH")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 999), st.text(max_size=80)), min_size=MAX_CARD_STEPS + 1, max_size=60))
def test_whatever_people_are_called_the_card_stays_small_and_shows_every_id(people: list[tuple[int, str]]) -> None:
    steps = []
    for number, name in people:
        clean = "".join(char for char in name if char >= " " and char != "\x7f")
        steps.append(swap(number, name=clean.encode("utf-8", "ignore").decode()))
    card = card_of(tuple(steps))
    assert card_bytes(card) <= MAX_CARD_BYTES
    if verbs(card) == ["approve", "refuse"]:
        entries = " ".join(listed(card))
        assert all(f"({person(number)})" in entries or f". {person(number)}" in entries for number, _ in people)


def test_long_names_of_three_hundred_people_are_cut_and_their_ids_are_not() -> None:
    steps = tuple(swap(number, name="Anna-Katharina J\u00e4ger-Lindqvist") for number in range(300))
    card = card_of(steps)
    assert verbs(card) == ["approve", "refuse"]
    assert listed(card)[299] == f"300. Anna-Kathar\u2026 ({person(299)})"
    containers = [one for one in parts(card) if one.get("type") == "Container"]
    assert len(json.dumps(containers)) <= MAX_LIST_BYTES and verbs(card) == ["approve", "refuse"]
