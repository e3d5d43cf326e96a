"""The reference policy as documents: names become ids or are refused, files are for people, and the page is true."""

import copy
import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest

from agent.actions import CATALOGUE
from devhost.errors import StartError
from devhost.reference_policy import documents_for, rewrite_documents, write_documents
from devhost.reference_policy.__main__ import main
from devhost.reference_policy.layer_rules import LayerRules
from devhost.run import _parser, _policies
from devhost.yaml_file import read_yaml
from policy import parse_document
from tests.devhost.reference_world import FULL, SAMPLE, TENANT, World
from tests.house.documents import rows, ticked

OURS = frozenset(CATALOGUE)
PAGE = "docs/reference-policy.md"


def with_data(**changes: Any) -> dict[str, Any]:
    return {**TENANT, "policyData": {**TENANT["policyData"], **changes}}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"open_groups": ["QG-Remote-Acces"]}, "`policyData.open_groups[0]`: expected a group of this file, got `QG-R"),
        ({"auto_departments": {"QT-Finances": ["Finance"]}}, "did you mean `qt-finance`?"),
        ({"closed_groups": {"HR": ["HR"]}}, "`policyData.closed_groups`: expected a group of this file, got `HR`"),
        ({"peer_departments": {"x": []}}, "`policyData.peer_departments`"),
        ({"protected_groups": ["QRA-Desk", "gone"]}, "`policyData.protected_groups[1]`"),
        ({"protected_users": ["nobody@quillmere.example"]}, "expected a person of this file"),
        ({"protected_apps": ["Ghost"]}, "expected an application of this file, got `Ghost`"),
        ({"vip": ["nobody@quillmere.example"]}, "`policyData.vip[0]`"),
        ({"admin_approvers": ["nobody@quillmere.example"]}, "`policyData.admin_approvers[0]`"),
        ({"open_groups": "QT-Canteen"}, "`policyData.open_groups`"),
        ({"open_groups": [""]}, "`policyData.open_groups.0`"),
        ({"bulk_escalate_over": -1}, "`policyData.bulk_escalate_over`"),
        ({"bulk_escalate_over": "many"}, "`policyData.bulk_escalate_over`"),
        ({"tap": {"maxLifetimeInMinutes": 480}}, "`policyData.tap.maxLifetimeInMinutes`"),
        ({"freeze": [{"scope": "groups", "from": "2027-01-02T00:00:00Z", "to": "2027-01-01T00:00:00Z"}]}, "`to` after"),
        (
            {"freeze": [{"scope": "groups", "from": "2027-01-02T00:00:00", "to": "2027-01-03T00:00:00Z"}]},
            "freeze.0.from",
        ),
        ({"freeze": [{"scope": "groups", "from": "2027-01-02T00:00:00Z"}]}, "freeze.0.to"),
    ],
)
def test_what_policy_data_gets_wrong_is_refused_with_its_key(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(StartError) as refused:
        documents_for(with_data(**changes), catalogue=OURS)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_name_that_two_groups_bear_is_refused_and_an_id_is_not() -> None:
    tenant = copy.deepcopy(TENANT)
    twin = {**tenant["groups"][1], "id": "0f0f0f0f-0000-4000-8000-00000000000f"}
    tenant["groups"].append(twin)
    with pytest.raises(
        StartError, match=r"expected a group of this file, got `QG-Remote-Access`, the name of 2; use an id"
    ):
        documents_for(tenant, catalogue=OURS)
    tenant["policyData"]["open_groups"] = [twin["id"].upper()]
    documents = documents_for(tenant, catalogue=OURS)
    assert any(twin["id"] in json.dumps(one.authored()) for one in documents)


@pytest.mark.parametrize("key", ["auto_departments", "peer_departments", "closed_groups"])
@pytest.mark.parametrize("again", ["qt-hr", "its id"])
def test_a_group_with_two_entries_under_one_key_is_refused_and_neither_is_taken(key: str, again: str) -> None:
    second = World(TENANT).group_id("QT-HR") if again == "its id" else again
    with pytest.raises(StartError, match=f"`policyData.{key}`: .* got `QT-HR` and `{second}`, which are one group"):
        documents_for(with_data(**{key: {"QT-HR": ["HR"], second: ["HR", "Sales"]}}), catalogue=OURS)


@pytest.mark.parametrize("key", ["guest_domains_allowed", "guest_domains_blocked"])
@pytest.mark.parametrize(
    "entry",
    [
        "*.postbasket.example",
        "@postbasket.example",
        "a@postbasket.example",
        "postbasket.example.",
        " postbasket.example",
        "https://postbasket.example",
        "postbasket..example",
        "po\u017ftbasket.example",
        "postbasket",
        "-a.example",
        "*",
    ],
)
def test_a_guest_domain_that_is_no_bare_domain_is_refused_with_its_key(key: str, entry: str) -> None:
    with pytest.raises(StartError) as refused:
        documents_for(with_data(**{key: ["other.example", entry]}), catalogue=OURS)
    assert str(refused.value).startswith(f"`policyData.{key}.1`: ")
    assert f"expected a bare domain such as `partner.example`, got `{entry}`" in str(refused.value)


def test_a_guest_domain_may_have_any_case_and_any_number_of_labels() -> None:
    for entry in ("Postbasket.Example", "mail.post-basket.co.example", "xn--bcher-kva.example", "3com.example"):
        assert documents_for(with_data(guest_domains_blocked=[entry]), catalogue=OURS)


def test_hr_is_who_the_list_says_and_nobody_when_the_list_is_empty() -> None:
    def created_by_hr(**changes: Any) -> str:
        new = {"beneficiary.id": "0f0f0f0f-0000-4000-8000-00000000000f", "request.on_self": False}
        return World(with_data(**changes)).asks("petra.lowe", "entra.user.create", but=new).disposition

    assert "hr_departments" not in TENANT["policyData"]
    assert created_by_hr() == created_by_hr(hr_departments=["HR"]) == "approve_admin"
    assert created_by_hr(hr_departments=[]) == created_by_hr(hr_departments=["Sales"]) == "refuse"


def test_a_group_called_open_has_rules_of_its_own_beside_those_of_open_groups() -> None:
    tenant = copy.deepcopy(TENANT)
    tenant["groups"].append(
        {**tenant["groups"][1], "id": "0f0f0f0f-0000-4000-8000-00000000000f", "displayName": "Open"}
    )
    tenant["policyData"]["auto_departments"]["Open"] = ["Finance"]
    world = World(tenant)
    assert {"action.group.ask-owner.open", "action.group.ask-owner.open-2"} <= {*world.rule_notes}
    add = "entra.group.member.add"
    assert world.asks("remi.cassel", add, to="Open").disposition == "auto"
    assert world.asks("theo.blanc", add, to="Open").disposition == "approve_owner"
    assert world.asks("theo.blanc", add, to="QG-Remote-Access").disposition == "auto"


def test_two_names_that_look_alike_in_a_rule_id_stay_two_rules() -> None:
    tenant = copy.deepcopy(TENANT)
    tenant["groups"] += [
        {
            "displayName": name,
            "owners": [],
            "members": [],
            "groupTypes": [],
            "mailEnabled": False,
            "isAssignableToRole": False,
        }
        for name in ("Äpfel & Birnen!", "äpfel - birnen", "数据")
    ]
    tenant["policyData"]["closed_groups"] = {name: ["HR"] for name in ("Äpfel & Birnen!", "äpfel - birnen", "数据")}
    closed = [name for name in World(tenant).rule_notes if name.startswith("department.closed")]
    assert sorted(closed) == [
        "department.closed.group",
        "department.closed.pfel-birnen",
        "department.closed.pfel-birnen-2",
    ]


def test_what_the_words_of_a_freeze_do_not_say_freezes_everything() -> None:
    window = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z", "reason": "drawn"}
    for scope in ("mailboxes of Finance", "department:Finanzen groups", "department:Finance mailboxes", "?"):
        world = World(with_data(freeze=[{"scope": scope, **window}]))
        assert world.asks("theo.blanc", "entra.group.member.add", to="QG-Remote-Access").disposition == "escalate"
        assert world.asks("mona.vasey", "exo.autoreply.set").disposition == "escalate"
        assert world.asks("mona.vasey", "entra.user.password.reset").disposition == "auto"
    licences = World(with_data(freeze=[{"scope": "licences", **window}]))
    assert licences.asks("theo.blanc", "entra.group.member.add", to="QG-Remote-Access").disposition == "auto"


def test_a_rule_without_anything_to_match_is_left_out_and_one_without_exceptions_is_not() -> None:
    rules = LayerRules(frozenset({"a.one", "a.two"}))
    rules.permit("no.action", ["b.one"], note="")
    rules.deny("no.value", ["a.one"], when={"target.id": []}, note="")
    rules.deny("no.block", ["a.one"], when_any=[{"target.id": []}, {"target.groups": {"any": []}}], note="")
    rules.permit("never", ["a.one"], unless=[{"target.id": {"not": []}}], note="")
    assert rules.rules == []
    rules.deny("all", ["a.one", "a.two"], when={"target.id": {"not": []}}, unless=[{"target.id": []}], note="n")
    rules.permit("some", ["a.one"], when_any=[{"target.id": {"not": []}}, {"risk": 1}], note="n")
    assert rules.rules == [
        {"id": "all", "effect": "deny", "actions": ["*"], "note": "n"},
        {"id": "some", "effect": "permit", "actions": ["a.one"], "note": "n"},
    ]


def test_the_files_say_what_the_documents_say_and_name_the_rules_of_the_policy(tmp_path: Path) -> None:
    files = write_documents(TENANT, tmp_path / "made", catalogue=FULL)
    read = [parse_document(read_yaml(file, "policy file"), source=file.name, catalogue=FULL) for file in files]
    assert tuple(read) == documents_for(TENANT, catalogue=FULL)
    assert [file.name for file in files] == [
        "1-global.yaml",
        "2-tenant.yaml",
        "3-target.yaml",
        "4-department.yaml",
        "5-action.yaml",
        "6-runtime.yaml",
    ]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# ") and max(map(len, text.splitlines())) < 200
        # Rules stand in reading order, and one rule is one item that can be copied.
        assert text.count("\n  - id: ") == len(re.findall(r"^ +effect: ", text, re.MULTILINE))


def test_files_that_are_there_are_never_written_over_unless_the_folder_is_ours(tmp_path: Path) -> None:
    (tmp_path / "3-target.yaml").write_text("mine")
    with pytest.raises(StartError, match="cannot be written: File exists"):
        write_documents(TENANT, tmp_path, catalogue=OURS)
    assert (tmp_path / "3-target.yaml").read_text() == "mine"
    rewrite_documents(TENANT, tmp_path, catalogue=OURS)
    assert "target.accounts" in (tmp_path / "3-target.yaml").read_text()


def test_the_command_writes_the_files_or_says_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SAMPLE), str(tmp_path / "made")]) == 0
    assert [Path(line).name[0] for line in capsys.readouterr().out.splitlines()] == list("123456")
    (tmp_path / "wrong.json").write_text(json.dumps(with_data(open_groups=["gone"])))
    for tenant in (tmp_path / "wrong.json", tmp_path / "nowhere.json", SAMPLE):
        assert main([str(tenant), str(tmp_path / "made")]) == 2
        error = capsys.readouterr().err
        assert error.startswith("remit: ") and error.count("\n") == 1


