"""What the cost of a decision grows with: each row changes one thing about the largest set of the benchmark."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bench.policy import workload
from bench.policy.timing import Round, call_rounds, middle
from bench.policy.workload import DrawnRule, bundle_of, bundle_of_entries, draw_requests, draw_rules
from policy.bundle import Bundle
from policy.decision import Layer
from policy.engine import Engine
from policy.request import AuthorizationRequest

_REQUESTS: Final = 2_000
_ROUNDS: Final = 3
_ONE_ACTION: Final = workload.ACTIONS[0]
_FLAGS: Final = (
    "identity.kind",
    "is_rollback",
    "request.on_self",
    "requester.account_enabled",
    "requester.at_risk",
    "requester.is_vip",
    "target.account_enabled",
    "target.is_dynamic",
    "target.is_synced",
    "target.is_vip",
)


@dataclass(frozen=True, slots=True)
class Growth:
    """One row: what is different, and the time of one decision in microseconds."""

    case: str
    p50_us: float
    p99_us: float


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    bundle: Bundle
    requests: Sequence[AuthorizationRequest]


def growth_rows(size: int, *, tell: Callable[[str], None], seconds: float = 1.0) -> Iterator[Growth]:
    """Yield one row a case, for sets of `size` rules; a round takes at most `seconds`."""
    for case in _cases(size):
        tell(f"growth: {case.name}")
        engine = _engine(case.bundle)
        yield _row(case.name, call_rounds(engine.decide, case.requests, rounds=_ROUNDS, seconds=seconds))


def _cases(size: int) -> Iterator[_Case]:
    drawn = draw_rules(size)
    bundle, requests = bundle_of(drawn), draw_requests(drawn, _REQUESTS)
    yield _Case("as measured above", bundle, requests)
    yield _Case("rules spread over the six layers", _spread(drawn), requests)
    yield _Case("one rule in ten names every action", bundle_of_entries(_everywhere(drawn)), requests)
    one = tuple(replace(rule, action=_ONE_ACTION) for rule in drawn)
    yield _Case("all rules name one action", bundle_of(one), draw_requests(one, _REQUESTS))
    yield _Case("ten more attributes", bundle_of_entries(_flagged(drawn)), [_with_flags(each) for each in requests])
    grouped = bundle_of_entries(_grouped(drawn))
    for count in (5, 50, 200):
        yield _Case(f"rules on groups, {count} memberships", grouped, [_member_of(each, count) for each in requests])
    yield _Case("department unknown", bundle, [_without(each, "requester.department") for each in requests])
    yield _Case("no fact known", bundle, [AuthorizationRequest(each.action) for each in requests])


def _row(case: str, rounds: Sequence[Round]) -> Growth:
    return Growth(case, middle([each.p50_us for each in rounds]), middle([each.p99_us for each in rounds]))


def _engine(bundle: Bundle) -> Engine:
    return Engine(bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)


def _spread(drawn: Sequence[DrawnRule]) -> Bundle:
    layers = tuple(Layer)
    entries: dict[Layer, list[dict[str, Any]]] = {layer: [workload.baseline(layer)] for layer in layers}
    for place, rule in enumerate(drawn):
        entries[layers[place % len(layers)]].append(rule.authored())
    return bundle_of_entries(entries)


def _everywhere(drawn: Sequence[DrawnRule]) -> dict[Layer, list[dict[str, Any]]]:
    rules = [rule.authored() for rule in drawn]
    return _in_action([{**rule, "actions": ["*"]} if place % 10 == 0 else rule for place, rule in enumerate(rules)])


def _flagged(drawn: Sequence[DrawnRule]) -> dict[Layer, list[dict[str, Any]]]:
    rules = [rule.authored() for rule in drawn]
    for place, rule in enumerate(rules):
        flag = _FLAGS[place % len(_FLAGS)]
        rule["when"] = {**rule.get("when", {}), flag: _flag_value(flag)}
    return _in_action(rules)


def _flag_value(flag: str) -> str | bool:
    return "workload" if flag == "identity.kind" else True


def _in_action(rules: list[dict[str, Any]]) -> dict[Layer, list[dict[str, Any]]]:
    return {layer: [workload.baseline(layer)] for layer in Layer if layer is not Layer.ACTION} | {Layer.ACTION: rules}


def _with_flags(request: AuthorizationRequest) -> AuthorizationRequest:
    return AuthorizationRequest(request.action, {**request.facts, **{flag: _flag_value(flag) for flag in _FLAGS}})


def _grouped(drawn: Sequence[DrawnRule]) -> dict[Layer, list[dict[str, Any]]]:
    rules = [rule.authored() for rule in drawn]
    for rule in rules:
        if named := rule.get("when", {}).pop("target.id", None):
            rule["when"]["target.groups"] = {"any": named}
    return _in_action(rules)


def _member_of(request: AuthorizationRequest, count: int) -> AuthorizationRequest:
    # Groups that no rule names: a member has many of them.
    others = frozenset(f"00000000-0000-4000-8000-{number:012}" for number in range(count - 1))
    groups = others | {str(request.facts["target.id"])}
    return AuthorizationRequest(request.action, {**request.facts, "target.groups": groups})


def _without(request: AuthorizationRequest, name: str) -> AuthorizationRequest:
    return AuthorizationRequest(request.action, {key: value for key, value in request.facts.items() if key != name})
