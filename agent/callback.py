"""The card callback: a verified click flips the case's state, wakes it, and is answered with the new card."""

from collections.abc import Mapping
from typing import Any

from agent.channels.activities import parse_activity
from agent.channels.bot_token import BotTokens
from agent.channels.card_answer import Answered, decide_answer
from agent.errors import AlreadySupersededError, BadRequestError, PortError
from agent.intake import Reply
from agent.loop import Loop
from agent.model.approval import case_id_in
from agent.ports import CaseStore, Clock

# The very answer that a stranger gets to a real case, so that nobody can try out which tickets have one.
_GONE: Mapping[str, Any] = {
    "statusCode": 403,
    "type": "application/vnd.microsoft.error",
    "value": {"code": "notApprover", "message": "There is no open question for you here."},
}
# Two people may click in the same second; the later one reloads and is answered from what the first one left.
_RELOADS = 3


class Callback:
    """Receives the bot connector's activities. The card's data says where to look; storage says what is true."""

    def __init__(self, loop: Loop, *, store: CaseStore, tokens: BotTokens, clock: Clock) -> None:
        self._loop = loop
        self._store = store
        self._tokens = tokens
        self._clock = clock

    async def receive(self, authorization: str, body: bytes) -> Reply:
        """Return 200 with the invoke's answer, 202 for what needs none, or why the activity is not believed.

        400 malformed, 401 and 403 not proven, 413 too large, 503 when it cannot be checked or saved now.
        """
        try:
            return await self._answer(authorization, body)
        except BadRequestError as error:
            return Reply(error.status, {"error": str(error)})
        except PortError:
            return Reply(503, {"error": "the answer cannot be checked or saved now: try again in a minute"})

    async def _answer(self, authorization: str, body: bytes) -> Reply:
        activity = await self._tokens.verify(authorization, parse_activity(body), now=self._clock.now())
        if activity.click is None:
            # Writing to the bot opens no case yet; the connector only wants to know that we have it.
            return Reply(202, {})
        for _ in range(_RELOADS):
            held = await self._store.load(case_id_in(activity.click.data.approval))
            if held is None:
                return Reply(200, _GONE)
            outcome = decide_answer(held.case, activity, now=self._clock.now())
            if not isinstance(outcome, Answered):
                return Reply(200, outcome.response)
            try:
                await self._loop.answer(held, outcome.approval)
            except AlreadySupersededError:
                continue
            return Reply(200, outcome.response)
        raise BadRequestError("the case is being changed by others: try again in a minute", status=503)
