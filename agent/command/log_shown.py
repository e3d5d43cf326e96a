"""What the commands about the log print: one case as a table, and what verification found."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from rich.console import RenderableType

from agent.log.report import KeyUse, Report
from agent.log.rotation import KeyChange
from agent.model.activity_event import ActivityEvent
from agent.model.sealed_log import ChainEnd, Leaf, LogEntry, chain_start
from console.sentences import sentence
from policy.command.command import BAD, GOOD, Answer, table

# Problems that are printed; a file that is no export at all has one a line.
_MOST_PROBLEMS = 50


def case_shown(end: ChainEnd, entries: Sequence[LogEntry], *, sealed: Leaf | None) -> Answer:
    """Return the log of a case; it is no good answer if the chain does not hold or is not what was sealed."""
    count = sealed.count if sealed else 0
    rows = table("no.", "at", "code", "what happened", "hash", "state")
    data: list[dict[str, Any]] = []
    prev = chain_start(end.case_id)
    for number, entry in enumerate(entries):
        holds = entry.follows(number, prev) and (sealed is None or number + 1 != count or entry.hash == sealed.hash)
        state = ("sealed" if number < count else "not sealed yet") if holds else "BROKEN"
        prev = entry.hash
        at, code, words = _told(entry.event)
        rows.add_row(str(entry.number), at, code, words, entry.hash[:8], state)
        fields = {"number": entry.number, "event": entry.event, "prev": entry.prev, "hash": entry.hash}
        data.append({**fields, "sentence": words, "state": state})
    is_whole = (len(entries), prev) == (end.count, end.hash) and len(entries) >= count
    good = is_whole and all(one["state"] != "BROKEN" for one in data)
    verdict = f"{len(entries)} entries, {count} of them sealed" + ("" if good else "; THE LOG IS BROKEN")
    found = {"case": end.case_id, "tenant": end.tenant_id, "sealed": count, "holds": good, "entries": data}
    return Answer(found, (rows, verdict), GOOD if good else BAD)


def _told(event: Any) -> tuple[str, str, str]:
    try:
        read = ActivityEvent.model_validate(event)
    except ValidationError:
        return "", "", "this entry cannot be read"
    return f"{read.at:%Y-%m-%d %H:%M:%S}", read.code.value, sentence(read)


def change_shown(change: KeyChange, *, is_lost: bool) -> Answer:
    """Return what a change of the key did, and what whoever verifies must hear. Public keys only."""
    checkpoint = change.checkpoint
    data = {
        "old_key": change.old_key,
        "public_key": checkpoint.key,
        "is_new_beginning": is_lost,
        "checkpoint": {"number": checkpoint.number, "sealed_at": checkpoint.sealed_at, "digest": checkpoint.digest},
    }
    whose = "tell it to whoever verifies: without `--key` of it they are told that the log begins anew there"
    handed = "the old key named it, so verifiers follow by themselves; tell them if others may know the old key"
    return Answer(
        data,
        (
            f"old public key: {change.old_key}",
            f"new public key: {checkpoint.key}",
            f"it signs from checkpoint {checkpoint.number} on, {checkpoint.digest}",
            whose if is_lost else handed,
        ),
    )


def report_data(report: Report) -> dict[str, Any]:
    """Return what verification found as plain JSON."""
    newest = report.newest
    return {
        "holds": report.holds,
        "tenant": report.tenant,
        "public_key": report.public_key,
        "keys": [{"key": one.key, "from": one.number, "is_named": one.is_named} for one in report.keys],
        "problems": [{"line": one.line, "what": one.what} for one in report.problems],
        "cases": {
            name: {"entries": one.entries, "sealed": one.sealed, "problems": one.problems}
            for name, one in report.cases.items()
        },
        "sealed_cases_not_in_the_file": report.left_out,
        **report.counts,
        "newest": {"number": newest.number, "sealed_at": newest.sealed_at, "digest": newest.digest} if newest else None,
    }


def report_shown(report: Report, *, is_key_known: bool) -> tuple[RenderableType, ...]:
    """Return what verification found for people: each case, what is wrong, and what the file cannot prove."""
    rows = table("case", "entries", "sealed", "not sealed yet", "state")
    for name, one in report.cases.items():
        state = "holds" if not one.problems else f"BROKEN ({one.problems})"
        rows.add_row(name, str(one.entries), str(one.sealed), str(max(one.entries - one.sealed, 0)), state)
    return (*((rows,) if report.cases else ()), *_problems(report), *_verdict(report, is_key_known=is_key_known))


def _problems(report: Report) -> Iterator[str]:
    yield from map(str, report.problems[:_MOST_PROBLEMS])
    if len(report.problems) > _MOST_PROBLEMS:
        yield f"and {len(report.problems) - _MOST_PROBLEMS} more"


def _verdict(report: Report, *, is_key_known: bool) -> Iterator[str]:
    counts = report.counts
    said = f"{counts['entries']} entries, {counts['leaves']} leaves, {counts['checkpoints']} checkpoints"
    yield f"{'everything holds' if report.holds else 'BROKEN'}: {said}"
    tail = sum(max(one.entries - one.sealed, 0) for one in report.cases.values())
    if tail:
        yield f"{tail} entries are not sealed yet: nothing proves them but their own chain"
    if report.left_out:
        yield f"{report.left_out} sealed cases are not in this file; its header is not signed"
    if report.newest:
        yield f"newest checkpoint: {report.newest.number} of {report.newest.sealed_at}, {report.newest.digest}"
        if report.holds:
            yield "keep this digest: with it as `--checkpoint` next time no other history passes for this one"
    yield from map(_use_told, report.keys)
    if not is_key_known:
        yield f"NOT PROVEN: whose key it is. The file's own was used: {report.public_key or 'none'}"


def _use_told(use: KeyUse) -> str:
    told = "" if use.is_named else "; A NEW BEGINNING: no checkpoint before it names this key"
    return f"key from checkpoint {use.number} on: {use.key}{told}"
