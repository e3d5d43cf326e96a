"""The solver stays optional: nothing that runs in Azure imports it, and policy works without it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("policy", "agent", "console", "devhost", "simulator")
# The adapter, and the command that looks whether it can be had.
MAY_NAME_IT = {"policy/smt.py": {"z3"}, "policy/command/reasoning.py": {"policy.smt"}}


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_only_the_adapter_imports_z3_and_only_the_command_line_imports_the_adapter() -> None:
    found = {}
    for path in (ROOT / "function_app.py", *(one for room in ROOMS for one in sorted((ROOT / room).rglob("*.py")))):
        if named := imported(path) & {"z3", "policy.smt"}:
            found[path.relative_to(ROOT).as_posix()] = named
    assert found == MAY_NAME_IT


@pytest.mark.parametrize("module", ["policy", "policy.analysis"])
def test_importing_policy_loads_no_solver(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(name.partition('.')[0] == 'z3' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
