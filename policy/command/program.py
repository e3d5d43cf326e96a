"""A program of commands: one command, one answer, one of four exit codes.

0: the answer is good. 1: the answer is no (a finding, a counterexample, a decision that differs).
2: there is no answer, because the command or a file is wrong, or storage did not answer.
3: nothing was done, because what was asked for is so already (a bundle that is in force).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from agent.errors import RemitError
from policy.command.command import Answer, Command, Page, Terminal
from policy.command.errors import CommandError
from policy.command.printed import SafeConsole, SafeParser, without_controls
from policy.errors import PolicyError

NO_ANSWER: Final = 2
INTERRUPTED: Final = 130
# Without a terminal nothing says how wide a line may be; tables need more than the usual 80.
_WIDTH: Final = 120


@dataclass(frozen=True, slots=True)
class Program:
    """What `python -m NAME` runs. `about` is one sentence for its help."""

    name: str
    about: str
    commands: tuple[Command, ...]

    def run(self, arguments: Sequence[str] | None = None) -> int:
        """Run one command and return its exit code; wrong input is told on stderr in sentences, not as a traceback."""
        try:
            given = self._parser().parse_args(arguments)
        except SystemExit as end:
            return int(end.code or 0)
        terminal = _terminal()
        try:
            answer: Answer = given.command.run(given, terminal)
        except (CommandError, PolicyError, RemitError) as problem:
            print(without_controls(f"{self.name}: {problem}"), file=sys.stderr)
            return NO_ANSWER
        except KeyboardInterrupt:
            print(f"{self.name}: stopped", file=sys.stderr)
            return INTERRUPTED
        _print(answer, given, out=terminal.out)
        return answer.exit_code

    def _parser(self) -> argparse.ArgumentParser:
        parser = SafeParser(prog=f"python -m {self.name}", description=self.about)
        words = parser.add_subparsers(required=True, metavar="COMMAND")
        for command in self.commands:
            one = words.add_parser(command.name, help=command.summary, description=command.summary)
            one.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
            command.arguments(one)
            one.set_defaults(command=command)
        return parser


def _terminal() -> Terminal:
    wide = sys.stdout.isatty() or "COLUMNS" in os.environ
    # What people wrote in rules and directories is shown as it is, brackets and colons too.
    out = SafeConsole(width=None if wide else _WIDTH, markup=False, emoji=False, highlight=False)
    return Terminal(out, err=SafeConsole(stderr=True, markup=False, emoji=False, highlight=False))


def _print(answer: Answer, given: argparse.Namespace, *, out: Console) -> None:
    if given.json or not answer.shown:
        print(json.dumps(answer.data, indent=2))
        return
    for one in answer.shown:
        if isinstance(one, Page):
            print(without_controls(one), file=out.file)
        else:
            out.print(one)
