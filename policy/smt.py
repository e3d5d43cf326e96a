"""Z3 as the solver of an analysis, for what has too many cells to list. Needs the optional package z3-solver.

Every attribute is a flag `known` beside its value. An atom is certain (TRUE) if the value is known and fits, and
possible (not FALSE) if it is unknown or fits. Layers and verdicts are then as in `policy.reference`, number by number:

1. A layer with a deny that is possible denies.
2. Else a layer in which no permit and no approval is certain denies.
3. Else a layer with an approval that is possible asks for approval.
4. Else the layer allows.
5. The decision is the strictest of the layers that are consulted.

A date and a minute of the week that are both known have the same weekday. Nothing of the function app imports this.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import z3

from policy.analysis.calendar import DAYS_PER_WEEK, MINUTES_PER_DAY
from policy.analysis.domain import DAY, MINUTE, Mode, unnamed_text
from policy.analysis.scenario import Scenario, Side, asks_of
from policy.analysis.solver import Allowed, Box, Outcome
from policy.decision import Verdict
from policy.errors import EngineError
from policy.registry import Attribute, attribute_named
from policy.request import AuthorizationRequest, FactValue, Unknown
from policy.rule import Atom, Conjunction, Meets, Misses, NoneOf, OneOf, Rule, Within

# Z3's own measure of work, the same on every machine. What is answered at all takes a small fraction of it.
MAX_WORK: Final = 500_000_000

# A scenario that is asked about and the same one without its `where`.
_MAX_KEPT: Final = 2

# A formula of Z3, whose Python package has no types.
Formula = Any


class Z3Solver:
    """Answers with Z3, exact in both directions: it finds a request, shows that there is none, or raises.

    The last scenarios are kept as Z3 knows them, because a region takes many questions about one scenario. One
    solver is for one thread.
    """

    def __init__(self, *, max_work: int = MAX_WORK) -> None:
        self._max_work = max_work
        self._asked: list[_Asked] = []

    def request(
        self, scenario: Scenario, outcomes: Sequence[Outcome], *, inside: Box = (), outside: Sequence[Box] = ()
    ) -> AuthorizationRequest | None:
        """See `policy.analysis.solver.Solver`.

        Raises:
            EngineError: Z3 gave up after `max_work` units of its own measure.
        """
        asked = next((one for one in self._asked if one.scenario is scenario), None)
        if asked is None:
            asked = _Asked(scenario, max_work=self._max_work)
            self._asked = [*self._asked[1 - _MAX_KEPT :], asked]
        return asked.request(outcomes, inside=inside, outside=outside)


class _Asked:
    """One scenario in Z3's terms, and the questions about it."""

    def __init__(self, scenario: Scenario, *, max_work: int) -> None:
        self.scenario = scenario
        self._facts = _Facts(scenario)
        self._formulas: dict[tuple[int, Outcome], Formula] = {}
        self._max_work = max_work
        self._solver = z3.Solver()
        self._solver.set("rlimit", max_work)
        self._solver.add(*self._facts.laws(), *self._facts.pins())
        if scenario.where is not None:
            self._solver.add(_some(self._facts, scenario.where, mode=Mode.CERTAIN))

    def request(
        self, outcomes: Sequence[Outcome], *, inside: Box, outside: Sequence[Box]
    ) -> AuthorizationRequest | None:
        """Return a request as `policy.analysis.solver.Solver` says."""
        self._solver.push()
        try:
            self._solver.add(*(self._decided(place, outcome) for place, outcome in enumerate(outcomes)))
            self._solver.add(_box(self._facts, inside), *(z3.Not(_box(self._facts, box)) for box in outside))
            answer = self._solver.check()
            if answer == z3.unknown:
                raise EngineError(
                    f"action `{self.scenario.action}`: expected an answer by z3 in `{self._max_work}` units of work, "
                    f"got `{self._solver.reason_unknown()}`; ask about less"
                )
            if answer == z3.unsat:
                return None
            return AuthorizationRequest(self.scenario.action, self._facts.of(self._solver.model()))
        finally:
            self._solver.pop()

    def _decided(self, place: int, outcome: Outcome) -> Formula:
        if (place, outcome) not in self._formulas:
            self._formulas[place, outcome] = _decided(self._facts, self.scenario.sides[place], outcome=outcome)
        return self._formulas[place, outcome]


