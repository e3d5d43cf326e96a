"""`metrics`: how well requests were resolved, recomputed from an exported activity log; it asks nobody."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agent.log.lines import lines_of, read_line
from agent.log.metrics import Figures, by_intent, figures, stops, stories_of
from policy.command.command import Answer, Command, Terminal, table
from policy.command.errors import InputError


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="an export: `python -m agent log export FILE`")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    with terminal.working("reading the log"):
        stories = stories_of(_entries(given.file))
    whole, intents, stopped = figures(stories), by_intent(stories), stops(stories)
    rows = table(
        "intent", "ended", "resolved", "verified", "untouched", "reopened", "by itself", "rate", "p50 s", "p90 s"
    )
    for name, one in {**intents, "all": whole}.items():
        rows.add_row(name, *_row(one))
    why = table("stopped by", "cases")
    for name, count in stopped.most_common():
        why.add_row(name, str(count))
    open_now = len(stories) - whole.ended
    data = {
        "all": _json(whole),
        "intents": {name: _json(one) for name, one in intents.items()},
        "stopped_by": dict(stopped.most_common()),
        "open": open_now,
    }
    young = f"{whole.young} of {whole.by_itself} ended less than 72 hours before the newest entry: may be reopened yet"
    return Answer(data, (rows, why, f"{open_now} cases are open and count in nothing", young))


def _entries(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    count = 0
    try:
        with file.open("rb") as lines:
            for raw in lines_of(lines):
                kind, line = read_line(raw)
                count += bool(kind)
                if kind == "entry" and isinstance(event := line["entry"].get("event"), Mapping):
                    yield str(line["entry"]["case"]), event
    except OSError as problem:
        raise InputError([f"the file `{file}` cannot be read: {problem.strerror}"]) from None
    if not count:
        raise InputError([f"expected an exported activity log in `{file}`, got a file with no line of one"])


def _row(one: Figures) -> tuple[str, ...]:
    counts = (one.ended, one.resolved, one.verified, one.untouched, one.reopened, one.by_itself)
    rate = "-" if one.rate is None else f"{one.rate:.0%}"
    return (*map(str, counts), rate, _seconds(one.p50_seconds), _seconds(one.p90_seconds))


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _json(one: Figures) -> dict[str, Any]:
    return {**asdict(one), "rate": one.rate}


METRICS = Command("metrics", "tell the resolution rate that an exported activity log shows", _arguments, _run)
