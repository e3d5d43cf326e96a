"""The policy decision point: may this action happen, given these facts, and whom must we ask?

Every one of six layers must match; within and across layers the strictest match wins; what is not
known never helps. There is no order, no priority, no override and no switch that turns it off.

Pure: no I/O, no clock, no randomness, no YAML. Callers read files and supply facts:

    bundle = Bundle.of(parse_document(data, source=name, catalogue=CATALOGUE) for name, data in files)
    decision = Engine(bundle, tenant_id=tenant_id, catalogue=CATALOGUE).decide(request)
    print(sentence(decision))

`registry` is the vocabulary; `document`, `promise`, `grammar` and `predicate` the written form; `compile` and
`rule` the compiled form; `reference` the specification; `engine` what the agent calls. The rooms beside it are
`explanation`, `evidence`, `history`, `analysis`, `directory` and `publication`; ARCHITECTURE.md says who uses them.
"""

from policy.bundle import Bundle
from policy.canonical import NotCanonicalError, canonical_json, digest
from policy.decision import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict
from policy.document import PolicyDocument, parse_document
from policy.engine import Engine
from policy.errors import BundleError, DocumentError, EngineError, PolicyError, Problem
from policy.explanation.sentences import explain, sentence
from policy.registry import ATTRIBUTES, Attribute, check_fact
from policy.request import UNKNOWN, AuthorizationRequest, FactValue, Unknown

__all__ = [
    "ATTRIBUTES",
    "UNKNOWN",
    "Attribute",
    "AuthorizationRequest",
    "Bundle",
    "BundleError",
    "Decision",
    "DocumentError",
    "Engine",
    "EngineError",
    "FactValue",
    "Layer",
    "LayerResult",
    "NotCanonicalError",
    "PolicyDocument",
    "PolicyError",
    "Problem",
    "Requirement",
    "RuleRef",
    "Unknown",
    "Verdict",
    "canonical_json",
    "check_fact",
    "digest",
    "explain",
    "parse_document",
    "sentence",
]
