"""Remit's own engine, loaded from the stored form of a bundle: canonical JSON."""

from typing import Any

from policy.bundle import Bundle
from policy.decision import Decision
from policy.engine import Engine
from policy.request import AuthorizationRequest


def source(work: Any) -> Any:
    """Return the canonical JSON and the catalogue."""
    return work["canonical_json"], work["tenant"], frozenset(work["catalogue"])


def load(source: Any) -> Engine:
    """Read the bundle, check it whole, hash it and index it."""
    text, tenant_id, catalogue = source
    return Engine(Bundle.parse(text, catalogue=catalogue), tenant_id=tenant_id, catalogue=catalogue)


def question(request: Any) -> AuthorizationRequest:
    """Return the request; none of its facts is a set."""
    return AuthorizationRequest(request["action"], request["facts"])


def decide(engine: Engine, question: AuthorizationRequest) -> Decision:
    """Return the decision with the rules of all six layers."""
    return engine.decide(question)


def verdict(answer: Decision) -> str:
    """Return the verdict's name."""
    return answer.verdict.name
