"""Cedar by cedarpy behind a dict of ours: one policy set an action, so that Cedar sees few policies at a time."""

import importlib
from typing import Any

from bench.policy.engines.cedar import question, verdict

__all__ = ["decide", "load", "question", "source", "verdict"]


def source(work: Any) -> Any:
    """Return the text of each action's policy set."""
    return work["cedar_by_action"]


def load(source: Any) -> Any:
    """Parse every policy set."""
    cedarpy: Any = importlib.import_module("cedarpy")
    sets = {f'Action::"{action}"': cedarpy.PolicySet.from_str(text) for action, text in source.items()}
    return cedarpy.is_authorized, sets, cedarpy.PolicySet.from_str(""), cedarpy.Entities.from_json_str("[]")


def decide(engine: Any, question: Any) -> Any:
    """Return Cedar's answer on the action's policies."""
    is_authorized, sets, nothing, entities = engine
    return is_authorized(question, sets.get(question["action"], nothing), entities)
