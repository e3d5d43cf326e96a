"""A drill's figures for people: a table of the cases at work, what they add up to, and what is not as it must be."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType

from policy.command.command import table


def shown(data: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Yield what a person reads: the slowest case last, and what is wrong at the very end."""
    if data["by_case"]:
        yield _rows(data)
        yield f"{data['cases']} cases at work, {data['under_way']} writes under way when the order was stored"
        yield f"writes begun after the order: {data['begun_after']}"
        yield f"last answer after the order: {_figures(data)}"
        settled = data["cases"] - len(data["unsettled"])
        yield f"{_end_of(data)}: {settled} of {data['cases']} cases, {_figures(data['settled'])}"
    yield from to_do(data)


def to_do(data: Mapping[str, Any]) -> list[str]:
    """Return in words why the drill does not count as good; nothing when it does."""
    if not data["cases"]:
        # Nobody should take a measurement of nothing for a good result.
        return ["no case was at work when the order came, so nothing was measured: hold the drill while there is work"]
    found = []
    if not data["under_way"]:
        found.append("no write was under way, so no time was measured: hold the drill while cases write")
    if data["begun_after"]:
        found.append(f"{data['begun_after']} writes were begun after the order was stored: report this as a fault")
    if data["unanswered"]:
        found.append(f"writes of {len(data['unanswered'])} cases have no answer yet: watch longer with `--wait`")
    if data["unsettled"]:
        then = "look after them" if data["order"] == "stop" else "watch longer with `--wait`"
        found.append(f"{len(data['unsettled'])} cases are not {_end_of(data)} yet: {then}")
    return found


def _end_of(data: Mapping[str, Any]) -> str:
    return "put back or handed over" if data["order"] == "stop" else "at rest"


def _rows(data: Mapping[str, Any]) -> RenderableType:
    rows = table("case", "stood at", "writes under way", "last answer, ms", "settled, ms")
    for one in sorted(data["by_case"], key=_lateness):
        cells = (one["last_ms"], one["settled_ms"])
        rows.add_row(
            one["case"], one["stage"], str(one["under_way"]), *("not yet" if x is None else str(x) for x in cells)
        )
    return rows


def _lateness(one: Mapping[str, Any]) -> float:
    return float("inf") if one["settled_ms"] is None else one["settled_ms"]


def _figures(found: Mapping[str, Any]) -> str:
    if found["p50_ms"] is None:
        return "no time was measured"
    return f"p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms, longest {found['most_ms']} ms"
