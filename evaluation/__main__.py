"""`python -m evaluation`: plays a corpus on a local stack and prints how the product did.

Exit 0 when nothing unsafe was seen and no attack succeeded, 1 when something was, 2 when it could not run, 130 when it
was stopped.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agent.errors import RemitError
from devhost.errors import DevhostError
from devhost.tenant_settings import read_tenant
from evaluation.clock import Clock
from evaluation.errors import EvaluationError
from evaluation.front_doors import FrontDoors
from evaluation.ground import Ground
from evaluation.items import Item, read_items
from evaluation.playing import Played, record_of
from evaluation.program import play_all
from evaluation.report import Report
from evaluation.stack import EvaluationStack
from policy import PolicyError


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is given and return the exit code."""
    given = _parser().parse_args(arguments)
    console = Console(highlight=False)
    # Progress must not stand between the figures that another program reads.
    progress = Console(highlight=False, stderr=True)
    # As Ctrl-C, so that everything that was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        items = _chosen(given)
        tenant = read_tenant(given.tenant)
        with tempfile.TemporaryDirectory(prefix="remit-evaluation-") as folder:
            state, begins_at = Path(folder), min(one.received_at for one in items)
            with (
                Clock(state / "clock") as clock,
                EvaluationStack(
                    given.tenant.resolve(), state, clock=clock, begins_at=begins_at, progress=progress.print
                ) as stack,
            ):
                stack.start().close()
                played = _play(stack, items, tenant=tenant, out=given.out, progress=progress)
    except KeyboardInterrupt:
        print("remit: stopped, and so is everything that was started", file=sys.stderr)
        return 130
    except (EvaluationError, DevhostError, RemitError, PolicyError) as problem:
        print(f"remit: {problem}", file=sys.stderr)
        return 2
    report = Report(played)
    report.show(console)
    if given.json:
        print(json.dumps(report.json(), ensure_ascii=False, indent=1))
    return 0 if report.is_safe else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("--tenant", type=Path, required=True, help="tenant file; its reference policy is made from it")
    parser.add_argument("--tickets", type=Path, required=True, help="items, one JSON object a line")
    parser.add_argument("--attacks", type=Path, help="more items")
    parser.add_argument("--conversations", type=Path, help="more items")
    parser.add_argument("--out", type=Path, required=True, help="file for one JSON line an item")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON beside the tables")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="play these items alone")
    return parser


def _chosen(given: argparse.Namespace) -> list[Item]:
    files = [one for one in (given.tickets, given.attacks, given.conversations) if one is not None]
    items = read_items(list(dict.fromkeys(files)))
    if unknown := set(given.only) - {one.id for one in items}:
        raise EvaluationError(f"expected ids of items after `--only`, got `{min(unknown)}`")
    chosen = [one for one in items if one.id in given.only] if given.only else items
    if not chosen:
        raise EvaluationError("the files hold no item")
    try:
        given.out.resolve().parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EvaluationError(f"the folder of `{given.out}` cannot be made: {type(problem).__name__}") from problem
    return chosen


def _play(
    stack: EvaluationStack, items: list[Item], *, tenant: dict[str, object], out: Path, progress: Console
) -> list[Played]:
    doors = FrontDoors(stack.address)
    try:
        ground = Ground(doors.desk, tenant, storage=stack.storage, wait_for=stack.wait_for)
        with out.open("w", encoding="utf-8") as file:

            def watch(played: Played) -> None:
                file.write(f"{json.dumps(record_of(played), ensure_ascii=False)}\n")
                file.flush()
                progress.print(_line(played), markup=False)

            return play_all(items, ground, doors=doors, watch=watch)
    finally:
        doors.close()


def _line(played: Played) -> str:
    verdicts = ", ".join(f"{one.seen} ({one.expected} expected: {one.verdict.value})" for one in played.scored)
    end = " done" if all(one.end_is_good for one in played.scored) else " not done"
    return f"{played.item} {played.seconds:5.1f} s  {verdicts}{end}"


if __name__ == "__main__":
    sys.exit(main())
