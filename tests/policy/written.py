"""Random whole documents as data: every attribute, every form of a condition, limits, approvals and tests.

What `DOCUMENTS` draws is right in form; now and then two ids meet or a rule grows too many combinations.
`BROKEN` are such documents with something cut out, doubled or replaced by junk.
"""

import copy
import datetime
import random
from typing import Any, Final

from hypothesis import strategies as st

from policy.field import RESOLVERS
from policy.given import FACT_NAMES, LOCAL_TIME
from policy.grammar import DATES, LOCAL_HOURS, NAMES
from policy.predicate import DAYS
from policy.registry import ATTRIBUTES, Attribute

CATALOGUE: Final = frozenset({"a.one", "a.two", "b.one"})
GROUP: Final = "group:0a0a0a0a-0000-4000-8000-00000000000A"
TEXTS: Final = ("Sales", "HR", "no", "12", "Zürich", "G-1")
PATTERNS: Final = ("*", "a.*", "a.one", "b.one", "*.one")

# Values that no place of a document expects, and that YAML or JSON can still hold.
JUNK: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**53, 1 << 20000, 1.5, float("nan"), float("inf"), "", " ", "*", "x" * 5000, "\ud800", "a\nb",
    [], [None], [[]], {}, {"": {}}, {1: 2}, {None: 1}, {"\udfff": 1}, {"id": None}, b"x", {1, 2}, ("a",), object(),
    datetime.date(2026, 11, 24), datetime.datetime(2026, 11, 24, 10, tzinfo=datetime.UTC),
)  # fmt: skip


def document(pick: random.Random) -> dict[str, Any]:
    """Return one document."""
    layer = pick.choice(("global", "tenant", "target", "department", "action", "runtime", "runtime"))
    whole: dict[str, Any] = {"apiVersion": "policy/v1", "layer": layer, "tenant": pick.choice(("*", "contoso", "T-1"))}
    if pick.random() < 0.9:
        whole["rules"] = [_rule(pick, layer=layer) for _ in range(pick.randint(1, 3))]
    if layer == "runtime" and pick.random() < 0.5:
        whole["limits"] = [_limit(pick)]
    if "rules" not in whole or pick.random() < 0.5:
        whole["tests"] = _tests(pick)
    return whole


def broken(pick: random.Random) -> Any:
    """Return a document with up to three things wrong."""
    whole = copy.deepcopy(document(pick))
    for _ in range(pick.randint(1, 3)):
        places = list(_places(whole))
        if not places:
            return pick.choice(JUNK)
        holder, key = pick.choice(places)
        _break(holder, key, pick=pick)
    return whole


SEEDS: Final = st.integers(min_value=0, max_value=2**32)
DOCUMENTS: Final = SEEDS.map(lambda seed: document(random.Random(seed)))
BROKEN: Final = SEEDS.map(lambda seed: broken(random.Random(seed)))


def _break(holder: Any, key: Any, *, pick: random.Random) -> None:
    how = pick.choice(("junk", "junk", "cut", "double", "rename", "nest"))
    if how == "junk":
        holder[key] = copy.deepcopy(pick.choice(JUNK))
    elif how == "cut":
        del holder[key]
    elif how == "nest":
        holder[key] = [holder[key]]
    elif isinstance(holder, list):
        holder.append(holder[key])
    elif how == "rename":
        holder[str(key)[:-1]] = holder.pop(key)
    else:
        holder[f"{key}s"] = holder[key]


