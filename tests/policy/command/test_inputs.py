"""What a person typed or wrote wrong is told in sentences, all of it at once, and gives exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.policy.command.conftest import ROOT, Ask, document, edit


def test_the_mistakes_of_all_files_are_told_at_once(ask: Ask, policy: Path, catalogue: Path) -> None:
    edit(policy, "5-action.yaml", old="Sales", new="''")
    edit(policy, "6-runtime.yaml", old="it_admin", new="it_admn")
    (policy / "7-broken.yaml").write_text("rules: [", encoding="utf-8")
    (policy / "8-double.yaml").write_text("layer: action\nlayer: target\n", encoding="utf-8")
    said = ask("check", policy, "--catalogue", catalogue)
    assert said.code == 2 and said.out == ""
    for part in (
        "`5-action.yaml`, rule `action.reset`",
        "`6-runtime.yaml`, rule `runtime.freeze`",
        "did you mean `it_admin`?",
        "policy file `7-broken.yaml` cannot be read",
        "policy file `8-double.yaml` cannot be read: key `layer` stands twice",
    ):
        assert part in said.err
    assert "Traceback" not in said.err


def test_documents_that_are_fine_alone_but_not_together_are_refused(ask: Ask, policy: Path, catalogue: Path) -> None:
    again = document("target", "*", rules="  - {id: global.baseline, effect: permit, actions: ['*']}")
    (policy / "9-again.yaml").write_text(again, encoding="utf-8")
    said = ask("check", policy, "--catalogue", catalogue)
    assert said.code == 2 and "`global.baseline`" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["who-can", "{policy}", "user.pasword.reset"], "did you mean `user.password.reset`?"),
        (["who-can", "{policy}", "device.wipe", "--where", "requester.rol=employee"], "did you mean `requester.role`?"),
        (["who-can", "{policy}", "device.wipe", "--where", "risk"], "expected `attribute=value`, got `risk`"),
        (["who-can", "{policy}", "device.wipe", "--where", "risk=5", "risk=6"], "expected `risk` once"),
        (["who-can", "{policy}", "device.wipe", "--where", "risk={max: 1"], "expected a YAML value"),
        (["who-can", "{policy}", "device.wipe", "--directory", "{policy}/none.json"], "No such file"),
        (
            ["explain", "{policy}"],
            "expected an action after FOLDER, or in a file of `--facts`, got nothing; for example",
        ),
        (["explain", "{policy}", "--facts", "requester.department=Sales"], "expected an action after FOLDER"),
        (["explain", "{policy}", "device.wipe", "--action", "group.member.add"], "got `device.wipe` and `group.member"),
        (["explain", "{policy}", "device.wip"], "did you mean `device.wipe`?"),
        (["explain", "{policy}", "--action", "device.wipe", "--facts", "risk=high"], "`risk`: expected a whole number"),
        (["explain", "{policy}", "--action", "device.wipe", "--facts", "time.day=0"], "`time.day`"),
        (["explain", "{policy}", "--action", "device.wipe", "--facts", "nowhere.yaml"], "file of facts `nowhere.yaml`"),
        (["explain", "{policy}", "--action", "device.wip"], "did you mean `device.wipe`?"),
        (["freeze", "{policy}", "--from", "2026-12-40", "--to", "2027-01-01"], "expected a day of the calendar"),
        (["freeze", "{policy}", "--from", "2027-02-01", "--to", "2027-01-01"], "on or after"),
        (["prove", "{policy}"], "hold no assertions"),
        (["prove", "{policy}", "always allow *"], "expected `never allow|approval|deny"),
        (["prove", "{policy}", "never alow *"], "did you mean `allow`?"),
        (["prove", "{policy}", "never allow or approval or deny *"], "some verdict always comes"),
        (["prove", "{policy}", "never allow users.*"], "`users.*` matches no action"),
        (["prove", "{policy}", "never allow * where"], "expected a condition after `where`"),
        (["prove", "{policy}", "never allow * where 'risk=1"], "no closing quotation"),
        (["replay", "{policy}", "{policy}/none.log"], "log `none.log` cannot be read"),
        (["replay", "{policy}", "{policy}/5-action.yaml"], "log `5-action.yaml`: line 1"),
        (["diff", "{policy}", "{policy}", "--fail-on", "flip"], "expected `--history`"),
        (["grant", "{policy}", "{policy}/5-action.yaml"], "`apiVersion` is not a field here"),
        (["check", "{policy}/nothing-here"], "there is no file or folder"),
        (["check", "{policy}", "--tenant", "*"], "expected the id of one tenant in `--tenant`"),
    ],
)
def test_wrong_words_end_in_one_sentence_that_says_what_to_write(
    ask: Ask, policy: Path, catalogue: Path, words: list[str], told: str
) -> None:
    said = ask(*(word.replace("{policy}", str(policy)) for word in words), "--catalogue", catalogue)
    assert said.code == 2 and said.out == ""
    assert told in said.err and said.err.startswith("policy: ") and "Traceback" not in said.err


@pytest.mark.parametrize("words", [[], ["nonsense"], ["check"], ["freeze", "x", "--from", "2026-01-01"]])
def test_a_command_that_cannot_be_parsed_is_usage(ask: Ask, words: list[str]) -> None:
    said = ask(*words)
    assert said.code == 2 and "usage: python -m policy" in said.err


def test_a_folder_without_documents_is_no_policy(ask: Ask, tmp_path: Path) -> None:
    said = ask("check", tmp_path)
    assert said.code == 2 and "no policy documents" in said.err


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff"])
def test_a_catalogue_that_names_nothing_is_refused(
    ask: Ask, policy: Path, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "actions").write_bytes(content)
    said = ask("check", policy, "--catalogue", tmp_path / "actions")
    assert said.code == 2 and "catalogue file `actions`" in said.err


def test_of_several_tenants_one_must_be_chosen(ask: Ask, policy: Path, catalogue: Path) -> None:
    edit(policy, "4-department.yaml", old="contoso", new="fabrikam")
    said = ask("check", policy, "--catalogue", catalogue)
    assert said.code == 2 and "`contoso`, `fabrikam`" in said.err
    chosen = ask("check", policy, "--catalogue", catalogue, "--tenant", "Contoso", "--json")
    assert chosen.data["tenant"] == "contoso"


def test_documents_for_all_tenants_are_judged_without_naming_one(ask: Ask) -> None:
    assert ask("check", ROOT / "policy" / "starter", "--json").data["tenant"] == "any-tenant"


def test_json_documents_are_read_like_yaml(ask: Ask, policy: Path, catalogue: Path) -> None:
    before = ask("check", policy, "--catalogue", catalogue, "--json").data["bundle"]
    (policy / "4-department.yaml").unlink()
    text = (
        '{"apiVersion":"policy/v1","layer":"department","tenant":"contoso",\t"rules":'
        '[{"id":"department.baseline","effect":"permit","actions":["*"]}]}'
    )
    (policy / "4-department.json").write_text(text, encoding="utf-8")
    assert ask("check", policy, "--catalogue", catalogue, "--json").data["bundle"] == before
    (policy / "4-department.json").write_text(text.replace('"tenant"', '"layer"'), encoding="utf-8")
    assert "key `layer` stands twice" in ask("check", policy, "--catalogue", catalogue).err


def test_it_runs_as_a_program_without_a_terminal_and_without_colours(policy: Path, catalogue: Path) -> None:
    command = [sys.executable, "-m", "policy", "check", str(policy), "--catalogue", str(catalogue)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == ""
    assert "\x1b" not in done.stdout and done.stdout.startswith("bundle ")


def test_a_reader_who_leaves_early_is_no_error(policy: Path, catalogue: Path) -> None:
    command = f"'{sys.executable}' -m policy schema | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "{" and done.stderr == ""
