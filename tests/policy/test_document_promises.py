"""Tests inside a document: how they are written, how mistakes are refused, and that they decide nothing."""

import datetime
from typing import Any

import pytest

from policy.bundle import Bundle
from policy.compile import compile_document
from policy.document import PolicyDocument, parse_document
from policy.engine import Engine
from policy.errors import BundleError, DocumentError
from policy.promise import ExampleDocument, ExpectedDecision
from policy.request import AuthorizationRequest

CATALOGUE = frozenset({"entra.user.password.reset", "entra.group.member.add"})
ALLOW: dict[str, Any] = {"verdict": "allow"}
RESET: dict[str, Any] = {"action": "entra.user.password.reset"}
RULE: dict[str, Any] = {"id": "act.one", "effect": "permit", "actions": ["*"]}


def read(tests: Any, **changes: Any) -> PolicyDocument:
    whole = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "rules": [RULE], "tests": tests, **changes}
    return parse_document(whole, source="action.yaml", catalogue=CATALOGUE)


def example(**changes: Any) -> dict[str, Any]:
    return {"id": "ex.one", "given": RESET, "expect": ALLOW, **changes}


def assertion(**changes: Any) -> dict[str, Any]:
    return {"id": "as.one", "never": ["allow"], "actions": ["*"], **changes}


def refusal(tests: Any) -> str:
    with pytest.raises(DocumentError) as refused:
        read(tests)
    return str(refused.value)


EXAMPLE_MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no action": (example(given={}), "field `given`", "expected `action`"),
    "an action that is no text": (example(given={"action": 5}), "field `given`", "the id of an action in `action`"),
    "an empty action": (example(given={"action": ""}), "field `given`", "the id of an action in `action`"),
    "an action outside the catalogue": (
        example(given={"action": "entra.user.pasword.reset"}),
        "field `given`",
        "did you mean `entra.user.password.reset`?",
    ),
    "a pattern for an action": (example(given={"action": "entra.*"}), "field `given`", "an action of the catalogue"),
    "no facts but a list": (example(given=["x"]), "field `given`", "expected an action and facts"),
    "a misspelt fact": (example(given={**RESET, "riks": 5}), "field `given`", "did you mean `risk`?"),
    "a fact of nothing": (
        example(given={**RESET, "weather": 1}),
        "`weather` is not a fact",
        "not a fact; docs/policy.md lists all of them",
    ),
    "a raw clock number": (example(given={**RESET, "time.day": 5}), "`time.day` is not a fact", "`time.local`?"),
    "a condition for a fact": (example(given={**RESET, "risk": {"min": 5}}), "`risk`", "expected a whole number"),
    "a number out of bounds": (example(given={**RESET, "risk": 101}), "`risk`", "from `0` to `100`"),
    "a flag in quotes": (example(given={**RESET, "is_rollback": "no"}), "`is_rollback`", "expected `true` or `false`"),
    "a text outside the list": (example(given={**RESET, "requester.role": "admn"}), "`requester.role`", "`it_admin`?"),
    "a set without a list": (example(given={**RESET, "target.groups": "g"}), "`target.groups`", "expected a list"),
    "an empty member": (example(given={**RESET, "target.groups": ["g", " "]}), "`target.groups`", "empty text"),
    "a time without a date": (example(given={**RESET, "time.local": "10:00"}), "`time.local`", "2026-11-24 10:00"),
    "a time that is a number": (example(given={**RESET, "time.local": 600}), "`time.local`", "in quotes, got `600`"),
    "a day that does not exist": (
        example(given={**RESET, "time.local": "2026-02-30 10:00"}),
        "`time.local`",
        "calendar",
    ),
    "a moment instead of local time": (
        example(given={**RESET, "time.local": datetime.datetime(2026, 11, 24, 10, 0, 5)}),
        "`time.local`",
        "2026-11-24 10:00",
    ),
    "a counter without a limit": (example(given={**RESET, "count.": 5}), "`count.` is not a fact", ""),
    "a counter of no possible limit": (example(given={**RESET, "count.A\n": 5}), "is not a fact", ""),
    "an unknown that is no fact": (example(unknown=["riks"]), "field `unknown.0`", "did you mean `risk`?"),
    "no unknown": (example(unknown=[]), "field `unknown`", "at least one"),
    "the same unknown twice": (example(unknown=["risk", "risk"]), "field `unknown`", "each name once"),
    "given and unknown": (example(given={**RESET, "risk": 5}, unknown=["risk"]), "field `unknown`", "got it in both"),
    "nothing expected": (example(expect={}), "field `expect.verdict`", "expected `verdict`"),
    "a misspelt verdict": (example(expect={"verdict": "alow"}), "field `expect.verdict`", "did you mean `allow`?"),
    "approvers of an allow": (
        example(expect={**ALLOW, "approvers": ["oncall"]}),
        "field `expect.approvers`",
        "with the verdict `approval` only, got `allow`",
    ),
    "a default deny of an allow": (
        example(expect={**ALLOW, "unmatched": ["action"]}),
        "field `expect.unmatched`",
        "with the verdict `deny` only, got `allow`",
    ),
    "a misspelt layer": (
        example(expect={"verdict": "deny", "unmatched": ["actoin"]}),
        "field `expect.unmatched.0`",
        "did you mean `action`?",
    ),
    "a misspelt approver": (
        example(expect={"verdict": "approval", "approvers": ["oncal"]}),
        "field `expect.approvers.0.from`",
        "did you mean `oncall`?",
    ),
    "a misspelt field of an approver": (
        example(expect={"verdict": "approval", "approvers": [{"from": "oncall", "cuont": 2}]}),
        "field `expect.approvers.0.cuont`",
        "did you mean `count`?",
    ),
    "the same approver twice": (
        example(expect={"verdict": "approval", "approvers": ["oncall", {"from": "ONCALL"}]}),
        "field `expect.approvers`",
        "each name once",
    ),
    "a misspelt field": (example(expct=ALLOW), "field `expct`", "did you mean `expect`?"),
    "a rule for an id": (example(expect={**ALLOW, "rules": ["A rule"]}), "field `expect.rules.0`", "an id of 3 to 81"),
}


