"""Every question that can be asked about one policy: the answer, its exit code, and the same as JSON."""

import json
from pathlib import Path

import pytest

from policy.command.inputs import Catalogue, read_catalogue, read_policy
from policy.compile import compile_bundle
from policy.engine import Engine
from policy.history.recorded import parse_facts
from policy.request import AuthorizationRequest
from tests.policy.command.conftest import ROOT, Ask, Said, document, edit, tell_groups_apart

ON_SALES_DAY = ("requester.department=Sales", "request.on_self=true", "target.is_break_glass=false")


class Questions:
    """Asks about the small policy of this folder."""

    def __init__(self, ask: Ask, policy: Path, catalogue: Path) -> None:
        self._ask, self.policy, self._catalogue = ask, policy, catalogue

    def __call__(self, command: str, *words: object) -> Said:
        return self._ask(command, self.policy, *words, "--catalogue", self._catalogue)

    def engine(self) -> Engine:
        read = read_policy([self.policy], tenant=None, catalogue=read_catalogue(self._catalogue))
        return Engine(read.bundle, tenant_id=read.tenant_id, catalogue=read.catalogue)


@pytest.fixture
def about(ask: Ask, policy: Path, catalogue: Path) -> Questions:
    return Questions(ask, policy, catalogue)


def add_tests(policy: Path, tests: str) -> None:
    baseline = "  - {id: department.baseline, effect: permit, actions: ['*']}"
    text = document("department", "contoso", rules=baseline) + f"tests:\n{tests}\n"
    (policy / "4-department.yaml").write_text(text, encoding="utf-8")


def test_a_policy_without_a_fault_passes_the_check(about: Questions) -> None:
    said = about("check", "--json")
    assert said.code == 0
    assert said.data["counts"] == {"documents": 6, "rules": 9, "limits": 0, "examples": 0, "assertions": 0}
    (unreachable,) = (one for one in said.data["remarks"] if one["kind"] == "unreachable")
    assert (unreachable["actions"], unreachable["blocking"]) == (["device.wipe", "license.assign"], ["action"])
    assert unreachable["about"] == "device.wipe, license.assign"
    (closed,) = [one for one in said.data["remarks"] if one["kind"] == "closed"]
    assert closed["about"] == "user.password.reset" and closed["blocking"] == ["action"]
    assert "unknown" in " ".join(closed["departments"]) and "Sales" not in closed["departments"]
    assert said.data["bundle"] in about("check").words


def test_a_failed_example_and_a_refuted_assertion_are_errors_of_the_check(about: Questions) -> None:
    add_tests(
        about.policy,
        "  examples:\n"
        "    - {id: ex.reset, given: {action: user.password.reset}, expect: {verdict: allow}}\n"
        "  assertions:\n"
        "    - {id: as.guarded, never: [allow], actions: [user.password.reset], where: {requester.department: Sales}}\n"
        "    - {id: as.safe, never: [allow, approval], actions: ['*'], where: {target.is_break_glass: true}}",
    )
    said = about("check", "--json")
    assert said.code == 1
    errors = {one["about"]: one for one in said.data["remarks"] if one["severity"] == "error"}
    assert set(errors) == {"ex.reset", "as.guarded"}
    assert "expected the verdict `allow`" in errors["ex.reset"]["text"]
    assert errors["as.guarded"]["request"]["facts"]["requester.department"] == "Sales"
    assert "as.guarded" in about("check").words


