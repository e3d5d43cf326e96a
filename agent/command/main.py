"""`python -m agent`: every command, in the order in which the help lists them."""

from collections.abc import Sequence
from typing import Final

from agent.command.catalogue import ACTIONS
from agent.command.drill import DRILL
from agent.command.grants import GRANTS
from agent.command.log import LOG
from agent.command.memory import MEMORY
from agent.command.metrics import METRICS
from agent.command.orders import MODIFY, PAUSE, RESUME, STATE, STOP
from agent.command.permissions import PERMISSIONS
from policy.command.command import Command
from policy.command.program import Program

COMMANDS: Final[tuple[Command, ...]] = (
    ACTIONS,
    PERMISSIONS,
    STATE,
    PAUSE,
    RESUME,
    MODIFY,
    STOP,
    DRILL,
    GRANTS,
    MEMORY,
    LOG,
    METRICS,
)

_PROGRAM: Final = Program(
    "agent", "Tell what the agent can do and must be allowed to; pause, change or stop it.", COMMANDS
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, as `policy.command.program` says."""
    return _PROGRAM.run(arguments)