def test_a_run_with_another_tenant_file_gets_the_policy_of_that_file(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(
        json.dumps(
            {**TENANT, "organization": {**TENANT["organization"], "id": "1" * 8 + TENANT["organization"]["id"][8:]}}
        )
    )
    state = ["--state", str(tmp_path / "state")]
    made = _policies(_parser().parse_args(["--tenant", str(other), *state]))
    assert len(made) == 6 and {one.parent for one in made} == {tmp_path / "state" / "policy"}
    assert f"tenant: {'1' * 8}-" in made[1].read_text()
    samples = SAMPLE.parent / "policy"
    for arguments in ([], ["--tenant", str(SAMPLE)], ["--tenant", str(other), "--policy", str(samples)]):
        assert {one.parent for one in _policies(_parser().parse_args([*arguments, *state]))} == {samples}


def test_the_page_has_a_row_for_each_rule_and_names_the_rules_that_there_are() -> None:
    world = World(TENANT)
    named = {row[0]: ticked(row[1]) for row in rows(PAGE, "rule")}
    assert list(named) == [f"RP-{number:02}" for number in range(1, 35)]
    assert all(row[2] and row[3] for row in rows(PAGE, "rule"))
    for reference, patterns in named.items():
        for pattern in patterns:
            assert fnmatch.filter(world.rule_notes, pattern), f"{PAGE}: {reference} names `{pattern}`"
        noted = {rule for rule, note in world.rule_notes.items() if reference in note}
        told = {rule for pattern in patterns for rule in fnmatch.filter(world.rule_notes, pattern)}
        assert noted == told, f"{PAGE}: {reference}"
