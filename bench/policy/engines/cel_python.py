"""cel-python (CEL in pure Python) with its compiling runner, the faster of its two."""

import importlib
from typing import Any

from bench.policy.engines import cel
from bench.policy.engines.cel import source, verdict

__all__ = ["decide", "load", "question", "source", "verdict"]


def load(source: Any) -> Any:
    """Compile every expression."""
    celpy: Any = importlib.import_module("celpy")
    environment = celpy.Environment(runner_class=celpy.CompiledRunner)
    return [(effect, environment.program(environment.compile(text))) for effect, text in source]


def question(request: Any) -> Any:
    """Return the variables as values of CEL's types."""
    celpy: Any = importlib.import_module("celpy")
    return {name: celpy.json_to_cel(value) for name, value in cel.question(request).items()}


def decide(engine: Any, question: Any) -> list[str]:
    """Return the effects of all rules that match."""
    return [effect for effect, program in engine if program.evaluate(question)]
