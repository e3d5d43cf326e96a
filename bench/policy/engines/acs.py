"""Agent Control Specification, the native runtime of Agent Governance Toolkit 5, with a constant verdict.

The released wheel refuses Cedar policies and starts an `opa` process for Rego, so no rule of the workload can be
put to it. What is measured is the fixed cost of one evaluation, before any rule is looked at.
"""

import importlib
import json
from typing import Any


def source(work: Any) -> str:
    """Return a manifest whose only policy is answered by a callback; the rules stay out."""
    return json.dumps(
        {
            "agent_control_specification_version": "0.3.1-beta",
            "metadata": {"name": "b"},
            "policies": {"p": {"type": "custom", "adapter": "x"}},
            "intervention_points": {
                "pre_tool_call": {
                    "policy_target": "$.tool_call.args",
                    "tool_name_from": "$.tool_call.name",
                    "policy": {"id": "p"},
                }
            },
            "tools": {"graph": {"type": "Tool", "id": "graph"}},
        }
    )


def load(source: Any) -> Any:
    """Return a runtime over the manifest."""
    native: Any = importlib.import_module("agent_control_specification._native")
    return native.NativeRuntime(source, None, lambda _: {"decision": "allow"}, 0)


def question(request: Any) -> Any:
    """Return a snapshot with the request's facts."""
    called = {"name": "graph", "args": {"action": request["action"]}}
    snapshot = {"envelope": {"agent": {"id": "x"}}, "tool_call": called, **request["facts"]}
    return {"intervention_point": "pre_tool_call", "mode": "enforce", "snapshot": snapshot}


def decide(engine: Any, question: Any) -> Any:
    """Return the runtime's answer."""
    return engine.evaluate(question)


def verdict(answer: Any) -> str:
    """Return the verdict, as far as two values go."""
    return "PERMITTED" if answer["verdict"]["decision"] == "allow" else "DENY"
