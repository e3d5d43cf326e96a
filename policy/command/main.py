"""`python -m policy`: every command, in the order in which the help lists them."""

from collections.abc import Sequence
from typing import Final

from policy.command.check import CHECK
from policy.command.command import Command
from policy.command.diff import DIFF
from policy.command.explain import EXPLAIN
from policy.command.facts_needed import FACTS
from policy.command.freeze import FREEZE
from policy.command.grant import GRANT
from policy.command.program import Program
from policy.command.prove import PROVE
from policy.command.publication import DRAFT, HISTORY, PUBLISH, ROLLBACK, SIGN
from policy.command.replay import REPLAY
from policy.command.schema import SCHEMA
from policy.command.who_can import WHO_CAN

COMMANDS: Final[tuple[Command, ...]] = (
    CHECK,
    EXPLAIN,
    WHO_CAN,
    FREEZE,
    FACTS,
    GRANT,
    PROVE,
    DIFF,
    REPLAY,
    SCHEMA,
    DRAFT,
    SIGN,
    PUBLISH,
    ROLLBACK,
    HISTORY,
)

_PROGRAM: Final = Program("policy", "Check, question and publish policy.", COMMANDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, as `policy.command.program` says."""
    return _PROGRAM.run(arguments)
