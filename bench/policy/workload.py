"""The rules and requests that every engine of the benchmark gets, drawn from fixed seeds.

Each rule pins one of 100 actions and, at random, departments (of 40), roles (of 5), target groups (of 200), a
ceiling of the risk and hours of one weekday; 60 % permit, 25 % ask for approval, 15 % deny. Half of the requests
are drawn inside a rule, so that something matches. All drawn rules stand in the action layer and the five others
let pass, because that is what one flat set of rules, the only thing that the peers know, can say too.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policy.bundle import Bundle
from policy.decision import Layer
from policy.document import parse_document
from policy.request import AuthorizationRequest, FactValue

TENANT: Final = "contoso"
_FAMILIES: Final = ("app", "device", "group", "licence", "mailbox", "policy", "role", "site", "team", "user")
ACTIONS: Final = tuple(f"{family}.op{number}" for family in _FAMILIES for number in range(10))
CATALOGUE: Final = frozenset(ACTIONS)
DEPARTMENTS: Final = tuple(f"dept{number}" for number in range(40))
ROLES: Final = ("employee", "manager", "helpdesk", "it_admin", "msp_tech")
GROUPS: Final = tuple(f"grp{number}" for number in range(200))
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CEILINGS: Final = tuple(range(10, 90, 10))
_HOURS: Final = ((8, 18), (9, 17), (7, 19), (0, 6))
_SEED: Final = 7
_MINUTES_PER_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to before `end`, in hours of the weekday with number `day` (0 is Monday)."""

    day: int
    start: int
    end: int

    @property
    def minutes(self) -> tuple[int, int]:
        """The same in minutes of the week, the second not included."""
        midnight = self.day * _MINUTES_PER_DAY
        return midnight + self.start * 60, midnight + self.end * 60


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """One rule before it is written in any engine's language. An empty tuple or None asks nothing."""

    id: str
    effect: str
    action: str
    departments: tuple[str, ...]
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    max_risk: int | None
    hours: Hours | None

    def flat(self) -> dict[str, Any]:
        """Return the rule as plain JSON data, hours as minutes of the week: what the peers translate."""
        kept = {"departments": self.departments, "roles": self.roles, "groups": self.groups}
        fields: dict[str, Any] = {name: list(values) for name, values in kept.items() if values}
        if self.max_risk is not None:
            fields["max_risk"] = self.max_risk
        if self.hours:
            fields["minutes"] = list(self.hours.minutes)
        return {"id": self.id, "effect": self.effect, "action": self.action, **fields}

    def authored(self) -> dict[str, Any]:
        """Return the rule as it stands in a policy document."""
        when: dict[str, Any] = {}
        if self.departments:
            when["requester.department"] = list(self.departments)
        if self.roles:
            when["requester.role"] = list(self.roles)
        if self.groups:
            when["target.id"] = list(self.groups)
        if self.max_risk is not None:
            when["risk"] = {"max": self.max_risk}
        if self.hours:
            start, end = f"{self.hours.start:02}:00", f"{self.hours.end:02}:00"
            when["time.local_hours"] = {"days": [DAYS[self.hours.day]], "from": start, "to": end}
        rule: dict[str, Any] = {"id": self.id, "effect": self.effect, "actions": [self.action]}
        if when:
            rule["when"] = when
        if self.effect == "require_approval":
            rule["approval"] = {"from": ["oncall"]}
        return rule


def draw_rules(count: int, *, seed: int = _SEED) -> tuple[DrawnRule, ...]:
    """Return `count` rules; the first ones of a longer draw are the same."""
    pick = random.Random(seed)
    return tuple(_draw_rule(pick, number) for number in range(count))


def draw_requests(rules: Sequence[DrawnRule], count: int, *, seed: int = _SEED) -> tuple[AuthorizationRequest, ...]:
    """Return `count` requests with all facts known, half of them drawn inside one of `rules`."""
    pick = random.Random(seed)
    return tuple(_draw_request(pick, rules) for _ in range(count))


def bundle_of(rules: Iterable[DrawnRule]) -> Bundle:
    """Return the bundle of these rules in the action layer, with a baseline permit in each of the five others."""
    entries = {layer: [baseline(layer)] for layer in Layer if layer is not Layer.ACTION}
    return bundle_of_entries(entries | {Layer.ACTION: [rule.authored() for rule in rules]})


def bundle_of_entries(entries: dict[Layer, list[dict[str, Any]]]) -> Bundle:
    """Return the bundle of one document a layer, for every tenant."""
    data: list[dict[str, Any]] = [
        {"apiVersion": "policy/v1", "layer": layer.value, "tenant": "*", "rules": rules}
        for layer, rules in entries.items()
    ]
    return Bundle.of(parse_document(one, source=one["layer"], catalogue=CATALOGUE) for one in data)


def baseline(layer: Layer) -> dict[str, Any]:
    """Return the rule that lets everything pass `layer`."""
    return {"id": f"{layer.value}.baseline", "effect": "permit", "actions": ["*"]}


def _draw_rule(pick: random.Random, number: int) -> DrawnRule:
    share = pick.random()
    return DrawnRule(
        id=f"rule.{number}",
        effect="permit" if share < 0.6 else "require_approval" if share < 0.85 else "deny",
        action=pick.choice(ACTIONS),
        departments=_some(pick, DEPARTMENTS, probability=0.8, sizes=(1, 1, 2, 3)),
        roles=_some(pick, ROLES, probability=0.6, sizes=(1, 2)),
        groups=_some(pick, GROUPS, probability=0.5, sizes=(1, 2, 5)),
        max_risk=pick.choice(_CEILINGS) if pick.random() < 0.5 else None,
        hours=Hours(pick.randrange(7), *pick.choice(_HOURS)) if pick.random() < 0.3 else None,
    )


def _some(pick: random.Random, names: Sequence[str], *, probability: float, sizes: tuple[int, ...]) -> tuple[str, ...]:
    if pick.random() >= probability:
        return ()
    return tuple(sorted(pick.sample(names, pick.choice(sizes))))


def _draw_request(pick: random.Random, rules: Sequence[DrawnRule]) -> AuthorizationRequest:
    rule = pick.choice(rules if rules and pick.random() < 0.5 else _ASKING_NOTHING)
    start, end = rule.hours.minutes if rule.hours else (0, 7 * _MINUTES_PER_DAY)
    facts: dict[str, FactValue] = {
        "requester.department": pick.choice(rule.departments or DEPARTMENTS),
        "requester.role": pick.choice(rule.roles or ROLES),
        "target.id": pick.choice(rule.groups or GROUPS),
        "risk": pick.randrange(100 if rule.max_risk is None else rule.max_risk + 1),
        "time.minute_of_week": pick.randrange(start, end),
    }
    return AuthorizationRequest(rule.action, facts)


_ASKING_NOTHING: Final = tuple(
    DrawnRule(action, "permit", action, departments=(), roles=(), groups=(), max_risk=None, hours=None)
    for action in ACTIONS
)
