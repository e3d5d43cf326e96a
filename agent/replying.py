"""A requester's answer to the open question of their case, saved once however often it comes and whoever else saves."""

from typing import Final, Literal

from agent.chat_cases import ChatCases
from agent.errors import AlreadySupersededError, StorageError
from agent.loop import Loop
from agent.ports import Clock, Held
from agent.stages.clarify import RepliedMessage, take_reply

#: A person and a worker may save a case in the same second; whoever is later looks again so many times.
RELOADS: Final = 3

#: What became of an answer: taken now, taken when it came before, or there was no open question any more.
Given = Literal["taken", "known", "too_late"]


async def give_reply(held: Held, message: RepliedMessage, *, cases: ChatCases, loop: Loop, clock: Clock) -> Given:
    """Give the message to the question of a case. The caller knows that the case is that person's own.

    Raises:
        StorageError: storage did not answer, or others change the case all the time.
    """
    now = clock.now()
    found: Held | None = held
    for _ in range(RELOADS):
        if found is None or any(one.reply_key == message.key for one in found.case.clarifications):
            return "known"
        question = found.case.open_question
        if question is None or now >= question.expires_at:
            return "too_late"
        try:
            await loop.save(found, take_reply(found.case, message, now=now))
            return "taken"
        except AlreadySupersededError:
            found = await cases.load(held.case.id)
    raise StorageError("the case is being changed by others all the time")
