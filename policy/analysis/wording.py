"""Classes of a domain in the administrator's words: values, hours and dates as they are written in a rule."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from policy.analysis.domain import DAY, MINUTE, Domain, Holding, Others, Piece, Single, Stretch
from policy.foreign import quoted
from policy.predicate import DAYS
from policy.registry import Attribute
from policy.request import Unknown

_LABELS: Final = {MINUTE: "local time", DAY: "local date"}
_MINUTES_PER_DAY: Final = 24 * 60


def clause(domain: Domain, mask: int) -> str:
    """Return what the classes of `mask` say about the attribute, as `risk is 0 to 89` or `local time is Mon-Fri`."""
    pieces = [piece for place, one in enumerate(domain.classes) if mask >> place & 1 for piece in one.pieces]
    name = domain.attribute.name
    return f"{_LABELS.get(name, name)} {_phrase(domain, pieces)}"


def described(domain: Domain, place: int) -> str:
    """Return the class at `place` without the attribute, as `0 to 89 or unknown`."""
    return _phrase(domain, domain.classes[place].pieces).removeprefix("is ")


def _phrase(domain: Domain, pieces: Sequence[Piece]) -> str:
    known = [piece for piece in pieces if not isinstance(piece, Unknown)]
    unknown = len(known) < len(pieces)
    every = [piece for one in domain.classes for piece in one.pieces if not isinstance(piece, Unknown)]
    if not known:
        return "is unknown"
    if len(known) == len(every):
        return "is anything" if unknown else "is known"
    phrase = _known_phrase(domain, known, every=every)
    if not unknown:
        return phrase
    return f"{phrase} or unknown" if domain.attribute.kind == "flag" else f"{phrase}, or is unknown"


def _known_phrase(domain: Domain, known: Sequence[Piece], *, every: Sequence[Piece]) -> str:
    if domain.attribute.kind == "number":
        stretches = sorted((one for one in known if isinstance(one, Stretch)), key=lambda one: one.low)
        return "is " + " or ".join(_numbers(domain.attribute, _merged(stretches)))
    if domain.attribute.kind == "set":
        held = frozenset(one.members for one in known if isinstance(one, Holding))
        return _holding(held, alike=domain.alike)
    missing = [one for one in every if one not in known]
    # A negation is exact only if what it leaves open is known: an attribute without a closed list has other values.
    others_missing = any(isinstance(one, Others) for one in missing)
    others_known = any(isinstance(one, Others) for one in known)
    if others_known or (not others_missing and len(missing) < len(known) - 1):
        return "is not " + _either(_values(missing))
    return "is " + _either(_values(known))


def _values(pieces: Iterable[Piece]) -> list[str]:
    words: list[str] = []
    for one in pieces:
        if isinstance(one, Single):
            flag = "true" if one.value else "false"
            words.append(flag if isinstance(one.value, bool) else quoted(one.value))
        elif isinstance(one, Others):
            words.append("any other value")
    return words


def _merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return ascending stretches with neighbours joined."""
    joined: list[Stretch] = []
    for one in stretches:
        if joined and joined[-1].high == one.low - 1:
            joined[-1] = Stretch(joined[-1].low, one.high)
        else:
            joined.append(one)
    return joined


def _numbers(attribute: Attribute, stretches: Sequence[Stretch]) -> list[str]:
    if attribute.name == MINUTE:
        return _hours(stretches)
    write = _dates if attribute.name == DAY else _range
    return [write(one, bounds=attribute.bounds) for one in stretches]


def _range(stretch: Stretch, *, bounds: tuple[int, int | None]) -> str:
    if stretch.high is None:
        return f"{stretch.low} or more"
    return f"{stretch.low}" if stretch.low == stretch.high else f"{stretch.low} to {stretch.high}"


def _dates(stretch: Stretch, *, bounds: tuple[int, int | None]) -> str:
    assert stretch.high is not None, "the calendar ends"
    first, last = datetime.date.fromordinal(stretch.low), datetime.date.fromordinal(stretch.high)
    if stretch.low == bounds[0]:
        return f"up to {last}"
    if stretch.high == bounds[1]:
        return f"from {first} on"
    return f"{first}" if first == last else f"{first} to {last}"


def _hours(stretches: Sequence[Stretch]) -> list[str]:
    """Return the windows of the week, days with the same windows together, as `Mon-Fri 08:00-18:00`."""
    by_day = [(day, _windows(day, stretches)) for day in range(len(DAYS))]
    words = []
    for windows, days in groupby(by_day, key=lambda one: one[1]):
        if windows:
            first, *rest = [DAYS[day] for day, _ in days]
            span = f"{first}-{rest[-1]}" if rest else first
            words.append(f"{span} {' and '.join(windows)}" if windows != ("00:00-24:00",) else span)
    return words


def _windows(day: int, stretches: Sequence[Stretch]) -> tuple[str, ...]:
    midnight = day * _MINUTES_PER_DAY
    windows = []
    for one in stretches:
        assert one.high is not None, "the week ends"
        start, end = max(one.low - midnight, 0), min(one.high + 1 - midnight, _MINUTES_PER_DAY)
        if start < end:
            windows.append(f"{_clock(start)}-{_clock(end)}")
    return tuple(windows)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _holding(held: frozenset[frozenset[str]], *, alike: Mapping[str, tuple[str, ...]]) -> str:
    """Return a family of member combinations in words: any of, none of, or several cases."""
    outside = [one for one in alike if frozenset((one,)) not in held]
    inside = [one for one in alike if frozenset((one,)) in held]
    if frozenset() in held and held == _subsets_of(inside):
        return _lacking(_names(outside, alike))
    if len(held) == 2 ** len(alike) - 2 ** len(outside) and not any(one.isdisjoint(inside) for one in held):
        return "holds " + _either(_names(inside, alike))
    return " or ".join(case(*cube, alike=alike) for cube in _cubes(held, tuple(alike)))


def _subsets_of(members: Sequence[str]) -> frozenset[frozenset[str]]:
    families = frozenset((frozenset[str](),))
    for one in members:
        families |= {family | {one} for family in families}
    return families


def _cubes(held: frozenset[frozenset[str]], members: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """Return cases (members held, members not held) that together are exactly `held`, greedily as wide as can be."""
    left, cubes = set(held), []
    while left:
        seed = min(left, key=lambda one: (len(one), sorted(one)))
        cube, fixed = {seed}, list(members)
        for one in members:
            flipped = {family ^ {one} for family in cube}
            if flipped <= held:
                cube |= flipped
                fixed.remove(one)
        left -= cube
        cubes.append(([one for one in fixed if one in seed], [one for one in fixed if one not in seed]))
    return cubes


def case(members: Sequence[str], missing: Sequence[str], *, alike: Mapping[str, tuple[str, ...]]) -> str:
    """Return one combination of members in words: those held, each with its likes, and those not held."""
    parts = [_either(_names((one,), alike)) for one in members]
    words = "holds " + " and ".join(parts) if parts else ""
    if not missing:
        return words
    names = _names(missing, alike)
    if not words:
        return _lacking(names)
    return f"{words} but {f'none of {_listed(names)}' if len(names) > 1 else f'not {names[0]}'}"


def _names(members: Iterable[str], alike: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [quoted(name) for name in sorted(name for one in members for name in alike[one])]


def _lacking(names: Sequence[str]) -> str:
    return f"holds none of {_listed(names)}" if len(names) > 1 else f"does not hold {names[0]}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _either(names: Sequence[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} or {last}" if rest else last
