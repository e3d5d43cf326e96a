"""The least consent: what an exact analysis of the policy says can pass, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.actions import CATALOGUE as ACTIONS
from agent.command.consent import consent_for
from agent.command.main import main
from policy import Bundle, parse_document
from policy.analysis import Analysis

CATALOGUE = frozenset({"entra.group.member.add", "entra.license.assign", "entra.user.sessions.revoke"})
LAYERS = ("global", "tenant", "target", "department", "action", "runtime")


def analysis_of(*rules: dict[str, Any]) -> Analysis:
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
    bundle = Bundle.of(parse_document(one, source=str(one["layer"]), catalogue=CATALOGUE) for one in documents)
    return Analysis(bundle, tenant_id="contoso", catalogue=CATALOGUE)


def test_an_action_that_no_request_can_get_needs_no_consent() -> None:
    consent = consent_for(analysis_of({"effect": "permit", "actions": ["entra.user.sessions.revoke"]}), "workload")
    assert "User.RevokeSessions.All" in consent.permissions
    assert not {"GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All"} & consent.permissions
    assert consent_for(analysis_of(), "workload").needs == ()


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
        {"effect": "permit", "actions": ["entra.group.member.add"], "when": {"identity.kind": "delegated"}},
        {"effect": "permit", "actions": ["entra.user.sessions.revoke"], "when": {"identity.kind": "workload"}},
    ]
    own, users = (consent_for(analysis_of(*rules), kind) for kind in ("workload", "delegated"))
    assert "User.RevokeSessions.All" in own.permissions and "GroupMember.ReadWrite.All" not in own.permissions
    assert users.permissions == {"GroupMember.ReadWrite.All"}


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
