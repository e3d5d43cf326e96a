"""Agent Governance Toolkit 4.1, the PolicyEvaluator: one condition a rule, so only the action is tested.

It cannot express the rules of the workload. What it costs is a lower bound, and what it answers is not compared.
"""

import importlib
import json
from typing import Any

from bench.policy.engines.cel import question

__all__ = ["decide", "load", "question", "source", "verdict"]


def source(work: Any) -> str:
    """Return the policy as JSON, without all conditions but the action."""
    rules = [
        {
            "name": rule["id"],
            "condition": {"field": "action", "operator": "eq", "value": rule["action"]},
            "action": "deny" if rule["effect"] == "deny" else "allow",
            "priority": 100 if rule["effect"] == "deny" else 10,
        }
        for rule in work["rules"]
    ]
    return json.dumps({"version": "1.0", "name": "p", "defaults": {"action": "deny"}, "rules": rules})


def load(source: Any) -> Any:
    """Return an evaluator of the one policy."""
    policies: Any = importlib.import_module("agent_os.policies")
    return policies.PolicyEvaluator(policies=[policies.PolicyDocument.model_validate(json.loads(source))])


def decide(engine: Any, question: Any) -> Any:
    """Return the evaluator's decision."""
    return engine.evaluate(question)


def verdict(answer: Any) -> str:
    """Return the verdict, as far as two values go."""
    return "PERMITTED" if answer.allowed else "DENY"
