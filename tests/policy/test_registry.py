"""The vocabulary: a fact is a value of its attribute's exact type, or it is unknown."""

import datetime
import enum
from typing import Any

import pytest

from policy.registry import ATTRIBUTES, check_fact, checked_facts
from policy.request import UNKNOWN

NEEDED = [
    "requester.id",
    "requester.department",
    "requester.role",
    "requester.assurance",
    "requester.kind",
    "requester.account_enabled",
    "requester.at_risk",
    "requester.is_vip",
    "requester.owns_target",
    "requester.manages_beneficiary",
    "requester.sponsors_beneficiary",
    "requester.directory_roles",
    "request.on_self",
    "request.channel",
    "identity.kind",
    "target.kind",
    "target.id",
    "target.department",
    "target.is_break_glass",
    "target.holds_directory_role",
    "target.is_role_assignable",
    "target.is_synced",
    "target.is_dynamic",
    "target.is_exchange_managed",
    "target.has_owner_to_ask",
    "target.account_enabled",
    "target.is_vip",
    "target.groups",
    "beneficiary.id",
    "beneficiary.department",
    "beneficiary.kind",
    "beneficiary.mail_domain",
    "beneficiary.account_enabled",
    "beneficiary.has_usage_location",
    "beneficiary.at_risk",
    "other_person.id",
    "other_person.is_requester",
    "other_person.kind",
    "other_person.account_enabled",
    "other_person.at_risk",
    "other_person.mail_domain",
    "params.sku",
    "params.old_sku",
    "params.seats_left",
    "params.lifetime_minutes",
    "params.attributes",
    "params.department",
    "params.role_id",
    "params.app_role_id",
    "params.app_id",
    "params.group_id",
    "params.unit_id",
    "params.package_id",
    "params.policy_id",
    "params.location_id",
    "params.policy_type",
    "params.policy_state",
    "params.is_trusted",
    "params.access",
    "params.link_scope",
    "params.audience",
    "params.visibility",
    "params.group_kind",
    "params.intent",
    "params.consent_type",
    "params.status",
    "params.classification",
    "params.keeps",
    "risk",
    "plan.distinct_targets",
    "plan.steps",
    "plan.takes_access_away",
    "plan.makes_requester_manager",
    "time.minute_of_week",
    "time.day",
    "is_rollback",
]


class Channel(enum.StrEnum):
    TEAMS = "teams"


def test_the_vocabulary_is_exactly_what_is_declared() -> None:
    assert sorted(ATTRIBUTES) == sorted(NEEDED)
    assert all(one.name == name and one.doc for name, one in ATTRIBUTES.items())
    assert all(one.values is None or one.kind in ("text", "set") for one in ATTRIBUTES.values())


def test_the_vocabulary_cannot_be_extended_at_run_time() -> None:
    with pytest.raises(TypeError):
        ATTRIBUTES["model.says"] = ATTRIBUTES["risk"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("requester.department", "Sales"),
        ("requester.role", "it_admin"),
        ("request.on_self", False),
        ("risk", 0),
        ("risk", 100),
        ("time.minute_of_week", 10079),
        ("time.day", datetime.date.max.toordinal()),
        ("target.groups", frozenset({"g1", "g2"})),
        ("target.groups", frozenset()),
        ("params.attributes", frozenset({"department", "jobTitle"})),
        ("count.run.cap", 3),
    ],
)
def test_a_value_of_the_right_type_is_known(name: str, value: Any) -> None:
    found = check_fact(name, value)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("requester.department", None),
        ("requester.department", ""),
        ("requester.department", "  "),
        ("requester.department", True),
        ("requester.department", 7),
        ("requester.department", frozenset({"Sales"})),
        ("requester.role", "root"),
        ("requester.role", "IT_ADMIN"),
        ("request.channel", Channel.TEAMS),
        ("request.on_self", 1),
        ("request.on_self", "true"),
        ("request.on_self", UNKNOWN),
        ("risk", True),
        ("risk", "10"),
        ("risk", 10.0),
        ("risk", -1),
        ("risk", 101),
        ("time.minute_of_week", 10080),
        ("time.day", 0),
        ("time.day", datetime.date.max.toordinal() + 1),
        ("target.groups", "g1"),
        ("target.groups", ["g1"]),
        ("target.groups", {"g1"}),
        ("target.groups", frozenset({"g1", 2})),
        ("target.groups", frozenset({"g1", ""})),
        ("params.attributes", frozenset({"department", "jobtitle"})),
        ("params.attributes", frozenset({"department", "shoeSize"})),
        ("count.run.cap", -1),
        ("count.run.cap", True),
        ("count.", 1),
        ("model.says", "yes"),
    ],
)
def test_anything_else_is_unknown(name: str, value: Any) -> None:
    assert check_fact(name, value) is UNKNOWN


def test_object_ids_are_compared_in_lower_case_and_other_text_is_not() -> None:
    assert check_fact("target.id", "AB-1") == "ab-1"
    assert check_fact("target.groups", frozenset({"AB-1", "ab-1"})) == frozenset({"ab-1"})
    assert check_fact("requester.department", "Sales") == "Sales"


def test_facts_are_checked_one_by_one() -> None:
    assert checked_facts({"risk": 5, "request.on_self": 1, "model.says": 1}) == {
        "risk": 5,
        "request.on_self": UNKNOWN,
        "model.says": UNKNOWN,
    }
