"""`who-can`: everybody who can get an action without a human, or with approval, as regions and as people."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import RenderableType

from policy.analysis import Cover, who_can
from policy.analysis.verdicts import Surface
from policy.command.command import Answer, Command, Terminal, folder_arguments, policy_of, table
from policy.command.conditions import conjunctions, parse_where
from policy.command.cover_shown import cover_words, names_in
from policy.command.directory_file import read_snapshot
from policy.command.plain import WORDS, cover_data
from policy.command.reasoning import analysis_of
from policy.decision import Verdict
from policy.directory.audience import Audience, audience
from policy.directory.snapshot import Group, Snapshot

_MAX_NAMES: Final = 30


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument("action", metavar="ACTION", help="id of an action of the catalogue")
    parser.add_argument("--with", dest="terms", choices=("approval",), help="count those who need approval, too")
    parser.add_argument(
        "--where", nargs="+", default=[], metavar="ATTRIBUTE=VALUE", help="only where all of this holds"
    )
    parser.add_argument("--directory", type=Path, metavar="SNAPSHOT", help="also name today's users who can")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy = policy_of(given)
    action = policy.action(given.action)
    block = parse_where(given.where)
    at_least = Verdict.APPROVAL if given.terms else Verdict.ALLOW
    snapshot = read_snapshot(given.directory) if given.directory else None
    where = conjunctions(block) if block else None
    with terminal.working(f"judging every request for {action}"):
        analysis = analysis_of(policy)
        cover = who_can(analysis, action, where=where, at_least=at_least)
        people = _audience(analysis.surface(action, where), snapshot, at_least=at_least) if snapshot else None
    data: dict[str, Any] = {"tenant": policy.tenant_id, "action": action, "verdict": at_least.name}
    shown = _regions(action, cover, at_least=at_least, narrowed=block is not None, names=names_in(snapshot))
    if people is None:
        return Answer({**data, **cover_data(cover)}, shown)
    return Answer({**data, **cover_data(cover), "people": _people_data(people)}, (*shown, *_people(people)))


def _audience(surface: Surface, snapshot: Snapshot, *, at_least: Verdict) -> Audience:
    cells = surface.at_least(at_least) & surface.partition.selected_cells()
    return audience(surface.partition, snapshot, cells=cells)


def _regions(
    action: str, cover: Cover, *, at_least: Verdict, narrowed: bool, names: Mapping[str, str]
) -> tuple[RenderableType, ...]:
    terms = WORDS[Verdict.ALLOW] if at_least is Verdict.ALLOW else "without a human or with approval"
    if cover.empty:
        return (f"nobody can get {action} {terms}, whatever the {'other ' if narrowed else ''}facts",)
    return (f"{action} {terms}, for requests where", cover_words(cover, names))


def _people(people: Audience) -> tuple[RenderableType, ...]:
    head = (
        f"{len(people.able)} of {people.total} users can today for the own account, "
        f"{len(people.for_others)} for somebody else"
    )
    rows = table("user", "department", "for the own account", "for others")
    others = frozenset(one.id for one in people.for_others)
    listed = people.users[:_MAX_NAMES]
    for user, groups in listed:
        rows.add_row(user.name, user.department or "unknown", _own(groups), "yes" if user.id in others else "no")
    more = len(people.users) - len(listed)
    rest = (f"and {more} more; --json names all of them",) if more else ()
    return (head, rows, *rest) if listed else (head,)


def _own(groups: Sequence[Group] | None) -> str:
    if groups is None:
        return "no"
    return ", ".join(one.name for one in groups) or "yes"


def _people_data(people: Audience) -> dict[str, Any]:
    able = [
        {
            "id": one.user.id,
            "name": one.user.name,
            "groups": [{"id": each.id, "name": each.name} for each in one.groups],
        }
        for one in people.able
    ]
    others = [{"id": one.id, "name": one.name} for one in people.for_others]
    return {"total": people.total, "for_own_account": able, "for_others": others}


WHO_CAN = Command("who-can", "tell who can get an action without a human", _arguments, _run)