class _Facts:
    """The unknowns of a question: per attribute whether it is known, and its value."""

    def __init__(self, scenario: Scenario) -> None:
        atoms = {name: dict.fromkeys(atom for atom, _ in probes) for name, probes in scenario.probes().items()}
        # What a pinned attribute equals is told in atoms, too, so that its value is one of those mentioned.
        self._pins = {name: _equal_to(value, of=atoms[name]) for name, value in scenario.at.items() if name in atoms}
        self._slots = {name: _slot(name, (*some, *self._pins.get(name, ()))) for name, some in atoms.items()}

    def reads(self, name: str, atom: Atom, *, mode: Mode) -> Formula:
        """Return whether `atom` is certain, or possible, of the attribute."""
        slot = self._slots[name]
        if mode is Mode.CERTAIN:
            return z3.And(slot.known, slot.fits(atom))
        return z3.Or(z3.Not(slot.known), slot.fits(atom))

    def unknown(self, name: str) -> Formula:
        """Return whether the attribute is unknown."""
        return z3.Not(self._slots[name].known)

    def laws(self) -> Iterator[Formula]:
        """Yield what holds of every request: values are within their bounds, and a date has one weekday."""
        for slot in self._slots.values():
            yield from slot.laws()
        clock = [slot for name in (DAY, MINUTE) for slot in [self._slots.get(name)] if isinstance(slot, _NumberSlot)]
        if len(clock) == 2:
            day, minute = clock
            midnight = (day.value - 1) % DAYS_PER_WEEK * MINUTES_PER_DAY
            same = z3.And(midnight <= minute.value, minute.value < midnight + MINUTES_PER_DAY)
            yield z3.Implies(z3.And(day.known, minute.known), same)

    def pins(self) -> Iterator[Formula]:
        """Yield that the pinned attributes have their values; without an atom that is true of it, it is unknown."""
        for name, atoms in self._pins.items():
            yield from (self.reads(name, atom, mode=Mode.CERTAIN) for atom in atoms)
            if not atoms:
                yield self.unknown(name)

    def of(self, model: Any) -> dict[str, FactValue]:
        """Return the known facts of a model, sorted by name."""
        return {
            name: slot.read(model)
            for name, slot in sorted(self._slots.items())
            if z3.is_true(model.eval(slot.known, model_completion=True))
        }


class _ListSlot:
    """A text or flag: the place of its value among those that rules mention, or of a text that none mentions."""

    def __init__(self, attribute: Attribute, atoms: Iterable[Atom]) -> None:
        named = frozenset(value for atom in atoms if isinstance(atom, OneOf | NoneOf) for value in atom.values)
        self._values = _listed(attribute, named)
        self.known, self.value = z3.Bool(f"{attribute.name} known"), z3.Int(attribute.name)

    def laws(self) -> Iterator[Formula]:
        """Yield that the value is one of the list."""
        yield z3.And(self.value >= 0, self.value < len(self._values))

    def fits(self, atom: Atom) -> Formula:
        """Return whether a known value satisfies `atom`."""
        assert isinstance(atom, OneOf | NoneOf), "texts and flags are compared with values"
        wanted = isinstance(atom, OneOf)
        return _any(self.value == place for place, one in enumerate(self._values) if (one in atom.values) is wanted)

    def read(self, model: Any) -> FactValue:
        """Return the value in a model."""
        return self._values[int(model.eval(self.value, model_completion=True).as_long())]


class _NumberSlot:
    """A number within its attribute's bounds."""

    def __init__(self, attribute: Attribute) -> None:
        self._low, self._high = attribute.bounds
        self.known, self.value = z3.Bool(f"{attribute.name} known"), z3.Int(attribute.name)

    def laws(self) -> Iterator[Formula]:
        """Yield that the value is within its bounds."""
        yield self.value >= self._low
        if self._high is not None:
            yield self.value <= self._high

    def fits(self, atom: Atom) -> Formula:
        """Return whether a known value satisfies `atom`."""
        assert isinstance(atom, Within), "numbers are compared with ranges"
        return _any(
            z3.And(self.value >= (self._low if low is None else low), True if high is None else self.value < high)
            for low, high in atom.ranges
        )

    def read(self, model: Any) -> FactValue:
        """Return the value in a model."""
        return int(model.eval(self.value, model_completion=True).as_long())