def test_an_assertion_that_cannot_be_proved_is_an_error_and_the_others_are_proved_all_the_same(
    about: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policy.command.reasoning.installed_solver", lambda: None)
    tell_groups_apart(about.policy)
    add_tests(
        about.policy,
        "  assertions:\n"
        "    - {id: as.join, never: [allow], actions: [group.member.add]}\n"
        "    - {id: as.reset, never: [approval], actions: [user.password.reset]}",
    )
    said = about("check", "--json")
    errors = {one["about"]: one["text"] for one in said.data["remarks"] if one["severity"] == "error"}
    assert said.code == 1 and list(errors) == ["as.join"] and "could not be proved" in errors["as.join"]


def test_rules_that_never_match_are_errors_and_those_that_never_decide_are_warnings(about: Questions) -> None:
    edit(
        about.policy,
        "5-action.yaml",
        old="rules:\n",
        new="rules:\n  - {id: action.again, effect: permit,"
        " actions: [user.password.reset], when: {requester.department: Sales, request.on_self: true, risk: 5}}\n",
    )
    warned = about("check", "--json")
    assert [(one["severity"], one["about"]) for one in warned.data["remarks"][:1]] == [("warning", "action.again")]
    assert warned.code == 0 and about("check", "--fail-on", "warning").code == 1
    edit(about.policy, "5-action.yaml", old="risk: 5}}", new="risk: 5}, unless: [{risk: {max: 50}}]}")
    assert [one["severity"] for one in about("check", "--json").data["remarks"][:1]] == ["error"]
    assert about("check").code == 1


def test_a_layer_that_says_nothing_for_the_tenant_is_an_error_on_top(about: Questions) -> None:
    next(about.policy.glob("*department*")).unlink()
    said = about("check", "--json")
    first = said.data["remarks"][0]
    assert (first["severity"], first["kind"], first["about"]) == ("error", "silent_layer", "department")
    assert said.code == 1 and "write that layer" in about("check").words


def test_a_decision_is_explained_layer_by_layer(about: Questions) -> None:
    said = about("explain", "--action", "user.password.reset", "--facts", *ON_SALES_DAY, "time.local=2026-12-30 10:00")
    assert said.code == 0
    assert said.out.startswith("DENY for `user.password.reset`")
    assert "runtime.freeze" in said.words and "action.reset" in said.words
    allowed = about(
        "explain", "--action", "user.password.reset", "--json", "--facts", *ON_SALES_DAY, "time.local=2026-12-01 10:00"
    )
    assert allowed.data["decision"]["verdict"] == "ALLOW"
    assert len(allowed.data["decision"]["layers"]) == 6


def test_the_action_may_follow_the_folder_as_for_other_commands(about: Questions) -> None:
    words = ("--json", "--facts", *ON_SALES_DAY)
    asked = about("explain", "user.password.reset", *words).data
    assert asked == about("explain", "--action", "user.password.reset", *words).data


def test_an_explanation_without_facts_says_which_to_give(about: Questions) -> None:
    said = about("explain", "user.password.reset")
    assert said.code == 0 and said.out.startswith("DENY for `user.password.reset`")
    assert "every fact is unknown, because none was given: say what is so, such as `--facts" in said.words
    assert "`python -m policy facts FOLDER user.password.reset` lists the facts that decide" in said.words
    assert "every fact" not in about("explain", "user.password.reset", "--facts", "risk=5").words


def test_an_employee_reads_no_rule_and_no_attribute(about: Questions) -> None:
    said = about("explain", "--action", "user.password.reset", "--for", "employee", "--facts", *ON_SALES_DAY)
    assert said.code == 0 and said.out.strip()
    assert "runtime" not in said.out and "requester." not in said.out


def test_facts_come_from_a_file_too_and_words_win_over_it(about: Questions, tmp_path: Path) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text(
        "action: user.password.reset\nrequester.department: HR\nrequest.on_self: true\n"
        "target.is_break_glass: false\ntarget.groups: [8272451c-0789-5c5e-8b19-8ed1992695b8]\n"
        'time.local: "2026-12-01 10:00"\n',
        encoding="utf-8",
    )
    assert about("explain", "--facts", file, "--json").data["decision"]["verdict"] == "DENY"
    won = about("explain", "--facts", file, "requester.department=Sales", "--json").data
    assert won["decision"]["verdict"] == "ALLOW"
    unknown = about("explain", "--facts", file, "requester.department=Sales", "request.on_self=unknown", "--json").data
    assert unknown["decision"]["verdict"] == "DENY" and "request.on_self" not in unknown["request"]["facts"]


def test_who_can_names_the_requests_and_nobody_when_there_are_none(about: Questions) -> None:
    said = about("who-can", "user.password.reset", "--where", "time.dates={from: 2026-12-28, to: 2027-01-04}")
    assert said.code == 0
    assert "requester.department is Sales" in said.words and "requester.role is it_admin" in said.words
    assert "nobody can get device.wipe without a human" in about("who-can", "device.wipe").words
    assert about("who-can", "group.member.add", "--json").data["regions"] == []
    with_approval = about("who-can", "group.member.add", "--with", "approval", "--json").data
    assert with_approval["regions"] and with_approval["uncovered"] == 0


def test_the_witness_of_every_region_is_decided_as_told(about: Questions) -> None:
    engine = about.engine()
    for region in about("who-can", "user.password.reset", "--json").data["regions"]:
        facts = parse_facts(region["witness"]["facts"])
        assert engine.decide(AuthorizationRequest("user.password.reset", facts)).verdict.name == "ALLOW"


def test_a_freeze_shows_what_still_passes(about: Questions) -> None:
    said = about("freeze", "--from", "2026-12-28", "--to", "2027-01-04", "--json")
    found = {one["action"]: one for one in said.data["actions"]}
    assert found["user.password.reset"]["affected"] and not found["group.member.add"]["affected"]
    passing = [one["constraints"] for one in found["user.password.reset"]["passing"]["regions"]]
    assert passing and all(one["requester.role"] == ["it_admin"] for one in passing)
    assert "requester.role is it_admin" in about("freeze", "--from", "2026-12-28", "--to", "2027-01-04").words
    assert said.code == 0


def test_facts_names_the_look_ups_that_decide(about: Questions) -> None:
    (one,) = about("facts", "group.member.add", "--json").data["actions"]
    assert one == {"action": "group.member.add", "needed": ["target.is_break_glass"], "idle": []}
    assert "graph: target.is_break_glass" in about("facts").words


def test_a_claim_is_proved_or_refuted_by_a_request_that_explain_takes(about: Questions, tmp_path: Path) -> None:
    proved = about("prove", "never allow or approval * where target.is_break_glass=true")
    assert proved.code == 0 and "proved" in proved.words
    said = about(
        "prove", "never allow user.*,device.wipe where requester.department=Sales and risk='{max: 9}'", "--json"
    )
    assert said.code == 1
    (proof,) = said.data["proofs"]
    assert proof["verdict"] == "ALLOW" and proof["actions"] == ["device.wipe", "user.password.reset"]
    file = tmp_path / "counterexample.json"
    file.write_text(json.dumps(proof["counterexample"]), encoding="utf-8")
    assert about("explain", "--facts", file, "--json").data["decision"]["verdict"] == "ALLOW"


def test_a_counterexample_is_printed_in_words_that_explain_takes(about: Questions) -> None:
    said = about("prove", "never approval group.member.add")
    assert said.code == 1 and "REFUTED" in said.words
    counterexample = said.words.split("(1) ")[1].split(" is decided APPROVAL")[0].split()
    found = about("explain", "--action", counterexample[0], "--json", "--facts", *counterexample[1:])
    assert found.data["decision"]["verdict"] == "APPROVAL"


def test_a_claim_that_no_request_can_meet_is_not_taken_for_a_promise(about: Questions) -> None:
    monday = "time.dates='{from: 2026-11-23, to: 2026-11-23}'"
    claim = f'never allow * where {monday} and time.local_hours=\'{{days: [Tue], from: "08:00", to: "18:00"}}\''
    said = about("prove", claim, "--json")
    assert said.code == 1
    assert [(one["proved"], one["vacuous"]) for one in said.data["proofs"]] == [(True, True)]
    assert "promises nothing" in about("prove", claim).words


def test_the_assertions_of_the_documents_are_proved_without_saying_them(about: Questions) -> None:
    add_tests(about.policy, "  assertions:\n    - {id: as.all, never: [allow], actions: ['*']}")
    said = about("prove", "--json")
    assert said.code == 1 and [one["claim"] for one in said.data["proofs"]] == ["as.all"]


def test_a_grant_is_told_with_what_it_stands_in_for(about: Questions, tmp_path: Path) -> None:
    read = read_policy(
        [about.policy], tenant=None, catalogue=Catalogue(frozenset({"group.member.add", "user.password.reset"}))
    )
    rules = compile_bundle(read.bundle, tenant_id="contoso", catalogue=read.catalogue)
    (asking,) = [rule.ref for rule in rules if rule.ref.id == "action.join"]
    grant = {
        "id": "gr-1",
        "tenant_id": "contoso",
        "actions": ["group.*"],
        "when": {"requester.department": "HR"},
        "discharges": "group_owner",
        "rules": [{"id": asking.id, "digest": asking.digest}],
        "granted_by": "owner@contoso",
        "not_before": "2026-11-20T00:00:00Z",
        "expires": "2026-12-20T00:00:00Z",
        "max_uses": 10,
        "revoked": False,
    }
    file = tmp_path / "grant.json"
    file.write_text(json.dumps(grant), encoding="utf-8")
    said = about("grant", file)
    assert said.code == 0 and "requester.department is HR" in said.words
    edit(about.policy, "5-action.yaml", old="count: 1", new="count: 2")
    inert = about("grant", file, "--json")
    assert inert.code == 1 and inert.data["inert"] is True
    assert about("grant", file, "--tenant", "fabrikam").code == 2
    file.write_text(json.dumps({**grant, "revoked": True}), encoding="utf-8")
    assert "it is revoked" in about("grant", file).words


def test_the_schema_is_printed_as_json(ask: Ask) -> None:
    said = ask("schema")
    assert said.code == 0 and said.data == ask("schema", "--json").data
    assert said.data["$schema"].startswith("https://json-schema.org/")


def test_the_published_schema_file_is_what_the_command_prints(ask: Ask) -> None:
    published = json.loads((ROOT / "docs" / "policy.schema.json").read_text(encoding="utf-8"))
    assert ask("schema").data == published
