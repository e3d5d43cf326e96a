"""The JSON Schema accepts whatever the parser accepts, refuses what is clearly wrong, and its file is fresh."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator

import policy
from policy.document import ApprovalTerms, LimitDocument, RuleDocument, parse_document
from policy.errors import DocumentError
from policy.field import RESOLVERS, Written
from policy.grammar import NAMES
from policy.plain import json_text
from policy.promise import AssertionDocument, ExampleDocument, ExpectedDecision, PolicyTests
from policy.registry import ATTRIBUTES
from policy.schema import document_schema, schema_text
from tests.policy.test_document import CATALOGUE as TEST_CATALOGUE
from tests.policy.test_document import DOCUMENT_MISTAKES, RULE_MISTAKES, document, rule
from tests.policy.test_document_promises import ASSERTION_MISTAKES, EXAMPLE_MISTAKES
from tests.policy.test_laws import SETTINGS
from tests.policy.written import BROKEN, CATALOGUE, DOCUMENTS

ROOT = Path(policy.__file__).parents[1]
FILE = ROOT / "docs" / "policy.schema.json"
SCHEMA = document_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
WRITTEN = [
    *sorted((ROOT / "policy" / "starter").glob("*.yaml")),
    *sorted((ROOT / "samples" / "policy").glob("*.yaml")),
]

# What takes more than the form of one value to see: a catalogue, two places at once, or a calendar.
ONLY_THE_PARSER_SEES = {
    "action that is not in the catalogue",
    "pattern that matches nothing",
    "validity over a week",
    "ends the wrong way round",
    "window across midnight",
    "empty window",
    "last day before the first",
    "day that does not exist",
    "as many ways in as make too many combinations",
    "sets that make too many combinations",
    "too many combinations",
    "same id twice",
    "rule and limit with one id",
    "limit on no action",
    "elevation in global",
    "an action outside the catalogue",
    "a pattern for an action",
    "a pattern that matches nothing",
    "a day that does not exist",
    "given and unknown",
    "the same approver twice",
}


def accepts(data: object) -> bool:
    return bool(VALIDATOR.is_valid(json.loads(json_text(data))))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_file_is_fresh() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == SCHEMA, (
        "docs/policy.schema.json is out of date: run `python -m policy schema > docs/policy.schema.json`"
    )
    assert json.loads(schema_text()) == SCHEMA


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_it_accepts_the_documents_that_are_shipped(file: Path) -> None:
    assert accepts(yaml.safe_load(file.read_text(encoding="utf-8")))


@SETTINGS
@given(data=DOCUMENTS)
def test_it_accepts_every_right_document_as_written_and_as_stored(data: dict[str, Any]) -> None:
    assert accepts(data)
    assert accepts(parse_document(data, source="x", catalogue=CATALOGUE).authored())


@SETTINGS
@given(data=BROKEN)
def test_whatever_the_parser_accepts_it_accepts(data: object) -> None:
    try:
        parse_document(data, source="x", catalogue=CATALOGUE)
    except DocumentError:
        return
    assert accepts(data)


def mistakes() -> dict[str, object]:
    promises = {"examples": EXAMPLE_MISTAKES, "assertions": ASSERTION_MISTAKES}
    return {
        **{f"rule: {name}": document(rules=[wrong]) for name, (wrong, _, _) in RULE_MISTAKES.items()},
        **{f"document: {name}": wrong for name, (wrong, _) in DOCUMENT_MISTAKES.items()},
        **{
            f"{part}: {name}": document(tests={part: [wrong]})
            for part, cases in promises.items()
            for name, (wrong, _, _) in cases.items()
        },
    }


@pytest.mark.parametrize("mistake", mistakes())
def test_it_refuses_what_the_form_alone_shows_to_be_wrong(mistake: str) -> None:
    wrong = mistakes()[mistake]
    with pytest.raises(DocumentError):
        parse_document(wrong, source="x", catalogue=TEST_CATALOGUE)
    try:
        accepted = accepts(wrong)
    except TypeError:
        return  # YAML can say it, JSON cannot: a key that is no text never reaches a schema.
    assert accepted is (mistake.partition(": ")[2] in ONLY_THE_PARSER_SEES)


def test_an_editor_completes_attributes_values_and_names() -> None:
    conditions = SCHEMA["$defs"]["conditions"]["properties"]
    assert set(conditions) == set(NAMES)
    for name, form in conditions.items():
        if name in ATTRIBUTES:
            assert form["description"] == ATTRIBUTES[name].doc
            forms = form["properties"]["any"] if ATTRIBUTES[name].kind == "set" else form
            assert ATTRIBUTES[name].values is None or {"enum": list(ATTRIBUTES[name].values)} in forms["anyOf"]
    assert {"enum": list(RESOLVERS)} in SCHEMA["$defs"]["resolver"]["anyOf"]
    assert SCHEMA["$defs"]["rule"]["properties"]["effect"]["enum"] == ["permit", "require_approval", "deny"]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("rule", RuleDocument),
        ("limit", LimitDocument),
        ("approval", ApprovalTerms),
        ("tests", PolicyTests),
        ("example", ExampleDocument),
        ("expected", ExpectedDecision),
        ("assertion", AssertionDocument),
    ],
)
def test_its_fields_are_those_of_the_models(name: str, model: type[Written]) -> None:
    fields = {field.alias or key: field.is_required() for key, field in model.model_fields.items()}
    form = SCHEMA["$defs"][name]
    assert list(form["properties"]) == list(fields)
    assert form.get("required", []) == [key for key, needed in fields.items() if needed]
    assert form["additionalProperties"] is False


def test_resolvers_and_tenants_are_accepted_in_any_case_as_the_parser_does() -> None:
    group = "Group:0A0A0a0a-0000-4000-8000-00000000000a"
    for resolver in ("OnCall", "TENANT_ADMIN", group):
        asking = rule(effect="require_approval", approval={"from": [resolver]})
        assert accepts(document(rules=[asking], tenant="Contoso"))
        assert parse_document(document(rules=[asking], tenant="Contoso"), source="x", catalogue=TEST_CATALOGUE)
    assert not accepts(document(rules=[rule(effect="require_approval", approval={"from": ["on call"]})]))
