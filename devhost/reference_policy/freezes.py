"""Freeze windows (RP-25): what a tenant file's words freeze, and the times at which a runtime layer stays open.

A file says a scope in words. Understood are a department (`department:Finance`) or a group (`group:AB-Sales`)
or neither, followed by what is frozen (`groups and licences`). After a group only what is done to groups is
understood, because nothing else has one as its target. Words that are not understood freeze everything
for everybody: a freeze that somebody wrote must never turn out to be none.

Two times are never frozen: credentials, because nobody may stay locked out, and what stops an attack.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from devhost.reference_policy.families import (
    ACCOUNTS,
    ASSIGN_APP,
    CONTAINMENT,
    CREDENTIALS,
    DEVICES,
    GROUPS,
    INVITE,
    LICENCES,
)
from devhost.reference_policy.policy_data import FreezeWindow

_DAY: Final = dt.timedelta(days=1)
_MINUTE: Final = dt.timedelta(minutes=1)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

NEVER_FROZEN: Final = CREDENTIALS | CONTAINMENT

# What has a group as its target.
_ON_GROUPS: Final = GROUPS | {INVITE}

_WORDS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("group", "groups", "team", "teams", "memberships"), GROUPS),
    **dict.fromkeys(("licence", "licences", "license", "licenses"), LICENCES),
    **dict.fromkeys(("account", "accounts", "user", "users"), ACCOUNTS),
    **dict.fromkeys(("device", "devices"), DEVICES),
    **dict.fromkeys(("guest", "guests"), frozenset({INVITE})),
    **dict.fromkeys(("app", "apps", "software"), frozenset({ASSIGN_APP})),
    **dict.fromkeys(("and", "&", ","), frozenset()),
}


@dataclass(frozen=True, slots=True)
class Freeze:
    """One window in the tenant's local time, by the minute. `actions` None means all but those never frozen.

    It concerns people of `departments` and the groups `group_ids`; with neither it concerns everybody.
    """

    start: dt.datetime
    end: dt.datetime
    actions: frozenset[str] | None
    departments: tuple[str, ...]
    group_ids: tuple[str, ...]
    reason: str

    def stops(self, action: str) -> bool:
        """Return whether `action` is frozen in this window, for those whom the freeze concerns."""
        return action not in NEVER_FROZEN and (self.actions is None or action in self.actions)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last local day that the window touches."""
        return self.start.date(), (self.end - _MINUTE).date()


def freeze_of(
    window: FreezeWindow,
    *,
    zone: ZoneInfo,
    departments: Sequence[str],
    groups_of: Callable[[str], tuple[str, ...]],
    group_ids: Mapping[str, tuple[str, ...]],
) -> Freeze:
    """Return the freeze that `window` means. Names are compared without case, and all that bear one are meant.

    `groups_of` returns the groups of a department named in lower case; `group_ids` are ids by name in lower case.
    """
    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    actions: frozenset[str] | None = None
    for who, what in _readings(window.scope):
        kind, _, name = who.partition(":")
        spellings = tuple(one for one in departments if kind == "department" and one.casefold() == name)
        named = group_ids.get(name, ()) if kind == "group" else ()
        if spellings:
            people, groups, actions = spellings, groups_of(name), what
            break
        if named and (what or GROUPS) <= _ON_GROUPS:
            groups, actions = named, what or GROUPS
            break
        if not who:
            actions = what
    start, end = _local_span(window, zone)
    return Freeze(start, end, actions, people, groups, window.reason)


def _local_span(window: FreezeWindow, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Return local times, the end not included, between which every instant of `window` lies.

    A clock that goes back shows some times twice, so that the first instant need not show the earliest time, nor
    the last one the latest. No clock goes back by more than a day: the minutes of a day from either end tell.
    """
    first = _whole_minute(window.start.astimezone(dt.UTC))
    last = _whole_minute(window.end.astimezone(dt.UTC) - dt.datetime.resolution)
    steps = range(min(last - first, _DAY) // _MINUTE + 1)
    near = (moment for step in steps for moment in (first + step * _MINUTE, last - step * _MINUTE))
    shown = [_whole_minute(moment.astimezone(zone).replace(tzinfo=None)) for moment in near]
    return min(shown), max(shown) + _MINUTE


def _whole_minute(moment: dt.datetime) -> dt.datetime:
    return moment.replace(second=0, microsecond=0)


def open_rules(freezes: Sequence[Freeze]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return (part of a rule id, conditions) of permits that together hold whenever no freeze of these stops.

    Outside of all days that a freeze touches one permit holds. Within them the time is cut wherever a freeze
    starts or ends, and each piece has a permit for those whom no freeze of that moment concerns.
    """
    yield "open", {"unless": [{"time.dates": _dates(*one.days)} for one in freezes]}
    for place, (active, times) in enumerate(_pieces(freezes).items(), start=1):
        if all(one.departments or one.group_ids for one in active):
            yield f"freeze-{place}", {"when": _not_concerned(active), "when_any": times}


def _pieces(freezes: Sequence[Freeze]) -> dict[tuple[Freeze, ...], list[dict[str, Any]]]:
    """Return the times, as blocks, of all days that a freeze touches, by the freezes that are active then."""
    days = {day for one in freezes for day in one.days}
    cuts = {_midnight(day) for day in days} | {_midnight(day) + _DAY for day in days}
    cuts |= {cut for one in freezes for cut in (one.start, one.end)}
    found: dict[tuple[Freeze, ...], list[dict[str, Any]]] = {}
    for start, end in pairwise(sorted(cuts)):
        if any(_touches(one, start) for one in freezes):
            active = tuple(one for one in freezes if one.start <= start < one.end)
            found.setdefault(active, []).extend(_times(start, end))
    return found


def _readings(scope: str) -> Iterator[tuple[str, frozenset[str] | None]]:
    """Return the ways to read `scope` as (who, what), longest who first: its last words may say what is frozen."""
    words = scope.replace(",", " , ").split()
    for place in range(len(words), -1, -1):
        tail = [word.casefold() for word in words[place:]]
        if any(word not in _WORDS for word in tail):
            return
        what = frozenset().union(*(_WORDS[word] for word in tail))
        yield " ".join(words[:place]).casefold(), what or None


def _touches(freeze: Freeze, moment: dt.datetime) -> bool:
    first, last = freeze.days
    return first <= moment.date() <= last


def _not_concerned(active: Sequence[Freeze]) -> dict[str, Any]:
    departments = sorted({name for one in active for name in one.departments})
    groups = sorted({name for one in active for name in one.group_ids})
    return {"beneficiary.department": {"not": departments}, "target.id": {"not": groups}}


def _times(start: dt.datetime, end: dt.datetime) -> Iterator[dict[str, Any]]:
    """Return blocks that hold from `start` to before `end`: whole days together, parts of a day alone."""
    while start < end:
        midnight = _midnight(start.date()) + _DAY
        if start.time() == dt.time() and end >= midnight:
            last = _midnight(end.date()) - _DAY
            yield {"time.dates": _dates(start.date(), last.date())}
            start = last + _DAY
        else:
            stop = min(end, midnight)
            to = "24:00" if stop == midnight else f"{stop:%H:%M}"
            hours = {"days": [_DAYS[start.weekday()]], "from": f"{start:%H:%M}", "to": to}
            yield {"time.dates": _dates(start.date(), start.date()), "time.local_hours": hours}
            start = stop


def _dates(first: dt.date, last: dt.date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
