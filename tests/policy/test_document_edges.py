"""What a document says when code leaves a field out by None, and when several of its parts are wrong at once."""

from typing import Any

import pytest

from policy.complaint import in_document_order
from policy.document import RuleDocument, parse_document
from policy.errors import DocumentError, Problem

CATALOGUE = frozenset({"a.one"})
PERMIT: dict[str, Any] = {"id": "act.one", "effect": "permit", "actions": ["*"]}


def problems(**fields: Any) -> list[str]:
    data = {"apiVersion": "policy/v1", "layer": "runtime", "tenant": "*", **fields}
    with pytest.raises(DocumentError) as refused:
        parse_document(data, source="x", catalogue=CATALOGUE)
    return [str(problem) for problem in refused.value.problems]


def test_a_block_that_code_leaves_out_by_none_is_left_out() -> None:
    rule = RuleDocument(id="act.one", effect="deny", actions=("*",), when=None, when_any=None, unless=None, valid=None)
    assert rule.authored() == {"id": "act.one", "effect": "deny", "actions": ["*"], "note": ""}


def test_a_document_whose_rules_and_limits_are_all_wrong_is_not_called_empty() -> None:
    (rules, limits) = problems(rules="x", limits="y")
    assert "field `rules`: expected a list" in rules
    assert "field `limits`: expected a list" in limits


def test_a_document_of_foreign_values_only_is_refused_for_them_and_for_nothing_else() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(DocumentError) as refused:
        parse_document({"layer": None, "rules": endless}, source="x", catalogue=CATALOGUE)
    first, second = map(str, refused.value.problems)
    assert first == "`x`, field `layer`: expected a value, got nothing; leave the key out instead"
    assert second.endswith("a value that is deeper or contains itself")


def test_a_list_where_no_entries_stand_is_no_rule() -> None:
    found = problems(tenant=[None], rules=[PERMIT])
    assert found[-1] == "`x`, field `tenant.0`: expected a value, got nothing; leave the key out instead"


def test_a_conflict_is_told_once_with_its_rule() -> None:
    (told,) = problems(rules=[PERMIT, PERMIT])
    assert told.startswith("`x`, rule `act.one`: expected one rule, limit or test with this id, got two; give one")
    assert problems() == ["`x`: expected at least one rule, limit or test, got none; leave the document out instead"]


def test_problems_come_in_the_order_of_the_document_and_what_is_missing_last() -> None:
    data = {"b": ["x", "y"], "a": 5}
    paths: list[tuple[int | str, ...]] = [("b",), ("b", 0), ("b", 1), ("b", 2), ("a", "no", "field"), ("c",)]
    named = [(path, Problem("x", "", "", str(path))) for path in paths]
    assert in_document_order(reversed(named), data) == [problem for _, problem in named]
    assert in_document_order([*named, *named], data) == [problem for _, problem in named]
