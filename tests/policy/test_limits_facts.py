"""From a limit as written to the fact that the engine reads: which log counts, and what is not known."""

from datetime import UTC, datetime
from typing import Any

import pytest

from policy.bundle import Bundle
from policy.decision import Verdict
from policy.document import LimitDocument, PolicyDocument, parse_document
from policy.engine import Engine
from policy.evidence.limit import Scope, cap_of, counter_facts, limits_on
from policy.evidence.reservation import Cap, Claim, ReservationLog, empty_log, reserve
from policy.request import UNKNOWN, AuthorizationRequest

CATALOGUE = frozenset({"a.one", "a.two", "b.one"})
SCOPE = Scope(tenant_id="contoso", requester_id="ann", target_id="t1", plan_id="p1")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def limit(**changes: Any) -> LimitDocument:
    fields = {"id": "run.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 2}
    return LimitDocument.model_validate({**fields, **changes})


def capped(**changes: Any) -> Cap:
    """Return the cap of `limit` in `SCOPE`; `changes` may name fields of either."""
    own = {name: value for name, value in changes.items() if name in LimitDocument.model_fields}
    ids = {name: changes.get(name, getattr(SCOPE, name)) for name in Scope.__slots__}
    cap = cap_of(limit(**own), Scope(**ids))
    assert isinstance(cap, Cap)
    return cap


def document(layer: str, **parts: Any) -> PolicyDocument:
    data = {"apiVersion": "policy/v1", "layer": layer, "tenant": "*", **parts}
    return parse_document(data, source=f"{layer}.yaml", catalogue=CATALOGUE)


def six_layers(**limited: Any) -> Bundle:
    """Return a bundle that permits everything, with one limit of two group writes an hour."""
    permit = {"effect": "permit", "actions": ["*"]}
    cap = {"id": "run.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 2, **limited}
    outer = [
        document(layer, rules=[{"id": f"{layer}.all", **permit}])
        for layer in ("global", "tenant", "target", "department", "action")
    ]
    return Bundle.of([*outer, document("runtime", rules=[{"id": "runtime.all", **permit}], limits=[cap])])


def verdict(bundle: Bundle, facts: dict[str, Any]) -> Verdict:
    engine = Engine(bundle, tenant_id="contoso", catalogue=CATALOGUE)
    return engine.decide(AuthorizationRequest("a.one", facts)).verdict


def test_a_limit_becomes_a_cap_with_its_own_numbers() -> None:
    soft = capped(window="24h", max=7, count="distinct_targets", over="require_approval", approval={"from": ["oncall"]})
    assert (soft.max, soft.window_seconds) == (7, 86_400)
    assert (soft.counts, soft.over) == ("distinct_targets", "require_approval")
    assert (capped().window_seconds, capped(window="plan").window_seconds) == (3600, None)


@pytest.mark.parametrize("per", ["tenant", "requester", "target", "plan"])
def test_each_limit_counts_by_its_own_subject_in_its_own_tenant(per: str) -> None:
    for name in Scope.__slots__:
        differs = capped(per=per).key != capped(per=per, **{name: "other"}).key
        assert differs is (name in (f"{per}_id", "tenant_id"))


@pytest.mark.parametrize("per", ["tenant", "requester", "target", "plan"])
def test_a_limit_for_the_time_of_a_plan_counts_each_plan_alone(per: str) -> None:
    assert capped(per=per, window="plan").key != capped(per=per, window="plan", plan_id="p2").key


def test_two_limits_never_share_a_log_and_one_edited_limit_keeps_its_own() -> None:
    keys = {
        capped(id=name, per=per, count=what).key
        for name in ("run.a", "run.b")
        for per in ("tenant", "requester")
        for what in ("actions", "distinct_targets")
    }
    assert len(keys) == 8
    assert capped(max=9, window="24h").key == capped().key
    assert capped(tenant_id="CONTOSO").key == capped().key
    assert capped(per="plan", plan_id='p","x').key != capped(per="plan", plan_id="p").key


@pytest.mark.parametrize(
    ("per", "window", "unknown"),
    [
        ("tenant", "1h", "tenant_id"),
        ("requester", "1h", "requester_id"),
        ("target", "1h", "target_id"),
        ("plan", "1h", "plan_id"),
        ("tenant", "plan", "plan_id"),
        ("requester", "1h", "tenant_id"),
    ],
)
def test_a_limit_whose_subject_is_not_known_has_no_cap_and_no_count(per: str, window: str, unknown: str) -> None:
    blank = Scope(**{**{name: getattr(SCOPE, name) for name in Scope.__slots__}, unknown: " "})
    one = limit(per=per, window=window)
    assert cap_of(one, blank) is UNKNOWN
    assert counter_facts([one], {}, scope=blank, execution_id="e1", now=NOW) == {"count.run.cap": UNKNOWN}


def test_the_facts_count_what_is_used_and_what_this_step_adds() -> None:
    cap, targets = capped(), capped(id="run.targets", count="distinct_targets")
    limits = [limit(), limit(id="run.targets", count="distinct_targets")]
    logs: dict[str, Any] = {one.key: empty_log(one) for one in (cap, targets)}
    for name, target in (("e1", "t1"), ("e2", "t1")):
        for one in (cap, targets):
            logs[one.key] = reserve(
                one, logs[one.key], claim=Claim(name, target), now=NOW, execute_by=NOW, decided_count=0
            )
    facts = counter_facts(limits, logs, scope=SCOPE, execution_id="e3", now=NOW)
    assert facts == {"count.run.cap": 3, "count.run.targets": 1}


def test_a_log_that_nobody_read_is_unknown_and_not_empty() -> None:
    for logs in ({}, {capped().key: UNKNOWN}, {capped().key: ReservationLog(key="x", reservations=())}):
        assert counter_facts([limit()], logs, scope=SCOPE, execution_id="e1", now=NOW) == {"count.run.cap": UNKNOWN}


def test_the_guard_lets_the_last_place_pass_and_bites_after_it_and_when_nobody_can_count() -> None:
    bundle, cap = six_layers(), capped()
    log: Any = empty_log(cap)
    seen = []
    for number in range(3):
        facts = counter_facts([limit()], {cap.key: log}, scope=SCOPE, execution_id=f"e{number}", now=NOW)
        seen.append(verdict(bundle, dict(facts)))
        log = reserve(cap, log, claim=Claim(f"e{number}"), now=NOW, execute_by=NOW, decided_count=number + 1)
        log = log if isinstance(log, ReservationLog) else UNKNOWN
    assert seen == [Verdict.ALLOW, Verdict.ALLOW, Verdict.DENY]
    unknown = counter_facts([limit()], {}, scope=SCOPE, execution_id="e9", now=NOW)
    assert verdict(bundle, dict(unknown)) is Verdict.DENY


def test_a_soft_limit_asks_people_past_its_maximum() -> None:
    soft = six_layers(over="require_approval", approval={"from": ["oncall"]})
    assert [verdict(soft, {"count.run.cap": used}) for used in (2, 3)] == [Verdict.ALLOW, Verdict.APPROVAL]


def test_the_limits_of_an_action_are_those_of_its_tenant_that_name_it() -> None:
    own = {
        "apiVersion": "policy/v1",
        "layer": "runtime",
        "tenant": "contoso",
        "limits": [{"id": "run.own", "actions": ["a.one"], "per": "plan", "window": "plan", "max": 1}],
    }
    bundle = Bundle.of([*six_layers().documents, parse_document(own, source="own.yaml", catalogue=CATALOGUE)])

    def named(action: str, tenant_id: str) -> list[str]:
        return [one.id for one in limits_on(action, bundle, tenant_id=tenant_id, catalogue=CATALOGUE)]

    assert named("a.one", "Contoso") == ["run.cap", "run.own"]
    assert named("a.one", "fabrikam") == ["run.cap"]
    assert (named("a.two", "contoso"), named("b.one", "contoso"), named("a.new", "contoso")) == (["run.cap"], [], [])
