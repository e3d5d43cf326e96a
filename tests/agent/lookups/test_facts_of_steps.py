"""What policy is told about groups, licences, plans and times, and which look-ups that takes."""

from datetime import timedelta
from typing import Any

import pytest

from agent.actions import parse_step
from agent.lookups.facts import needed_lookups
from agent.lookups.view import MAX_AGE
from agent.model.plan import Plan, Step
from policy.request import FactValue
from tests.agent.areas.collected import PARAMS
from tests.agent.lookups.observed import (
    ADD_OTHER,
    ADDRESS,
    ASSIGN,
    GROUP,
    JOIN,
    MONA,
    NOW,
    OTHER,
    REQUEST,
    RESET,
    SKU,
    profile,
    told,
    world,
)


@pytest.mark.parametrize(
    ("change", "name", "fact"),
    [
        ({"isAssignableToRole": True}, "target.is_role_assignable", True),
        ({"isAssignableToRole": True}, "target.holds_directory_role", True),
        ({"groupTypes": ["DynamicMembership", "Unified"]}, "target.is_dynamic", True),
        ({"groupTypes": ["Unified"]}, "target.is_dynamic", False),
        ({"onPremisesSyncEnabled": True}, "target.is_synced", True),
    ],
)
def test_a_group_target_is_told_as_what_it_is(change: dict[str, Any], name: str, fact: FactValue) -> None:
    group = world()[f"group.get:{GROUP}"].facts | change
    assert told(JOIN, world(**{f"group.get:{GROUP}": group}))[name] == fact


def test_a_group_that_could_not_be_read_is_neither_safe_nor_owned() -> None:
    facts = told(JOIN, world(**{f"group.get:{GROUP}": "unknown", f"group.owners:{GROUP}": "unknown"}))
    unknown = {"target.is_role_assignable", "target.holds_directory_role", "target.is_synced", "target.is_dynamic"}
    assert not (unknown | {"requester.owns_target"}) & set(facts)
    assert facts["target.groups"] == frozenset({GROUP})


def test_on_self_means_that_nobody_else_is_touched() -> None:
    split = parse_step("entra.user.password.reset", {"user_id": MONA}).model_copy(update={"beneficiary_id": OTHER})
    assert told(JOIN, world())["request.on_self"] is True
    assert told(ADD_OTHER, world())["request.on_self"] is False
    assert told(ADD_OTHER, world())["beneficiary.department"] == "Sales"
    assert told(split, world())["request.on_self"] is False
    assert "request.on_self" not in told(JOIN, world(), requester_id="")


def test_owning_the_group_is_told_only_of_the_requester() -> None:
    assert told(ADD_OTHER, world())["requester.owns_target"] is True
    owners = {"owners": [{"id": OTHER}]}
    assert told(ADD_OTHER, world(**{f"group.owners:{GROUP}": owners}))["requester.owns_target"] is False


def test_an_emergency_account_counts_as_target_also_when_it_only_gains() -> None:
    ids = frozenset({MONA})
    assert told(RESET, world(), break_glass_ids=ids)["target.is_break_glass"] is True
    assert told(JOIN, world(), break_glass_ids=ids)["target.is_break_glass"] is True
    assert told(RESET, world(), vip_ids=ids)["target.is_vip"] is True
    assert told(RESET, world(), vip_ids=ids)["requester.is_vip"] is True


def test_a_licence_tells_its_part_number_and_free_seats_from_the_tenant_only() -> None:
    facts = told(ASSIGN, world())
    assert (facts["params.sku"], facts["params.seats_left"]) == ("SPE_E3", 2)
    assert not {"params.sku", "params.seats_left"} & set(told(ASSIGN, world(**{"tenant.skus:all": "unknown"})))
    assert not {"params.sku", "params.seats_left"} & set(told(RESET, world()))


def test_a_step_with_a_name_that_is_not_the_tenants_own_is_told_nothing_about() -> None:
    lies = (
        parse_step("entra.user.password.reset", {"user_id": MONA, "user_name": "Somebody Harmless"}),
        parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": MONA, "group_name": "Canteen"}),
        parse_step("entra.license.assign", {"user_id": MONA, "sku_id": SKU, "sku_name": "FLOW_FREE"}),
    )
    assert [told(step, world()) for step in lies] == [{}, {}, {}]
    true = {"group_id": GROUP, "user_id": MONA, "group_name": "QG-Recipes", "user_name": "Mona Vasey"}
    assert told(parse_step("entra.group.member.add", true), world())


