"""Two policies compared, and recorded decisions decided again."""

import json
import shutil
from pathlib import Path

import pytest

from policy.command.inputs import read_catalogue, read_policy
from policy.engine import Engine
from policy.history.recorded import RecordedDecision
from policy.request import AuthorizationRequest, FactValue
from tests.policy.command.conftest import Ask, edit, tell_groups_apart

HARMLESS: dict[str, FactValue] = {
    "requester.department": "Sales",
    "request.on_self": True,
    "target.is_break_glass": False,
    "time.day": 739951,
}


SAMPLE_TENANT = "0161082c-fbe2-5695-a02a-8868ae87e1fc"


@pytest.fixture
def draft(policy: Path, tmp_path: Path) -> Path:
    """A copy of the policy, to be changed."""
    return Path(shutil.copytree(policy, tmp_path / "draft"))


@pytest.fixture
def log(policy: Path, catalogue: Path, tmp_path: Path) -> Path:
    """Three decisions by the policy in force, recorded one a line."""
    read = read_policy([policy], tenant=None, catalogue=read_catalogue(catalogue))
    engine = Engine(read.bundle, tenant_id="contoso", catalogue=read.catalogue)
    requests = [
        AuthorizationRequest("user.password.reset", HARMLESS),
        AuthorizationRequest("group.member.add", {"target.is_break_glass": False}),
        AuthorizationRequest("device.wipe", {}),
    ]
    records = [RecordedDecision.of(one, engine.decide(one), tenant_id="contoso") for one in requests]
    file = tmp_path / "log.jsonl"
    file.write_text("\n".join(one.canonical_json() for one in records) + "\n", encoding="utf-8")
    return file


def test_the_same_policy_twice_has_no_changes(ask: Ask, policy: Path, draft: Path, catalogue: Path) -> None:
    said = ask("diff", policy, draft, "--catalogue", catalogue, "--fail-on", "change")
    assert said.code == 0 and "nothing changes" in said.words


def test_what_is_newly_permitted_and_taken_away_is_told_in_words(
    ask: Ask, policy: Path, draft: Path, catalogue: Path
) -> None:
    edit(draft, "5-action.yaml", old=", request.on_self: true}", new="}")
    edit(draft, "5-action.yaml", old="from: [group_owner]", new="from: [manager]")
    edit(draft, "3-target.yaml", old="actions: ['*'], when: {target.is_break_glass: true}", new="actions: ['group.*']")
    words = ("diff", policy, draft, "--catalogue", catalogue)
    said = ask(*words, "--json")
    found = [(one["action"], one["before"], one["after"], one["direction"]) for one in said.data["changes"]]
    assert ("user.password.reset", "DENY", "ALLOW", "widened") in found
    assert ("group.member.add", "APPROVAL", "DENY", "narrowed") in found
    assert said.code == 0 and ask(*words, "--fail-on", "widened").code == 1
    shown = ask(*words).words
    assert "request.on_self is false or unknown" in shown
    # What is newly permitted stands before what is taken away, whatever the names of the actions.
    assert shown.index("user.password.reset") < shown.index("group.member.add")


def test_other_approvers_are_a_change_too(ask: Ask, policy: Path, draft: Path, catalogue: Path) -> None:
    edit(draft, "5-action.yaml", old="from: [group_owner], count: 1", new="from: [group_owner], count: 2")
    words = ("diff", policy, draft, "--catalogue", catalogue)
    (change,) = ask(*words, "--json").data["changes"]
    assert (change["before"], change["after"], change["direction"]) == ("APPROVAL", "APPROVAL", "narrowed")
    assert change["requirements_after"] == [{"resolver": "group_owner", "count": 2, "standing": "allowed"}]
    assert "approval of 2 x group_owner" in ask(*words).words
    assert ask(*words, "--fail-on", "widened").code == 0 and ask(*words, "--fail-on", "change").code == 1


