"""A decision as it is kept: what was asked, for which tenant, on which facts, and what was answered.

From a record anybody can decide again: the same (bundle digest, action, facts) gives the same decision, byte
for byte, in any process (law T2). The written form is closed, and its canonical JSON is unique:

    {"tenant_id": "...", "action": "...", "facts": {...}, "decision": {...}}

1. A fact is written by its attribute's kind in `policy.registry`: text as a string, a flag as true or false,
   a number as a whole number, a set as a sorted list without repetition.
2. What is unknown is left out. So is a value that is not the attribute's own: the engine counts it as unknown.
3. Rules stand with the digest of their content, requirements with their count and standing.

`policy.history.lines` reads many of them, `policy.history.replay` decides them again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from policy.canonical import canonical_json
from policy.decision import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict
from policy.errors import RecordError
from policy.foreign import shown, unquotable
from policy.grammar import nearest
from policy.registry import ATTRIBUTES, attribute_named, check_fact
from policy.request import AuthorizationRequest, FactValue, Unknown

# The fields of the written form. A log entry holds them among others.
FIELDS: Final = ("tenant_id", "action", "facts", "decision")

# Few combinations of rules ever decide, and few values are ever seen, so most of a long history was read before.
_KEPT_DECISIONS: Final = 16_384
_KEPT_VALUES: Final = 16_384

_VerdictName = Literal["DENY", "APPROVAL", "ALLOW"]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """One decision that was made. `request.facts` holds known, checked facts only.

    `origin` says where the record was read, for people; two records from different places are still equal.
    """

    tenant_id: str
    request: AuthorizationRequest
    decision: Decision
    origin: str = field(default="", compare=False)

    @classmethod
    def of(cls, request: AuthorizationRequest, decision: Decision, *, tenant_id: str) -> Self:
        """Return the record of a decision that was just made; raw facts are checked, unknown ones left out."""
        known = AuthorizationRequest(request.action, _known(request.facts))
        return cls(tenant_id=tenant_id, request=known, decision=decision)

    def data(self) -> dict[str, Any]:
        """Return the written form as plain JSON data."""
        return {
            "tenant_id": self.tenant_id,
            "action": self.request.action,
            "facts": facts_data(self.request.facts),
            "decision": decision_data(self.decision),
        }

    def canonical_json(self) -> str:
        """Return the written form as one line of text."""
        return canonical_json(self.data())


def facts_data(facts: Mapping[str, FactValue]) -> dict[str, Any]:
    """Return raw facts as plain JSON data, by (1) and (2) of this module."""
    known = _known(facts)
    return {name: _written(known[name]) for name in sorted(known)}


def parse_facts(data: Mapping[str, Any]) -> dict[str, FactValue]:
    """Return the facts that `facts_data` wrote.

    Raises:
        RecordError: a name is no attribute, or a value is not one of its attribute in the written form. Deciding
            without it would compare a decision with the answer to another question.
    """
    return {name: _parsed(name, value) for name, value in data.items()}


def decision_data(decision: Decision) -> dict[str, Any]:
    """Return a decision as plain JSON data; equal decisions give equal canonical JSON in every process."""
    asked = sorted(decision.requirements)
    return {
        "verdict": decision.verdict.name,
        "requirements": [{"resolver": one.resolver, "count": one.count, "standing": one.standing} for one in asked],
        "layers": [_layer_data(one) for one in decision.layers],
        "bundle_digest": decision.bundle_digest,
    }


def parse_decision(data: object) -> Decision:
    """Return the decision that `decision_data` wrote.

    Raises:
        RecordError: it is no decision: a field is missing or wrong, or its parts contradict each other.
    """
    try:
        return _decision_in(json.dumps(data))
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordError(f"field `decision`: expected plain JSON data, got {error}") from None


def parse_record(data: object, *, origin: str = "") -> RecordedDecision:
    """Return the record whose written form, already parsed from JSON, is `data`.

    Raises:
        RecordError: as `parse_facts` and `parse_decision`, or a field is missing or too many.
    """
    if not isinstance(data, dict):
        raise RecordError(f"expected a recorded decision, got {shown(data)}")
    for name in data:
        if name not in FIELDS:
            raise RecordError(f"{shown(name)} is not a field of a recorded decision{nearest(str(name), FIELDS)}")
    tenant_id, action, facts = (data.get(name) for name in FIELDS[:3])
    for name, value in (("tenant_id", tenant_id), ("action", action)):
        if not isinstance(value, str) or not value.strip():
            raise RecordError(f"field `{name}`: expected text, got {_found(data, name)}")
    if not isinstance(facts, dict):
        raise RecordError(f"field `facts`: expected the facts of the decision, got {_found(data, 'facts')}")
    if "decision" not in data:
        raise RecordError("field `decision`: expected the decision that was made, got nothing")
    request = AuthorizationRequest(str(action), parse_facts(facts))
    return RecordedDecision(str(tenant_id), request, parse_decision(data["decision"]), origin=origin)


class _Written(BaseModel):
    # Read once and turned into the engine's own values; nobody else ever holds one.
    model_config = ConfigDict(extra="forbid", strict=True)


class _Requirement(_Written):
    resolver: _Name
    count: Annotated[int, Field(ge=1)]
    standing: Literal["allowed", "never"]


class _Rule(_Written):
    id: _Name
    digest: _Digest


class _Layer(_Written):
    layer: Layer
    verdict: _VerdictName
    rules: tuple[_Rule, ...]


class _Decided(_Written):
    verdict: _VerdictName
    requirements: tuple[_Requirement, ...]
    layers: tuple[_Layer, ...]
    bundle_digest: _Digest


@lru_cache(maxsize=_KEPT_DECISIONS)
def _decision_in(text: str) -> Decision:
    try:
        read = _Decided.model_validate_json(text)
    except ValidationError as error:
        raise RecordError("; ".join(_complaint(one) for one in error.errors())) from None
    asked = tuple(Requirement(one.resolver, one.count, one.standing) for one in read.requirements)
    layers = tuple(
        LayerResult(one.layer, Verdict[one.verdict], tuple(RuleRef(rule.id, rule.digest) for rule in one.rules))
        for one in read.layers
    )
    decision = Decision(Verdict[read.verdict], frozenset(asked), layers, read.bundle_digest)
    _refuse_contradictions(decision, asked=asked)
    return decision


def _refuse_contradictions(decision: Decision, *, asked: tuple[Requirement, ...]) -> None:
    names = [one.layer.value for one in decision.layers]
    if names != [layer.value for layer in Layer]:
        raise RecordError(f"expected the six layers in their order, got `{', '.join(names)}`")
    strictest = min(one.verdict for one in decision.layers)
    if decision.verdict is not strictest:
        raise RecordError(f"expected the strictest layer's `{strictest.name}`, got `{decision.verdict.name}`")
    if (decision.verdict is Verdict.APPROVAL) != bool(asked):
        raise RecordError(f"expected requirements with APPROVAL only, got {len(asked)} with `{decision.verdict.name}`")
    if asked != tuple(sorted(set(asked))):
        raise RecordError("expected the requirements sorted and each once")
    for one in decision.layers:
        if one.rules != tuple(sorted(set(one.rules))):
            raise RecordError(f"expected the rules of the layer `{one.layer}` sorted and each once")


def _layer_data(result: LayerResult) -> dict[str, Any]:
    rules = [{"id": rule.id, "digest": rule.digest} for rule in result.rules]
    return {"layer": result.layer.value, "verdict": result.verdict.name, "rules": rules}


def _known(facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    checked = ((name, check_fact(name, value)) for name, value in facts.items())
    return {name: value for name, value in checked if not isinstance(value, Unknown)}


def _written(value: FactValue) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _parsed(name: str, value: Any) -> FactValue:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        members = check_fact(name, frozenset(value))
        # Comparing with the written form refuses a list that is not sorted, and an object id in upper case.
        return members if _written(members) == value else _refuse(name, value)
    return _scalar(name, value) if isinstance(value, (str, int)) else _refuse(name, value)


@lru_cache(maxsize=_KEPT_VALUES, typed=True)
def _scalar(name: str, value: str | int) -> FactValue:
    return value if check_fact(name, value) == value else _refuse(name, value)


def _refuse(name: str, value: Any) -> NoReturn:
    attribute = attribute_named(name)
    if attribute is None:
        raise RecordError(f"the fact {shown(name)} is not an attribute{nearest(name, ATTRIBUTES)}")
    raise RecordError(f"fact {shown(name)}: expected a {attribute.kind} as it is recorded, got {shown(value)}")


def _found(data: Mapping[str, Any], name: str) -> str:
    return shown(data[name]) if name in data else "nothing"


def _complaint(error: ErrorDetails) -> str:
    path = unquotable(".".join(str(part) for part in ("decision", *error["loc"])))
    if error["type"] == "extra_forbidden":
        return f"`{path}` is not a field of a recorded decision"
    found = "nothing" if error["type"] == "missing" else shown(error["input"])
    return f"field `{path}`: {error['msg'][:1].lower()}{error['msg'][1:]}, got {found}"
