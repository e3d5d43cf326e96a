"""Picks up what the host gave up: a poison message becomes a hand-over of its case, and never silence.

The sweep does it, and not a trigger on each poison queue: a message is removed only after its case is handed over, so
there is no poison of the poison; it costs nine requests in half a minute, and no functions that must be kept warm.
"""

import logging

from agent.errors import StorageError
from agent.loop import Loop
from agent.model.case import Stage
from agent.oversight import PoisonBox, PoisonMessage
from agent.wakeup_message import parse_wakeup

_log = logging.getLogger("remit.poison")


async def pick_up(box: PoisonBox, loop: Loop) -> int:
    """Hand over every case whose message was given up; return how many messages are done with.

    Raises:
        StorageError: a queue or a case could not be read or saved; those messages stay for the next sweep.
    """
    done, unread = 0, None
    async for message in box.waiting():
        try:
            if await _is_settled(message, loop):
                await box.drop(message)
                done += 1
        except StorageError as error:
            # One case that cannot be read must not keep the others.
            unread = error
    if unread is not None:
        raise unread
    return done


async def _is_settled(message: PoisonMessage, loop: Loop) -> bool:
    named = parse_wakeup(message.body)
    if named is None:
        # What it holds is foreign, so it is not repeated.
        _log.error("a poison message of stage %s names no case and is dropped", message.stage)
        return True
    case_id, seq = named
    return await loop.give_up(Stage(message.stage), case_id, seq=seq)
