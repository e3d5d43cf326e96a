"""Which tests judge which module, and in which order: what is likely to fail first, comes first."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.errors import BenchError

# Whole cases over fakes.
_STORIES: Final = ("tests/agent/test_loop*.py", "tests/agent/test_hardening.py")
# The modules in which every condition needs a test of its own, and the tests that judge them.
SUITES: Final[Mapping[str, tuple[str, ...]]] = {
    "policy/smt.py": ("tests/policy/analysis/test_solver.py",),
    "policy/__main__.py": ("tests/policy/command/test_inputs.py",),
    "policy/analysis/*.py": ("tests/policy/analysis/test_*.py",),
    "policy/directory/*.py": ("tests/policy/test_directory.py", "tests/policy/command/test_*.py"),
    "policy/evidence/*.py": ("tests/policy/test_*.py",),
    "policy/explanation/*.py": ("tests/policy/test_*.py",),
    "policy/history/*.py": ("tests/policy/test_*.py",),
    "policy/publication/*.py": ("tests/policy/test_*.py",),
    "policy/*.py": ("tests/policy/test_*.py",),
    "agent/gate.py": (
        "tests/agent/test_gate*.py",
        "tests/agent/test_acting.py",
        "tests/agent/test_changes.py",
        *_STORIES,
    ),
    "agent/dispatch.py": ("tests/agent/test_dispatch.py", *_STORIES),
    "agent/read_back.py": ("tests/agent/test_dispatch.py", *_STORIES),
    "agent/graph/tripwire.py": ("tests/agent/graph/test_*.py",),
}
# Each round costs a start of pytest, so there are two: the likely killer, and all the others.
_FIRST_ROUND: Final = 1


def modules_in(root: Path) -> tuple[str, ...]:
    """Return every module that a suite judges, once each, as paths below `root`."""
    found = (path.relative_to(root).as_posix() for pattern in SUITES for path in sorted(root.glob(pattern)))
    return tuple(dict.fromkeys(found))


def tests_of(module: str, root: Path) -> tuple[str, ...]:
    """Return the test files that judge `module`, the one that mirrors its name first.

    Raises:
        BenchError: no suite judges it.
    """
    patterns = next((tests for pattern, tests in SUITES.items() if Path(module).match(pattern)), ())
    files = {path.relative_to(root).as_posix() for pattern in patterns for path in root.glob(pattern)}
    if not files or not (root / module).is_file():
        raise BenchError(f"expected a module of {', '.join(f'`{one}`' for one in SUITES)}, got `{module}`")
    mirror = f"test_{Path(module).stem}.py"
    return tuple(sorted(files, key=lambda file: (Path(file).name != mirror, file)))


class Order:
    """The order of test files for each module; it learns from every kill. Safe to use from several threads.

    `seconds` is how long each test file takes when nothing is changed.
    """

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = dict(seconds)
        self._kills: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def rounds(self, module: str, tests: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Return `tests` as rounds: those that killed most, then the mirror of the module, then the quick ones."""
        mirror = f"test_{Path(module).stem}.py"
        with self._lock:
            kills = {test: self._kills[module, test] for test in tests}
        ordered = sorted(tests, key=lambda test: (-kills[test], Path(test).name != mirror, self._seconds[test]))
        return tuple(filter(None, (tuple(ordered[:_FIRST_ROUND]), tuple(ordered[_FIRST_ROUND:]))))

    def note(self, module: str, test_id: str) -> None:
        """Remember which test file killed a mutant of `module`; an empty id is nobody's merit."""
        with self._lock:
            self._kills[module, test_id.partition("::")[0]] += 1
