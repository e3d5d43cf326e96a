"""Atoms in Kleene's logic: a negation is exact, and a value that cannot be judged stays unknown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.request import UNKNOWN
from policy.rule import Atom, Condition, Meets, Misses, NoneOf, OneOf, Truth, Within, holds
from tests.policy.test_laws import SETTINGS

ATOMS: tuple[Atom, ...] = (
    OneOf(frozenset({"a"})),
    NoneOf(frozenset({"a"})),
    OneOf(frozenset({True})),
    Within(()),
    Within(((None, None),)),
    Within(((None, 3),)),
    Within(((3, None),)),
    Within(((0, 3), (3, 5), (7, 9))),
    Meets(frozenset({"a"})),
    Misses(frozenset({"a"})),
)
VALUES: tuple[Any, ...] = (
    "a",
    "b",
    True,
    False,
    *range(-1, 11),
    frozenset(),
    frozenset({"a"}),
    frozenset({"b"}),
    UNKNOWN,
)


@SETTINGS
@given(atom=st.sampled_from(ATOMS), value=st.sampled_from(VALUES))
def test_a_negation_is_the_opposite_and_keeps_unknown(atom: Atom, value: Any) -> None:
    condition = Condition("x", atom)
    said = condition.truth({"x": value})
    assert condition.negated().truth({"x": value}) == Truth.TRUE - said
    assert condition.negated().negated().truth({"x": value}) is said


@pytest.mark.parametrize("atom", ATOMS)
def test_an_absent_or_unknown_fact_is_never_false(atom: Atom) -> None:
    assert Condition("x", atom).truth({}) is Truth.UNKNOWN
    assert holds(atom, UNKNOWN) is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("atom", "value"),
    [
        (Within(((0, 3),)), True),
        (Within(((0, 3),)), "1"),
        (OneOf(frozenset({"a"})), frozenset({"a"})),
        (NoneOf(frozenset({"a"})), 1),
        (Meets(frozenset({"a"})), "a"),
        (Misses(frozenset({"a"})), "b"),
    ],
)
def test_a_value_of_another_type_cannot_be_judged(atom: Atom, value: Any) -> None:
    assert holds(atom, value) is Truth.UNKNOWN


def test_ranges_include_their_start_and_not_their_end() -> None:
    atom = Within(((2, 4),))
    assert [number for number in range(6) if holds(atom, number) is Truth.TRUE] == [2, 3]
