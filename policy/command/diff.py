"""`diff`: what a draft newly permits or takes away, whom that touches today, and which decisions would flip."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from rich.console import RenderableType

from policy.analysis import Analysis, Change, Direction, TooLargeError, changes
from policy.command.command import BAD, GOOD, Answer, Command, ExitCode, Terminal, reading_arguments, table
from policy.command.cover_shown import MANY, cover_words, names_in
from policy.command.directory_file import read_snapshot
from policy.command.errors import UsageError
from policy.command.inputs import ANY_TENANT, PolicySet, read_catalogue, read_policy
from policy.command.plain import WORDS, cover_data, requirements_data, requirements_words
from policy.command.reasoning import analysis_of
from policy.command.replay import replayed, report_data, report_shown
from policy.decision import Requirement, Verdict
from policy.directory.audience import Audience, touched
from policy.directory.snapshot import Snapshot
from policy.history.replay import ReplayReport

# What can give exit code 1: any change, a change that permits more, another verdict on a recorded decision.
_FAIL_ON: Final = ("change", "widened", "flip")


@dataclass(slots=True)
class _Seen:
    """What a comparison found: `people` by action and by the verdicts before and after, `unknown` in sentences."""

    names: Mapping[str, str]
    changes: list[Change] = field(default_factory=list)
    people: dict[str, dict[tuple[Verdict, Verdict], Audience]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def audience(self, one: Change) -> Audience | None:
        """Return whom a change touches, or None when that was not counted."""
        return self.people.get(one.action, {}).get((one.before, one.after))


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, metavar="OLD", help="folder of policy documents in force, or one file")
    parser.add_argument("new", type=Path, metavar="NEW", help="folder of the draft, or one file")
    parser.add_argument("--history", type=Path, metavar="LOG", help="recorded decisions to decide again with the draft")
    parser.add_argument("--directory", type=Path, metavar="SNAPSHOT", help="count today's users whom a change touches")
    parser.add_argument(
        "--fail-on", choices=_FAIL_ON, action="append", default=[], help="give exit code 1 then (default: never)"
    )
    reading_arguments(parser)


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    if "flip" in given.fail_on and given.history is None:
        raise UsageError("expected `--history` with `--fail-on flip`, got no recorded decisions")
    old, new = _both(given)
    snapshot = read_snapshot(given.directory) if given.directory else None
    seen = _compare(analysis_of(old), analysis_of(new), snapshot=snapshot, terminal=terminal)
    with terminal.working("deciding the history again"):
        report = replayed(given.history, new) if given.history else None
    data = {
        "tenant": new.tenant_id,
        "old": old.bundle.digest,
        "new": new.bundle.digest,
        "changes": [_change_data(one, seen) for one in seen.changes],
        "unknown": seen.unknown,
        "history": None if report is None else report_data(report),
    }
    shown = (*_shown(seen), *(() if report is None else report_shown(report)))
    return Answer(data, shown, _exit_code(seen, report, fail_on=given.fail_on))


def _both(given: argparse.Namespace) -> tuple[PolicySet, PolicySet]:
    """Read both folders for one tenant: the one asked for, else the one that the draft names, else the old one's."""
    catalogue = read_catalogue(given.catalogue)
    new = read_policy([given.new], tenant=given.tenant, catalogue=catalogue)
    wanted = None if new.tenant_id == ANY_TENANT else new.tenant_id
    old = read_policy([given.old], tenant=wanted, catalogue=catalogue)
    return old, replace(new, tenant_id=old.tenant_id)


def _compare(before: Analysis, after: Analysis, *, snapshot: Snapshot | None, terminal: Terminal) -> _Seen:
    seen = _Seen(names_in(snapshot))
    for action in after.actions:
        with terminal.working(f"comparing every decision on {action}"):
            try:
                found = changes(before, after, action=action)
                seen.changes += found
                if snapshot is not None and found:
                    seen.people[action] = touched(before, after, snapshot=snapshot, action=action)
            except TooLargeError as error:
                seen.unknown.append(f"not all is known: {error}")
    return seen


def _exit_code(seen: _Seen, report: ReplayReport | None, *, fail_on: Sequence[str]) -> ExitCode:
    # What could not be compared may be anything, so it counts as the worst.
    widened = any(one.direction is not Direction.NARROWED for one in seen.changes) or bool(seen.unknown)
    flipped = report is not None and bool(report.flipped)
    reasons = {"change": bool(seen.changes) or bool(seen.unknown), "widened": widened, "flip": flipped}
    return BAD if any(reasons[one] for one in fail_on) else GOOD


def _change_data(one: Change, seen: _Seen) -> dict[str, Any]:
    before, after, people = one.requirements_before, one.requirements_after, seen.audience(one)
    return {
        "action": one.action,
        "before": one.before.name,
        "after": one.after.name,
        "direction": one.direction.value,
        "requirements_before": None if before is None else requirements_data(before),
        "requirements_after": None if after is None else requirements_data(after),
        "users": None if people is None else sorted(people.ids),
        **cover_data(one.cover),
    }


def _shown(seen: _Seen) -> tuple[RenderableType, ...]:
    if not seen.changes:
        same = "nothing changes: both decide every request alike, with the same approvers"
        return tuple(seen.unknown) or (same,)
    rows = table("", "action", "from", "to", *(("users today",) if seen.people else ()))
    where: list[str] = []
    # What is newly permitted comes first, also across actions.
    ordered = sorted(seen.changes, key=lambda change: change.direction is Direction.NARROWED)
    for number, one in enumerate(ordered, start=1):
        people = seen.audience(one)
        count = "not counted" if people is None else f"{len(people.ids)} of {people.total}"
        before, after = _terms(one.before, one.requirements_before), _terms(one.after, one.requirements_after)
        rows.add_row(str(number), one.action, before, after, *((count,) if seen.people else ()))
        where.append(f"({number}) for requests where\n{cover_words(one.cover, seen.names, most=MANY)}")
    return (rows, *where, *seen.unknown)


def _terms(verdict: Verdict, asked: frozenset[Requirement] | None) -> str:
    return WORDS[verdict] if asked is None else f"approval of {requirements_words(asked)}"


DIFF = Command("diff", "tell what a draft newly permits or takes away", _arguments, _run)
