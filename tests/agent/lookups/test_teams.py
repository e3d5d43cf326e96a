"""What the look-ups about teams read out of good, odd and foreign answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.lookups import LOOKUPS
from agent.model.observation import Observation
from tests.agent.areas.teams import OPERATION, POLICY, SEAT, SUBJECTS, TEAM, USER

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OTHER = "0b0c8c3c-53c3-4e6e-8a8d-5a1d9f1e7a01"


def observed(name: str, body: dict[str, Any], status: int = 200) -> Observation:
    """What an answer to the usual subject says."""
    return LOOKUPS[name].observe(SUBJECTS[name], status, body=body, request_id="r", now=NOW)


def policies(*items: object, user: str = USER) -> dict[str, Any]:
    """A user's configuration."""
    return {"id": user, "effectivePolicyAssignments": list(items)}


GOOD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "teams.joined",
        {"value": [{"id": TEAM.upper(), "displayName": "Fair", "description": None}]},
        {"teams": [{"id": TEAM, "displayName": "Fair"}]},
    ),
    ("teams.joined", {"value": []}, {"teams": []}),
    (
        "teams.get",
        {"id": TEAM, "displayName": "Fair", "isArchived": False, "visibility": "private"},
        {"id": TEAM, "displayName": "Fair", "isArchived": False, "visibility": "private"},
    ),
    (
        "teams.members",
        {"value": [{"id": SEAT, "userId": USER.upper(), "displayName": "Ed", "roles": ["owner"], "email": "a@b"}]},
        {"members": [{"id": SEAT, "userId": USER, "displayName": "Ed", "roles": ["owner"]}]},
    ),
    (
        "teams.members",
        {"value": [{"id": SEAT, "userId": None, "displayName": "Anonymous", "roles": []}]},
        {"members": [{"id": SEAT, "displayName": "Anonymous", "roles": []}]},
    ),
    (
        "teams.channels",
        {"value": [{"id": "19:Ab@thread.tacv2", "displayName": "General", "membershipType": "standard"}]},
        {"channels": [{"id": "19:Ab@thread.tacv2", "displayName": "General", "membershipType": "standard"}]},
    ),
    (
        "ops.teams",
        {"id": OPERATION, "operationType": "archiveTeam", "status": "inProgress", "targetResourceId": TEAM},
        {"id": OPERATION, "operationType": "archiveTeam", "status": "inProgress", "targetResourceId": TEAM},
    ),
    (
        "teams.policies",
        policies({"policyType": "T", "policyAssignment": {"policyId": POLICY.upper(), "assignmentType": "group"}}),
        {"policies": [{"policyType": "T", "policyId": POLICY, "assignmentType": "group"}]},
    ),
    ("teams.policies", policies(), {"policies": []}),
]


@pytest.mark.parametrize(("name", "body", "facts"), GOOD)
def test_a_good_answer_gives_its_facts(name: str, body: dict[str, Any], facts: dict[str, Any]) -> None:
    seen = observed(name, body)
    assert (seen.state, seen.facts) == ("known", facts)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("teams.joined", {}),
        ("teams.joined", {"value": [{"displayName": "without id"}]}),
        ("teams.joined", {"value": [], "@odata.nextLink": "https://x"}),
        ("teams.get", {"id": OTHER, "displayName": "another team"}),
        ("teams.get", {"id": TEAM, "isArchived": "false"}),
        ("teams.members", {"value": [{"id": SEAT, "userId": USER}]}),
        ("teams.members", {"value": [{"id": SEAT, "userId": 7, "roles": []}]}),
        ("teams.members", {"value": [{"id": "", "userId": USER, "roles": []}]}),
        ("teams.members", {"value": ["x"]}),
        ("teams.channels", {"value": [{"displayName": "General"}]}),
        ("teams.channels", {"value": [{"id": "19:x", "displayName": 7}]}),
        ("ops.teams", {"id": OTHER, "status": "succeeded"}),
        ("ops.teams", {"id": OPERATION, "status": 1}),
        ("teams.policies", policies(user=OTHER)),
        ("teams.policies", {"id": USER}),
        ("teams.policies", policies({"policyType": "T"})),
        ("teams.policies", policies({"policyType": "T", "policyAssignment": {}})),
    ],
)
def test_an_odd_or_foreign_answer_is_unknown_and_says_nothing(name: str, body: dict[str, Any]) -> None:
    seen = observed(name, body)
    assert (seen.state, seen.facts) == ("unknown", {})
    assert seen.problem


@pytest.mark.parametrize("name", sorted(SUBJECTS))
@pytest.mark.parametrize(("status", "state"), [(404, "absent"), (403, "unknown"), (429, "unknown"), (500, "unknown")])
def test_a_refusal_is_absent_or_unknown(name: str, status: int, state: str) -> None:
    assert observed(name, {"error": {}}, status).state == state
