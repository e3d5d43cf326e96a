"""The JSON Schema of a policy document, so that an editor completes names and marks mistakes while an author types.

It accepts every document that `parse_document` accepts, and refuses what the form alone shows to be wrong. What
needs more stays with the parser: that an action exists, that ids differ, that dates are in order. Which fields
there are, and which must be there, is read from the models; values come from the registry.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from policy.decision import Layer
from policy.document import VALID_FOR_PATTERN, ApprovalTerms, LimitDocument, PolicyDocument, RuleDocument
from policy.field import ACTION_PATTERN, GROUP_PATTERN, ID_PATTERN, MAX_APPROVERS, RESOLVERS, TENANT_PATTERN, Written
from policy.given import ACTION, COUNTER_PATTERN, LOCAL_TIME, LOCAL_TIME_PATTERN
from policy.grammar import DATES, LOCAL_HOURS
from policy.predicate import DAYS
from policy.promise import (
    VERDICTS,
    ApproverDocument,
    AssertionDocument,
    ExampleDocument,
    ExpectedDecision,
    PolicyTests,
)
from policy.registry import ATTRIBUTES, Attribute

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_SOME_TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
_DATE: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_CLOCK_TIME: Final[Schema] = {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
_LOCAL_TIME: Final[Schema] = {"type": "string", "pattern": LOCAL_TIME_PATTERN}


def document_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of one policy document, as plain JSON data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Remit policy document",
        **_document(),
        "$defs": {
            "rule": _rule(),
            "limit": _limit(),
            "approval": _approval(),
            "conditions": _conditions(),
            "dates": _fields({"from": _DATE, "to": _DATE}, required=("from", "to")),
            "tests": _tests(),
            "example": _example(),
            "expected": _expected(),
            "assertion": _assertion(),
            "facts": _facts({}),
            "given": _facts({ACTION: _SOME_TEXT}),
            "resolver": _resolver(),
        },
    }


def schema_text() -> str:
    """Return the schema as the text of its file, `docs/policy.schema.json`."""
    return json.dumps(document_schema(), indent=2, ensure_ascii=False) + "\n"


def _document() -> Schema:
    forms = {
        "apiVersion": {"const": "policy/v1"},
        "layer": _one_of(Layer),
        "tenant": {"type": "string", "pattern": TENANT_PATTERN.replace("a-z", "A-Za-z")},
        "rules": {"type": "array", "items": _ref("rule")},
        "limits": {"type": "array", "items": _ref("limit")},
        "tests": _ref("tests"),
    }
    elsewhere = {"required": ["layer"], "properties": {"layer": {"not": {"const": Layer.RUNTIME.value}}}}
    return _model(
        PolicyDocument,
        forms,
        anyOf=[_some("rules"), _some("limits"), {"required": ["tests"]}],
        allOf=[{"if": elsewhere, "then": {"properties": {"limits": {"maxItems": 0}}}}],
    )


def _rule() -> Schema:
    forms = {
        "id": _id(),
        "effect": _one_of(("permit", "require_approval", "deny")),
        "actions": _actions(),
        "when": _ref("conditions"),
        "when_any": _blocks(),
        "unless": _blocks(),
        "approval": _ref("approval"),
        "valid": _ref("dates"),
        "note": _TEXT,
    }
    return _model(RuleDocument, forms, **_asking("effect"))


def _limit() -> Schema:
    forms = {
        "id": _id(),
        "actions": _actions(),
        "per": _one_of(("tenant", "requester", "target", "plan")),
        "window": _one_of(("1h", "24h", "plan")),
        "count": _one_of(("actions", "distinct_targets")),
        "max": {"type": "integer", "minimum": 0},
        "over": _one_of(("deny", "require_approval")),
        "approval": _ref("approval"),
    }
    return _model(LimitDocument, forms, **_asking("over"))


def _approval() -> Schema:
    forms = {
        "from": _list(_ref("resolver"), uniqueItems=True),
        "count": _count(),
        "standing": _one_of(("allowed", "never")),
        "valid_for": {"type": "string", "pattern": VALID_FOR_PATTERN},
    }
    return _model(ApprovalTerms, forms)


def _tests() -> Schema:
    forms = {
        "given": {**_ref("facts"), "minProperties": 1},
        "examples": {"type": "array", "items": _ref("example")},
        "assertions": {"type": "array", "items": _ref("assertion")},
    }
    return _model(PolicyTests, forms, anyOf=[_some("examples"), _some("assertions")])


def _example() -> Schema:
    unknown = _any_of(_one_of(_given_values()), {"type": "string", "pattern": COUNTER_PATTERN})
    forms = {
        "id": _id(),
        "given": {**_ref("given"), "required": [ACTION]},
        "unknown": _list(unknown, uniqueItems=True),
        "expect": _ref("expected"),
        "note": _TEXT,
    }
    return _model(ExampleDocument, forms)


def _expected() -> Schema:
    who = {"from": _ref("resolver"), "count": _count(), "standing": _one_of(("allowed", "never"))}
    forms = {
        "verdict": _one_of(VERDICTS),
        "rules": _list(_id(), uniqueItems=True),
        "approvers": _list({"anyOf": [_ref("resolver"), _model(ApproverDocument, who)]}),
        "unmatched": _list(_one_of(Layer), uniqueItems=True),
    }
    only = (("approvers", "approval"), ("unmatched", "deny"))
    return _model(ExpectedDecision, forms, allOf=[_only_with(*one) for one in only])


def _assertion() -> Schema:
    forms = {
        "id": _id(),
        "never": _list(_one_of(VERDICTS), uniqueItems=True, maxItems=len(VERDICTS) - 1),
        "actions": _actions(),
        "where": _ref("conditions"),
        "where_any": _blocks(),
        "note": _TEXT,
    }
    return _model(AssertionDocument, forms)


def _conditions() -> Schema:
    hours = {"days": _list(_one_of(DAYS)), "from": _CLOCK_TIME, "to": _CLOCK_TIME}
    forms = {one.name: _predicate(one) for one in ATTRIBUTES.values() if not one.name.startswith("time.")}
    clock = {LOCAL_HOURS: _fields(hours, required=tuple(hours)), DATES: _ref("dates")}
    return {**_fields({**forms, **clock}), "minProperties": 1}


def _predicate(attribute: Attribute) -> Schema:
    """Return the forms that a condition on `attribute` may take, as `policy.grammar` lists them."""
    value = _value(attribute)
    match attribute.kind:
        case "text":
            form = _any_of(value, _list(value), _fields({"not": _any_of(value, _list(value))}, required=("not",)))
        case "flag":
            form = value
        case "number":
            form = _any_of(value, {**_fields({"min": value, "max": value}), "minProperties": 1})
        case "set":
            some = _any_of(value, _list(value))
            form = {**_fields({"any": some, "none": some}), "minProperties": 1}
    return {"description": attribute.doc, **form}


def _facts(more: Mapping[str, Schema]) -> Schema:
    counters = {COUNTER_PATTERN: {"type": "integer", "minimum": 0}}
    return {**_fields({**more, **_given_values()}), "patternProperties": counters}


def _given_values() -> dict[str, Schema]:
    forms = {one.name: one for one in ATTRIBUTES.values() if not one.name.startswith("time.")}
    values = {name: _value(one) for name, one in forms.items()}
    lists = {name: {"type": "array", "items": _value(one)} for name, one in forms.items() if one.kind == "set"}
    return {**values, **lists, LOCAL_TIME: _LOCAL_TIME}


def _value(attribute: Attribute) -> Schema:
    """Return the form of one constant: of a member, when the attribute is a set."""
    if attribute.kind == "flag":
        return _FLAG
    if attribute.kind == "number":
        low, high = attribute.bounds
        return {"type": "integer", "minimum": low, **({} if high is None else {"maximum": high})}
    return _SOME_TEXT if attribute.values is None else _one_of(attribute.values)


def _resolver() -> Schema:
    # The parser reads resolvers in any case; the list comes first, because editors complete from it.
    anyhow = "|".join("".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in name) for name in RESOLVERS)
    group = GROUP_PATTERN.replace("group", "[Gg][Rr][Oo][Uu][Pp]").replace("a-f", "A-Fa-f")
    return {"anyOf": [_one_of(RESOLVERS), {"type": "string", "pattern": f"^({anyhow}|{group})$"}]}


def _asking(field: str) -> Schema:
    """Return the rule that `approval` stands with the effect that asks, and with no other."""
    asks = {"required": [field], "properties": {field: {"const": "require_approval"}}}
    return {"if": asks, "then": {"required": ["approval"]}, "else": {"not": {"required": ["approval"]}}}


def _only_with(field: str, verdict: str) -> Schema:
    return {"if": {"required": [field]}, "then": {"properties": {"verdict": {"const": verdict}}}}


def _model(model: type[Written], forms: Mapping[str, Schema], **rules: Any) -> Schema:
    """Return the schema of a model; `forms` must have each of its fields, so that none can be forgotten."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    required = tuple(name for name, field in fields.items() if field.is_required())
    properties = {name: forms[name] for name in fields}
    summary = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    return {"description": summary, **_fields(properties, required=required), **rules}


def _fields(properties: Mapping[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    closed = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    return {**closed, "required": list(required)} if required else closed


def _list(items: Schema, **rules: Any) -> Schema:
    return {"type": "array", "minItems": 1, "items": items, **rules}


def _blocks() -> Schema:
    return _list(_ref("conditions"))


def _actions() -> Schema:
    return _list({"type": "string", "pattern": ACTION_PATTERN}, uniqueItems=True)


def _id() -> Schema:
    return {"type": "string", "pattern": ID_PATTERN}


def _count() -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": MAX_APPROVERS}


def _one_of(names: Iterable[str]) -> Schema:
    return {"enum": [str(name) for name in names]}


def _any_of(*forms: Schema) -> Schema:
    return {"anyOf": list(forms)}


def _some(field: str) -> Schema:
    return {"required": [field], "properties": {field: {"minItems": 1}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
