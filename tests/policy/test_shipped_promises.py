"""The tests in the documents that are shipped: they hold, and each of them guards something."""

import copy
from pathlib import Path
from typing import Any

import pytest

import policy
from agent.actions import CATALOGUE as ACTIONS
from policy.analysis import Analysis
from policy.bundle import Bundle
from policy.command.yaml_file import parse_yaml
from policy.document import parse_document
from policy.publication.expectation import assertions_of, prove_assertions, run_examples

ROOT = Path(policy.__file__).parents[1]
CATALOGUE = frozenset(ACTIONS)
SETS = {
    "starter": (ROOT / "policy" / "starter", "contoso"),
    "samples": (ROOT / "samples" / "policy", "0161082c-fbe2-5695-a02a-8868ae87e1fc"),
}
DATA: dict[str, dict[str, Any]] = {
    name: {file.name: parse_yaml(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yaml"))}
    for name, (folder, _) in SETS.items()
}


def failing(documents: dict[str, Any], *, tenant_id: str) -> list[str]:
    """The ids of the tests that do not hold."""
    bundle = Bundle.of(parse_document(one, source=name, catalogue=CATALOGUE) for name, one in documents.items())
    examples = run_examples(bundle, tenant_id=tenant_id, catalogue=CATALOGUE)
    claims = assertions_of(bundle, tenant_id=tenant_id, catalogue=CATALOGUE)
    proved = prove_assertions(claims, Analysis(bundle, tenant_id=tenant_id, catalogue=CATALOGUE))
    failed = [one.example.id for one in examples if not one.passed]
    return failed + [one.assertion.id for one in proved if not one.passed]


def rules(effect: str) -> list[tuple[str, str, int]]:
    return [
        (name, file, place)
        for name, documents in DATA.items()
        for file, document in documents.items()
        for place, rule in enumerate(document["rules"])
        if rule["effect"] == effect
    ]


@pytest.mark.parametrize("name", SETS)
def test_every_shipped_document_tests_what_it_promises_and_keeps_it(name: str) -> None:
    assert all(document["tests"] for document in DATA[name].values())
    assert failing(DATA[name], tenant_id=SETS[name][1]) == []


@pytest.mark.parametrize(("name", "file", "place"), rules("deny"))
def test_no_deny_that_is_shipped_can_be_taken_away_unnoticed(name: str, file: str, place: int) -> None:
    documents = copy.deepcopy(DATA[name])
    gone = documents[file]["rules"].pop(place)
    assert failing(documents, tenant_id=SETS[name][1]), f"nothing fails without `{gone['id']}`"


@pytest.mark.parametrize(("name", "file", "place"), rules("require_approval"))
def test_no_approval_that_is_shipped_can_become_a_permit_unnoticed(name: str, file: str, place: int) -> None:
    documents = copy.deepcopy(DATA[name])
    rule = documents[file]["rules"][place]
    del rule["approval"]
    rule["effect"] = "permit"
    assert failing(documents, tenant_id=SETS[name][1]), f"nothing fails when `{rule['id']}` permits"
