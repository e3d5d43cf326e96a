"""Everything that docs/policy.md shows is run: its documents are one policy, its rows are requests, its steps work."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import policy
from agent.actions import CATALOGUE as ACTIONS
from policy.analysis import Analysis, changes
from policy.bundle import Bundle
from policy.command.main import COMMANDS
from policy.command.yaml_file import parse_yaml
from policy.decision import Decision, Layer
from policy.document import PolicyDocument, parse_document
from policy.engine import Engine
from policy.evidence.grant import MAX_GRANT_DAYS, parse_grant
from policy.promise import VERDICT_NAMES, AssertionDocument, ExampleDocument
from policy.publication.expectation import assertions_of, deciding_rules, prove_assertions, request_of, run_examples
from policy.request import AuthorizationRequest
from tests.house.documents import blocks, only, rows, ticked
from tests.policy.test_schema import accepts

PAGE = "docs/policy.md"
TENANT = "contoso"
CATALOGUE = frozenset(ACTIONS)
STARTER = Path(policy.__file__).parent / "starter"

_FACTS = re.compile(r"`(\{.*\})`")


def read(text: str) -> PolicyDocument:
    return parse_document(parse_yaml(text), source=PAGE, catalogue=CATALOGUE)


DOCUMENTS = tuple(read(block) for block in blocks(PAGE, "yaml"))
BUNDLE = Bundle.of(DOCUMENTS)
ENGINE = Engine(BUNDLE, tenant_id=TENANT, catalogue=CATALOGUE)
# One document of the page says what an ordinary request is.
(USUAL,) = [one.tests.given for one in DOCUMENTS if one.tests and one.tests.given]


def request_in(cell: str) -> AuthorizationRequest:
    """The request of a cell: words, then facts that differ from the usual ones, as an example would give them."""
    found = _FACTS.search(cell)
    assert found, f"`{cell}` gives no facts"
    given = yaml.safe_load(found.group(1))
    unknown = {"unknown": given.pop("unknown")} if "unknown" in given else {}
    data = {"id": "ex.row", "given": given, **unknown, "expect": {"verdict": "deny"}}
    # Without a catalogue as context, because a row may ask for an action outside it.
    return request_of(ExampleDocument.model_validate_json(json.dumps(data)), shared=USUAL)


def said(decision: Decision) -> tuple[str, set[str], set[str]]:
    """A decision as the page says it: the words, the rules that decide, and the layers in which nothing matches."""
    words = VERDICT_NAMES[decision.verdict]
    if decision.requirements:
        words += " by " + " and ".join(f"{one.count} `{one.resolver}`" for one in sorted(decision.requirements))
    return words, set(deciding_rules(decision)), {result.layer.value for result in decision.layers if not result.rules}


def test_the_page_shows_seven_examples_and_rows_for_them() -> None:
    assert len(rows(PAGE, "request")) >= 20
    assert len(BUNDLE.documents) >= 10
    assert {document.layer for document in DOCUMENTS} == set(Layer)


@pytest.mark.parametrize("block", blocks(PAGE, "yaml"))
def test_every_document_of_the_page_is_read_and_completed_by_an_editor(block: str) -> None:
    assert read(block)
    assert accepts(parse_yaml(block))


@pytest.mark.parametrize("row", rows(PAGE, "request"), ids=lambda row: row[0].partition(":")[0])
def test_a_request_of_the_page_is_decided_as_it_says(row: list[str]) -> None:
    request, decision, by = row
    words, rules, silent = said(ENGINE.decide(request_in(request)))
    assert decision == words
    if by.startswith("nothing matches in"):
        assert (set(), silent) == (rules, set(ticked(by)))
    elif words == "allow":
        assert by == f"`{only(by)}` and a rule of every other layer"
        assert only(by) in rules
    else:
        assert rules == set(ticked(by))


def test_the_tests_of_the_page_hold() -> None:
    results = run_examples(BUNDLE, tenant_id=TENANT, catalogue=CATALOGUE)
    assert len(results) == 3
    assert [one.differences for one in results if not one.passed] == []
    claims = assertions_of(BUNDLE, tenant_id=TENANT, catalogue=CATALOGUE)
    proved = prove_assertions(claims, Analysis(BUNDLE, tenant_id=TENANT, catalogue=CATALOGUE))
    assert len(proved) == 3
    assert [one.sentence() for one in proved if not one.passed] == []


def the_grant() -> Any:
    (block,) = blocks(PAGE, "json")
    return parse_grant(json.loads(block), source=PAGE, catalogue=CATALOGUE)


@pytest.mark.parametrize("row", rows(PAGE, "asked on 24 November"), ids=lambda row: row[0].partition(":")[0])
def test_the_standing_grant_of_the_page_does_what_it_says(row: list[str]) -> None:
    cell, answer = row
    assert the_grant().matches(request_in(cell)) is {"stands in": True, "does not match": False}[answer]


def test_the_standing_grant_of_the_page_is_pinned_to_the_rule_as_it_is_written() -> None:
    grant = the_grant()
    pinned = {rule.id: rule.digest for rule in grant.rules}
    assert pinned == {name: BUNDLE.rule_digests[name] for name in pinned}
    (rule,) = [one for document in DOCUMENTS for one in document.rules if one.id in pinned]
    assert rule.approval and (grant.discharges in rule.approval.resolvers, rule.approval.standing) == (True, "allowed")
    assert (grant.expires - grant.not_before).days <= MAX_GRANT_DAYS == 90


def test_the_fields_of_tests_are_those_of_the_format() -> None:
    documented = [ticked(row[0]) for row in rows(PAGE, "field")]
    names = [name for cell in documented for name in cell]
    assert names == [*ExampleDocument.model_fields, *AssertionDocument.model_fields]


def test_the_commands_are_those_of_the_command_line() -> None:
    assert [only(row[0]) for row in rows(PAGE, "command")] == [command.name for command in COMMANDS]


def test_the_layers_are_explained_in_their_order() -> None:
    assert [only(row[0]) for row in rows(PAGE, "layer")] == [layer.value for layer in Layer]


def the_starter() -> dict[str, Any]:
    """The starter with a tenant's id in place of all."""
    data: dict[str, Any] = {one.stem: parse_yaml(one.read_text(encoding="utf-8")) for one in STARTER.glob("*.yaml")}
    data["tenant"]["tenant"] = TENANT
    return data


