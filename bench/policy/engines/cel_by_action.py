"""common-expression-language behind a dict of ours: only the expressions of the request's action are run."""

import importlib
from typing import Any

from bench.policy.engines.cel import expression, question, verdict

__all__ = ["decide", "load", "question", "source", "verdict"]


def source(work: Any) -> list[tuple[str, str, str]]:
    """Return the action, the effect and the expression of each rule."""
    return [(rule["action"], rule["effect"], expression(rule)) for rule in work["rules"]]


def load(source: Any) -> Any:
    """Compile every expression under its action."""
    cel: Any = importlib.import_module("cel")
    programs: dict[str, list[Any]] = {}
    for action, effect, text in source:
        programs.setdefault(action, []).append((effect, cel.compile(text)))
    return cel.Context, programs


def decide(engine: Any, question: Any) -> list[str]:
    """Return the effects of all rules that match."""
    context_of, programs = engine
    context = context_of(question)
    return [effect for effect, program in programs.get(question["action"], ()) if program.execute(context)]
