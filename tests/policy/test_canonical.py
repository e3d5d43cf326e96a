"""Canonical JSON: equal values have equal bytes, and what has no single form is refused."""

import hashlib
from typing import Any

import pytest

from policy.canonical import NotCanonicalError, canonical_json, digest


def test_keys_are_sorted_and_nothing_is_escaped_or_spaced() -> None:
    assert (
        canonical_json({"b": [1, True, None], "a": {"d": "ü", "c": ""}}) == '{"a":{"c":"","d":"ü"},"b":[1,true,null]}'
    )


def test_equal_values_have_one_digest_of_the_utf8_bytes() -> None:
    assert digest({"a": 1, "b": "ü"}) == digest({"b": "ü", "a": 1})
    assert digest(["ü"]) == hashlib.sha256('["ü"]'.encode()).hexdigest()


@pytest.mark.parametrize("value", [1.0, {"a": [1.5]}, ({"a": float("nan")},), {1: "a"}, {"a": {2: 3}}, object(), {"a"}])
def test_a_value_without_one_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        canonical_json(value)