@pytest.mark.parametrize("mistake", EXAMPLE_MISTAKES)
def test_a_mistake_in_an_example_is_refused_with_its_id_and_remedy(mistake: str) -> None:
    wrong, where, remedy = EXAMPLE_MISTAKES[mistake]
    message = refusal({"examples": [example(id="ex.fine"), wrong]})
    assert message.startswith("`action.yaml`, example `ex.one`")
    assert where in message and remedy in message
    assert len(message.splitlines()) == 1


ASSERTION_MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing is forbidden": (assertion(never=[]), "field `never`", "at least one"),
    "everything is forbidden": (assertion(never=["allow", "approval", "deny"]), "field `never`", "one of them always"),
    "the same verdict twice": (assertion(never=["allow", "allow"]), "field `never`", "each name once"),
    "a misspelt verdict": (assertion(never=["alow"]), "field `never.0`", "did you mean `allow`?"),
    "a pattern that matches nothing": (assertion(actions=["entra.grp.*"]), "field `actions`", "`entra.group.*`?"),
    "an empty condition": (assertion(where={}), "field `where`", "empty block"),
    "a misspelt attribute": (assertion(where={"riks": 5}), "field `where`", "did you mean `risk`?"),
    "no block": (assertion(where_any=[]), "field `where_any`", "at least one"),
    "a field of rules": (assertion(when={"risk": 5}), "field `when`", "did you mean `where`?"),
}


@pytest.mark.parametrize("mistake", ASSERTION_MISTAKES)
def test_a_mistake_in_an_assertion_is_refused_with_its_id_and_remedy(mistake: str) -> None:
    wrong, where, remedy = ASSERTION_MISTAKES[mistake]
    message = refusal({"assertions": [assertion(id="as.fine"), wrong]})
    assert message.startswith("`action.yaml`, assertion `as.one`")
    assert where in message and remedy in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("tests", [{}, {"examples": []}, {"given": {"risk": 5}}, {"examples": [], "assertions": []}])
def test_tests_that_test_nothing_are_refused(tests: dict[str, Any]) -> None:
    assert "expected at least one example or assertion" in refusal(tests)


@pytest.mark.parametrize("given", [{}, [], "x", {"action": "entra.user.password.reset"}])
def test_shared_facts_are_facts_and_no_action(given: Any) -> None:
    assert "field `tests.given`" in refusal({"given": given, "examples": [example()]})


