"""What policy is told of a person beside target and beneficiary, of owners and sponsors, and whose names count."""

from typing import Any

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.lookups.facts import needed_lookups
from agent.model.plan import Step
from policy.registry import ATTRIBUTES
from policy.request import FactValue
from tests.agent.areas.collected import PARAMS
from tests.agent.lookups.observed import (
    ADD_OTHER,
    ADDRESS,
    ASSIGN,
    JOIN,
    MONA,
    OTHER,
    REQUEST,
    RESET,
    SKU,
    profile,
    told,
    world,
)

THIRD = "33333333-0000-4000-8000-000000000003"
READER = "anton.feiler@quillmere.example"
SHARE = parse_step("exo.calendar.permission.grant", PARAMS["exo.calendar.permission.grant"] | {"user_id": MONA})
OUTSIDE = parse_step(
    "exo.calendar.permission.grant", {"user_id": MONA, "address": "Someone@PostBasket.Example", "role": "read"}
)
WIPE = parse_step("intune.device.wipe", PARAMS["intune.device.wipe"] | {"user_id": MONA})
INVITE = parse_step("entra.guest.invite", {"mail": "fay@brightcrate.example"})


def managed_by(manager: str, **more: Any) -> Step:
    return parse_step(
        "entra.user.manager.set", {"user_id": OTHER, "manager_id": manager, "was_manager_id": None, **more}
    )


def about(facts: dict[str, FactValue]) -> dict[str, FactValue]:
    return {name: fact for name, fact in facts.items() if name.startswith("other_person.")}


def test_a_new_manager_is_told_as_the_directory_shows_them() -> None:
    step = managed_by(THIRD)
    third = {"accountEnabled": False, "mail": "T@Elsewhere.example", "userType": "Guest"}
    seen = world(**{f"user.get:{THIRD}": profile(THIRD, **third), f"user.risk:{THIRD}": {"riskState": "atRisk"}})
    assert about(told(step, seen)) == {
        "other_person.id": THIRD,
        "other_person.is_requester": False,
        "other_person.kind": "guest",
        "other_person.account_enabled": False,
        "other_person.at_risk": True,
        "other_person.mail_domain": "elsewhere.example",
    }
    asked = needed_lookups(step, REQUEST, requester_id=MONA)
    assert {("user.get", THIRD), ("user.risk", THIRD)} <= set(asked)
    assert about(told(step, world())) == {"other_person.id": THIRD, "other_person.is_requester": False}


def test_who_makes_themselves_the_manager_is_told_apart() -> None:
    step = managed_by(MONA)
    assert about(told(step, world())) == {
        "other_person.id": MONA,
        "other_person.is_requester": True,
        "other_person.kind": "member",
        "other_person.account_enabled": True,
        "other_person.at_risk": False,
        "other_person.mail_domain": "quillmere.example",
    }
    assert ("user.get", MONA) not in needed_lookups(step, REQUEST, requester_id=MONA)


@pytest.mark.parametrize(
    ("seen", "known"),
    [
        (
            profile(OTHER, mail=READER),
            {"id": OTHER, "is_requester": False, "kind": "member", "account_enabled": True, "at_risk": False},
        ),
        ("absent", {"is_requester": False}),
        ("unknown", {}),
        (None, {}),
    ],
)
def test_the_reader_of_a_calendar_is_told_by_the_address_and_by_who_has_it(seen: Any, known: dict[str, Any]) -> None:
    facts = about(told(SHARE, world(**{f"user.get:{READER}": seen})))
    domain = {"mail_domain": "quillmere.example"}
    assert facts == {f"other_person.{name}": fact for name, fact in {**known, **domain}.items()}
    assert ("user.get", READER) in needed_lookups(SHARE, REQUEST, requester_id=MONA)


def test_the_domain_of_a_reader_outside_is_told_although_nobody_has_the_address_here() -> None:
    facts = about(told(OUTSIDE, world(**{"user.get:Someone@PostBasket.Example": "absent"})))
    assert facts == {"other_person.is_requester": False, "other_person.mail_domain": "postbasket.example"}
    assert about(told(RESET, world())) == {}


@pytest.mark.parametrize(
    ("step", "seen", "touched"),
    [
        (managed_by(THIRD), {}, True),
        (SHARE, {f"user.get:{READER}": profile(THIRD, mail=READER)}, True),
        (SHARE, {f"user.get:{READER}": profile(OTHER, mail=READER)}, False),
        (SHARE, {f"user.get:{READER}": "absent"}, False),
        (SHARE, {f"user.get:{READER}": "unknown"}, None),
        (SHARE, {}, None),
    ],
)
def test_an_emergency_account_counts_as_touched_also_as_the_other_person(
    step: Step, seen: dict[str, Any], touched: bool | None
) -> None:
    assert told(step, world(**seen), break_glass_ids=frozenset({THIRD})).get("target.is_break_glass") is touched


def test_a_mailbox_is_its_users_own_and_a_device_the_persons_to_whom_the_step_binds_it() -> None:
    for step in (SHARE, WIPE):
        assert told(step, world())["requester.owns_target"] is True
        assert told(step, world())["target.has_owner_to_ask"] is False
        assert told(step, world(), requester_id=OTHER).get("requester.owns_target") is None, "nobody is identified"
    for action in ("exo.calendar.permission.grant", "intune.device.wipe"):
        theirs = parse_step(action, PARAMS[action] | {"user_id": OTHER})
        assert told(theirs, world())["requester.owns_target"] is False


def test_whose_an_entra_device_or_an_application_is_nobody_tells() -> None:
    for action in ("entra.device.disable", "entra.app.disable", "intune.app.assign"):
        facts = told(parse_step(action, PARAMS[action]), world())
        assert facts and not {"requester.owns_target", "target.has_owner_to_ask"} & set(facts)


