"""What the matrix says to whoever calls it: 0 whole, 1 a promise is broken, 2 it could not be measured."""

import json
from collections import Counter
from typing import Any

import pytest

from devhost.errors import DevhostError
from tests.crash import matrix
from tests.crash.account import UnmeasuredError
from tests.crash.tally import Tally

TOLD = {("approved", "execute"): Counter(told=1, kills=1)}
ENOUGH = {("approved", "execute"): Counter(told=1, kills=matrix.LEAST_DEATHS)}


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str, failing: Exception | None = None, **counted: Any) -> int:
    """The exit code of a run that counted this, and then failed if it did."""

    def run(_form: Any, _folder: Any, *, progress: Any, tally: Tally) -> None:
        for name, value in counted.items():
            setattr(tally, name, value)
        if failing is not None:
            raise failing

    monkeypatch.setattr(matrix, "run", run)
    # The handler of SIGTERM is that of whoever runs the tests.
    monkeypatch.setattr(matrix.signal, "signal", lambda *_: None)
    return matrix.main([*arguments, "--json"])


@pytest.mark.parametrize(
    ("code", "counted"),
    [
        (0, {"rows": ENOUGH}),
        (1, {"rows": TOLD}),
        (1, {"rows": ENOUGH, "broken": ["doubled"]}),
        (1, {"rows": ENOUGH, "missed": ["a boundary"]}),
        (0, {"rows": ENOUGH, "gone": ["a boundary"]}),
        (1, {"rows": TOLD, "broken": ["doubled"], "failing": DevhostError("it is gone")}),
        (2, {"rows": TOLD, "failing": DevhostError("it is gone")}),
        (2, {"rows": TOLD, "failing": UnmeasuredError("it went wrong by itself")}),
        (2, {"rows": TOLD, "failing": KeyError("anything")}),
        (2, {}),
        (130, {"rows": TOLD, "failing": KeyboardInterrupt()}),
    ],
)
def test_a_broken_promise_is_never_reported_as_whole_and_no_failure_as_a_broken_promise(
    monkeypatch: pytest.MonkeyPatch, code: int, counted: dict[str, Any]
) -> None:
    assert ended(monkeypatch, **counted) == code


def test_a_part_need_not_kill_as_often_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(monkeypatch, "--part", "2/3", rows=TOLD) == 0
    assert ended(monkeypatch, "--story", "approved", rows=TOLD) == 0


@pytest.mark.parametrize("arguments", [["--story", "aproved"], ["--part", "0/3"], ["--part", "4/3"], ["--part", "x"]])
def test_what_names_nothing_is_refused_instead_of_run_empty(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        matrix.main(arguments)
    assert refused.value.code == 2


def test_the_json_holds_every_count_of_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended(monkeypatch, "--part", "1/2", rows=TOLD, reasons=Counter({"in doubt": 2}))
    shown = json.loads(capsys.readouterr().out)
    assert shown["total"]["kills"] == 1 and shown["handed_over_because"] == {"in doubt": 2}
    assert {"doubled", "lost", "wrong", "untold", "open", "to_people", "due", "made"} <= shown["rows"][0].keys()
