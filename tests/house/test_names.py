"""Files and functions keep to the house's sizes and names, so that a stranger finds his way."""

import ast
import statistics
from pathlib import Path

import pytest

from tests.house.documents import ROOT, tracked
from tests.house.test_layers import module_name, sources, tree

FORBIDDEN = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "common",
    "misc",
    "base",
    "core",
    "types",
    "stuff",
    "tools",
}
MAX_LINES = 300
MAX_FUNCTION_LINES = 60
TESTS = sorted(name for name in tracked() if name.startswith("tests/") and name.endswith(".py"))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_a_file_is_short_well_named_and_says_what_it_is(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert path.stem not in FORBIDDEN and path.parent.name not in FORBIDDEN
    assert ast.get_docstring(tree(path)), f"{path} needs one sentence of what it is"


@pytest.mark.parametrize("name", TESTS)
def test_a_file_of_tests_is_short_and_well_named(name: str) -> None:
    path = ROOT / name
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{name} has {lines} lines: split it by what its tests promise"
    assert path.stem.removeprefix("test_") not in FORBIDDEN and path.parent.name not in FORBIDDEN


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_no_function_is_longer_than_a_screen(path: Path) -> None:
    too_long = [f"{node.name} ({length(node)})" for node in functions(path) if length(node) > MAX_FUNCTION_LINES]
    assert not too_long, f"{module_name(path)}: {too_long}"


def test_the_typical_function_is_short() -> None:
    assert statistics.median(length(node) for path in sources() for node in functions(path)) < 12


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_every_public_name_has_a_docstring(path: Path) -> None:
    missing = [
        node.name
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not missing, f"{module_name(path)}: {missing}"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_from_the_third_parameter_on_arguments_are_named(path: Path) -> None:
    def positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
        return len([name for name in names if name not in ("self", "cls")])

    # Dunder methods have the parameters that the language gives them.
    wide = [
        f"{node.name} ({positional(node)})"
        for node in functions(path)
        if positional(node) > 2 and not node.name.startswith("__")
    ]
    assert not wide, f"{module_name(path)}: {wide}"


def test_nothing_is_left_for_later() -> None:
    marks = [
        f"{module_name(path)}: {word}"
        for path in sources()
        for word in ("TODO", "FIXME", "XXX", "raise NotImplementedError")
        if word in path.read_text(encoding="utf-8")
    ]
    assert not marks


def test_no_queue_output_binding_is_declared() -> None:
    """Outputs go through the SDK after the commit; `Out[list[...]]` even breaks indexing of the whole app."""
    text = (Path(__file__).parents[2] / "function_app.py").read_text(encoding="utf-8")
    assert "queue_output" not in text and "Out[" not in text
