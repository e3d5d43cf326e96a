"""Runs commands as a shell would, and writes small policies for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policy.command.main import main

ROOT = Path(__file__).parents[3]
TENANT = "contoso"


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def words(self) -> str:
        """The output without line breaks and table borders, so that a sentence is found wherever it was folded."""
        return " ".join(self.out.translate(dict.fromkeys(map(ord, "│┃"), " ")).split())


Ask = Callable[..., Said]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Call a command with these words."""
    monkeypatch.setenv("COLUMNS", "160")

    def call(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


CATALOGUE = """
user.password.reset   # an account
group.member.add
license.assign
device.wipe
"""

BASELINES = {
    "1-global.yaml": ("global", "*", "{id: global.baseline, effect: permit, actions: ['*']}"),
    "2-tenant.yaml": ("tenant", TENANT, "{id: tenant.enabled, effect: permit, actions: ['*']}"),
    "3-target.yaml": (
        "target",
        "*",
        "{id: target.baseline, effect: permit, actions: ['*']}",
        "{id: target.break-glass, effect: deny, actions: ['*'], when: {target.is_break_glass: true}}",
    ),
    "4-department.yaml": ("department", TENANT, "{id: department.baseline, effect: permit, actions: ['*']}"),
    "5-action.yaml": (
        "action",
        TENANT,
        "{id: action.reset, effect: permit, actions: [user.password.reset],"
        " when: {requester.department: Sales, request.on_self: true}}",
        "{id: action.join, effect: require_approval, actions: [group.member.add],"
        " approval: {from: [group_owner], count: 1, standing: allowed}}",
    ),
    "6-runtime.yaml": (
        "runtime",
        "*",
        "{id: runtime.baseline, effect: permit, actions: ['*']}",
        "{id: runtime.freeze, effect: deny, actions: ['user.*'],"
        " when: {time.dates: {from: 2026-12-28, to: 2027-01-04}}, unless: [{requester.role: it_admin}]}",
    ),
}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A folder of six documents for the tenant contoso, over the catalogue in the file `catalogue` beside it."""
    return write_policy(tmp_path / "policy")


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    file = tmp_path / "catalogue"
    file.write_text(CATALOGUE, encoding="utf-8")
    return file


def write_policy(folder: Path) -> Path:
    """Write the small policy to `folder`."""
    folder.mkdir()
    for name, (layer, tenant, *rules) in BASELINES.items():
        lines = "\n".join(f"  - {rule}" for rule in rules)
        (folder / name).write_text(document(layer, tenant, rules=lines), encoding="utf-8")
    return folder


def document(layer: str, tenant: str, *, rules: str) -> str:
    """One document with these rules, written as YAML."""
    return f'apiVersion: policy/v1\nlayer: {layer}\ntenant: "{tenant}"\nrules:\n{rules}\n'


def edit(folder: Path, file: str, *, old: str, new: str) -> None:
    """Change the one place of a document where `old` stands."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def tell_groups_apart(folder: Path) -> None:
    """Let sixteen permits of group.member.add tell sixteen groups apart: too many sets of groups to list."""
    permits = "".join(
        f"  - {{id: action.g{number}, effect: permit, actions: [group.member.add],"
        f" when: {{target.groups: {{any: [g{number}]}}}}}}\n"
        for number in range(16)
    )
    edit(folder, "5-action.yaml", old="rules:\n", new=f"rules:\n{permits}")
