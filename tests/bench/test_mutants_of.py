"""Every way in which the mutation checker breaks a module, and what it leaves alone."""

from pathlib import Path

import pytest

from bench.allowed_mutants import read_allowed
from bench.errors import BenchError
from bench.mutants import mutants_of
from bench.mutate import ROOT
from bench.suites import modules_in


def changes(source: str) -> set[tuple[str, str]]:
    return {(one.before, one.after) for one in mutants_of(source, "m.py")}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a:\n    b()", {("a", "True"), ("a", "False")}),
        ("x = b if a else c", {("a", "True"), ("a", "False")}),
        ("x = [b for b in c if b.d]", {("b.d", "True"), ("b.d", "False")}),
        ("x = a == b", {("a == b", "True"), ("a == b", "False"), ("a == b", "a != b")}),
        ("x = a < b", {("a < b", "True"), ("a < b", "False"), ("a < b", "a <= b"), ("a < b", "a >= b")}),
        ("x = not a", {("not a", "True"), ("not a", "False"), ("not a", "a")}),
        (
            "x = a and b",
            {("a and b", "True"), ("a and b", "False"), ("a and b", "a or b"), ("a", "True"), ("b", "True")},
        ),
        (
            "x = a or b",
            {("a or b", "True"), ("a or b", "False"), ("a or b", "a and b"), ("a", "False"), ("b", "False")},
        ),
        ("x = Verdict.DENY", {("Verdict.DENY", "Verdict.APPROVAL"), ("Verdict.DENY", "Verdict.ALLOW")}),
        ("x = min(a)", {("min", "max")}),
        ("x = any(a)", {("any", "all")}),
        ("def f():\n    return True", {("True", "False")}),
        ("match a:\n    case 1:\n        b()", {("case 1", "case 1 if False")}),
        (
            "match a:\n    case 1 if b:\n        c()",
            {("case 1 if b", "case 1 if True"), ("case 1 if b", "case 1 if False")},
        ),
    ],
)
def test_a_module_is_broken_in_every_way_that_is_promised(source: str, expected: set[tuple[str, str]]) -> None:
    assert changes(source) == expected


def test_a_chain_loses_either_end() -> None:
    assert {("a <= b < c", "b < c"), ("a <= b < c", "a <= b")} <= changes("x = a <= b < c")


def test_a_forced_condition_still_binds_its_name() -> None:
    assert changes("if (a := b()):\n    c(a)") == {
        ("(a := b())", "(a := b()) or True"),
        ("(a := b())", "(a := b()) and False"),
    }


@pytest.mark.parametrize(
    "source",
    [
        "assert a is not None and b",
        "@d(frozen=True)\nclass C(B, flag=True):\n    x: Literal[True] = a",
        "if TYPE_CHECKING:\n    import a",
        "def f(a: x == y) -> True:\n    pass",
        "x = Verdict.parse",
        "x = min",
        "DEFAULT = True",
    ],
)
def test_what_no_test_could_see_is_left_alone(source: str) -> None:
    assert changes(source) == set()


def test_a_mutant_is_the_whole_module_with_one_change_and_says_where() -> None:
    source = "def f(a):\n    return a < 1\n\nclass C:\n\n    def g(self, a):\n        return a < 1"
    one = next(one for one in mutants_of(source, "m.py") if one.within == "C.g" and one.after == "a <= 1")
    before, found, after = source.rpartition("a < 1")
    assert one.code == f"{before}{found.replace('<', '<=')}{after}"
    assert str(one) == "m.py:7 in `C.g`: `a < 1` -> `a <= 1`"


def test_equal_changes_in_one_function_are_counted() -> None:
    source = "def f(a):\n    return a < 1, a < 1"
    assert [one.occurrence for one in mutants_of(source, "m.py") if one.after == "a <= 1"] == [1, 2]


def test_the_policy_and_the_gate_are_judged() -> None:
    judged = set(modules_in(ROOT))
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "policy").glob("*.py")} <= judged
    assert {"agent/gate.py", "agent/dispatch.py", "agent/graph/tripwire.py"} <= judged


def test_every_allowed_mutant_exists() -> None:
    allowed = read_allowed()
    files = {one.file for one in allowed}
    known = {one.key for file in files for one in mutants_of((ROOT / file).read_text("utf-8"), file)}
    assert [str(one) for one in allowed if one.key not in known] == []


@pytest.mark.parametrize("reason", ["", "equivalent", "No full stop but long enough to be one"])
def test_a_mutant_is_allowed_for_a_reason_in_a_sentence_only(reason: str, tmp_path: Path) -> None:
    path = tmp_path / "allowed.toml"
    path.write_text(f'[[allowed]]\nfile = "a"\nwithin = "b"\nbefore = "c"\nafter = "d"\nreason = "{reason}"\n', "utf-8")
    with pytest.raises(BenchError, match="reason"):
        read_allowed(path)
