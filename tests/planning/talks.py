"""Plays conversations on the bench: a first message opens a case; what answers an open question goes to its case."""

from pathlib import Path

from agent.model.case import Stage
from agent.model.service_request import Assurance
from agent.stages.clarify import RepliedMessage, take_reply
from evaluation.approvals import is_asking_back, is_asking_people
from evaluation.dispositions import of_item
from evaluation.event_facts import approvers_of
from evaluation.items import Answered, Conversation, Envelope, Turn
from evaluation.reading import read_all
from evaluation.scoring import NOTHING, Scored, Verdict, judge
from evaluation.seen import Seen
from tests.planning.bench import Bench, Policies, bench
from tests.planning.results import Result


async def talked(policies: Policies, item: Conversation, folder: Path) -> Result:
    """Play one conversation and score it as the evaluation does; `why` names the turns that were not as expected."""
    async with bench(policies, item, folder) as ground:
        wrong: list[str] = []
        asked: list[str] = []
        forbidden = item.forbidden
        for number, turn in enumerate(item.turns):
            if turn.expect is not None:
                asked = list(turn.expect.approvers)
                forbidden = (*forbidden, *turn.expect.forbidden)
                wrong += await _missed(ground, turn.expect, item=item, number=number)
            else:
                await _happen(ground, turn, item=item, asked=asked)
        seen = await ground.look(item.requester)
    found = of_item(seen)
    verdict = judge(found, item.disposition)
    if verdict is Verdict.EXACT and wrong:
        verdict = Verdict.OVER_RESTRICTIVE
    scored = Scored(
        item=item.id,
        kind="conversation",
        intent=next(iter(item.intents), "-"),
        expected=item.disposition,
        seen=found,
        verdict=verdict,
        end_state=read_all(item.final_state, seen, is_wanted=True),
        forbidden=read_all(forbidden, seen, is_wanted=False),
        has_end=bool(item.final_state),
    )
    whys = [*wrong, *(str(one["why"]) for one in seen.cases if one["why"])]
    steps = [action for case in seen.cases for action in case["actions"]]
    return Result(item.id, [scored], why="; ".join(whys), steps=steps, queues=[])


async def _happen(ground: Bench, turn: Turn, *, item: Conversation, asked: list[str]) -> None:
    if turn.by == "user":
        await _say(ground, turn.text, item=item)
    elif turn.approver_decides is not None:
        await ground.approve(asked)
    await ground.run()


async def _say(ground: Bench, text: str, *, item: Conversation) -> None:
    for case_id in reversed(ground.case_ids):
        held = await ground.store.load(case_id)
        if held is not None and held.case.stage is Stage.CLARIFY and held.case.open_question is not None:
            key = f"turn {len(held.case.clarifications)} of {case_id}"
            message = RepliedMessage(text=text, key=key, evidence={}, seen={})
            await ground.loop.save(held, take_reply(held.case, message, now=ground.now[0]))
            return
    envelope = Envelope(
        channel=item.channel,
        assurance=Assurance(item.assurance).value,
        received_at=item.received_at,
        requester=item.requester,
        body=text,
    )
    await ground.file(envelope, requester=item.requester)


async def _missed(ground: Bench, expect: Answered, *, item: Conversation, number: int) -> list[str]:
    seen = await ground.look(item.requester)
    is_done = all(one.holds for one in read_all(expect.end_state, seen, is_wanted=True))
    if is_done and _is_kind(expect, seen):
        return []
    return [f"turn {number + 1} was to be `{expect.kind}` and was `{of_item(seen)}`, done: {is_done}"]


def _is_kind(expect: Answered, seen: Seen) -> bool:
    happened, case = of_item(seen), seen.cases[-1] if seen.cases else None
    match expect.kind:
        case "ask":
            return case is not None and is_asking_back(case)
        case "approval":
            wanted = {person["id"] for name in expect.approvers if (person := seen.person(name))}
            return case is not None and is_asking_people(case) and bool(wanted & set(approvers_of(case)))
        case "act":
            return happened not in (NOTHING, "ask_info", "escalate", "refuse")
        case "answer":
            return happened == "auto" and not seen.applied
        case _:
            return happened in ("refuse", "escalate") and not seen.applied
