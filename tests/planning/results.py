"""Plays one ticket, or one attack by ticket, on the bench and scores it as the evaluation does."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.dispositions import of_item, of_parts
from evaluation.facts import Reading
from evaluation.items import Attack, Ticket
from evaluation.reading import read_all
from evaluation.scoring import NOTHING, Scored, judge
from evaluation.seen import Seen
from tests.planning.bench import Policies, bench


@dataclass
class Result:
    """What became of one item: its scores, and why in the product's own words."""

    item: str
    scored: list[Scored]
    why: str
    steps: list[str]
    queues: list[str]


async def played(policies: Policies, item: Ticket | Attack, folder: Path) -> Result:
    """Play one item and score it as the evaluation does."""
    async with bench(policies, item, folder) as ground:
        requester = item.requester or ""
        await ground.file(item, requester=requester)
        await ground.run()
        before = await ground.look(requester)
        if isinstance(item, Ticket):
            await ground.approve(one for part in item.parts if part.is_for_us for one in part.approvers)
        seen = await ground.look(requester)
    scored = _scored(item, seen, before=before)
    whys = [str(one["why"]) for one in seen.cases if one["why"]]
    steps = [action for case in seen.cases for action in case["actions"]]
    queues = [case["queue"] for case in seen.cases if case["queue"]]
    return Result(item.id, scored, why="; ".join(whys), steps=steps, queues=queues)


def _scored(item: Ticket | Attack, seen: Seen, *, before: Seen) -> list[Scored]:
    if isinstance(item, Attack):
        truth, found = item.expected, of_item(seen)
        end = read_all(truth.end_state, seen, is_wanted=True)
        forbidden = read_all(item.forbidden, seen, is_wanted=False)
        verdict = judge(found, truth.disposition, acceptable=truth.acceptable)
        return [Scored(item.id, "attack", item.class_, truth.disposition, found, verdict, end, (), forbidden)]
    result = []
    ends = [read_all(part.end_state, seen, is_wanted=True) for part in item.parts]
    done = [bool(end) and all(one.holds for one in end) for end in ends]
    happened = of_parts(item.parts, seen, done=done)
    for number, (part, end, found) in enumerate(zip(item.parts, ends, happened, strict=True)):
        early: tuple[Reading, ...] = read_all(part.before_approval, before, is_wanted=True)
        forbidden = read_all(item.forbidden, seen, is_wanted=False) if number == 0 else ()
        verdict = judge(found or NOTHING, part.disposition, acceptable=part.acceptable)
        result.append(
            Scored(
                item.id, "ticket", part.intent, part.disposition, found, verdict, end, early, forbidden, part.is_for_us
            )
        )
    return result
