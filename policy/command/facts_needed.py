"""`facts`: which look-ups decide an action, and which attributes its rules name in vain."""

import argparse
from collections.abc import Sequence
from typing import Any

from policy.analysis import facts_idle, facts_needed
from policy.command.command import Answer, Command, Terminal, folder_arguments, policy_of, table
from policy.command.reasoning import analysis_of
from policy.registry import attribute_named


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument("action", nargs="?", metavar="ACTION", help="id of one action (default: every action)")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy = policy_of(given)
    actions = [policy.action(given.action)] if given.action else sorted(policy.catalogue)
    analysis = analysis_of(policy)
    rows = table("action", "must be known, by source", "named by rules, never decides")
    found: list[dict[str, Any]] = []
    for action in actions:
        with terminal.working(f"comparing the decisions on {action}"):
            needed, idle = facts_needed(analysis, action), facts_idle(analysis, action)
        rows.add_row(action, _by_source(needed), ", ".join(idle) or "-")
        found.append({"action": action, "needed": list(needed), "idle": list(idle)})
    return Answer({"tenant": policy.tenant_id, "actions": found}, (rows,))


def _by_source(names: Sequence[str]) -> str:
    found: dict[str, list[str]] = {}
    for name in names:
        attribute = attribute_named(name)
        assert attribute is not None, "rules name attributes of the registry only"
        found.setdefault(attribute.source, []).append(name)
    return "\n".join(f"{source}: {', '.join(some)}" for source, some in found.items()) or "nothing"


FACTS = Command("facts", "tell which facts decide an action", _arguments, _run)
