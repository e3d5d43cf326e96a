"""The actions on teams: what they refuse, and what must be true of the tenant before they are sent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.actions import CATALOGUE, UnknownActionError, parse_step, seen
from agent.model.expectation import Expectation
from agent.model.plan import Step
from tests.agent.areas.teams import BEFORE, NUMBER, PARAMS, POLICY, SEAT, TEAM, USER

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OTHER = "0b0c8c3c-53c3-4e6e-8a8d-5a1d9f1e7a01"


def step_of(action: str, **changes: Any) -> Step:
    """The step of an action with its usual parameters but for `changes`."""
    return parse_step(action, PARAMS[action] | changes)


def before(step: Step) -> Expectation:
    """What the tenant must show before the step is sent."""
    assert step.precondition is not None
    return step.precondition


def shown(expect: Expectation, body: dict[str, Any]) -> str:
    """What an answer proves."""
    return seen(expect, 200, body=body, attempted_at=NOW, created_id="")


def seat(user: str = USER, *roles: str) -> dict[str, Any]:
    """An answer with one membership."""
    return {"value": [{"id": SEAT, "userId": user, "roles": list(roles)}]}


def test_a_member_is_added_only_where_there_is_none_so_that_the_undo_takes_away_no_other() -> None:
    expect = before(step_of("teams.member.add"))
    assert shown(expect, {"value": []}) == "verified"
    assert shown(expect, seat()) == "refuted"
    assert shown(expect, {}) == "unknown"


@pytest.mark.parametrize(
    ("answer", "effect"),
    [
        (seat(), "verified"),
        (seat(OTHER), "refuted"),
        (seat(USER, "owner"), "refuted"),
        (seat(USER, "guest"), "refuted"),
        ({"value": []}, "refuted"),
        ({"value": [{"id": SEAT, "userId": USER}]}, "unknown"),
    ],
)
def test_a_membership_is_removed_only_if_it_is_this_persons_and_no_owners(answer: dict[str, Any], effect: str) -> None:
    assert shown(before(step_of("teams.member.remove")), answer) == effect


def test_a_guests_membership_is_removed_when_that_was_planned() -> None:
    expect = before(step_of("teams.member.remove", role="guest"))
    assert (shown(expect, seat(USER, "guest")), shown(expect, seat())) == ("verified", "refuted")


def test_no_action_makes_or_removes_an_owner_of_a_team_that_is_there() -> None:
    assert "owner" not in step_of("teams.member.add").call.model_dump_json()
    with pytest.raises(UnknownActionError):
        step_of("teams.member.remove", role="owner")


def test_one_membership_is_found_without_listing_the_team() -> None:
    call = step_of("teams.member.add").check.call
    assert dict(call.query)["$filter"] == f"(microsoft.graph.aadUserConversationMember/userId eq '{USER}')"


def test_a_team_is_created_only_under_a_free_name_and_proved_by_its_id() -> None:
    step = step_of("teams.team.create", team="Ed's Fair & Co")
    assert dict(step.check.call.query)["$filter"] == "displayName eq 'Ed''s Fair & Co'"
    made = {"value": [{"id": OTHER, "displayName": "Ed's Fair & Co", "resourceProvisioningOptions": ["Team"]}]}
    assert shown(before(step), {"value": []}) == "verified"
    assert shown(before(step), made) == "refuted"
    check = step.check.expect
    assert seen(check, 200, body=made, attempted_at=NOW, created_id=OTHER) == "verified"
    assert seen(check, 200, body=made, attempted_at=NOW, created_id=USER) == "refuted"
    # Somebody else's team of the same name proves nothing about ours.
    assert seen(check, 200, body=made, attempted_at=NOW, created_id="") == "unknown"
    assert (step.target.kind, step.target.id, step.beneficiary_id) == ("tenant", "tenant", USER)


def test_a_group_that_is_a_team_already_is_left_alone() -> None:
    expect = before(step_of("teams.group.teamify"))
    assert shown(expect, {"resourceProvisioningOptions": []}) == "verified"
    assert shown(expect, {"resourceProvisioningOptions": ["Team"]}) == "refuted"


def test_teams_is_given_the_time_that_a_young_group_takes() -> None:
    assert step_of("teams.group.teamify").check.patience_seconds == 900


@pytest.mark.parametrize(
    "name", ["", "x" * 51, "a/b", "a#b", "two\nlines", "_first", ".first", " first", "a?b", "{created}", "a'b", 7]
)
def test_a_channel_name_that_teams_refuses_does_not_parse(name: object) -> None:
    with pytest.raises(UnknownActionError):
        step_of("teams.channel.create", channel=name)


def test_a_channel_is_created_only_under_a_free_name_in_any_case() -> None:
    step = step_of("teams.channel.create", channel="Zoë's".replace("'", "") + " 😬 - one")
    body = {"value": [{"id": "19:x", "displayName": step.params["channel"].upper()}]}
    assert shown(before(step), body) == "refuted"
    assert shown(before(step), {"value": [{"id": "19:x", "displayName": "General"}]}) == "verified"


@pytest.mark.parametrize(("action", "was"), [("teams.team.archive", False), ("teams.team.unarchive", True)])
def test_a_team_is_archived_or_not_before_the_opposite_is_sent(action: str, was: bool) -> None:
    expect = before(step_of(action))
    assert shown(expect, {"isArchived": was}) == "verified"
    assert shown(expect, {"isArchived": not was}) == "refuted"
    assert shown(expect, {"isArchived": None}) == "refuted"


def number(**changes: Any) -> dict[str, Any]:
    """An answer with a free number."""
    free = {"telephoneNumber": NUMBER, "numberType": "callingPlan", "assignmentStatus": "unassigned"}
    return {"value": [{**free, "assignmentTargetId": None, **changes}]}


@pytest.mark.parametrize(
    ("answer", "effect"),
    [
        (number(), "verified"),
        (number(assignmentStatus="userAssigned", assignmentTargetId=OTHER), "refuted"),
        (number(numberType="directRouting"), "refuted"),
        (number(telephoneNumber="14255550199"), "refuted"),
        ({"value": []}, "unknown"),
    ],
)
def test_a_number_is_taken_only_if_it_is_ours_and_free(answer: dict[str, Any], effect: str) -> None:
    assert shown(before(step_of("teams.phone.assign")), answer) == effect


@pytest.mark.parametrize("text", ["+14255550100", "0425555", "123456", "1" * 16, "1425555 0100", "14255550100'"])
def test_a_number_is_digits_in_international_form(text: str) -> None:
    with pytest.raises(UnknownActionError):
        step_of("teams.phone.assign", number=text)


def test_a_number_without_a_location_names_none() -> None:
    assert "locationId" not in (step_of("teams.phone.assign", location_id=None).call.body or {})


def policy(policy_id: str, *, kind: str = "TeamsMeetingPolicy", way: str = "direct") -> dict[str, Any]:
    """An answer with one policy in force."""
    held = {"policyId": policy_id, "assignmentType": way, "displayName": "x", "groupId": None}
    return {"effectivePolicyAssignments": [{"policyType": kind, "policyAssignment": held}]}


def test_the_policy_that_the_undo_puts_back_is_the_one_that_is_in_force() -> None:
    expect = before(step_of("teams.policy.assign"))
    assert shown(expect, policy(BEFORE)) == "verified"
    assert shown(expect, policy(POLICY)) == "refuted"
    assert shown(expect, policy(BEFORE, kind="TeamsCallingPolicy")) == "refuted"
    assert shown(expect, policy(BEFORE, way="group")) == "refuted"


def test_a_policy_of_the_default_or_of_a_group_comes_back_by_itself() -> None:
    by_default = step_of("teams.policy.assign", was_policy_id=None)
    by_group = step_of("teams.policy.assign", was_by_group=True)
    for step in (by_default, by_group):
        assert step.undo is not None and step.undo.call.path.endswith("/unassign")
        assert step.undo.call.body is not None and "policyId" not in step.undo.call.body["value"][0]
        assert step.undo.check.expect == step.precondition
    assert shown(before(by_default), {"effectivePolicyAssignments": []}) == "verified"
    assert shown(before(by_default), policy(BEFORE)) == "refuted"
    assert shown(before(by_group), policy(BEFORE, way="group")) == "verified"


@pytest.mark.parametrize("action", sorted(set(CATALOGUE) & {name for name in PARAMS if name.startswith("teams.")}))
def test_what_is_done_to_a_team_has_its_group_as_the_target(action: str) -> None:
    step = step_of(action)
    if "group_id" in step.params:
        assert (step.target.kind, step.target.id) == ("group", TEAM)
    elif action != "teams.team.create":
        assert (step.target.kind, step.target.id) == ("user", USER)


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("teams.member.remove", {"membership_id": "a b"}),
        ("teams.member.remove", {"membership_id": ""}),
        ("teams.team.archive", {"files_read_only": "yes"}),
        ("teams.team.archive", {"files_read_only": 1}),
        ("teams.team.create", {"visibility": "hiddenMembership"}),
        ("teams.team.create", {"team": " padded"}),
        ("teams.team.create", {"team": "two\nlines"}),
        ("teams.policy.assign", {"policy_type": "NoSuchPolicy"}),
        ("teams.policy.assign", {"policy_id": "Global"}),
        ("teams.phone.assign", {"number_type": "unknownFutureValue"}),
    ],
)
def test_parameters_that_do_not_fit_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        step_of(action, **change)


def test_a_membership_id_with_marks_stays_one_segment_or_is_refused() -> None:
    path = step_of("teams.member.remove", membership_id="a?b#cd=").call.path
    assert path == f"/teams/{TEAM}/members/a%3Fb%23cd%3D"
    with pytest.raises(UnknownActionError):
        step_of("teams.member.remove", membership_id="a/../../b")
