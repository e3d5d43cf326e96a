"""Reads, when people are asked, what a plan would change, as it is now: a plain look by each step's own check.

It tells people and decides nothing: before each write the step is read and judged again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.actions.judge import judge
from agent.actions.state_words import UNREAD, words_before
from agent.errors import DirectoryError
from agent.model.briefing import MAX_TOLD_STEPS, Present
from agent.model.expectation import is_about_time
from agent.model.graph_call import GraphCall
from agent.model.plan import Plan, Step
from agent.ports import Answer, Ports

Answers = Mapping[GraphCall, Answer | DirectoryError]


@dataclass(frozen=True, slots=True)
class Look:
    """The present state, and of each request that it took what came of it and Graph's own id, for the log."""

    present: Present
    reads: tuple[tuple[str, str], ...]


async def look_at(plan: Plan, ports: Ports, *, now: datetime) -> Look:
    """Return what the tenant shows of each step's wanted state. What cannot be read is unread, never a guess.

    Being throttled is no failure here: who is asked then sees that it was not read.
    """
    # One answer serves all steps that look at the same: with hundreds of steps they are fewer.
    calls = {step.check.call.digest: step.check.call for step in plan.steps if _may_be_read(step)}
    answers = await ports.directory.read_many(tuple(calls.values())) if calls else ()
    found = dict(zip(calls, answers, strict=True))
    reads = tuple(_read(one) for one in answers)
    by_step = [(number, step, found.get(step.check.call.digest)) for number, step in enumerate(plan.steps, start=1)]
    is_short = len(plan.steps) <= MAX_TOLD_STEPS
    present = Present(
        words=tuple(_words(step, answer, now=now) for _, step, answer in by_step) if is_short else (),
        already=tuple(number for number, step, answer in by_step if _effect(step, answer, now=now) == "verified"),
        unread=tuple(number for number, step, answer in by_step if _effect(step, answer, now=now) == "unknown"),
    )
    return Look(present=present, reads=reads)


def _may_be_read(step: Step) -> bool:
    """Whether the look is a plain read: a secret is shown under a permit only, and by no check of ours."""
    return not step.check.call.writes and not step.check.call.reveals


def _read(answer: Answer | DirectoryError) -> tuple[str, str]:
    if isinstance(answer, DirectoryError):
        return "unknown", ""
    return ("known" if answer.status == 200 else "absent" if answer.status == 404 else "unknown"), answer.request_id


def _words(step: Step, answer: Answer | DirectoryError | None, *, now: datetime) -> str:
    if answer is None or isinstance(answer, DirectoryError):
        return UNREAD
    return words_before(step.check, answer.status, body=answer.body, now=now)


def _effect(step: Step, answer: Answer | DirectoryError | None, *, now: datetime) -> str:
    """Return whether the wanted state is there, as a check is judged; of an act there is no such state before."""
    if answer is None or isinstance(answer, DirectoryError):
        return "unknown"
    if is_about_time(step.check.expect):
        return "refuted" if answer.status == 200 else "unknown"
    if answer.status == 404:
        return "verified" if judge(step.check, 404, body={}, attempted_at=now) == "verified" else "refuted"
    return judge(step.check, answer.status, body=answer.body, attempted_at=now)
