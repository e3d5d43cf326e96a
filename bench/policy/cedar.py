"""Our documents as Cedar policies, one set a layer: what the benchmark measures and the tests compare with.

A deny becomes a `forbid`, a permit and an approval a `permit`; the id of an approval carries a mark. Conditions are
read from the document as its author wrote them (`unless` is Cedar's own), not from our compiled rules, and stand as
`context["<attribute>"]`. Where all facts are known, Cedar's answer on the six sets is our decision: the strictest
of six. Where one is missing it is not: Cedar skips a policy whose condition fails, and a `forbid` is a policy too.
Source: docs.cedarpolicy.com, "Policy syntax" and "Authorization".
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from policy.bundle import Bundle
from policy.decision import Layer, Verdict
from policy.document import LimitDocument, PolicyDocument, RuleDocument, actions_matching
from policy.predicate import (
    Block,
    DateRange,
    FlagIs,
    LocalHours,
    NumberIs,
    Predicate,
    SetHas,
    TextIs,
    TextIsNot,
)
from policy.registry import checked_facts
from policy.request import AuthorizationRequest, FactValue, Unknown

# The mark on a permit that asks for approval, found again in the ids that decided.
ASKS: Final = "asks:"


def policies(document: PolicyDocument, *, catalogue: frozenset[str]) -> Iterator[tuple[frozenset[str], str]]:
    """Yield, for each rule and limit of a document, the actions that it names and its text as a Cedar policy."""
    for entry in document.entries:
        actions = actions_matching(entry.actions, catalogue)
        yield actions, _policy(entry, sorted(actions))


def policy_sets(bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> dict[Layer, str]:
    """Return one Cedar policy set for each of the six layers, empty where the layer has no rule for the tenant."""
    sets = dict.fromkeys(Layer, "")
    for document in bundle.documents:
        if document.tenant in ("*", tenant_id.lower()):
            sets[document.layer] += "".join(text for _, text in policies(document, catalogue=catalogue))
    return sets


def cedar_request(request: AuthorizationRequest) -> dict[str, Any]:
    """Return the request in Cedar's form. Facts that are no value of their attribute are left out, as unknown ones."""
    known = checked_facts(request.facts)
    return {
        "principal": 'User::"requester"',
        "action": f"Action::{_text(request.action)}",
        "resource": 'Target::"target"',
        "context": {name: _plain(value) for name, value in known.items() if not isinstance(value, Unknown)},
    }


def layer_verdict(answer: Any) -> Verdict:
    """Return what a layer says, from cedarpy's answer on its policy set: the deciding ids tell asking from allowing."""
    if not answer.allowed:
        return Verdict.DENY
    deciding: Mapping[str, str] = answer.diagnostics.id_annotations_by_reason
    return Verdict.APPROVAL if any(one.startswith(ASKS) for one in deciding.values()) else Verdict.ALLOW


class CedarLayers:
    """The six sets of one tenant, parsed by cedarpy once, and its answers on them."""

    def __init__(self, bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> None:
        # Only who compares needs the package.
        self._cedar: Any = importlib.import_module("cedarpy")
        self._nobody = self._cedar.Entities.from_json_str("[]")
        sets = policy_sets(bundle, tenant_id=tenant_id, catalogue=catalogue)
        self._sets = {layer: self._cedar.PolicySet.from_str(text) for layer, text in sets.items()}

    def verdicts(self, request: AuthorizationRequest) -> dict[Layer, Verdict]:
        """Return what Cedar makes of each layer; the decision is the strictest of them."""
        asked = cedar_request(request)
        return {
            layer: layer_verdict(self._cedar.is_authorized(asked, policies, self._nobody))
            for layer, policies in self._sets.items()
        }


def _policy(entry: RuleDocument | LimitDocument, actions: Iterable[str]) -> str:
    effect = entry.effect if isinstance(entry, RuleDocument) else entry.over
    mark = ASKS if effect == "require_approval" else ""
    scope = f"principal, action in [{', '.join(f'Action::{_text(action)}' for action in actions)}], resource"
    kind = "forbid" if effect == "deny" else "permit"
    return f"@id({_text(mark + entry.id)})\n{kind}({scope}){''.join(_clauses(entry))};\n"


def _clauses(entry: RuleDocument | LimitDocument) -> Iterator[str]:
    if isinstance(entry, LimitDocument):
        yield f" when {{ {_value(f'count.{entry.id}')} > {entry.max} }}"
        return
    if entry.when:
        yield f" when {{ {_block(entry.when)} }}"
    if entry.when_any:
        yield f" when {{ {_either(entry.when_any)} }}"
    if entry.valid:
        yield f" when {{ {_predicate('time.dates', entry.valid)} }}"
    if entry.unless:
        yield f" unless {{ {_either(entry.unless)} }}"


def _either(blocks: Iterable[Block]) -> str:
    return " || ".join(f"({_block(one)})" for one in blocks)


def _block(block: Block) -> str:
    return " && ".join(_predicate(name, one) for name, one in block.predicates)


def _predicate(name: str, asked: Predicate) -> str:
    value = _value(name)
    match asked:
        case TextIs(values):
            return f"{_set(values)}.contains({value})"
        case TextIsNot(values):
            return f"!({_set(values)}.contains({value}))"
        case FlagIs(wanted):
            return f"{value} == {str(wanted).lower()}"
        case NumberIs(low, high):
            ends = ((">=", low), ("<=", high))
            return " && ".join(f"{value} {sign} {end}" for sign, end in ends if end is not None)
        case SetHas(any_of, none_of):
            parts = [f"{value}.containsAny({_set(any_of)})"] if any_of else []
            parts += [f"!({value}.containsAny({_set(none_of)}))"] if none_of else []
            return " && ".join(parts)
        case LocalHours(days, start, end):
            # Cedar does not divide, so each day has its own minutes of the week.
            minute = _value("time.minute_of_week")
            midnights = [day * 1440 for day in days]
            windows = (f"{minute} >= {each + start} && {minute} < {each + end}" for each in midnights)
            return f"({' || '.join(f'({one})' for one in windows)})"
        case DateRange(first, last):
            day = _value("time.day")
            return f"{day} >= {first.toordinal()} && {day} <= {last.toordinal()}"


def _value(attribute: str) -> str:
    return f"context[{_text(attribute)}]"


def _set(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(one) for one in values)}]"


def _text(text: str) -> str:
    """Return a Cedar string literal. Cedar knows no JSON escapes, but `\\u{...}` for every character."""
    plain = (one if one.isprintable() and one not in '"\\' else f"\\u{{{ord(one):x}}}" for one in text)
    return f'"{"".join(plain)}"'


def _plain(value: FactValue) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