def test_a_comparison_takes_the_tenant_that_only_one_side_names(
    ask: Ask, policy: Path, tmp_path: Path, catalogue: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(policy / "1-global.yaml", bare)
    for pair in ((policy, bare), (bare, policy)):
        said = ask("diff", *pair, "--catalogue", catalogue, "--json")
        assert said.data["tenant"] == "contoso" and said.data["changes"]


def test_what_cannot_be_compared_counts_as_the_worst(
    ask: Ask, policy: Path, draft: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policy.command.reasoning.installed_solver", lambda: None)
    tell_groups_apart(draft)
    words = ("diff", policy, draft, "--catalogue", catalogue)
    said = ask(*words, "--json")
    assert said.code == 0 and said.data["changes"] == []
    assert len(said.data["unknown"]) == 1 and "group.member.add" in said.data["unknown"][0]
    assert "not all is known" in ask(*words).words
    assert ask(*words, "--fail-on", "widened").code == 1
    checked = ask("check", draft, "--catalogue", catalogue, "--json")
    assert [one for one in checked.data["remarks"] if one["kind"] == "unanalysed"]


def test_a_history_is_byte_identical_under_the_policy_that_made_it(
    ask: Ask, policy: Path, log: Path, catalogue: Path
) -> None:
    said = ask("replay", policy, log, "--catalogue", catalogue, "--json")
    assert said.code == 0 and (said.data["total"], said.data["identical"], said.data["changed"]) == (3, 3, [])


def test_a_draft_tells_which_recorded_decisions_would_flip(
    ask: Ask, policy: Path, draft: Path, log: Path, catalogue: Path
) -> None:
    edit(draft, "5-action.yaml", old="Sales", new="Marketing")
    replayed = ask("replay", draft, log, "--catalogue", catalogue)
    assert replayed.code == 1 and "another verdict" in replayed.words and "line 1" in replayed.words
    compared = ask("diff", policy, draft, "--history", log, "--catalogue", catalogue, "--fail-on", "flip", "--json")
    assert compared.code == 1
    (flip,) = compared.data["history"]["changed"]
    assert (flip["was"]["verdict"], flip["now"]["verdict"]) == ("ALLOW", "DENY")
    assert flip["request"]["facts"]["requester.department"] == "Sales"


def test_other_approvers_can_be_let_pass(ask: Ask, draft: Path, log: Path, catalogue: Path) -> None:
    edit(draft, "5-action.yaml", old="from: [group_owner]", new="from: [manager]")
    words = ("replay", draft, log, "--catalogue", catalogue)
    assert ask(*words).code == 1 and ask(*words, "--fail-on", "requirements").code == 1
    assert ask(*words, "--fail-on", "verdict").code == 0


def test_a_record_of_another_tenant_is_never_passed_over_in_silence(
    ask: Ask, policy: Path, log: Path, catalogue: Path
) -> None:
    first = json.loads(log.read_text(encoding="utf-8").splitlines()[0])
    log.write_text(json.dumps({**first, "tenant_id": "fabrikam"}), encoding="utf-8")
    said = ask("replay", policy, log, "--catalogue", catalogue)
    assert said.code == 1 and "1 of other tenants" in said.words


def test_a_log_with_a_damaged_line_is_refused_with_its_number(
    ask: Ask, policy: Path, log: Path, catalogue: Path
) -> None:
    log.write_text(log.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    said = ask("replay", policy, log, "--catalogue", catalogue)
    assert said.code == 2 and "line 4" in said.err


def test_a_draft_that_replaces_the_starter_is_compared_whole(ask: Ask) -> None:
    said = ask("diff", "policy/starter", "samples/policy", "--tenant", SAMPLE_TENANT, "--json")
    assert said.data["unknown"] == []
    assert {"entra.group.member.add", "entra.license.assign"} < {one["action"] for one in said.data["changes"]}
    assert not [
        part for one in said.data["changes"] for part in one["regions"] if "target.kind" in str(part["constraints"])
    ], "what an action can change is known and needs no saying"
