"""Regions are told in the words of a rule: values, hours, dates and groups."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.analysis.domain import DAY, MINUTE, Domain, Holding, Mode, Probe, domain_of
from policy.analysis.wording import clause, described
from policy.registry import attribute_named
from policy.rule import Atom, Meets, NoneOf, OneOf, Within

NEW_YEAR = datetime.date(2027, 1, 1).toordinal()
OFFICE = Within(tuple((day * 1440 + 480, day * 1440 + 1080) for day in range(5)))


def domain(name: str, *atoms: Atom) -> Domain:
    attribute = attribute_named(name)
    assert attribute is not None
    probes: list[Probe] = [(atom, mode) for atom in atoms for mode in Mode]
    return domain_of(attribute, probes)


def words(name: str, *atoms: Atom, unknown: bool = False, but: bool = False) -> str:
    """Return the clause about the values of which the first atom is TRUE, or `but` those."""
    of = domain(name, *atoms)
    known = (1 << len(of.classes) - 1) - 1
    mask = of.masks[atoms[0], Mode.CERTAIN]
    mask = known & ~mask if but else mask
    return clause(of, mask | (known + 1 if unknown else 0))


def one_of(*values: str | bool) -> OneOf:
    return OneOf(frozenset(values))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words("requester.department", one_of("HR", "Sales")), "requester.department is HR or Sales"),
        (words("requester.department", one_of("HR"), unknown=True), "requester.department is HR, or is unknown"),
        (words("requester.department", one_of("HR"), but=True), "requester.department is not HR"),
        (words("requester.department", one_of("R and D", "HR")), "requester.department is HR or `R and D`"),
        (words("requester.department", one_of("unknown")), "requester.department is `unknown`"),
        (words("requester.department", one_of("x, or is unknown")), "requester.department is `x, or is unknown`"),
        (words("requester.department", one_of("x\n\x1b[2J")), r"requester.department is `x\n\x1b[2J`"),
        (words("target.groups", Meets(frozenset({"a, b"})), but=True), "target.groups does not hold `a, b`"),
        (words("target.groups", Meets(frozenset({"g or h", "g"}))), "target.groups holds g or `g or h`"),
        (words("requester.role", one_of("manager"), but=True), "requester.role is not manager"),
        (words("requester.kind", one_of("guest"), but=True), "requester.kind is member"),
        (words("request.on_self", one_of(True)), "request.on_self is true"),
        (words("request.on_self", one_of(True), but=True, unknown=True), "request.on_self is false or unknown"),
        (words("request.on_self", one_of(True, False)), "request.on_self is known"),
        (words("risk", Within(((90, None),))), "risk is 90 to 100"),
        (words("risk", Within(((90, None),)), but=True), "risk is 0 to 89"),
        (words("risk", Within(((5, 6),)), but=True), "risk is 0 to 4 or 6 to 100"),
        (words("risk", Within(((5, 6),))), "risk is 5"),
        (words("plan.steps", Within(((26, None),))), "plan.steps is 26 or more"),
        (words(MINUTE, OFFICE), "local time is Mon-Fri 08:00-18:00"),
        (
            words(MINUTE, OFFICE, but=True),
            "local time is Mon-Fri 00:00-08:00 and 18:00-24:00 or Sat-Sun",
        ),
        (words(MINUTE, Within(((0, 1440),)), unknown=True), "local time is Mon, or is unknown"),
        (words(DAY, Within(((NEW_YEAR, NEW_YEAR + 3),))), "local date is 2027-01-01 to 2027-01-03"),
        (words(DAY, Within(((NEW_YEAR, NEW_YEAR + 1),))), "local date is 2027-01-01"),
        (
            words(DAY, Within(((NEW_YEAR, NEW_YEAR + 3),)), but=True),
            "local date is up to 2026-12-31 or from 2027-01-04 on",
        ),
        (words("target.groups", Meets(frozenset({"a", "b"}))), "target.groups holds a or b"),
        (words("target.groups", Meets(frozenset({"a", "b"})), but=True), "target.groups holds none of a, b"),
        (
            words("target.groups", Meets(frozenset({"a"})), but=True, unknown=True),
            "target.groups does not hold a, or is unknown",
        ),
    ],
)
def test_a_clause_says_what_an_administrator_would_say(said: str, expected: str) -> None:
    assert said == expected


def test_nothing_and_everything_known_have_words_too() -> None:
    of = domain("risk", Within(((5, 6),)))
    unknown = 1 << len(of.classes) - 1
    assert clause(of, unknown) == "risk is unknown"
    assert clause(of, 2 * unknown - 1) == "risk is anything"
    assert described(of, len(of.classes) - 1) == "unknown"


DEPARTMENTS = ("Care", "HR", "IT", "Legal", "Sales")


@pytest.mark.parametrize("chosen", range(1, 2 ** (len(DEPARTMENTS) + 1) - 1))
def test_whoever_gets_access_is_named_or_is_anybody_but_those_who_are_named(chosen: int) -> None:
    of = domain("requester.department", *map(one_of, DEPARTMENTS))
    others = chosen >> len(DEPARTMENTS) & 1
    named = [name for place, name in enumerate(DEPARTMENTS) if (chosen >> place & 1) != others]
    *rest, last = named or ["?"]
    listed = f"{', '.join(rest)} or {last}" if rest else last
    assert clause(of, chosen) == f"requester.department is {'not ' if others else ''}{listed}"


def test_of_a_closed_list_the_shorter_form_is_told() -> None:
    assert words("requester.role", one_of("employee", "manager", "it_admin", "msp_tech")) == (
        "requester.role is not helpdesk"
    )


MEMBERS = ("a", "b", "c")
FAMILIES = st.sets(st.integers(0, 7), min_size=1, max_size=7)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(chosen=FAMILIES)
def test_any_choice_of_memberships_is_read_back_from_its_words(chosen: set[int]) -> None:
    of = domain("target.groups", *(Meets(frozenset({one})) for one in MEMBERS))
    held = [next(piece.members for piece in one.pieces if isinstance(piece, Holding)) for one in of.classes[:-1]]
    phrase = clause(of, sum(1 << place for place in chosen)).removeprefix("target.groups ")
    assert {place for place, members in enumerate(held) if read(phrase, members)} == chosen


def read(phrase: str, members: frozenset[str]) -> bool:
    """Return whether `members` are what the phrase says: cases of what is held and what is not."""
    plain = phrase.replace("does not hold", "holds nothing but not").replace(
        "holds none of", "holds nothing but none of"
    )
    return any(_case(one.strip().removesuffix(" or"), members) for one in plain.split("holds ")[1:])


def _case(said: str, members: frozenset[str]) -> bool:
    held, _, missing = said.partition(" but ")
    wanted = [set(part.replace(", ", " or ").split(" or ")) for part in held.split(" and ") if part != "nothing"]
    unwanted = set(missing.removeprefix("none of ").removeprefix("not ").split(", "))
    return all(one & members for one in wanted) and not unwanted & members


def test_what_excludes_texts_lists_all_that_it_excludes() -> None:
    assert words("params.sku", NoneOf(frozenset({"A", "B"}))) == "params.sku is not A or B"
