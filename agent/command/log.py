"""`log`: the activity log exported, shown, verified, and the key that it is sealed with."""

import argparse
import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from agent.command.log_shown import case_shown, change_shown, report_data, report_shown
from agent.command.log_source import LogSource, open_keys, open_log
from agent.errors import AlreadySupersededError, OrderRefusedError
from agent.log.export import export_lines, ocsf_lines
from agent.log.lines import lines_of
from agent.log.rotation import KeyChange, Rotation
from agent.log.verify import Verification
from policy.command.command import BAD, GOOD, Answer, Command, Terminal
from policy.command.errors import InputError, UsageError

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_LINES: Final = {"jsonl": export_lines, "ocsf": ocsf_lines}

_Work = Callable[[argparse.Namespace, LogSource], Awaitable[Answer]]


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="WHAT")
    export = _word(words, "export", summary="write a tenant's log into a file that anybody can verify", work=_export)
    export.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not be there yet")
    export.add_argument("--tenant", required=True, metavar="ID", help="whose log it is")
    export.add_argument("--case", action="append", default=[], metavar="ID", help="only this case (may be repeated)")
    export.add_argument(
        "--format", choices=("jsonl", "ocsf"), default="jsonl", help="jsonl can be verified, ocsf is for a SIEM"
    )
    show = _word(words, "show", summary="show the log of one case", work=_show)
    show.add_argument("case", metavar="CASE", help="the case's id; or `tenant-ID` or `stack` for the orders on these")
    show.add_argument("--tenant", default="", metavar="ID", help="in whose sealed log to look; `stack` needs it")
    key = _word(words, "key", summary="tell the public key that a tenant's log is sealed with", work=_key)
    key.add_argument("--tenant", required=True, metavar="ID", help="whose log it is")
    rotate = _word(words, "rotate", summary="give a tenant's log another signing key", work=_rotate)
    rotate.add_argument("--tenant", required=True, metavar="ID", help="whose log it is")
    rotate.add_argument("--vault", required=True, metavar="URL", help="the tenant's Key Vault, where the keys are")
    rotate.add_argument("--lost", action="store_true", help="begin anew, because the old key is lost and cannot sign")
    verify = _word(words, "verify", summary="say of an exported file what holds; it asks nobody", work=None)
    verify.add_argument("file", type=Path, metavar="FILE", help="an export")
    known: dict[str, Any] = {"action": "append", "default": [], "metavar": "HEX"}
    verify.add_argument("--key", **known, help="a public key of the tenant as you got it elsewhere")
    verify.add_argument("--checkpoint", **known, help="digest of a checkpoint that must be in it")


def _word(words: Any, name: str, *, summary: str, work: _Work | None) -> argparse.ArgumentParser:
    one: argparse.ArgumentParser = words.add_parser(name, help=summary, description=summary)
    one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    one.set_defaults(work=work)
    return one


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    if given.work is None:
        return _verify(given)

    async def inside() -> Answer:
        async with open_log() as source:
            answer: Answer = await given.work(given, source)
            return answer

    with terminal.working("reading the log"):
        return asyncio.run(inside())


async def _export(given: argparse.Namespace, source: LogSource) -> Answer:
    if await source.archive.newest(given.tenant) is None:
        raise UsageError(
            f"nothing of tenant `{given.tenant}` is sealed yet: check the id, "
            "or wait for the next sealing (five minutes)"
        )
    for case_id in given.case:
        end = await source.logs.end(case_id)
        if end is None or end.tenant_id not in (given.tenant, ""):
            raise UsageError(f"tenant `{given.tenant}` has no case `{case_id}`")
    lines = _LINES[given.format](given.tenant, logs=source.logs, archive=source.archive, only=given.case)
    count = await _written(given.file, lines)
    return Answer({"file": str(given.file), "lines": count}, (f"wrote {count} lines to {given.file}",))


async def _written(file: Path, lines: AsyncIterator[str]) -> int:
    """Write the lines and return how many there were. A file that could not be finished has no end, and shows it."""
    count = 0
    try:
        # Nobody else waits in this process while a line is written.
        out = file.open("xb")
    except FileExistsError:
        raise UsageError(f"`{file}` is there already: name another file") from None
    except OSError as problem:
        raise UsageError(f"`{file}` cannot be written: {problem.strerror}") from None
    with out:
        async for line in lines:
            out.writelines((line.encode(), b"\n"))
            count += 1
    return count


async def _show(given: argparse.Namespace, source: LogSource) -> Answer:
    end = await source.logs.end(given.case)
    if end is None:
        raise UsageError(f"there is no case `{given.case}`")
    if not (end.tenant_id or given.tenant):
        raise UsageError(
            f"expected `--tenant ID` with `{given.case}`, got none: it is sealed in the log of every tenant, name one"
        )
    sealed = await source.archive.sealed(end.tenant_id or given.tenant, given.case)
    entries = [one async for one in source.logs.entries(given.case)]
    return case_shown(end, entries, sealed=sealed)


async def _key(given: argparse.Namespace, source: LogSource) -> Answer:
    last = await source.archive.newest(given.tenant)
    if last is None:
        raise UsageError(f"nothing of tenant `{given.tenant}` is sealed yet")
    checkpoint = last.record.sealed.checkpoint
    data = {
        "tenant": checkpoint.tenant,
        "public_key": checkpoint.next_key,
        "checkpoint": {"number": checkpoint.number, "sealed_at": checkpoint.sealed_at, "digest": checkpoint.digest},
    }
    newest = f"newest checkpoint: {checkpoint.number} of {checkpoint.sealed_at}, {checkpoint.digest}"
    return Answer(data, (f"public key: {checkpoint.next_key}", newest))


async def _rotate(given: argparse.Namespace, source: LogSource) -> Answer:
    from agent.surroundings import UtcClock
    from agent.vault.log_keys import is_signed

    try:
        async with open_keys(given.tenant, given.vault) as keys:
            rotation = Rotation(source.archive, keys, clock=UtcClock(), is_signed=is_signed)
            change: KeyChange | None = await (rotation.begin_anew if given.lost else rotation.hand_over)(given.tenant)
    except (AlreadySupersededError, OrderRefusedError) as refusal:
        raise UsageError(str(refusal)) from None
    if change is None:
        raise UsageError(f"nothing of tenant `{given.tenant}` is sealed yet, so its log has no key to replace")
    return change_shown(change, is_lost=given.lost)


def _verify(given: argparse.Namespace) -> Answer:
    from agent.vault.log_keys import is_signed

    for text in (*given.key, *given.checkpoint):
        if not _HEX.fullmatch(text):
            raise UsageError(f"expected 64 lower-case hex characters, got {text!a}")
    verification = Verification(is_signed, keys=given.key, known=given.checkpoint)
    try:
        with given.file.open("rb") as file:
            report = verification.run(lines_of(file))
    except OSError as problem:
        raise InputError([f"the file `{given.file}` cannot be read: {problem.strerror}"]) from None
    shown = report_shown(report, is_key_known=bool(given.key))
    return Answer(report_data(report), shown, GOOD if report.holds else BAD)


LOG = Command("log", "export, show and verify the activity log", _arguments, _run)