def test_an_observation_that_is_too_old_decides_nothing() -> None:
    later = NOW + MAX_AGE + timedelta(seconds=1)
    assert "requester.id" in told(JOIN, world(), now=NOW + MAX_AGE)
    facts = told(JOIN, world(), now=later)
    assert not {"requester.id", "requester.at_risk", "requester.owns_target", "target.is_dynamic"} & set(facts)


def test_an_address_that_now_leads_to_somebody_else_identifies_nobody() -> None:
    facts = told(JOIN, world(**{f"user.get:{ADDRESS}": profile(OTHER)}))
    assert not {name for name in facts if name.startswith("requester.")} - {"requester.assurance"}


@pytest.mark.parametrize(
    ("zone", "minute"),
    [("Europe/London", 570), ("Europe/Vienna", 630), ("Asia/Tokyo", 1110), ("America/Los_Angeles", 90)],
)
def test_the_week_starts_on_the_tenants_own_monday(zone: str, minute: int) -> None:
    facts = told(RESET, world(), time_zone=zone)
    assert facts["time.minute_of_week"] == minute
    assert facts["time.day"] == 739943


@pytest.mark.parametrize("zone", ["GMT Standard Time", "", "../../etc/passwd", "Nowhere/Land"])
def test_an_unknown_time_zone_leaves_the_local_time_unknown(zone: str) -> None:
    assert not {"time.minute_of_week", "time.day"} & set(told(RESET, world(), time_zone=zone))


def test_fifty_people_put_into_one_group_are_fifty_targets() -> None:
    people = [f"00000000-0000-4000-8000-{n:012d}" for n in range(50)]
    steps = tuple(parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": one}) for one in people)
    facts = told(steps[0], world(), plan=Plan(summary="s", reason="r", steps=steps))
    assert (facts["plan.distinct_targets"], facts["plan.steps"]) == (50, 50)


def test_the_needed_lookups_are_exactly_those_that_the_facts_read() -> None:
    for step in (RESET, JOIN, ADD_OTHER, ASSIGN):
        needed = {":".join(pair) for pair in needed_lookups(step, REQUEST, requester_id=MONA)}
        seen = {key: one for key, one in world().items() if key in needed}
        assert set(seen) == needed
        assert told(step, seen) == told(step, world())
        for key in needed:
            assert told(step, {k: v for k, v in seen.items() if k != key}) != told(step, seen), key


def test_no_look_up_is_asked_twice() -> None:
    for step in (RESET, JOIN, ADD_OTHER, ASSIGN):
        pairs = needed_lookups(step, REQUEST, requester_id=MONA)
        assert len(pairs) == len(set(pairs))
        assert pairs[0] == ("user.get", ADDRESS)


CALENDAR = parse_step(
    "exo.calendar.permission.grant", {**PARAMS["exo.calendar.permission.grant"], "user_id": MONA, "user_name": ""}
)
WIPE = parse_step("intune.device.wipe", {**PARAMS["intune.device.wipe"], "user_id": MONA})


@pytest.mark.parametrize("step", [CALENDAR, WIPE], ids=["a mailbox", "a device"])
def test_what_is_somebodys_is_guarded_as_that_person_is(step: Step) -> None:
    assert told(step, world(), vip_ids=frozenset({MONA}))["target.is_vip"] is True
    roles = told(step, world(**{f"user.directory_roles:{MONA}": None}))
    assert "target.holds_directory_role" not in roles
    assert told(step, world())["target.holds_directory_role"] is False
    asked = needed_lookups(step, REQUEST, requester_id=OTHER)
    assert {("user.directory_roles", MONA), ("user.groups", MONA)} <= set(asked)


def test_an_application_in_a_users_place_is_not_known_to_be_without_risk() -> None:
    seen = world(**{f"user.get:{OTHER}": "absent", f"user.risk:{OTHER}": "absent"})
    assert "beneficiary.at_risk" not in told(ADD_OTHER, seen)


def test_what_is_made_in_the_tenant_is_not_on_oneself_and_is_no_administrator() -> None:
    made = parse_step("entra.user.create", {**PARAMS["entra.user.create"], "receiver_id": MONA})
    facts = told(made, world(**{f"user.directory_roles:{MONA}": None}))
    assert facts["request.on_self"] is False and facts["target.holds_directory_role"] is False
