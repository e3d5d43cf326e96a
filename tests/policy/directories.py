"""Small random directories, and what each user of them gets, found by asking the engine about every single request."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from policy import Bundle, Engine, Layer, parse_document
from policy.decision import Decision
from policy.directory.snapshot import SCHEMA, Group, Snapshot, User, parse_snapshot
from policy.request import AuthorizationRequest

RESET, JOIN = "entra.user.password.reset", "entra.group.member.add"
CATALOGUE = frozenset({RESET, JOIN})

_RULES: dict[Layer, list[dict[str, Any]]] = {
    Layer.TARGET: [
        {"id": "target.guarded", "effect": "deny", "actions": ["*"], "when": {"target.is_break_glass": True}},
        {"id": "target.risky", "effect": "deny", "actions": ["*"], "when": {"beneficiary.at_risk": True}},
    ],
    Layer.ACTION: [
        {"id": "action.own", "effect": "permit", "actions": [RESET], "when": {"request.on_self": True}},
        {"id": "action.staff", "effect": "permit", "actions": [RESET], "when": {"requester.manages_beneficiary": True}},
        {"id": "action.owner", "effect": "permit", "actions": [JOIN], "when": {"requester.owns_target": True}},
        {
            "id": "action.join",
            "effect": "require_approval",
            "actions": [JOIN],
            "unless": [{"requester.department": "Sales", "target.id": ["g0"]}],
            "approval": {"from": ["group_owner"], "count": 1},
        },
        {
            "id": "action.two",
            "effect": "require_approval",
            "actions": [RESET],
            "when": {"requester.department": {"not": "Sales"}},
            "approval": {"from": ["tenant_admin"], "count": 2},
        },
        {
            "id": "action.boss",
            "effect": "require_approval",
            "actions": [RESET],
            "when": {"requester.is_vip": True},
            "approval": {"from": ["manager"]},
        },
    ],
    Layer.RUNTIME: [{"id": "runtime.risk", "effect": "deny", "actions": ["*"], "when": {"risk": {"min": 90}}}],
}


def bundle(grants: list[dict[str, Any]] | None = None) -> Bundle:
    """Six layers that read the facts of people and groups, and one (`risk`) that no directory knows.

    `grants` stand in the action layer instead of the usual ones.
    """
    rules = _RULES if grants is None else {**_RULES, Layer.ACTION: grants}
    documents = [
        {
            "apiVersion": "policy/v1",
            "layer": layer.value,
            "tenant": "*",
            "rules": [{"id": f"{layer}.baseline", "effect": "permit", "actions": ["*"]}] * (layer is not Layer.ACTION)
            + rules.get(layer, []),
        }
        for layer in Layer
    ]
    return Bundle.of(parse_document(one, source="law", catalogue=CATALOGUE) for one in documents)


def _users(count: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    maybe = st.sampled_from([True, False, None])
    ids = [f"u{number}" for number in range(count)]
    one = {
        "department": st.sampled_from(["Sales", "HR", None]),
        "kind": st.sampled_from(["member", "member", "guest", None]),
        "enabled": maybe,
        "at_risk": maybe,
        "vip": maybe,
        "break_glass": st.sampled_from([False, False, True, None]),
        "manager": st.sampled_from([None, *ids]),
    }
    return st.tuples(*(st.fixed_dictionaries({"id": st.just(name), "name": st.just(name), **one}) for name in ids)).map(
        list
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A directory of one to four users and up to two groups."""
    users = draw(st.integers(1, 4).flatmap(_users))
    ids = [one["id"] for one in users]
    some = st.lists(st.sampled_from(ids), unique=True, max_size=3)
    groups = [
        {"id": f"g{n}", "name": f"g{n}", "owners": draw(st.none() | some)} for n in range(draw(st.integers(0, 2)))
    ]
    data = {"schema": SCHEMA, "users": users, "groups": groups, "people": {"tenant_admin": draw(some)}}
    return parse_snapshot(data, source="law")


def decisions(
    snapshot: Snapshot, action: str, *, engine: Engine
) -> Iterator[tuple[User, User, Group | None, Decision]]:
    """Yield every decision on a request of one user for another (or the same), on each group, at each risk."""
    targets = snapshot.groups if action == JOIN else (None,)
    for user, other, target, risk in itertools.product(snapshot.users, snapshot.users, targets, (0, 95, None)):
        facts = {**_facts(user, other, target), "risk": risk}
        known = {name: value for name, value in facts.items() if value is not None}
        yield user, other, target, engine.decide(AuthorizationRequest(action, known))


def _facts(user: User, other: User, target: Group | None) -> Mapping[str, Any]:
    # Written anew here, fact by fact, so that it cannot share a mistake with the code that it judges.
    facts: dict[str, Any] = {
        "requester.department": user.department,
        "requester.is_vip": user.vip,
        "requester.manages_beneficiary": other.manager == user.id and other.id != user.id,
        "request.on_self": user.id == other.id,
        "beneficiary.at_risk": other.at_risk,
        "target.is_break_glass": other.break_glass,
        "requester.owns_target": False,
    }
    if target is not None:
        facts["target.id"] = target.id
        facts["requester.owns_target"] = None if target.owners is None else user.id in target.owners
    return facts