def with_the_first_rule(data: dict[str, Any]) -> dict[str, Any]:
    """The starter after step 4: the password reset is taken out of the rule that asks, and Sales gets it."""
    (asks,) = [rule for rule in data["action"]["rules"] if rule["id"] == "action.own-credentials"]
    asks["actions"].remove("entra.user.password.reset")
    (permit,) = [one for document in DOCUMENTS for one in document.rules if one.id == "action.password.sales"]
    data["action"]["rules"].append(permit.authored())
    return data


def test_the_steps_of_the_first_policy_work() -> None:
    assert _broken(the_starter()) == ([], [])
    examples, (promise,) = _broken(with_the_first_rule(the_starter()))
    assert examples == ["ex.action.own-password"]
    assert promise.startswith("`as.action.always-asks` is broken: `entra.user.password.reset` gets the verdict `allow`")


def test_the_first_rule_lets_nothing_pass_that_the_starter_did_not_let_pass() -> None:
    before, after = (_analysis(data) for data in (the_starter(), with_the_first_rule(the_starter())))
    found = [one for action in sorted(CATALOGUE) for one in changes(before, after, action=action)]
    assert {(one.action, one.kind) for one in found} == {
        ("entra.user.password.reset", "APPROVAL->ALLOW"),
        ("entra.user.password.reset", "APPROVAL->DENY"),
    }


def _analysis(data: dict[str, Any]) -> Analysis:
    return Analysis(_bundle(data), tenant_id=TENANT, catalogue=CATALOGUE)


def _bundle(data: dict[str, Any]) -> Bundle:
    return Bundle.of(parse_document(one, source=name, catalogue=CATALOGUE) for name, one in data.items())


def _broken(data: dict[str, Any]) -> tuple[list[str], list[str]]:
    bundle = _bundle(data)
    results = run_examples(bundle, tenant_id=TENANT, catalogue=CATALOGUE)
    claims = assertions_of(bundle, tenant_id=TENANT, catalogue=CATALOGUE)
    proved = prove_assertions(claims, Analysis(bundle, tenant_id=TENANT, catalogue=CATALOGUE))
    failed = [one.example.id for one in results if not one.passed]
    return failed, [one.sentence() for one in proved if not one.passed]
