"""The least consent: what an exact analysis of the policy says can pass, and nothing else."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from agent.acting import actor_for, may_act_delegated
from agent.actions import CATALOGUE as ACTIONS
from agent.actions import parse_step
from agent.command.consent import consent_for
from agent.command.main import main
from agent.command.reading import ANSWERS_ASK, RUNBOOKS_ASK, SHOWN_BY, lookups_for
from agent.lookups import LOOKUPS
from agent.lookups.facts import needed_lookups
from agent.model.actor import acting_for
from agent.model.service_request import ServiceRequest
from policy import Bundle, parse_document
from policy.analysis import Analysis
from simulator.graph.routing import Router
from tests.agent.areas.collected import PARAMS, SUBJECTS

CATALOGUE = frozenset({"entra.group.member.add", "entra.license.assign", "entra.user.sessions.revoke"})
LAYERS = ("global", "tenant", "target", "department", "action", "runtime")


def analysis_of(*rules: dict[str, Any], catalogue: frozenset[str] = CATALOGUE) -> Analysis:
    """A policy whose action layer has `rules` and whose other layers permit everything."""
    everything = {"effect": "permit", "actions": ["*"]}
    documents = [
        {
            "apiVersion": "policy/v1",
            "layer": layer,
            "tenant": "*",
            "rules": [
                {"id": f"{layer}.rule.{number}", **rule}
                for number, rule in enumerate(rules if layer == "action" else (everything,))
            ],
        }
        for layer in LAYERS
        if rules or layer != "action"
    ]
    bundle = Bundle.of(parse_document(one, source=str(one["layer"]), catalogue=catalogue) for one in documents)
    return Analysis(bundle, tenant_id="contoso", catalogue=catalogue)


def test_an_action_that_no_request_can_get_needs_no_consent() -> None:
    consent = consent_for(analysis_of({"effect": "permit", "actions": ["entra.user.sessions.revoke"]}), "workload")
    assert "User.RevokeSessions.All" in consent.permissions
    assert not {"GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All"} & consent.permissions
    assert consent_for(analysis_of(), "workload").needs == ()


def test_the_names_of_what_parameters_speak_of_can_be_looked_up() -> None:
    action = "entra.au.member.add"
    permitted = analysis_of({"effect": "permit", "actions": [action]}, catalogue=CATALOGUE | {action})
    found = {name for need in consent_for(permitted, "workload").needs for name in need.lookups}
    assert "unit.get" in found
    assert not {"access.packages", "role.definitions", "app.client"} & found


def test_approval_counts_as_passing() -> None:
    asked = {
        "effect": "require_approval",
        "actions": ["entra.license.assign"],
        "approval": {"from": ["manager"], "count": 1, "standing": "never"},
    }
    permitted = {"effect": "permit", "actions": ["entra.license.assign"]}
    assert "LicenseAssignment.ReadWrite.All" in consent_for(analysis_of(permitted, asked), "workload").permissions


def test_each_kind_of_token_is_granted_for_what_it_may_do() -> None:
    rules = [
        {"effect": "permit", "actions": ["entra.user.sessions.revoke"], "when": {"identity.kind": "delegated"}},
        {"effect": "permit", "actions": ["entra.license.assign"], "when": {"identity.kind": "workload"}},
    ]
    own, users = (consent_for(analysis_of(*rules), kind) for kind in ("workload", "delegated"))
    assert "LicenseAssignment.ReadWrite.All" in own.permissions and "User.RevokeSessions.All" not in own.permissions
    assert users.permissions == {"User.RevokeSessions.All"}
    assert (own.out_of_reach, users.out_of_reach) == ((), ())


def test_nobody_consents_to_have_written_in_their_name_what_the_agent_writes_in_its_own() -> None:
    allowed = {"effect": "permit", "actions": ["entra.group.member.add", "entra.user.sessions.revoke"]}
    assert consent_for(analysis_of(allowed), "delegated").permissions == {"User.RevokeSessions.All"}
    only_people = {"effect": "permit", "actions": ["entra.group.member.add"], "when": {"identity.kind": "delegated"}}
    users = consent_for(analysis_of(only_people), "delegated")
    assert (users.needs, users.out_of_reach) == ((), ("entra.group.member.add",))
    assert consent_for(analysis_of(only_people), "workload").needs == ()


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_persons_token_is_consented_for_exactly_where_one_can_be_chosen(action: str) -> None:
    step = parse_step(action, PARAMS[action])
    people = (step.target.id, step.beneficiary_id, "somebody")
    chosen = {
        actor_for(step, requester_id=one, at_hand=hands).kind
        for one in people
        for hands in ((), (acting_for(one, whose="requester"), acting_for("anybody", whose="approver")))
    }
    assert ("delegated" in chosen) == may_act_delegated(action)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_what_is_consented_for_an_action_is_enough_to_look_up_and_to_see_all_that_it_takes(action: str) -> None:
    step = parse_step(action, PARAMS[action])
    granted = consented(action)
    request = ServiceRequest.model_construct(requester="somebody@tenant.example")
    asked = {name for name, _ in needed_lookups(step, request, requester_id="somebody")}
    assert asked <= lookups_for(action)
    seen = (step.check.call, step.capture, step.undo.check.call if step.undo else None)
    for call in filter(None, (*seen, *(LOOKUPS[name].call(SUBJECTS[name]) for name in lookups_for(action)))):
        found = Router().find("GET", call.path)
        assert found is not None
        assert all(need & granted for need in found[0].needs), f"`{call.path}` needs one of {found[0].needs}"


def test_what_only_other_actions_need_is_not_asked_for() -> None:
    reading = {one for one in consented("entra.group.member.add") if ".Read." in one or one.endswith(".Read")}
    # A site and an application are reached through groups too, and a licence may come with one.
    places = {"Sites.Read.All", "DeviceManagementApps.Read.All", "LicenseAssignment.Read.All"}
    assert reading == {"IdentityRiskyUser.Read.All", "RoleManagement.Read.Directory", "User.Read.All", *places}
    assert "BitlockerKey.ReadBasic.All" not in consented("intune.device.wipe")


def test_what_runbooks_ask_stands_with_the_actions_that_they_plan() -> None:
    planned, asked = set(), set()
    for module in Path("agent/planners").rglob("*.py"):
        texts = {
            one.value
            for one in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
            if isinstance(one, ast.Constant)
        }
        planned |= texts & ACTIONS.keys()
        asked |= texts & LOOKUPS.keys()
    told = {name for names in RUNBOOKS_ASK.values() for name in names}
    assert planned <= RUNBOOKS_ASK.keys() <= ACTIONS.keys()
    assert asked <= told | {*ANSWERS_ASK, "user.get", "user.risk", "user.directory_roles", "user.groups"}
    assert told | {*ANSWERS_ASK} <= LOOKUPS.keys()
    for beginning, names in SHOWN_BY.items():
        assert any(action.startswith(beginning) for action in ACTIONS) and set(names) <= LOOKUPS.keys()


def consented(action: str) -> frozenset[str]:
    """All that is granted, to the agent and to people, where nothing but `action` is permitted."""
    analysis = analysis_of({"effect": "permit", "actions": [action]}, catalogue=frozenset({action}))
    own, users = (consent_for(analysis, kind) for kind in ("workload", "delegated"))
    assert users.permissions <= set(ACTIONS[action].delegated_permissions) | set(ACTIONS[action].undo_permissions)
    return own.permissions


def test_what_can_be_done_can_be_undone_with_the_same_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ACTIONS["entra.group.member.add"], "undo_permissions", ("Group.ReadWrite.All",))
    consent = consent_for(analysis_of({"effect": "permit", "actions": ["entra.group.member.add"]}), "workload")
    assert {"GroupMember.ReadWrite.All", "Group.ReadWrite.All"} <= consent.permissions


def test_what_may_be_written_may_be_read_without_a_second_permission() -> None:
    consent = consent_for(analysis_of({"effect": "permit", "actions": ["entra.group.member.add"]}), "workload")
    assert "GroupMember.Read.All" not in consent.permissions
    (need,) = (one for one in consent.needs if one.permission == "GroupMember.ReadWrite.All")
    assert need.actions == ("entra.group.member.add",) and "group.get" in need.lookups


def test_what_is_missing_and_what_is_too_much_is_told() -> None:
    consent = consent_for(analysis_of({"effect": "permit", "actions": ["entra.user.sessions.revoke"]}), "workload")
    granted = (consent.permissions - {"User.RevokeSessions.All"}) | {"Mail.Read"}
    assert consent.missing(granted) == ("User.RevokeSessions.All",)
    assert consent.too_much(granted) == ("Mail.Read",)


@pytest.mark.parametrize(("extra", "code"), [((), 0), (("Mail.Read",), 1)])
def test_a_consent_that_differs_is_told_by_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: tuple[str, ...], code: int
) -> None:
    assert main(["permissions", "samples/policy", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    file = tmp_path / "granted.txt"
    needed = [one["permission"] for one in said["workload"]["needs"]]
    file.write_text("# granted by the administrator\n" + "\n".join([*needed, *extra]), encoding="utf-8")
    assert main(["permissions", "samples/policy", "--granted", str(file), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["workload"]["too_much"] == list(extra)


def test_a_file_that_cannot_be_read_is_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions", "samples/policy", "--granted", str(tmp_path / "nothing")]) == 2
    assert "cannot be read" in capsys.readouterr().err
