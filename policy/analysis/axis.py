"""One attribute's place in a product of classes, and which of its classes need not take part.

A class is left out of the product when every cell with it is DENY on all sides of the scenario, or outside its
`where`: nothing is lost, and a policy with many guards stays small. Which classes those are, per side:

1. A deny that bites whatever the other attributes are (their live classes) kills the classes that it is about.
2. A layer whose every grant fails on a class, whatever the other attributes are, kills the class.
3. Repeat until nothing changes, because a dead class makes other rules bite or fail.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from policy.analysis.domain import Domain, Mode, Probe, domain_of, member_groups, place_of
from policy.analysis.errors import TooLargeError
from policy.analysis.scenario import Scenario, Side
from policy.decision import Layer, Verdict
from policy.registry import attribute_named
from policy.rule import Atom, Conjunction

# 2 to the power of this many classes for one attribute; each member more doubles them.
MAX_MEMBERS: Final = 14

# Per attribute the mask of allowed classes; an attribute that is absent may have any live class.
Selection = Mapping[str, int]


class Axis:
    """One attribute's place in the product. `live` are the places of the classes that take part, as a mask.

    `denied` are the classes on which every side denies; `stride` is the distance between neighbouring classes.
    """

    __slots__ = ("denied", "domain", "live", "places", "stride")

    def __init__(self, domain: Domain, *, live: int, denied: int) -> None:
        self.domain = domain
        self.live = live
        self.denied = denied
        self.places = tuple(place for place in range(len(domain.classes)) if live >> place & 1)
        self.stride = 1

    @property
    def name(self) -> str:
        """The attribute's name."""
        return self.domain.attribute.name


def axes_of(scenario: Scenario) -> Iterator[Axis]:
    """Yield one axis per attribute that the scenario reads.

    Raises:
        TooLargeError: a set attribute with more than 14 members to tell apart.
    """
    domains = _domains(scenario)
    sides = [_denied(side, domains) for side in scenario.sides]
    outside = _unselected(scenario.where, domains)
    for name, domain in domains.items():
        everything = (1 << len(domain.classes)) - 1
        denied = everything if name not in scenario.kept else 0
        for side in sides:
            denied &= side[name]
        pinned = 1 << place_of(domain, scenario.at[name]) if name in scenario.at else everything
        yield Axis(domain, live=pinned & ~(denied | outside[name]), denied=denied & pinned)


def _domains(scenario: Scenario) -> dict[str, Domain]:
    probes = scenario.probes()
    groups = {name: len(member_groups(_atoms(some))) for name, some in probes.items()}
    wide = tuple(sorted(((name, size) for name, size in groups.items() if size > MAX_MEMBERS), key=lambda one: -one[1]))
    if wide:
        listed = ", ".join(f"`{name}` with `{size}`" for name, size in wide)
        raise TooLargeError(
            f"action `{scenario.action}`: expected at most `{MAX_MEMBERS}` members of a set that rules tell apart, "
            f"got {listed}; pass a solver",
            action=scenario.action,
            sizes=tuple((name, 2**size + 1) for name, size in wide),
        )
    return {name: _domain(name, some) for name, some in probes.items()}


def _domain(name: str, probes: Sequence[Probe]) -> Domain:
    attribute = attribute_named(name)
    assert attribute is not None, "documents name attributes of the registry only"
    return domain_of(attribute, probes)


def _atoms(probes: Iterable[Probe]) -> list[Atom]:
    return list(dict.fromkeys(atom for atom, _ in probes))


def _all(domain: Domain) -> int:
    return (1 << len(domain.classes)) - 1


def selected(conjunction: Conjunction, mode: Mode, *, domains: Mapping[str, Domain]) -> dict[str, int]:
    """Return the classes that each attribute of `conjunction` may have; several conditions on one all hold."""
    masks: dict[str, int] = {}
    for one in conjunction:
        mask = domains[one.attribute].masks[one.atom, mode]
        masks[one.attribute] = masks.get(one.attribute, mask) & mask
    return masks


def _denied(side: Side, domains: Mapping[str, Domain]) -> dict[str, int]:
    """Return, per attribute, the classes on which `side` denies whatever the other attributes are."""
    denies = [
        selected(one, Mode.POSSIBLE, domains=domains)
        for rule in side.rules
        if rule.effect is Verdict.DENY and rule.layer in side.layers
        for one in rule.conjunctions
    ]
    grants: dict[Layer, list[dict[str, int]]] = {layer: [] for layer in side.layers}
    for rule in side.rules:
        if rule.effect is not Verdict.DENY and rule.layer in grants:
            grants[rule.layer] += [selected(one, Mode.CERTAIN, domains=domains) for one in rule.conjunctions]
    live = {name: _all(domain) for name, domain in domains.items()}
    while True:
        killed = _killed(live, denies, grants=grants.values())
        if not any(killed.values()):
            return {name: _all(domain) & ~live[name] for name, domain in domains.items()}
        for name, mask in killed.items():
            live[name] &= ~mask


def _killed(
    live: Mapping[str, int], denies: Sequence[Selection], *, grants: Iterable[Sequence[Selection]]
) -> dict[str, int]:
    """Return, per attribute, the live classes that die now; numbers as at the top of this file."""
    killed = dict.fromkeys(live, 0)
    for deny in denies:  # (1)
        open_names = [name for name, mask in deny.items() if live[name] & ~mask]
        for name in live if not open_names else open_names if len(open_names) == 1 else ():
            killed[name] |= live[name] & deny.get(name, -1)
    for layer in grants:  # (2)
        possible = [one for one in layer if all(live[name] & mask for name, mask in one.items())]
        for name in live:
            failing = live[name]
            for one in possible:
                failing &= ~one.get(name, -1)
            killed[name] |= failing
    return killed


def _unselected(where: tuple[Conjunction, ...] | None, domains: Mapping[str, Domain]) -> dict[str, int]:
    """Return, per attribute, the classes on which `where` cannot be TRUE."""
    if where is None:
        return dict.fromkeys(domains, 0)
    masks = [selected(one, Mode.CERTAIN, domains=domains) for one in where]
    outside = {}
    for name, domain in domains.items():
        outside[name] = _all(domain)
        for one in masks:
            outside[name] &= ~one.get(name, -1)
    return outside
