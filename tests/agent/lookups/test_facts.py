"""What policy is told about people. Whatever is not observed or not readable is left out."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.model.plan import Step
from policy.registry import ATTRIBUTES
from policy.request import FactValue
from tests.agent.lookups.observed import (
    ADD_OTHER,
    ADDRESS,
    ASSIGN,
    GROUP,
    JOIN,
    MONA,
    NOW,
    RESET,
    ROLE_GROUP,
    SKU,
    profile,
    told,
    world,
)

ABOUT_REQUESTER = {name for name in ATTRIBUTES if name.startswith("requester.")} - {"requester.assurance"}
OF_PROFILE = {
    "target.department",
    "target.account_enabled",
    "target.is_synced",
    "beneficiary.department",
    "beneficiary.kind",
    "beneficiary.mail_domain",
    "beneficiary.account_enabled",
    "beneficiary.has_usage_location",
}


def test_an_own_reset_with_everything_known_tells_all_of_it() -> None:
    assert told(RESET, world()) == {
        "request.channel": "teams",
        "request.on_self": True,
        "identity.kind": "workload",
        "risk": 60,
        "is_rollback": False,
        "requester.id": MONA,
        "requester.assurance": "sso",
        "requester.department": "Finance",
        "requester.role": "employee",
        "requester.kind": "member",
        "requester.account_enabled": True,
        "requester.at_risk": False,
        "requester.is_vip": False,
        "requester.owns_target": False,
        "requester.manages_beneficiary": False,
        "requester.sponsors_beneficiary": False,
        "requester.directory_roles": frozenset(),
        "target.kind": "user",
        "target.id": MONA,
        "target.department": "Finance",
        "target.account_enabled": True,
        "target.is_break_glass": False,
        "target.is_vip": False,
        "target.holds_directory_role": False,
        "target.is_role_assignable": False,
        "target.is_synced": False,
        "target.is_dynamic": False,
        "target.is_exchange_managed": False,
        "target.has_owner_to_ask": False,
        "target.groups": frozenset({GROUP}),
        "beneficiary.id": MONA,
        "beneficiary.department": "Finance",
        "beneficiary.kind": "member",
        "beneficiary.mail_domain": "quillmere.example",
        "beneficiary.account_enabled": True,
        "beneficiary.has_usage_location": True,
        "beneficiary.at_risk": False,
        "plan.distinct_targets": 1,
        "plan.steps": 1,
        "plan.takes_access_away": False,
        "plan.makes_requester_manager": False,
        "time.minute_of_week": 9 * 60 + 30,
        "time.day": NOW.date().toordinal(),
    }


@pytest.mark.parametrize("step", [RESET, JOIN, ADD_OTHER, ASSIGN])
def test_every_fact_is_in_the_vocabulary_and_nothing_known_means_nothing_helpful(step: Step) -> None:
    full, empty = told(step, world()), told(parse_step(step.action, step.params | {"user_name": ""}), {})
    assert set(full) <= set(ATTRIBUTES)
    from_graph = {name for name in empty if ATTRIBUTES[name].source == "graph"}
    # Only what follows from settings or from the kind of target remains.
    assert from_graph <= {
        "target.is_break_glass",
        "target.is_vip",
        "target.is_role_assignable",
        "target.is_dynamic",
        "target.is_exchange_managed",
        "target.has_owner_to_ask",
        "target.groups",
    }
    assert "requester.id" not in empty


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        (f"user.risk:{MONA}", {"requester.at_risk", "beneficiary.at_risk"}),
        (
            f"user.directory_roles:{MONA}",
            {"requester.role", "requester.directory_roles", "target.holds_directory_role"},
        ),
        (f"user.groups:{MONA}", {"requester.role", "target.holds_directory_role", "target.groups"}),
        (
            f"user.get:{ADDRESS}",
            ABOUT_REQUESTER | OF_PROFILE | {"beneficiary.at_risk"},
        ),
    ],
)
@pytest.mark.parametrize("state", ["unknown", None])
def test_what_was_not_learned_is_left_out_and_nothing_else_changes(key: str, gone: set[str], state: str | None) -> None:
    step = parse_step("entra.user.password.reset", {"user_id": MONA})
    full, less = told(step, world()), told(step, world(**{key: state}))
    assert set(full) - set(less) == gone
    assert all(less[name] == full[name] for name in less)


def test_absent_counts_only_for_the_risk_record() -> None:
    seen = world(**{f"user.groups:{MONA}": "absent", f"user.directory_roles:{MONA}": "absent"})
    facts = told(RESET, seen)
    assert facts["requester.at_risk"] is False
    assert not {"target.holds_directory_role", "target.groups", "requester.role"} & set(facts)


@pytest.mark.parametrize(
    ("state", "at_risk"),
    [
        ("atRisk", True),
        ("confirmedCompromised", True),
        ("none", False),
        ("remediated", False),
        ("dismissed", False),
        ("confirmedSafe", False),
        ("unknownFutureValue", None),
        (None, None),
    ],
)
def test_an_open_risk_is_told_and_an_unreadable_one_is_unknown(state: str | None, at_risk: bool | None) -> None:
    facts = told(RESET, world(**{f"user.risk:{MONA}": {"riskState": state}}))
    assert facts.get("requester.at_risk") is at_risk
    assert facts.get("beneficiary.at_risk") is at_risk


@pytest.mark.parametrize(
    ("roles", "assignable", "role", "holds"),
    [
        ([], [], "employee", False),
        ([{"roleDefinitionId": SKU}], [], "it_admin", True),
        ([], [ROLE_GROUP], None, True),
        ([{"roleDefinitionId": SKU}], [ROLE_GROUP], "it_admin", True),
    ],
)
def test_a_role_assignable_group_makes_the_target_an_administrator_and_the_requesters_role_unknown(
    roles: list[Any], assignable: list[str], role: str | None, holds: bool
) -> None:
    seen = world(
        **{
            f"user.directory_roles:{MONA}": {"roles": roles},
            f"user.groups:{MONA}": {"groups": assignable, "role_assignable": assignable},
        }
    )
    facts = told(RESET, seen)
    assert (facts.get("requester.role"), facts["target.holds_directory_role"]) == (role, holds)


@pytest.mark.parametrize(
    ("field", "value", "name", "fact"),
    [
        ("department", None, "target.department", None),
        ("department", "", "target.department", None),
        ("accountEnabled", False, "target.account_enabled", False),
        ("accountEnabled", None, "target.account_enabled", None),
        ("userType", "Guest", "requester.kind", "guest"),
        ("userType", None, "requester.kind", None),
        ("onPremisesSyncEnabled", True, "target.is_synced", True),
        ("onPremisesSyncEnabled", False, "target.is_synced", False),
    ],
)
def test_a_profiles_nulls_are_unknown_except_where_graph_says_what_null_means(
    field: str, value: Any, name: str, fact: FactValue | None
) -> None:
    assert told(RESET, world(**{f"user.get:{ADDRESS}": profile(MONA, **{field: value})})).get(name) == fact