@pytest.mark.parametrize(
    "tests",
    [
        {"examples": [example(), example()]},
        {"assertions": [assertion(), assertion()]},
        {"examples": [example()], "assertions": [assertion(id="ex.one")]},
        {"examples": [example(id="act.one")]},
    ],
)
def test_an_id_names_one_rule_or_test_of_a_document(tests: dict[str, Any]) -> None:
    assert "expected one rule, limit or test with this id, got two" in refusal(tests)


def test_a_field_that_code_leaves_out_by_none_is_left_out() -> None:
    expect = ExpectedDecision(verdict="allow", approvers=None, unmatched=None)
    one = ExampleDocument.model_validate({"id": "ex.one", "given": RESET, "unknown": None, "expect": expect})
    assert one.authored() == {"id": "ex.one", "given": RESET, "expect": {"verdict": "allow"}, "note": ""}


def test_an_id_names_one_rule_or_test_of_a_bundle() -> None:
    tests_only = read({"examples": [example(id="act.one")]}, rules=[])
    with pytest.raises(BundleError, match=r"`act\.one` more than once"):
        Bundle.of([read({"assertions": [assertion()]}), tests_only])


def test_order_and_spelling_of_tests_are_not_kept() -> None:
    facts = {"target.groups": ["G-2", "g-1"], "target.id": "AB"}
    one = {"given": facts, "examples": [example(id="ex.b"), example(id="ex.a")]}
    other = {
        "examples": [example(id="ex.a"), example(id="ex.b")],
        "given": {"target.id": "ab", "target.groups": ["g-1", "g-2", "g-1"]},
    }
    assert read(one) == read(other)
    whom = {"verdict": "approval", "approvers": ["security", {"from": "oncall"}]}
    again = {"verdict": "approval", "approvers": [{"from": "ONCALL"}, "security"]}
    assert read({"examples": [example(expect=whom)]}) == read({"examples": [example(expect=again)]})


def test_tests_are_written_back_and_read_again_unchanged() -> None:
    given = {**RESET, "time.local": "2026-11-24 10:05", "target.groups": [], "count.run.cap": 3, "is_rollback": False}
    asked = {
        "verdict": "approval",
        "approvers": [{"from": "oncall", "count": 2, "standing": "never"}],
        "rules": ["act.one"],
    }
    denied = {"verdict": "deny", "unmatched": ["tenant", "action"]}
    tests = {
        "given": {"requester.department": "Sales"},
        "examples": [
            example(given=given, unknown=["risk", "requester.department"], expect=asked, note="why"),
            example(id="ex.two", expect=denied),
        ],
        "assertions": [assertion(never=["deny", "allow"], where={"risk": 5}, where_any=[{"is_rollback": True}])],
    }
    once = read(tests)
    assert once.tests and once.tests.examples[0].given.authored() == given
    assert read(once.authored()["tests"]) == once
    assert Bundle.parse(Bundle.of([once]).canonical_json(), catalogue=CATALOGUE) == Bundle.of([once])


def test_tests_belong_to_the_digest_of_the_bundle_and_not_to_that_of_a_rule() -> None:
    plain, tested = (
        parse_document(data, source="x", catalogue=CATALOGUE)
        for data in (
            {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "rules": [RULE]},
            read({"examples": [example()]}).authored(),
        )
    )
    assert Bundle.of([plain]).digest != Bundle.of([tested]).digest
    assert Bundle.of([plain]).rule_digests == Bundle.of([tested]).rule_digests


def test_a_document_of_tests_alone_is_no_word_of_its_layer() -> None:
    layers = ("global", "tenant", "target", "department", "runtime")
    others = [
        read({"assertions": [assertion(id=f"as.{one}")]}, layer=one, rules=[{**RULE, "id": one}]) for one in layers
    ]
    action = read({"examples": [example()]}, rules=[])
    assert compile_document(action, catalogue=CATALOGUE) == ()
    request = AuthorizationRequest("entra.user.password.reset")
    without, with_tests, with_rules = (
        Engine(Bundle.of([*others, *more]), tenant_id="t", catalogue=CATALOGUE).decide(request)
        for more in ([], [action], [read({"examples": [example()]})])
    )
    assert (without.verdict, without.layers) == (with_tests.verdict, with_tests.layers)
    assert with_rules.verdict > with_tests.verdict
