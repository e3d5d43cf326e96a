"""Cedar by cedarpy: one policy set with all rules, parsed once."""

import importlib
from typing import Any


def source(work: Any) -> Any:
    """Return the policy set's text."""
    return work["cedar"]


def load(source: Any) -> Any:
    """Parse the policy set; there are no entities."""
    cedarpy: Any = importlib.import_module("cedarpy")
    return cedarpy.is_authorized, cedarpy.PolicySet.from_str(source), cedarpy.Entities.from_json_str("[]")


def question(request: Any) -> Any:
    """Return the request in Cedar's form."""
    return {
        "principal": 'User::"requester"',
        "action": f'Action::"{request["action"]}"',
        "resource": 'Target::"target"',
        "context": request["facts"],
    }


def decide(engine: Any, question: Any) -> Any:
    """Return Cedar's answer with the ids that decided."""
    is_authorized, policies, entities = engine
    return is_authorized(question, policies, entities)


def verdict(answer: Any) -> str:
    """Return the verdict; an approval is a permit whose id says so."""
    if not answer.allowed:
        return "DENY"
    deciding = answer.diagnostics.id_annotations_by_reason.values()
    return "APPROVAL" if any(one.startswith("asks:") for one in deciding) else "ALLOW"
