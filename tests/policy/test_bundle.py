"""A bundle is one immutable value: same documents, same digest, whatever the order."""

import dataclasses
import hashlib
import itertools
from typing import Any

import pytest

from policy.bundle import Bundle
from policy.document import PolicyDocument, parse_document
from policy.errors import BundleError, DocumentError

CATALOGUE = frozenset({"a.one", "a.two"})


def document(layer: str, rule_id: str, **changes: Any) -> PolicyDocument:
    rule = {"id": rule_id, "effect": "permit", "actions": ["a.one"], **changes}
    data = {"apiVersion": "policy/v1", "layer": layer, "tenant": "*", "rules": [rule]}
    return parse_document(data, source="f.yaml", catalogue=CATALOGUE)


THREE = (document("global", "one.a"), document("action", "one.b"), document("runtime", "one.c"))


def test_the_order_of_documents_does_not_change_the_digest() -> None:
    bundles = {Bundle.of(order) for order in itertools.permutations(THREE)}
    assert len(bundles) == 1


def test_the_digest_is_the_hash_of_the_stored_text() -> None:
    bundle = Bundle.of(THREE)
    assert bundle.digest == hashlib.sha256(bundle.canonical_json().encode()).hexdigest()


def test_a_stored_bundle_is_read_back_unchanged() -> None:
    bundle = Bundle.of(THREE)
    again = Bundle.parse(bundle.canonical_json(), catalogue=CATALOGUE)
    assert (again, again.digest) == (bundle, bundle.digest)


def test_any_edit_changes_the_digest() -> None:
    edits = [document("action", "one.b", note="x"), document("action", "one.b", actions=["a.two"])]
    digests = {Bundle.of([THREE[0], one]).digest for one in (THREE[1], *edits)}
    assert len(digests) == 3


def test_two_documents_cannot_share_a_rule_id() -> None:
    with pytest.raises(BundleError, match=r"`one\.a`"):
        Bundle.of([THREE[0], document("action", "one.a")])


def test_a_bundle_cannot_be_altered_or_given_another_digest() -> None:
    bundle = Bundle.of(THREE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        bundle.digest = "0" * 64  # type: ignore[misc]
    with pytest.raises(TypeError):
        Bundle(THREE, digest="0" * 64)  # type: ignore[call-arg]


@pytest.mark.parametrize("text", ["", "{}", "null", "[", '[{"layer": "action", "layer": "global"}]', "[" * 100_000])
def test_a_stored_text_that_is_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="JSON array"):
        Bundle.parse(text, catalogue=CATALOGUE)


def test_a_stored_bundle_is_checked_against_the_catalogue_again() -> None:
    stored = Bundle.of([document("action", "one.b", actions=["a.two"])]).canonical_json()
    with pytest.raises(DocumentError, match=r"`bundle document 1`, rule `one\.b`"):
        Bundle.parse(stored, catalogue=frozenset({"a.one"}))
