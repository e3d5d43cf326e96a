"""Whatever is thrown at the loader, it ends in a whole document or in a refusal that a person can act on."""

import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policy.bundle import Bundle
from policy.canonical import MAX_NUMBER
from policy.command.yaml_file import parse_yaml
from policy.document import PolicyDocument, parse_document
from policy.errors import BundleError, DocumentError
from policy.plain import MAX_DEPTH, json_text
from tests.policy.test_laws import SETTINGS
from tests.policy.written import BROKEN, CATALOGUE, DOCUMENTS, JUNK, broken, document

GOOD = document(random.Random(1))
WORDS = (*GOOD, "rules", "id", "effect", "permit", "actions", "when", "tests", "policy/v1", "action", "*", "2026-11-24")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner),
    max_leaves=20,
)
# Pieces that make YAML rather than noise: indents, flow marks, anchors, tags, and words of the format.
YAML_TEXTS = st.lists(
    st.sampled_from(
        (*WORDS, "\n", "\n  ", "\n- ", ": ", ", ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "!!set ", "!!binary ",
         "? ", "| ", "'", '"', "#", "~", ".nan", ".inf", "0x" + "f" * 5000, "2026-02-30", "\t", "\ufeff",
         "---\n", "\\ud800")
    ),
    max_size=40,
).map("".join)  # fmt: skip


def stored(data: object) -> str:
    """Return `data` as JSON text as far as JSON goes: Python writes no number of thousands of digits."""
    try:
        return json.dumps([data], default=str, skipkeys=True)
    except ValueError:
        return f"[{'9' * 5000}]"


STORED_TEXTS = st.text(max_size=60) | VALUES.map(json.dumps) | BROKEN.map(stored)


def read(data: object) -> PolicyDocument:
    return parse_document(data, source="x.yaml", catalogue=CATALOGUE)


def judged(data: object) -> PolicyDocument | None:
    """Read `data`: a document that comes back unchanged from its written form, or a readable refusal."""
    try:
        whole = read(data)
    except DocumentError as refused:
        assert refused.problems
        for problem in refused.problems:
            assert problem.message and problem.source == "x.yaml"
            # One line each that any terminal can show, however long the value was.
            assert str(problem).isprintable() and len(str(problem)) < 900
        assert len(set(refused.problems)) == len(refused.problems)
        return None
    assert read(whole.authored()) == whole
    return whole


@SETTINGS
@given(data=DOCUMENTS)
def test_a_document_that_is_right_is_read(data: dict[str, Any]) -> None:
    assert judged(data)


@SETTINGS
@given(data=BROKEN)
def test_a_broken_document_is_refused_in_words(data: object) -> None:
    judged(data)


@SETTINGS
@given(data=VALUES)
def test_any_value_is_refused_in_words(data: object) -> None:
    judged(data)


@pytest.mark.parametrize("place", range(len(JUNK)))
def test_junk_in_any_place_is_refused_or_means_what_it_says(place: int) -> None:
    junk = JUNK[place]
    for key in GOOD:
        judged({**GOOD, key: junk})
        judged({**GOOD, "rules": [{**GOOD["rules"][0], key: junk}]})
    for field in ("id", "effect", "actions", "when", "when_any", "unless", "approval", "valid", "note"):
        judged({**GOOD, "rules": [{**GOOD["rules"][0], field: junk}]})
        judged({**GOOD, "rules": [*GOOD["rules"], {field: junk}]})
    for field in ("given", "examples", "assertions"):
        judged({**GOOD, "tests": {field: junk}})
        judged({**GOOD, "tests": {field: [junk]}})
    judged({**GOOD, "rules": [junk]})
    judged(junk)


@SETTINGS
@given(text=YAML_TEXTS | st.text(max_size=60))
def test_any_yaml_is_refused_in_words(text: str) -> None:
    try:
        data = parse_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    judged(data)


