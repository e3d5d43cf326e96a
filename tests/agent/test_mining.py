"""A proposed pattern covers what was seen often enough and nothing else, whatever was seen and whoever asks."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.actions import CATALOGUE
from agent.actions.parameters import BOUND, Untold, marks
from agent.model.precedent import Terms
from agent.standing.habits import (
    MAX_HABITS,
    MAX_SIGHTINGS,
    REMEMBERED,
    Habits,
    Sighting,
    habits_in,
    habits_text,
    known_as,
    with_approval,
    without,
)
from agent.standing.kept import KeptGrant, newly_given
from agent.standing.matching import naming_all
from agent.standing.mining import LEAST_PEOPLE, LEAST_TIMES, pattern_of, precedent_for, terms_of
from policy import AuthorizationRequest, RuleRef
from policy.evidence.grant import certainly_holds, parse_grant
from tests.agent.granted import ADD
from tests.agent.test_standing_patterns import FACTS
from tests.agent.world import ANN, BOB, EVE, READERS, START, TENANT, WRITERS, add_member

RULES = (RuleRef("action.ask", "d" * 64),)
ASKERS = (ANN, EVE, "cccccccc-0000-4000-8000-000000000004")
DEPARTMENTS = ("HR", "Sales")
KNOWN: dict[str, Any] = {
    **FACTS,
    "requester.role": "employee",
    "requester.account_enabled": True,
    "beneficiary.account_enabled": True,
    "target.is_role_assignable": False,
}
#: What one request says in which it may differ from another: who, by whom, for whom, on what, how risky.
World = tuple[str, str, str, str, int, bool]
WORLDS: tuple[World, ...] = tuple(
    (asker, by, for_, target, risk, on_self)
    for asker, by, for_, target, risk, on_self in product(
        ASKERS, DEPARTMENTS, DEPARTMENTS, (READERS, WRITERS), (5, 30), (False, True)
    )
    if not on_self or by == for_
)


def request(world: World, **changes: Any) -> AuthorizationRequest:
    asker, by, for_, target, risk, on_self = world
    facts = {
        **KNOWN,
        "requester.id": asker,
        "requester.department": by,
        "beneficiary.department": for_,
        "target.id": target,
        "risk": risk,
        "request.on_self": on_self,
        **changes,
    }
    return AuthorizationRequest(ADD, {name: value for name, value in facts.items() if value is not None})


def terms(world: World, **changes: Any) -> Terms | None:
    step = add_member(world[3], user=BOB)
    return terms_of(step, request(world, **changes), resolver="group_owner", rules=RULES)


def must(world: World) -> Terms:
    found = terms(world)
    assert found is not None
    return found


def history(seen: list[tuple[World, int, int]]) -> Habits:
    """What Bob approved: each world so many times, for so many people in turn."""
    habits, number = Habits(tenant_id=TENANT, person_id=BOB), 0
    for world, times, people in seen:
        for one in range(times):
            number += 1
            # Who asks for themselves is the one who gains.
            asker = f"self-{one % people}" if world[5] else world[0]
            sighting = Sighting(
                case_id=f"{number:032x}",
                asker=known_as(TENANT, asker),
                whom=known_as(TENANT, f"self-{one % people}"),
                at=START + timedelta(minutes=number),
            )
            habits = with_approval(habits, terms=must(world), sighting=sighting) or habits
    return habits


NOW = START + timedelta(days=1)
TIMES, MANY = st.sampled_from([1, LEAST_TIMES, 7]), st.sampled_from([1, 2, LEAST_PEOPLE, 6])
#: Each time one asker did, or all of them alike.
SEEN = st.lists(st.tuples(st.sampled_from(WORLDS), TIMES, MANY, st.booleans()), min_size=1, max_size=8).map(
    lambda drawn: [
        ((asker, *world[1:]), times, people)
        for world, times, people, is_all in drawn
        for asker in (ASKERS if is_all else world[:1])
    ]
)


def granted(when: Any) -> KeptGrant:
    record = {
        "id": "gr-1",
        "tenant_id": TENANT,
        "actions": [ADD],
        "when": when.authored(),
        "discharges": "group_owner",
        "rules": [{"id": RULES[0].id, "digest": RULES[0].digest}],
        "granted_by": BOB,
        "not_before": START,
        "expires": NOW,
        "max_uses": 1,
        "revoked": False,
    }
    return newly_given(parse_grant(record, source="t", catalogue=frozenset({ADD})), case_id="c" * 32)


def covers(kept: KeptGrant, one: AuthorizationRequest) -> bool:
    return naming_all([kept], one) != () and kept.grant.matches(one)


def is_often(seen: list[tuple[World, int, int]], world: World, who: str) -> bool:
    """By the promise itself: five times, three people; for a department as many who asked."""
    same = [one for one in seen if one[0][1:] == world[1:] and (who == "department" or one[0][0] == world[0])]
    times = sum(one[1] for one in same)
    gained = {f"self-{n}" for one in same for n in range(min(one[1], one[2]))}
    asked = gained if world[5] else {one[0][0] for one in same}
    return times >= LEAST_TIMES and len(gained) >= LEAST_PEOPLE and (who == "requester" or len(asked) >= LEAST_PEOPLE)


@settings(max_examples=40, deadline=None)
@given(seen=SEEN, here=st.sampled_from(WORLDS))
def test_a_proposal_covers_no_combination_that_was_not_approved_often_enough(
    seen: list[tuple[World, int, int]], here: World
) -> None:
    # The request at hand is one of those seen: of any other there is no precedent, which the next test holds.
    here = seen[0][0] if here not in [one[0] for one in seen] else here
    found = precedent_for(history(seen), must(here), requester_id=here[0], now=NOW)
    assume(found is not None)
    assert found is not None
    kept = granted(pattern_of(found, must(here), requester_id=here[0]))
    assert covers(kept, request(here))
    for world in WORLDS:
        # For a requester it is about that one; for a department about anybody of it who asks.
        if covers(kept, request(world)):
            assert is_often(seen, world, found.who), (found, world)


@settings(max_examples=50, deadline=None)
@given(seen=SEEN, here=st.sampled_from(WORLDS))
def test_there_is_a_precedent_exactly_where_the_same_was_approved_often_enough(
    seen: list[tuple[World, int, int]], here: World
) -> None:
    found = precedent_for(history(seen), must(here), requester_id=here[0], now=NOW)
    ways = ("department",) if here[5] else ("requester", "department")
    first = next((who for who in ways if is_often(seen, here, who)), None)
    assert (found.who if found else None) == first


def test_two_departments_that_asked_for_each_other_are_no_cross_product() -> None:
    askers = ("x-1", "x-2", "x-3")

    def seen(*pairs: tuple[str, str]) -> Any:
        worlds = [((one, by, for_, READERS, 30, False), LEAST_TIMES, 3) for by, for_ in pairs for one in askers]
        here = (BOB, "Sales", "HR", READERS, 30, False)
        return precedent_for(history(worlds), must(here), requester_id=BOB, now=NOW)

    crossed = seen(("Sales", "HR"), ("HR", "Sales"))
    assert (crossed.by_departments, crossed.for_departments) == (("Sales",), ("HR",))
    whole = seen(("Sales", "HR"), ("HR", "Sales"), ("Sales", "Sales"), ("HR", "HR"))
    assert set(whole.by_departments) == set(whole.for_departments) == {"Sales", "HR"}


@pytest.mark.parametrize("name", ["requester.role", "beneficiary.kind", "target.is_vip", "requester.department"])
def test_what_is_not_known_was_not_the_same(name: str) -> None:
    assert terms(WORLDS[0]) is not None and terms(WORLDS[0], **{name: None}) is None


def test_what_policy_is_not_told_may_be_another_each_time_so_nothing_was_the_same() -> None:
    untold = [name for name, one in CATALOGUE.items() if any(it is not BOUND for _, it in marks(one, Untold))]
    assert len(untold) > 5 and ADD not in untold
    for action in untold:
        step = add_member(READERS, user=BOB).model_copy(update={"action": action})
        assert terms_of(step, request(WORLDS[0]), resolver="group_owner", rules=RULES) is None


def test_a_set_of_several_and_a_parameter_that_was_never_spoken_of_are_not_covered() -> None:
    one, two = frozenset({"user_data"}), frozenset({"user_data", "esim_plan"})
    assert terms(WORLDS[0], **{"params.keeps": two}) is None and terms(WORLDS[0], **{"params.keeps": one}) is not None
    habits = history([(WORLDS[0], 7, 4)])
    found = precedent_for(habits, must(WORLDS[0]), requester_id=ANN, now=NOW)
    assert found is not None
    when = pattern_of(found, must(WORLDS[0]), requester_id=ANN)
    kept = granted(when)
    assert covers(kept, request(WORLDS[0])) and certainly_holds(when, request(WORLDS[0], **{"params.sku": "E5"}))
    assert not covers(kept, request(WORLDS[0], **{"params.sku": "E5"}))
    # Nor is another person in it who was in none of those that were seen.
    assert not covers(kept, request(WORLDS[0], **{"other_person.id": EVE}))


def test_a_history_is_bounded_forgets_the_oldest_and_reads_back_as_it_was() -> None:
    habits = history([(WORLDS[0], 1, 1)])
    seen = habits.habits[0].sightings[0]
    for number in range(MAX_HABITS):
        other = terms(WORLDS[0], **{"params.sku": f"S{number}"})
        assert other is not None
        habits = with_approval(habits, terms=other, sighting=seen) or habits
    assert len(habits.habits) == MAX_HABITS and must(WORLDS[0]) not in [one.terms for one in habits.habits]
    habits = history([(WORLDS[0], MAX_SIGHTINGS + 5, 3)])
    (only,) = habits.habits
    assert len(only.sightings) == MAX_SIGHTINGS and only.sightings[-1].case_id == f"{MAX_SIGHTINGS + 5:032x}"
    assert habits_in(habits_text(habits)) == habits
    assert with_approval(habits, terms=only.terms, sighting=only.sightings[0]) is None
    late = only.sightings[-1].model_copy(update={"case_id": "f" * 32, "at": START + REMEMBERED + timedelta(days=2)})
    again = with_approval(habits, terms=only.terms, sighting=late)
    assert again is not None and again.habits[0].sightings == (late,)
    assert without(habits, lambda it: it == must(WORLDS[1])) is None
    gone = without(habits, lambda it: it == only.terms)
    assert gone is not None and gone.habits == ()
    long = only.terms.model_copy(update={"values": {**only.terms.values, "params.name": "n" * 4_000}})
    assert with_approval(habits, terms=long, sighting=late) is None
