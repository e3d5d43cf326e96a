"""pycasbin's Enforcer: one policy row a rule, deny overrides. It allows or denies, and knows no approval."""

import importlib
from typing import Any

MODEL = """
[request_definition]
r = act, dept, role, grp, risk, minute
[policy_definition]
p = act, dept, role, grp, rmax, m0, m1, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && one_of(r.dept, p.dept) && one_of(r.role, p.role) && one_of(r.grp, p.grp) \
&& at_most(r.risk, p.rmax) && between(r.minute, p.m0, p.m1)
"""


def source(work: Any) -> list[list[str]]:
    """Return the rows. Casbin keeps equal rows once and refuses a batch that repeats one."""
    rows = [_row(rule) for rule in work["rules"]]
    return [list(row) for row in dict.fromkeys(rows)]


def load(source: Any) -> Any:
    """Return an enforcer over the rows."""
    casbin: Any = importlib.import_module("casbin")
    model = casbin.Model()
    model.load_model_from_text(MODEL)
    enforcer = with_functions(casbin.Enforcer(model))
    enforcer.add_policies(source)
    return enforcer


def question(request: Any) -> tuple[Any, ...]:
    """Return the request's values in the order of the model."""
    facts = request["facts"]
    return (
        request["action"],
        facts["requester.department"],
        facts["requester.role"],
        facts["target.id"],
        facts["risk"],
        facts["time.minute_of_week"],
    )


def decide(engine: Any, question: Any) -> Any:
    """Return True when the action is allowed."""
    return engine.enforce(*question)


def verdict(answer: Any) -> str:
    """Return the verdict, as far as two values go."""
    return "PERMITTED" if answer else "DENY"


def with_functions(enforcer: Any) -> Any:
    """Return `enforcer` with the functions of the matcher, and without an adapter to save to."""
    enforcer.add_function("one_of", lambda value, names: names == "*" or value in names.split("|"))
    enforcer.add_function("at_most", lambda value, ceiling: value <= int(ceiling))
    enforcer.add_function("between", lambda value, low, high: int(low) <= value < int(high))
    enforcer.enable_auto_save(False)
    return enforcer


def _row(rule: Any) -> tuple[str, ...]:
    names = ("|".join(rule.get(field, ["*"])) for field in ("departments", "roles", "groups"))
    low, high = rule.get("minutes", (0, 7 * 24 * 60))
    effect = "deny" if rule["effect"] == "deny" else "allow"
    return rule["action"], *names, str(rule.get("max_risk", 100)), str(low), str(high), effect
