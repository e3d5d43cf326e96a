"""The card callback: a verified click becomes an answer, and is answered with what came of it."""

from agent.answering import Answering
from agent.channels.activities import parse_activity
from agent.channels.bot_token import BotTokens
from agent.channels.card_answer import answer_in, response_to
from agent.channels.own_pages import OwnPages
from agent.errors import BadRequestError, PortError
from agent.intake import Reply
from agent.ports import Clock


class Callback:
    """Receives the bot connector's activities. The card's data says where to look; storage says what is true."""

    def __init__(self, answering: Answering, *, tokens: BotTokens, pages: OwnPages, clock: Clock) -> None:
        self._answering = answering
        self._tokens = tokens
        self._pages = pages
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
        click = activity.click
        if click is None:
            # Writing to the bot opens no case yet; the connector only wants to know that we have it.
            return Reply(202, {})
        outcome = await self._answering.take(answer_in(activity, click))
        return Reply(200, response_to(outcome, pages=self._pages))
