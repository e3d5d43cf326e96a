"""A directory comes as a snapshot or as a tenant file, and both say the same of the same people."""

import json
from pathlib import Path
from typing import Any

import pytest

from policy.command.directory_file import read_snapshot
from policy.command.errors import InputError
from policy.directory.snapshot import SCHEMA
from tests.policy.command.conftest import ROOT, Ask

TENANT_FILE = ROOT / "samples" / "tenant.json"


def by_name(snapshot: Any, name: str) -> Any:
    (found,) = [one for one in (*snapshot.users, *snapshot.groups) if one.name == name]
    return found


def test_a_tenant_file_is_read_as_the_directory_that_the_simulator_shows() -> None:
    snapshot = read_snapshot(TENANT_FILE)
    harriet, nate = by_name(snapshot, "Harriet Osgood"), by_name(snapshot, "Nate Bellweather")
    assert (harriet.role, harriet.vip, harriet.department, harriet.manager) == ("employee", True, "Executive", None)
    assert (nate.role, nate.holds_directory_role, nate.manager) == ("it_admin", True, harriet.id)
    emergency = by_name(snapshot, "Emergency Access 1")
    assert emergency.break_glass and emergency.department is None
    assert by_name(snapshot, "Hal Finch").kind == "guest"
    ledger = by_name(snapshot, "QG-Finance-Ledger")
    assert [snapshot.user_by_id[one].name for one in ledger.owners] == ["Mona Vasey"]
    assert ledger.id in by_name(snapshot, "Ulrike Zang").groups
    assert nate.id in snapshot.people["tenant_admin"]


def test_every_risk_state_of_a_tenant_file_is_told(tmp_path: Path) -> None:
    tenant = json.loads(TENANT_FILE.read_text(encoding="utf-8"))
    states = {"atRisk": True, "confirmedCompromised": True, "remediated": False, "somethingNew": None}
    for user, state in zip(tenant["users"], states, strict=False):
        user["risk"] = {"riskLevel": "high", "riskState": state}
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps(tenant), encoding="utf-8")
    assert [one.at_risk for one in read_snapshot(file).users[: len(states)]] == list(states.values())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "expected `schema` to be `remit-directory/1` or `corpus-tenant/1`"),
        ({"schema": "other/1"}, "expected `schema` to be"),
        ({"schema": "corpus-tenant/1"}, "tenant file `people.json`: `organization`"),
        ({"schema": SCHEMA, "usrs": []}, "`usrs` is not a field here; did you mean `users`?"),
    ],
)
def test_what_is_no_directory_is_refused(tmp_path: Path, content: object, told: str) -> None:
    file = tmp_path / "people.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_snapshot(file)
    assert told in str(refused.value)


def test_a_snapshot_may_be_written_in_yaml_and_is_counted(
    ask: Ask, policy: Path, catalogue: Path, tmp_path: Path
) -> None:
    file = tmp_path / "people.yaml"
    file.write_text(
        f"schema: {SCHEMA}\n"
        "users:\n"
        "  - {id: ann, name: Ann, department: Sales, kind: member, enabled: true, break_glass: false}\n"
        "  - {id: bob, name: Bob, department: HR, kind: member, enabled: true, break_glass: false}\n"
        "  - {id: cy, name: Cy, kind: member, enabled: true}\n"
        "groups: [{id: g1, name: Team, owners: [bob]}, {id: g2, name: Lonely, owners: []}]\n",
        encoding="utf-8",
    )
    words = ("--catalogue", catalogue, "--directory", file)
    people = ask("who-can", policy, "user.password.reset", *words, "--json").data["people"]
    assert people["total"] == 3 and people["for_others"] == []
    assert [one["name"] for one in people["for_own_account"]] == ["Ann"]
    shown = ask("who-can", policy, "group.member.add", "--with", "approval", *words).words
    assert "2 of 3 users can today for the own account, 3 for somebody else" in shown
    # Nobody knows whether Cy is an emergency account, so Cy gains nothing and may still ask for others.
    assert "Ann Sales Team, Lonely yes" in shown and "Cy unknown no yes" in shown
    dead = [one for one in ask("check", policy, *words, "--json").data["remarks"] if one["kind"] == "dead_end"]
    told = {(one["group"], tuple(one["requesters"])) for one in dead}
    assert told == {("g2", ("ann", "bob")), ("g1", ("bob",))}
    assert ask("check", policy, *words, "--fail-on", "warning").code == 1


def test_the_names_of_a_snapshot_stand_for_object_ids(ask: Ask) -> None:
    days = ("--from", "2026-12-31", "--to", "2026-12-31")
    words = ("freeze", ROOT / "samples" / "policy", "entra.group.member.add", *days)
    assert "29635f76-4905-57e3-bb75-7b1e29e72720" in ask(*words).words
    named = ask(*words, "--directory", TENANT_FILE).words
    assert "QT-HR" in named and "29635f76" not in named
