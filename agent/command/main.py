"""`python -m agent`: every command, in the order in which the help lists them."""

from collections.abc import Sequence
from typing import Final

from agent.command.catalogue import ACTIONS
from agent.command.permissions import PERMISSIONS
from policy.command.command import Command
from policy.command.program import Program

COMMANDS: Final[tuple[Command, ...]] = (ACTIONS, PERMISSIONS)

_PROGRAM: Final = Program("agent", "List what the agent can do, and what it must be allowed to.", COMMANDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, as `policy.command.program` says."""
    return _PROGRAM.run(arguments)