def _places(value: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _id(pick: random.Random) -> str:
    return f"r.{pick.randrange(10**9)}"


def _rule(pick: random.Random, *, layer: str) -> dict[str, Any]:
    effect = pick.choice(("permit", "require_approval", "deny"))
    rule: dict[str, Any] = {"id": _id(pick), "effect": effect, "actions": pick.sample(PATTERNS, pick.randint(1, 2))}
    more = {
        "when": lambda: _block(pick),
        "when_any": lambda: [_block(pick) for _ in range(pick.randint(1, 2))],
        "unless": lambda: [_block(pick) for _ in range(pick.randint(1, 2))],
        "note": lambda: pick.choice(("why", "")),
    }
    rule |= {name: make() for name, make in more.items() if pick.random() < 0.4}
    if effect == "require_approval":
        rule["approval"] = _approval(pick)
    if pick.random() < 0.2 and not (layer == "global" and effect == "permit"):
        rule["valid"] = _dates(pick)
    return rule


def _approval(pick: random.Random) -> dict[str, Any]:
    terms: dict[str, Any] = {"from": pick.sample((*RESOLVERS, GROUP, "OnCall".upper()), 1)}
    more = {"count": pick.randint(1, 5), "standing": pick.choice(("allowed", "never")), "valid_for": "90m"}
    return terms | {name: value for name, value in more.items() if pick.random() < 0.5}


def _limit(pick: random.Random) -> dict[str, Any]:
    over = pick.choice(({}, {"over": "deny"}, {"over": "require_approval", "approval": _approval(pick)}))
    window = {
        "per": pick.choice(("tenant", "requester", "target", "plan")),
        "window": pick.choice(("1h", "24h", "plan")),
    }
    return {"id": _id(pick), "actions": ["*"], **window, "max": pick.randint(0, 50), **over}


def _block(pick: random.Random) -> dict[str, Any]:
    return {name: _predicate(name, pick) for name in pick.sample(NAMES, pick.randint(1, 3))}


def _predicate(name: str, pick: random.Random) -> Any:
    if name == LOCAL_HOURS:
        return {"days": pick.sample(DAYS, pick.randint(1, 7)), "from": "08:00", "to": pick.choice(("18:00", "24:00"))}
    if name == DATES:
        return _dates(pick)
    attribute = ATTRIBUTES[name]
    one, other = _constant(attribute, pick), _constant(attribute, pick)
    if attribute.kind == "flag":
        return one
    if attribute.kind == "number":
        return pick.choice(
            (one, {"min": min(one, other)}, {"max": one}, {"min": min(one, other), "max": max(one, other)})
        )
    if attribute.kind == "set":
        return pick.choice(({"any": one}, {"none": [one]}, {"any": [one, other], "none": [other]}))
    return pick.choice((one, [one, other], {"not": one}, {"not": [one, other]}))


def _constant(attribute: Attribute, pick: random.Random) -> Any:
    if attribute.kind == "flag":
        return pick.random() < 0.5
    if attribute.kind == "number":
        low, high = attribute.bounds
        return pick.randint(low, 200 if high is None else high)
    return pick.choice(attribute.values or TEXTS)


def _dates(pick: random.Random) -> dict[str, Any]:
    first = datetime.date(2026, 11, 24) + datetime.timedelta(days=pick.randint(0, 40))
    last = first + datetime.timedelta(days=pick.randint(0, 9))
    return pick.choice(({"from": first, "to": last}, {"from": first.isoformat(), "to": last.isoformat()}))


def _tests(pick: random.Random) -> dict[str, Any]:
    tests: dict[str, Any] = {"examples": [_example(pick)]} if pick.random() < 0.7 else {}
    if not tests or pick.random() < 0.5:
        tests["assertions"] = [_assertion(pick)]
    if pick.random() < 0.5:
        tests["given"] = _facts(pick, size=2)
    return tests


def _example(pick: random.Random) -> dict[str, Any]:
    expect: dict[str, Any] = {"verdict": pick.choice(("allow", "approval", "deny"))}
    if expect["verdict"] == "approval" and pick.random() < 0.5:
        expect["approvers"] = [pick.choice(("oncall", {"from": "security", "count": 2}))]
    if expect["verdict"] == "deny" and pick.random() < 0.5:
        expect["unmatched"] = ["action"]
    if pick.random() < 0.5:
        expect["rules"] = ["some.rule"]
    given = {"action": pick.choice(sorted(CATALOGUE)), **_facts(pick, size=pick.randint(0, 3))}
    example = {"id": _id(pick), "given": given, "expect": expect}
    missing = [name for name in FACT_NAMES if name not in given]
    return example | ({"unknown": pick.sample(missing, 1)} if pick.random() < 0.3 else {})


def _facts(pick: random.Random, *, size: int) -> dict[str, Any]:
    names = pick.sample((*FACT_NAMES, "count.some.limit"), size)
    return {name: _fact(name, pick) for name in names}


def _fact(name: str, pick: random.Random) -> Any:
    if name == LOCAL_TIME:
        return "2026-11-24 10:00"
    if name not in ATTRIBUTES:
        return pick.randint(0, 30)
    constant = _constant(ATTRIBUTES[name], pick)
    return pick.choice(([], [constant])) if ATTRIBUTES[name].kind == "set" else constant


def _assertion(pick: random.Random) -> dict[str, Any]:
    never = pick.sample(("allow", "approval", "deny"), pick.randint(1, 2))
    assertion: dict[str, Any] = {"id": _id(pick), "never": never, "actions": [pick.choice(PATTERNS)]}
    if pick.random() < 0.7:
        assertion["where"] = _block(pick)
    if pick.random() < 0.3:
        assertion["where_any"] = [_block(pick), _block(pick)]
    return assertion
