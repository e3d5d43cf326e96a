"""pycasbin's FastEnforcer, which keeps rows under a key: here the action.

Release 2.8.0 looks rows up under exactly two keys, so a constant stands as the second.
"""

import importlib
from typing import Any

from bench.policy.engines import casbin as plain
from bench.policy.engines.casbin import decide, verdict

__all__ = ["decide", "load", "question", "source", "verdict"]

_KEYS = [0, 1]
_SECOND = "k"


def source(work: Any) -> list[list[str]]:
    """Return the rows with the second key."""
    return [[action, _SECOND, *rest] for action, *rest in plain.source(work)]


def load(source: Any) -> Any:
    """Return an enforcer over the rows, put straight where the enforcer looks: adding them one by one takes minutes."""
    casbin: Any = importlib.import_module("casbin")
    models: Any = importlib.import_module("casbin.model")
    model = models.FastModel(_KEYS)
    model.load_model_from_text(plain.MODEL.replace("= act, dept", "= act, k, dept"))
    enforcer = plain.with_functions(casbin.FastEnforcer(model, cache_key_order=_KEYS))
    rows = model.model["p"]["p"].policy
    for row in source:
        rows.append(row)
    return enforcer


def question(request: Any) -> tuple[Any, ...]:
    """Return the request's values with the second key."""
    action, *rest = plain.question(request)
    return action, _SECOND, *rest
