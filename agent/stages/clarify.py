"""Clarify: ask the requester back about the one thing that is missing, and wait; silence ends in a hand-over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.clarification import MAX_REPLY_CHARS, Clarification
from agent.model.observation import Observation
from agent.phrasebook import phrase, question_text, ref_of
from agent.ports import Ports, Turn
from agent.wishes import labelled


@dataclass(frozen=True, slots=True)
class RepliedMessage:
    """A verified message of the requester that answers an open question.

    `key` is the message's digest and `evidence` ids of it. `seen` is what was just learned of who wrote it, and
    `events` say that it was looked up.
    """

    text: str
    key: str
    evidence: Mapping[str, str]
    seen: Mapping[str, Observation]
    events: tuple[ActivityEvent, ...] = ()


async def clarify(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Ask once, in the requester's chat or on the ticket, then wait until the question expires."""
    question = _last(case)
    if now >= question.expires_at:
        expired = ActivityEvent(code=EventCode.QUESTION_EXPIRED, at=now, data={"question_id": question.id})
        why = f"{case.why}, and the requester was asked back and did not answer in time"
        return Turn(case.evolve(stage=Stage.ESCALATE, why=why), events=(expired,))
    if question.is_put:
        return Turn(case, waits_until=question.expires_at)
    language = case.request.language
    text = labelled(question_text(question.missing, language, ref=ref_of(case.id)), case.request)
    if case.request.channel == "console":
        # The channel in which it was asked for proves more than a chat, so the answer is given there too.
        text = f"{text}\n\n{phrase('answer_in_console', language)}"
    if not await _put(case, ports, text=text, question_id=question.id):
        # Nothing would ever bring an answer, so the team that would have had it at once has it now.
        return Turn(case.evolve(stage=Stage.ESCALATE))
    data = {
        "question_id": question.id,
        "about": question.missing.about,
        "doubt": question.missing.doubt,
        "expires_at": question.expires_at.isoformat(),
    }
    asked = ActivityEvent(code=EventCode.QUESTION_ASKED, at=now, data=data)
    return Turn(_with_last(case, is_put=True), events=(asked,), waits_until=question.expires_at)


async def _put(case: Case, ports: Ports, *, text: str, question_id: str) -> bool:
    """Ask where the request came from, because only from there an answer finds back to the case."""
    request = case.request
    if request.channel == "itsm":
        return await ports.itsm.ask(request, text=text, question_id=question_id)
    await ports.channel.tell(request.tenant_id, case.requester_id, text=text, reply_to=request.reply_to)
    return True


def take_reply(case: Case, message: RepliedMessage, *, now: datetime) -> Turn:
    """Return the case as it goes on with the requester's reply. Its words are data, like those of the request.

    The caller has verified who wrote, that the case is that person's own, and that its question is open.
    """
    question = case.open_question
    assert question is not None, "a reply is taken only while its question is open"
    text = message.text[:MAX_REPLY_CHARS]
    data = {"question_id": question.id, "chars": len(text), "evidence": dict(message.evidence)}
    answered = ActivityEvent(code=EventCode.QUESTION_ANSWERED, at=now, data=data)
    replied = _with_last(case, reply=text, reply_key=message.key)
    # What was read before the question may be a day old, so all of it is read again; who asks was read just now.
    onward = replied.evolve(stage=Stage.INVESTIGATE, seen=dict(message.seen), questions=(), why="", queue="")
    return Turn(onward, events=(*message.events, answered))


def _last(case: Case) -> Clarification:
    assert case.clarifications, "a case is clarified only after the planner said what is missing"
    return case.clarifications[-1]


def _with_last(case: Case, **changes: object) -> Case:
    last = Clarification.model_validate({**dict(_last(case)), **changes})
    return case.evolve(clarifications=(*case.clarifications[:-1], last))
