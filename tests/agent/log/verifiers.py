"""Both verifiers over the same bytes; whoever asks wants them to agree."""

import io
from collections.abc import Iterable, Sequence

import verify_log
from agent.log.lines import lines_of
from agent.log.report import Report
from agent.log.verify import Verification
from agent.vault.log_keys import is_signed


def command(data: bytes, *, keys: Iterable[str] = (), known: Sequence[str] = ()) -> Report:
    """What `python -m agent log verify` finds."""
    return Verification(is_signed, keys=keys, known=known).run(lines_of(io.BytesIO(data)))


def script(data: bytes, *, keys: Iterable[str] = (), known: Sequence[str] = ()) -> verify_log.Verification:
    """What `verify_log.py` finds."""
    log = verify_log.Verification(keys, known)
    log.read(io.BytesIO(data))
    return log


def places_of(log: verify_log.Verification) -> set[int]:
    """The numbers of the lines at which the script found something."""
    return {int(one.split(":")[0].removeprefix("line ")) for one in log.problems}


def holds(data: bytes, *, keys: Iterable[str] = (), known: Sequence[str] = ()) -> bool:
    """Whether everything holds; fails where the two do not agree, also about where something is wrong."""
    report, log = command(data, keys=keys, known=known), script(data, keys=keys, known=known)
    assert {one.line for one in report.problems} == places_of(log), (report.problems, log.problems)
    assert (report.newest.digest if report.newest else "0" * 64) == log.digests[-1]
    return report.holds
