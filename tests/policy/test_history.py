"""A history is read from whatever a log is exported as, and a line that is not understood is named."""

import json
from typing import Any

import pytest

from policy.errors import RecordError
from policy.history.lines import read_history
from tests.policy.test_recorded import SAMPLE

ENTRY = {"code": "step.decided", "at": "2026-11-24T10:00:00Z", "data": {**SAMPLE.data(), "step": 0, "layers": []}}
OTHER = {"code": "case.opened", "data": {"source": "desk"}}
CASE = {"id": "c-1", "stage": "closed", "events": [OTHER, ENTRY, {**ENTRY, "sentence": "Policy decided."}]}


def test_bare_records_log_entries_and_whole_cases_hold_the_same_decisions() -> None:
    lines = [SAMPLE.canonical_json(), "", json.dumps(ENTRY), json.dumps(CASE), json.dumps(OTHER)]
    read = list(read_history(lines))
    assert read == [SAMPLE] * 4
    assert [one.origin for one in read] == [
        "line 1",
        "line 3",
        "case c-1, entry 2 (line 4)",
        "case c-1, entry 3 (line 4)",
    ]


def test_the_id_of_a_case_is_no_line_of_its_own_in_a_report() -> None:
    forged = {**CASE, "id": "c-1, entry 9 (line 9)\nline 2: DENY->ALLOW\x1b[2J"}
    origins = [one.origin for one in read_history([json.dumps(forged), json.dumps({**CASE, "id": {"a": [1]}})])]
    assert origins[0] == r"case `c-1, entry 9 (line 9)\nline 2: DENY->ALLOW\x1b[2J`, entry 2 (line 1)"
    assert origins[2] == "case without an id, entry 2 (line 2)"


BROKEN: list[tuple[str, str]] = [
    ("{", "line 2: expected one JSON value a line"),
    ("[" * 100_000, "line 2: expected one JSON value a line"),
    ("7", "line 2: expected a recorded decision, a log entry or a case"),
    ("{}", "line 2: field `tenant_id`"),
    ('{"code": "case.opened", "code": "step.decided"}', "line 2: .* key `code` stands twice in one object"),
    (json.dumps(CASE).replace('"step":', '"step": 1, "step":', 1), "line 2: .* key `step` stands twice"),
    (json.dumps({"code": 7}), "line 2: expected a log entry with its `code`"),
    (json.dumps({"code": "step.decided"}), "line 2: expected `data`"),
    (json.dumps({"code": "step.decided", "data": {"step": 0}}), "line 2: field `tenant_id`"),
    (json.dumps({"id": "c-9", "events": ["x"]}), "case c-9, entry 1 .line 2.: expected a log entry"),
    (json.dumps({"events": [OTHER, {"code": "step.decided", "data": {}}]}), "entry 2 .line 2.: field `tenant_id`"),
]


@pytest.mark.parametrize(("line", "says"), BROKEN)
def test_a_line_that_is_not_understood_is_named_and_not_skipped(line: str, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        list(read_history([SAMPLE.canonical_json(), line, SAMPLE.canonical_json()]))


def test_a_decision_that_was_logged_without_its_facts_is_refused_and_not_passed_over() -> None:
    data: dict[str, Any] = {name: value for name, value in ENTRY["data"].items() if name != "facts"}  # type: ignore[attr-defined]
    with pytest.raises(RecordError, match="field `facts`"):
        list(read_history([json.dumps({**ENTRY, "data": data})]))