@pytest.mark.parametrize("action", ["entra.guest.invite", "entra.ca.policy.state", "sec.alert.update"])
def test_what_is_the_tenants_as_a_whole_is_nobodys(action: str) -> None:
    facts = told(parse_step(action, PARAMS[action]), world())
    assert (facts["requester.owns_target"], facts["target.has_owner_to_ask"]) == (False, False)


@pytest.mark.parametrize(
    ("drive", "owns"), [({"id": "b!mine"}, True), ({"id": "b!min"}, None), ("absent", None), ("unknown", None)]
)
def test_a_file_is_the_requesters_when_it_lies_in_their_own_drive(drive: Any, owns: bool | None) -> None:
    step = parse_step("spo.item.link.create", {"drive_id": "b!mine", "item_id": "01ABC"})
    assert ("user.drive", MONA) in needed_lookups(step, REQUEST, requester_id=MONA)
    facts = told(step, world(**{f"user.drive:{MONA}": drive}))
    assert facts.get("requester.owns_target") is owns
    assert "target.has_owner_to_ask" not in facts


@pytest.mark.parametrize(
    ("sponsors", "fact"),
    [({"sponsors": [THIRD, MONA]}, True), ({"sponsors": []}, False), ("absent", None), ("unknown", None)],
)
def test_the_requester_sponsors_a_guest_only_when_the_directory_says_so(sponsors: Any, fact: bool | None) -> None:
    facts = told(ADD_OTHER, world(**{f"user.sponsors:{OTHER}": sponsors}))
    assert facts.get("requester.sponsors_beneficiary") is fact
    assert told(JOIN, world())["requester.sponsors_beneficiary"] is False


def test_an_invited_guest_is_judged_by_the_address_in_the_step_and_what_was_seen_overrules_it() -> None:
    facts = told(INVITE, world())
    assert (facts["beneficiary.kind"], facts["beneficiary.mail_domain"]) == ("guest", "brightcrate.example")
    assert "beneficiary.id" not in facts
    claimed = ADD_OTHER.model_copy(update={"told": {"beneficiary.kind": "guest", "requester.role": "it_admin"}})
    facts = told(claimed, world())
    assert (facts["beneficiary.kind"], facts["requester.role"]) == ("member", "employee")


def test_both_licences_of_a_swap_are_told_by_the_tenants_names_for_them() -> None:
    held = {"skuId": THIRD, "skuPartNumber": "OLD_E1", "capabilityStatus": "Enabled", "enabled": 1, "consumedUnits": 1}
    skus = [*world()["tenant.skus:all"].facts["skus"], held]
    swap = parse_step("entra.license.swap", {"user_id": MONA, "sku_id": SKU, "old_sku_id": THIRD})
    facts = told(swap, world(**{"tenant.skus:all": {"skus": skus}}))
    assert (facts["params.sku"], facts["params.old_sku"], facts["params.seats_left"]) == ("SPE_E3", "OLD_E1", 2)
    twice = told(ASSIGN, world(**{"tenant.skus:all": {"skus": [*skus, skus[0]]}}))
    assert not {"params.sku", "params.seats_left"} & set(twice), "one id with two names has none"


NAMED = {
    "manager_name": (managed_by(THIRD, manager_name="Theo Blanc"), f"user.get:{THIRD}", profile(THIRD)),
    "reader_name": (
        parse_step(SHARE.action, SHARE.params | {"reader_name": "Theo Blanc"}),
        f"user.get:{READER}",
        profile(OTHER, mail=READER),
    ),
    "group_name": (
        parse_step("intune.app.assign", PARAMS["intune.app.assign"] | {"group_name": "Theo Blanc"}),
        f"group.get:{PARAMS['intune.app.assign']['group_id']}",
        {"displayName": ""},
    ),
    "package_name": (
        parse_step("entra.accesspackage.assign", PARAMS["entra.accesspackage.assign"] | {"package_name": "Theo Blanc"}),
        "access.packages:all",
        {"packages": [{"id": THIRD, "displayName": "Theo Blanc"}]},
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_second_name_is_asked_of_the_tenant_and_a_false_one_stops_the_step(name: str) -> None:
    step, key, facts = NAMED[name]
    lookup, _, subject = key.partition(":")
    assert (lookup, subject) in needed_lookups(step, REQUEST, requester_id=MONA)
    for wrong in (None, "unknown", "absent", {**facts, "displayName": "Theo Blank"}):
        assert told(step, world(**{key: wrong})) == {}, wrong
    wanted = step.names[0].source
    item = {"id": wanted.value, "displayName": "Theo\u200b Blanc "}
    true = {**facts, **({wanted.within: [item]} if wanted.within else {"displayName": "Theo\u200b Blanc "})}
    assert told(step, world(**{key: true}))


def test_the_requesters_own_name_is_compared_with_the_profile_behind_their_address() -> None:
    step = managed_by(MONA, manager_name="Mona Vasey")
    assert told(step, world())
    assert told(step, world(**{f"user.get:{ADDRESS}": profile(MONA, displayName="Mona V.")})) == {}


def test_every_attribute_of_the_vocabulary_is_supplied_by_some_step() -> None:
    reader = {f"user.get:{READER}": profile(OTHER, mail=READER)}
    steps = [parse_step(action, params) for action, params in PARAMS.items()]
    swap = parse_step("entra.license.swap", {"user_id": MONA, "sku_id": THIRD, "old_sku_id": SKU})
    supplied = {
        name for step in (*steps, SHARE, RESET, ASSIGN, ADD_OTHER, swap) for name in told(step, world(**reader))
    }
    assert set(ATTRIBUTES) == supplied
    assert {step.action for step in steps} == set(CATALOGUE)
