"""common-expression-language (CEL in Rust): one compiled expression a rule, and deny overrides combined by us."""

import importlib
import json
from typing import Any


def source(work: Any) -> list[tuple[str, str]]:
    """Return the effect and the expression of each rule."""
    return [(rule["effect"], expression(rule)) for rule in work["rules"]]


def load(source: Any) -> Any:
    """Compile every expression."""
    cel: Any = importlib.import_module("cel")
    return cel.Context, [(effect, cel.compile(text)) for effect, text in source]


def question(request: Any) -> dict[str, Any]:
    """Return the variables of the expressions."""
    facts = request["facts"]
    return {
        "action": request["action"],
        "department": facts["requester.department"],
        "role": facts["requester.role"],
        "target_group": facts["target.id"],
        "risk": facts["risk"],
        "minute": facts["time.minute_of_week"],
    }


def decide(engine: Any, question: Any) -> list[str]:
    """Return the effects of all rules that match."""
    context_of, programs = engine
    context = context_of(question)
    return [effect for effect, program in programs if program.execute(context)]


def verdict(answer: Any) -> str:
    """Return the strictest effect that matched; nothing matched is a denial."""
    if not answer or "deny" in answer:
        return "DENY"
    return "APPROVAL" if "require_approval" in answer else "ALLOW"


def expression(rule: Any) -> str:
    """Return the rule's condition, its action included, in CEL."""
    fields = {"departments": "department", "roles": "role", "groups": "target_group"}
    parts = [f"action == {json.dumps(rule['action'])}"]
    parts += [f"{name} in {json.dumps(rule[field])}" for field, name in fields.items() if field in rule]
    if "max_risk" in rule:
        parts.append(f"risk <= {rule['max_risk']}")
    if "minutes" in rule:
        low, high = rule["minutes"]
        parts.append(f"minute >= {low} && minute < {high}")
    return " && ".join(parts)
