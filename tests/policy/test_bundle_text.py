"""A bundle's text and digests are what `policy.canonical` makes of its documents, whichever way they were read."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.bundle import Bundle, rule_digests_of
from policy.canonical import MAX_NUMBER, canonical_json, digest
from policy.compile import compile_bundle
from policy.document import parse_document
from policy.errors import BundleError, DocumentError
from tests.policy.authored import CATALOGUE, RULES, TENANT, document
from tests.policy.test_laws import SETTINGS

FEWER = settings(SETTINGS, max_examples=SETTINGS.max_examples // 4)
SOME_RULES = st.lists(RULES, min_size=1, max_size=3)
LIMIT = {"id": "run.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 20}
RUNTIME = {
    **document("runtime", [{"effect": "permit", "actions": ["*"], "note": "Zürich \u2028 \x00"}]),
    "limits": [LIMIT],
}


def bundle_of(*documents: dict[str, Any]) -> Bundle:
    return Bundle.of(parse_document(one, source="f.yaml", catalogue=CATALOGUE) for one in documents)


@FEWER
@given(own=SOME_RULES, shared=SOME_RULES)
def test_the_text_and_the_digests_are_those_of_the_canonical_form(
    own: list[dict[str, Any]], shared: list[dict[str, Any]]
) -> None:
    bundle = bundle_of(document("action", own, tenant=TENANT), document("target", shared), RUNTIME)
    authored = [one.authored() for one in bundle.documents]
    assert bundle.canonical_json() == canonical_json(authored)
    assert bundle.digest == digest(authored)
    assert bundle.rule_digests == {
        entry.id: digest([one.layer.value, one.tenant, entry.authored()])
        for one in bundle.documents
        for entry in one.entries
    }
    assert [dict(rule_digests_of(one)) for one in bundle.documents] == [
        {entry.id: bundle.rule_digests[entry.id] for entry in one.entries} for one in bundle.documents
    ]
    rules = compile_bundle(bundle, tenant_id=TENANT, catalogue=CATALOGUE)
    assert {rule.ref.id: rule.ref.digest for rule in rules} == bundle.rule_digests


@FEWER
@given(own=SOME_RULES, shared=SOME_RULES)
def test_a_stored_text_reads_as_the_documents_that_it_holds(
    own: list[dict[str, Any]], shared: list[dict[str, Any]]
) -> None:
    written = bundle_of(document("action", own, tenant=TENANT), document("target", shared), RUNTIME)
    text = written.canonical_json()
    read = Bundle.parse(text, catalogue=CATALOGUE)
    assert (read, read.canonical_json(), read.rule_digests) == (written, text, written.rule_digests)
    one_by_one = Bundle.of(parse_document(one, source="f", catalogue=CATALOGUE) for one in json.loads(text))
    assert one_by_one == read


def test_a_text_in_another_spelling_is_read_too_and_gets_the_canonical_digest() -> None:
    permit = {"effect": "permit", "actions": ["b.*", "a.one"], "when": {"requester.department": "HR"}}
    written = bundle_of(document("action", [permit], tenant="Contoso"), RUNTIME)
    spelled = json.dumps([RUNTIME, document("action", [permit], tenant="Contoso")], indent=1)
    for text in (spelled, f" {written.canonical_json()}\n", json.dumps(json.loads(written.canonical_json()))):
        read = Bundle.parse(text, catalogue=CATALOGUE)
        assert (read, read.digest, read.canonical_json()) == (written, written.digest, written.canonical_json())


BOUNDS = (-1, 0, 1, MAX_NUMBER - 1, MAX_NUMBER, MAX_NUMBER + 1, 2**63, 2**64)
NUMBERS = st.sampled_from(BOUNDS) | st.integers(0, 200) | st.integers()
NUMBERED = bundle_of(
    {**document("runtime", [{"effect": "permit", "actions": ["*"], "when": {"plan.steps": {"min": 1111}}}]),
     "limits": [{**LIMIT, "max": 2222}],
     "tests": {"given": {"params.seats_left": 3333, "count.run.cap": 4444},
               "examples": [{"id": "ex.one", "given": {"action": "a.one"}, "expect": {"verdict": "deny"}}]}},
).canonical_json()  # fmt: skip


def outcome(read: Callable[[], Bundle]) -> Bundle | str:
    try:
        return read()
    except DocumentError as refused:
        return str(refused)


@SETTINGS
@given(numbers=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_a_stored_text_is_accepted_exactly_if_its_documents_are(numbers: tuple[int, int, int, int]) -> None:
    text = NUMBERED
    for before, after in zip(("1111", "2222", "3333", "4444"), numbers, strict=True):
        text = text.replace(before, str(after))
    one_by_one = outcome(
        lambda: Bundle.of(
            parse_document(one, source="bundle document 1", catalogue=CATALOGUE) for one in json.loads(text)
        )
    )
    assert outcome(lambda: Bundle.parse(text, catalogue=CATALOGUE)) == one_by_one
    assert isinstance(one_by_one, Bundle) == all(0 <= one <= MAX_NUMBER for one in numbers)


TEXT = bundle_of(document("action", [{"effect": "permit", "actions": ["a.one"]}])).canonical_json()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('"effect":"permit"', '"effect":"deny","effect":"permit"', "`effect` stands twice"),
        ('"tenant":"*"', '"tenant":"contoso","tenant":"*"', "`tenant` stands twice"),
        ('"limits":[],', '"limits":[],"limits":[],', "`limits` stands twice"),
    ],
)
def test_a_key_that_is_repeated_in_a_stored_text_is_refused(before: str, after: str, expected: str) -> None:
    assert before in TEXT
    with pytest.raises(BundleError, match=expected):
        Bundle.parse(TEXT.replace(before, after), catalogue=CATALOGUE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"note":""', '"note":null'),
        ('"effect":"permit"', '"effect":"permit","when":null'),
        ('"effect":"permit"', '"effect":"permit","priority":1'),
        ('["a.one"]', '["a.nine"]'),
        ('["a.one"]', "[]"),
    ],
)
def test_a_stored_document_that_is_not_valid_is_refused_with_its_rule(before: str, after: str) -> None:
    assert before in TEXT
    with pytest.raises(DocumentError, match=r"`bundle document 1`, rule `action\.all\.0`"):
        Bundle.parse(TEXT.replace(before, after), catalogue=CATALOGUE)


def test_a_stored_text_with_one_id_twice_is_refused() -> None:
    with pytest.raises(BundleError, match=r"`action\.all\.0`"):
        Bundle.parse(f"[{TEXT[1:-1]},{TEXT[1:-1]}]", catalogue=CATALOGUE)
