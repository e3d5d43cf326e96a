"""Agent Governance Toolkit 4.1, the mesh PolicyEngine: first match by priority over conditions written as text."""

import importlib
import json
from typing import Any

from bench.policy.engines.cel import question

__all__ = ["decide", "load", "question", "source", "verdict"]

# The strictest first, as everywhere else.
_PRIORITIES = {"deny": 100, "require_approval": 50, "permit": 10}
_ACTIONS = {"deny": "deny", "require_approval": "require_approval", "permit": "allow"}
_VERDICTS = {"deny": "DENY", "require_approval": "APPROVAL", "allow": "ALLOW"}


def source(work: Any) -> str:
    """Return the policy as JSON."""
    rules = [
        {
            "name": rule["id"],
            "condition": _condition(rule),
            "action": _ACTIONS[rule["effect"]],
            "priority": _PRIORITIES[rule["effect"]],
        }
        for rule in work["rules"]
    ]
    head = {"apiVersion": "governance.toolkit/v1", "name": "p", "agents": ["*"], "default_action": "deny"}
    return json.dumps({**head, "rules": rules})


def load(source: Any) -> Any:
    """Return an engine with the one policy."""
    mesh: Any = importlib.import_module("agentmesh.governance.policy")
    engine = mesh.PolicyEngine()
    engine.load_policy(mesh.Policy.model_validate(json.loads(source)))
    return engine


def decide(engine: Any, question: Any) -> Any:
    """Return the engine's decision."""
    return engine.evaluate("agent", question)


def verdict(answer: Any) -> str:
    """Return the verdict."""
    return _VERDICTS[answer.action]


def _condition(rule: Any) -> str:
    fields = {"departments": "department", "roles": "role", "groups": "target_group"}
    parts = [f"action == '{rule['action']}'"]
    for field, name in fields.items():
        if field in rule:
            listed = ", ".join(f"'{value}'" for value in rule[field])
            parts.append(f"{name} in [{listed}]")
    if "max_risk" in rule:
        parts.append(f"risk <= {rule['max_risk']}")
    if "minutes" in rule:
        low, high = rule["minutes"]
        parts += [f"minute >= {low}", f"minute < {high}"]
    return " and ".join(parts)