@SETTINGS
@given(text=st.text(max_size=60) | VALUES.map(json.dumps) | BROKEN.map(stored))
def test_any_text_is_a_bundle_or_refused_in_words(text: str) -> None:
    try:
        bundle = Bundle.parse(text, catalogue=CATALOGUE)
    except (BundleError, DocumentError) as refused:
        assert str(refused)
        return
    assert Bundle.parse(bundle.canonical_json(), catalogue=CATALOGUE) == bundle


@SETTINGS
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_one_bad_document_refuses_the_set_and_changes_nothing(seed: int) -> None:
    good = document(random.Random(seed))
    bad = broken(random.Random(seed))
    before = Bundle.of([read(good)])
    if judged(bad):
        return
    for order in ([good, bad], [bad, good]):
        with pytest.raises(DocumentError):
            Bundle.of(read(one) for one in order)
    assert Bundle.of([read(good)]) == before
    assert Bundle.parse(before.canonical_json(), catalogue=CATALOGUE) == before


def refusal(data: object) -> str:
    with pytest.raises(DocumentError) as refused:
        read(data)
    return str(refused.value)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [MAX_DEPTH, 500, 100_000])
def test_a_value_nested_too_deeply_is_refused(depth: int) -> None:
    assert f"at most `{MAX_DEPTH}` levels" in refusal({**GOOD, "rules": nested(depth)})


def test_values_that_contain_themselves_are_refused() -> None:
    endless: dict[str, Any] = {**GOOD}
    endless["rules"] = [endless]
    assert "contains itself" in refusal(endless)


def test_aliases_that_unfold_into_billions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policy.plain.MAX_VALUES", 10_000)
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for name, inner in zip("bcdefghi", "abcdefgh", strict=True):
        text += f"{name}: &{name} [{', '.join([f'*{inner}'] * 10)}]\n"
    assert refusal(parse_yaml(text)).startswith("`x.yaml`: expected at most `10000` values")


def test_a_number_that_json_readers_would_round_is_refused() -> None:
    limit = {"id": "run.cap", "actions": ["*"], "per": "tenant", "window": "1h", "max": MAX_NUMBER}
    whole = {"apiVersion": "policy/v1", "layer": "runtime", "tenant": "*", "limits": [limit]}
    assert read(whole)
    for number in (MAX_NUMBER + 1, -MAX_NUMBER - 1, 1 << 20000):
        message = refusal({**whole, "limits": [{**limit, "max": number}]})
        assert message.startswith("`x.yaml`, limit `run.cap`, field `max`: expected a number from")


@pytest.mark.parametrize("text", ["\ud800", "fine\udfff"])
def test_half_a_character_is_refused_wherever_it_stands(text: str) -> None:
    for data in ({**GOOD, "tenant": text}, {**GOOD, text: 1}, {**GOOD, "tests": {"given": {"params.sku": text}}}):
        assert "which is no Unicode text" in refusal(data)


def test_letters_that_become_ascii_in_lower_case_are_no_tenant() -> None:
    # The Kelvin sign is such a letter: in lower case it is `k`.
    assert "field `tenant`" in refusal({**GOOD, "tenant": "\N{KELVIN SIGN}"})


def test_every_kind_of_mistake_is_reported_together() -> None:
    rule = {"id": "act.one", "effect": "permit", "actions": ["*"]}
    conditions = {"riks": 1, "is_rollback": None, "risk": {"min": -1, "max": 101}}
    example = {"id": "ex.one", "given": {"action": "a.on"}, "expect": {}}
    whole = {
        "apiVersion": "policy/v1",
        "layer": "global",
        "rules": [
            {**rule, "actions": ["zz.zz.*", "yy.yy.*"], "when": conditions},
            {**rule, "effect": "require_approval", "note": 5, "unless": [{"requester.role": ["admn", "emploee"]}, {}]},
            {**rule, "id": "act.two", "valid": {"from": "2026-11-20", "to": "2026-11-21"}},
        ],
        "limits": [{"id": "act.two", "actions": ["*"], "per": "tenant", "window": "1h", "max": 1.5}],
        "tests": {"given": {"riks": 1, "time.local": "10:00"}, "examples": [example]},
    }
    with pytest.raises(DocumentError) as refused:
        read(whole)
    # In the order of the document, then what is missing, then what does not go together.
    assert [(problem.rule_id, problem.field) for problem in refused.value.problems] == [
        *[("act.one", "actions")] * 2,
        *[("act.one", "when")] * 3,
        ("act.one", "when.is_rollback"),
        ("act.one", "note"),
        *[("act.one", "unless.0")] * 2,
        ("act.one", "unless.1"),
        ("act.one", "approval"),
        ("act.two", "max"),
        *[("", "tests.given")] * 2,
        ("ex.one", "given"),
        ("ex.one", "expect.verdict"),
        ("", "tenant"),
        ("act.one", ""),
        *[("act.two", "")] * 3,
    ]