class _SetSlot:
    """A set: one flag for each member that rules mention."""

    def __init__(self, attribute: Attribute, atoms: Iterable[Atom]) -> None:
        named = {member for atom in atoms if isinstance(atom, Meets | Misses) for member in atom.members}
        self.known = z3.Bool(f"{attribute.name} known")
        self._flags = {member: z3.Bool(f"{attribute.name} holds {member}") for member in sorted(named)}

    def laws(self) -> Iterator[Formula]:
        """Yield nothing: any members go together."""
        yield from ()

    def fits(self, atom: Atom) -> Formula:
        """Return whether a known value satisfies `atom`."""
        assert isinstance(atom, Meets | Misses), "sets are compared by their members"
        held = _any(self._flags[member] for member in sorted(atom.members))
        return held if isinstance(atom, Meets) else z3.Not(held)

    def read(self, model: Any) -> FactValue:
        """Return the value in a model."""
        held = (name for name, flag in self._flags.items() if z3.is_true(model.eval(flag, model_completion=True)))
        return frozenset(held)


def _slot(name: str, atoms: Sequence[Atom]) -> _ListSlot | _NumberSlot | _SetSlot:
    attribute = attribute_named(name)
    assert attribute is not None, "documents name attributes of the registry only"
    if attribute.kind == "number":
        return _NumberSlot(attribute)
    return _SetSlot(attribute, atoms) if attribute.kind == "set" else _ListSlot(attribute, atoms)


def _listed(attribute: Attribute, named: frozenset[str | bool]) -> tuple[str | bool, ...]:
    if attribute.kind == "flag":
        return (False, True)
    if attribute.values is not None:
        return attribute.values
    return (*sorted(value for value in named if isinstance(value, str)), unnamed_text(attribute, named))


def _equal_to(value: FactValue, *, of: Iterable[Atom]) -> tuple[Atom, ...]:
    """Return atoms that are all TRUE of `value`, and of no value that the atoms `of` tell from it."""
    if isinstance(value, frozenset):
        members = frozenset(one for atom in of if isinstance(atom, Meets | Misses) for one in atom.members)
        return (*(Meets(frozenset((one,))) for one in sorted(value & members)), Misses(members - value))
    if isinstance(value, int) and not isinstance(value, bool):
        return (Within(((value, value + 1),)),)
    return () if isinstance(value, Unknown) else (OneOf(frozenset((value,))),)


def _box(facts: _Facts, box: Box) -> Formula:
    return _all(_allowed(facts, one) for one in box)


def _allowed(facts: _Facts, one: Allowed) -> Formula:
    known = [facts.reads(one.attribute, atom, mode=Mode.CERTAIN) for atom in one.atoms]
    return _any([*known, facts.unknown(one.attribute)] if one.unknown else known)


def _some(facts: _Facts, conjunctions: Iterable[Conjunction], *, mode: Mode) -> Formula:
    """Return whether one of `conjunctions` is certain, or possible."""
    return _any(_all(facts.reads(one.attribute, one.atom, mode=mode) for one in each) for each in conjunctions)


def _decided(facts: _Facts, side: Side, *, outcome: Outcome) -> Formula:
    """Return whether `side` decides as `outcome` says; numbers as at the top of this file."""

    def some(rules: Iterable[Rule], mode: Mode) -> Formula:
        return _any(_some(facts, rule.conjunctions, mode=mode) for rule in rules)

    consulted = [rule for rule in side.rules if rule.layer in side.layers]
    asking = [rule for rule in consulted if rule.effect is Verdict.APPROVAL]
    passing = []
    for layer in side.layers:
        of_layer = [rule for rule in consulted if rule.layer is layer]
        denies = [rule for rule in of_layer if rule.effect is Verdict.DENY]
        grants = [rule for rule in of_layer if rule.effect is not Verdict.DENY]
        passing.append(z3.And(z3.Not(some(denies, Mode.POSSIBLE)), some(grants, Mode.CERTAIN)))  # (1), (2)
    not_denied, asked = _all(passing), some(asking, Mode.POSSIBLE)  # (5), (3)
    verdicts = {
        Verdict.DENY: z3.Not(not_denied),
        Verdict.APPROVAL: z3.And(not_denied, asked),
        Verdict.ALLOW: z3.And(not_denied, z3.Not(asked)),  # (4)
    }
    made = some((rule for rule in asking if outcome.ask in asks_of(rule)), Mode.POSSIBLE)
    as_asked = z3.BoolVal(True) if outcome.ask is None else made if outcome.asked else z3.Not(made)
    return z3.And(_any(verdicts[verdict] for verdict in sorted(outcome.verdicts)), as_asked)


def _any(formulas: Iterable[Formula]) -> Formula:
    return z3.Or(z3.BoolVal(False), *formulas)


def _all(formulas: Iterable[Formula]) -> Formula:
    return z3.And(z3.BoolVal(True), *formulas)
