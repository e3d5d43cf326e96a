"""`facts`: which look-ups decide an action, and which attributes its rules name in vain."""

import argparse
from collections.abc import Sequence
from typing import Any, Final

from rich.console import RenderableType
from rich.padding import Padding

from policy.analysis import facts_idle, facts_needed
from policy.command.command import Answer, Command, Terminal, folder_arguments, policy_of
from policy.command.reasoning import analysis_of
from policy.registry import attribute_named

_INDENT: Final = 4


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument("action", nargs="?", metavar="ACTION", help="id of one action (default: every action)")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy = policy_of(given)
    actions = [policy.action(given.action)] if given.action else sorted(policy.catalogue)
    analysis = analysis_of(policy)
    shown: list[RenderableType] = []
    found: list[dict[str, Any]] = []
    for action in actions:
        with terminal.working(f"comparing the decisions on {action}"):
            needed, idle = facts_needed(analysis, action), facts_idle(analysis, action)
        shown += [action, Padding(_by_source(needed, idle), (0, 0, 0, _INDENT), expand=False)]
        found.append({"action": action, "needed": list(needed), "idle": list(idle)})
    return Answer({"tenant": policy.tenant_id, "actions": found}, tuple(shown))


def _by_source(names: Sequence[str], idle: Sequence[str]) -> str:
    """Return a line for each source that must be asked, and one for the attributes that rules name in vain."""
    found: dict[str, list[str]] = {}
    for name in names:
        attribute = attribute_named(name)
        assert attribute is not None, "rules name attributes of the registry only"
        found.setdefault(attribute.source, []).append(name)
    lines = [f"{source}: {', '.join(some)}" for source, some in found.items()] or ["nothing must be known"]
    return "\n".join((*lines, *((f"named by rules, never decides: {', '.join(idle)}",) if idle else ())))


FACTS = Command("facts", "tell which facts decide an action", _arguments, _run)
