"""What every command is made of: its arguments, and a function that returns an answer to print."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text

from policy.command.inputs import PolicySet, read_catalogue, read_policy

# The answer was found, and it is good, or it is not, or what was wanted is so already; 2 is kept for questions that
# have no answer (see program.py).
ExitCode = Literal[0, 1, 3]
GOOD: Final[ExitCode] = 0
BAD: Final[ExitCode] = 1
ALREADY: Final[ExitCode] = 3


class Page(str):
    """Text for a file: it is printed as it is, and no line is wrapped."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: `data` is plain JSON data for `--json`, `shown` the same for people, in order.

    An answer that shows nothing is printed as JSON.
    """

    data: Mapping[str, Any]
    shown: tuple[RenderableType, ...] = ()
    exit_code: ExitCode = GOOD


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command speaks: answers go to `out`, progress to `err`."""

    out: Console
    err: Console

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show `text` with a moving mark while the block runs; without a terminal nothing is shown."""
        with self.err.status(Text(text)):
            yield


@dataclass(frozen=True, slots=True)
class Command:
    """One word after `python -m policy`. `arguments` declares what may follow it, `run` answers."""

    name: str
    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Terminal], Answer]


def folder_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare FOLDER, the one policy that most commands ask about, and how to read it."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of policy documents, or one file")
    reading_arguments(parser)


def reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--tenant` and `--catalogue`, which say how documents are read."""
    parser.add_argument("--tenant", metavar="ID", help="whose policy to judge (default: the one the documents name)")
    parser.add_argument(
        "--catalogue", type=Path, metavar="FILE", help="action ids, one a line (default: the agent's own actions)"
    )


def policy_of(given: argparse.Namespace) -> PolicySet:
    """Return the policy in `given.folder` for the tenant and catalogue that were asked for.

    Raises:
        CommandError: as `read_policy` and `read_catalogue`.
    """
    return read_policy([given.folder], tenant=given.tenant, catalogue=read_catalogue(given.catalogue))


def table(*columns: str) -> Table:
    """Return an empty table whose cells fold instead of losing text."""
    return Table(*(Column(one, overflow="fold") for one in columns))
