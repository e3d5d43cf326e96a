"""`replay`: decides recorded decisions again, and says which of them would be another one now."""

import argparse
from pathlib import Path
from typing import Any, Final

from rich.console import RenderableType

from policy.command.command import BAD, GOOD, Answer, Command, Terminal, folder_arguments, policy_of, table
from policy.command.errors import InputError
from policy.command.inputs import PolicySet
from policy.command.plain import request_data
from policy.engine import Engine
from policy.errors import RecordError
from policy.explanation.sentences import sentence
from policy.foreign import quoted
from policy.history.lines import read_history
from policy.history.recorded import RecordedDecision, decision_data
from policy.history.replay import Changed, ReplayReport, replay

_MAX_SHOWN: Final = 20
_KINDS: Final = {"verdict": "another verdict", "requirements": "other approvers", "explanation": "other rules"}


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument(
        "log", type=Path, metavar="LOG", help="recorded decisions, log entries or cases, one JSON a line"
    )
    parser.add_argument(
        "--fail-on",
        choices=tuple(_KINDS),
        default="explanation",
        help="the smallest difference that gives exit code 1 (default: explanation)",
    )


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy = policy_of(given)
    with terminal.working(f"deciding {given.log.name} again"):
        report = replayed(given.log, policy)
    bad = any(report.of_kind(kind) for kind in failing(given.fail_on))
    data = {"tenant": policy.tenant_id, **report_data(report)}
    return Answer(data, report_shown(report), BAD if bad or report.foreign else GOOD)


def failing(least: str) -> tuple[Any, ...]:
    """Return the kinds of difference that are at least as grave as `least`."""
    kinds = list(_KINDS)
    return tuple(kinds[: kinds.index(least) + 1])


def replayed(log: Path, policy: PolicySet) -> ReplayReport:
    """Decide every record of `log` again with `policy`.

    Raises:
        InputError: the file cannot be read, or a line of it is no record.
    """
    engine = Engine(policy.bundle, tenant_id=policy.tenant_id, catalogue=policy.catalogue)
    return replay(records_in(log), engine, tenant_id=policy.tenant_id)


def records_in(log: Path) -> tuple[RecordedDecision, ...]:
    """Return the recorded decisions of a log file, in its order.

    Raises:
        InputError: the file cannot be read, or a line of it is no record.
    """
    try:
        with log.open(encoding="utf-8") as lines:
            return tuple(read_history(lines))
    except OSError as error:
        raise InputError([f"log `{log.name}` cannot be read: {error.strerror}"]) from None
    except (RecordError, UnicodeDecodeError) as error:
        raise InputError([f"log `{log.name}`: {error}"]) from None


def report_data(report: ReplayReport) -> dict[str, Any]:
    """Return a report as JSON data; the records that changed come whole."""
    return {
        "bundle_digest": report.bundle_digest,
        "total": report.total,
        "identical": report.identical,
        "unchanged": report.unchanged,
        "changed": [_changed(one) for one in report.changed],
        "contradictions": [one.recorded.origin for one in report.contradictions],
        "foreign": [one.origin for one in report.foreign],
    }


def report_shown(report: ReplayReport) -> tuple[RenderableType, ...]:
    """Return a report for people: the sums, then the first records that changed, the gravest first."""
    sums = (
        f"{report.total} recorded decisions: {report.identical} byte-identical, {report.unchanged} the same under "
        f"another bundle, {len(report.changed)} differ, {len(report.foreign)} of other tenants"
    )
    if not report.changed:
        return (sums,)
    rows = table("where", "difference", "was", "would be now")
    ordered = [one for kind in _KINDS for one in report.changed if one.kind == kind]
    for one in ordered[:_MAX_SHOWN]:
        where = f"{one.recorded.origin}\n{quoted(one.recorded.request.action)}"
        rows.add_row(where, _KINDS[one.kind], sentence(one.recorded.decision), sentence(one.decision))
    more = len(ordered) - _MAX_SHOWN
    return (sums, rows, f"and {more} more; --json names all of them") if more > 0 else (sums, rows)


def _changed(one: Changed) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "origin": one.recorded.origin,
        "request": request_data(one.recorded.request),
        "was": decision_data(one.recorded.decision),
        "now": decision_data(one.decision),
    }


REPLAY = Command("replay", "decide recorded decisions again", _arguments, _run)
