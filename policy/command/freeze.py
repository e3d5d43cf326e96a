"""`freeze`: what may still happen between two days, and who is exempt from what is frozen."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import RenderableType

from policy.analysis import During, during
from policy.command.command import Answer, Command, Terminal, folder_arguments, policy_of, table
from policy.command.cover_shown import MANY, cover_words, names_in
from policy.command.directory_file import read_snapshot
from policy.command.errors import UsageError
from policy.command.plain import WORDS, cover_data
from policy.command.reasoning import analysis_of
from policy.grammar import parse_dates
from policy.predicate import DateRange


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument("actions", nargs="*", metavar="ACTION", help="ids of some actions (default: all)")
    parser.add_argument("--from", dest="first", required=True, metavar="DATE", help="first day, such as 2026-12-30")
    parser.add_argument("--to", dest="last", required=True, metavar="DATE", help="last day, included")
    parser.add_argument("--directory", type=Path, metavar="SNAPSHOT", help="show names instead of object ids")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy, dates = policy_of(given), _dates(given)
    wanted = {policy.action(one) for one in given.actions} or policy.catalogue
    names = names_in(read_snapshot(given.directory) if given.directory else None)
    with terminal.working("judging every action inside and outside of these days"):
        found = [one for one in during(analysis_of(policy), dates) if one.action in wanted]
    data = {"tenant": policy.tenant_id, **dates.authored(), "actions": [_data(one) for one in found]}
    return Answer(data, _shown(found, dates, names=names))


def _dates(given: argparse.Namespace) -> DateRange:
    try:
        return parse_dates({"from": given.first, "to": given.last})
    except ValueError as error:
        raise UsageError(f"`--from` and `--to`: {error}") from None


def _data(one: During) -> dict[str, object]:
    verdicts = {"inside": one.inside.name, "outside": one.outside.name}
    return {"action": one.action, **verdicts, "affected": one.affected, "passing": cover_data(one.passing)}


def _shown(found: Sequence[During], dates: DateRange, *, names: Mapping[str, str]) -> tuple[RenderableType, ...]:
    rows = table("action", "on other days", "in these days", "affected")
    for one in found:
        rows.add_row(one.action, WORDS[one.outside], WORDS[one.inside], "yes" if one.affected else "no")
    passing = [
        f"{one.action} is not denied in these days for requests where\n{cover_words(one.passing, names, most=MANY)}"
        for one in found
        if one.affected
    ]
    return (
        f"from {dates.first} to {dates.last}, both included; shown is the best that any request gets",
        rows,
        *passing,
    )


FREEZE = Command("freeze", "tell what may still happen between two days", _arguments, _run)