RULE: dict[str, Any] = {"id": "act.one", "effect": "permit", "actions": ["*"]}
LIMIT: dict[str, Any] = {"id": "run.cap", "actions": ["*"], "per": "tenant", "window": "1h", "max": 5}
EXAMPLE: dict[str, Any] = {"id": "ex.one", "given": {"action": "a.one"}, "expect": {"verdict": "deny"}}
SOME_DAYS = {"from": "2026-11-20", "to": "2026-11-21"}
# What is reported beside what: one mistake hides no other, and none is made of another.
TOGETHER: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "a misspelt layer says nothing about limits": (
        {"layer": "runtme", "limits": [LIMIT]},
        [("", "layer")],
    ),
    "tests that share an id": (
        {"layer": "actoin", "tests": {"examples": [EXAMPLE, EXAMPLE]}},
        [("", "layer"), ("ex.one", "")],
    ),
    "a deny for some days is no elevation": (
        {"layer": "global", "rules": [{**RULE, "effect": "deny", "valid": SOME_DAYS, "note": 5}]},
        [("act.one", "note")],
    ),
    "rules keep their places": (
        {"layer": "action", "rules": [None, {**RULE, "effect": "x"}]},
        [("rules[0]", ""), ("act.one", "effect")],
    ),
    "a value left blank in a list": (
        {"layer": "action", "rules": [{**RULE, "when": {"requester.department": ["HR", None]}, "note": 5}]},
        [("act.one", "when.requester.department.1"), ("act.one", "note")],
    ),
    "a block of which nothing is left": (
        {"layer": "action", "rules": [{**RULE, "when": {"risk": {"min": None}}}]},
        [("act.one", "when.risk.min")],
    ),
    "approvers without a verdict": (
        {"layer": "action", "tests": {"examples": [{**EXAMPLE, "expect": {"approvers": ["oncall"]}}]}},
        [("ex.one", "expect.verdict")],
    ),
    "unknown facts beside facts that cannot be read": (
        {"layer": "action", "tests": {"examples": [{**EXAMPLE, "given": {}, "unknown": ["risk"]}]}},
        [("ex.one", "given")],
    ),
    "broken examples are examples": (
        {"layer": "action", "tests": {"examples": [{**EXAMPLE, "note": 5}]}},
        [("ex.one", "note")],
    ),
}


@pytest.mark.parametrize("what", TOGETHER)
def test_a_mistake_is_reported_once_and_beside_the_others(what: str) -> None:
    changes, expected = TOGETHER[what]
    with pytest.raises(DocumentError) as refused:
        read({"apiVersion": "policy/v1", "tenant": "*", **changes})
    assert [(problem.rule_id, problem.field) for problem in refused.value.problems] == expected


def test_without_a_catalogue_no_pattern_is_judged() -> None:
    data = {**GOOD, "rules": [{**RULE, "actions": ["zz.*"]}]}
    assert PolicyDocument.model_validate_json(json_text(data), strict=True)
    assert "`zz.*` matches no action" in refusal(data)


def test_a_document_is_judged_as_the_json_that_it_becomes() -> None:
    assert json.loads(json_text({"day": yaml.safe_load("2026-11-24")})) == {"day": "2026-11-24"}
