"""Random documents as an author would write them, and a second, direct reading of their conditions.

The second reading evaluates `when`, `when_any` and `unless` as written, in Kleene's logic, without
multiplying anything out: compiling must not change what a rule says.
"""

import datetime
from typing import Any, Final

from hypothesis import strategies as st

from policy.registry import check_fact
from policy.request import AuthorizationRequest, Unknown
from policy.rule import Truth

CATALOGUE: Final = frozenset({"a.one", "a.two", "b.one"})
TENANT: Final = "contoso"
MONDAY: Final = datetime.date(2026, 11, 23).toordinal()
HOURS: Final = {"days": ["Mon", "Tue"], "from": "00:00", "to": "24:00"}

PREDICATES: Final[dict[str, tuple[Any, ...]]] = {
    "requester.department": ("HR", ["HR", "Sales"], {"not": "HR"}, {"not": ["HR", "Sales"]}),
    "requester.role": ("it_admin", {"not": ["employee", "manager"]}),
    "request.on_self": (True, False),
    "risk": (3, {"min": 3}, {"max": 3}, {"min": 2, "max": 4}),
    "target.groups": ({"any": ["g1"]}, {"any": ["g2", "g3"]}, {"none": ["g1"]}, {"any": ["g1"], "none": ["g2"]}),
    "time.local_hours": (HOURS, {"days": ["Mon", "Sun"], "from": "08:00", "to": "18:00"}),
    "time.dates": ({"from": "2026-11-23", "to": "2026-11-24"},),
}
FACTS: Final[dict[str, tuple[Any, ...]]] = {
    "requester.department": ("HR", "Sales", "Legal", None),
    "requester.role": ("it_admin", "employee", "root"),
    "request.on_self": (True, False, 1),
    "risk": (1, 2, 3, 4, 5, True),
    "target.groups": (frozenset(), frozenset({"g1"}), frozenset({"g1", "g2"}), frozenset({"g3"}), ["g1"]),
    "time.minute_of_week": (0, 479, 480, 1079, 1080, 2880, 10079, -1),
    "time.day": (MONDAY - 1, MONDAY, MONDAY + 1, MONDAY + 2, "today"),
}
_APPROVAL: Final = {"from": ["oncall"], "count": 2}

_BLOCKS: Final = st.sampled_from(
    [{name: one} for name, forms in PREDICATES.items() for one in forms]
    + [
        {name: one, other: another}
        for name, forms in PREDICATES.items()
        for other, others in PREDICATES.items()
        if name < other
        for one in forms
        for another in others
    ]
)

RULES: Final = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(("permit", "require_approval", "deny")),
        "actions": st.sampled_from((["*"], ["a.*"], ["a.two", "b.*"])),
    },
    optional={
        "when": _BLOCKS,
        "when_any": st.lists(_BLOCKS, min_size=1, max_size=2),
        "unless": st.lists(_BLOCKS, min_size=1, max_size=3),
        "valid": st.just({"from": "2026-11-22", "to": "2026-11-23"}),
    },
)
REQUESTS: Final = st.builds(
    AuthorizationRequest,
    st.sampled_from((*sorted(CATALOGUE), "z.outside")),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in FACTS.items()}),
)


def document(layer: str, rules: list[dict[str, Any]], *, tenant: str = "*") -> dict[str, Any]:
    """Return a document of these rules, with ids and the approval that the effect needs."""
    named = [
        {**rule, "id": f"{layer}.{tenant.lower().replace('*', 'all')}.{place}"}
        | ({"approval": _APPROVAL} if rule["effect"] == "require_approval" and "approval" not in rule else {})
        for place, rule in enumerate(rules)
    ]
    return {"apiVersion": "policy/v1", "layer": layer, "tenant": tenant, "rules": named}


def read_directly(rule: dict[str, Any], request: AuthorizationRequest) -> Truth:
    """Return the truth of the rule's conditions as written, whatever its actions are."""
    parts = [_block(rule["when"], request)] if "when" in rule else []
    if "when_any" in rule:
        parts.append(max(_block(block, request) for block in rule["when_any"]))
    if "valid" in rule:
        parts.append(_block({"time.dates": rule["valid"]}, request))
    parts += [_not(_block(block, request)) for block in rule.get("unless", [])]
    return min(parts, default=Truth.TRUE)


def _not(truth: Truth) -> Truth:
    return Truth(Truth.TRUE - truth)


def _block(block: dict[str, Any], request: AuthorizationRequest) -> Truth:
    return min(_predicate(name, form, request=request) for name, form in block.items())


def _predicate(name: str, form: Any, *, request: AuthorizationRequest) -> Truth:
    source = {"time.local_hours": "time.minute_of_week", "time.dates": "time.day"}.get(name, name)
    value = check_fact(source, request.facts.get(source))
    if isinstance(value, Unknown):
        return Truth.UNKNOWN
    return Truth.TRUE if _fits(name, form, value=value) else Truth.FALSE


def _fits(name: str, form: Any, *, value: Any) -> bool:
    if name == "time.local_hours":
        day, minute = divmod(value, 24 * 60)
        clock = f"{minute // 60:02}:{minute % 60:02}"
        return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day] in form["days"] and form["from"] <= clock < form[
            "to"
        ]
    if name == "time.dates":
        return bool(form["from"] <= datetime.date.fromordinal(value).isoformat() <= form["to"])
    if name == "target.groups":
        return ("any" not in form or bool(value & set(form["any"]))) and not value & set(form.get("none", ()))
    if name == "risk" and isinstance(form, dict):
        return bool(form.get("min", 0) <= value <= form.get("max", 100))
    if isinstance(form, dict):
        return value not in _as_list(form["not"])
    return value in _as_list(form)


def _as_list(form: Any) -> list[Any]:
    return form if isinstance(form, list) else [form]
