"""The card callback: a verified click becomes an answer, and is answered with what came of it."""

from agent.answering import Answering
from agent.channels.activities import CardAction, VerifiedActivity, parse_activity
from agent.channels.bot_token import BotTokens, OutsiderError
from agent.channels.card_answer import Json, StepUp, answer_in, other_person, response_to, sign_in_failed, view_for
from agent.channels.own_pages import OwnPages
from agent.conversation import Conversation
from agent.errors import BadRequestError, PortError
from agent.granting import ABOUT_GRANTS, Granting
from agent.identity.user_tokens import UserTokens
from agent.intake import Reply
from agent.outcomes import SignInNeeded
from agent.ports import Clock


class Callback:
    """Receives the bot connector's activities. The card's data says where to look; storage says what is true.

    `tokens` proves the channel, `people` the person whose own token came inside of the click.
    """

    def __init__(
        self,
        answering: Answering,
        *,
        granting: Granting,
        tokens: BotTokens,
        people: UserTokens,
        pages: OwnPages,
        step_up: StepUp,
        conversation: Conversation,
        clock: Clock,
    ) -> None:
        self._answering = answering
        self._granting = granting
        self._tokens = tokens
        self._people = people
        self._pages = pages
        self._step_up = step_up
        self._conversation = conversation
        self._clock = clock

    async def receive(self, authorization: str, body: bytes) -> Reply:
        """Return 200 with the invoke's answer, 202 for what needs none, or why the activity is not believed.

        400 malformed, 401 and 403 not proven, 413 too large, 503 when it cannot be checked or saved now.
        """
        try:
            return await self._answer(authorization, body)
        except OutsiderError as error:
            return await self._turn_away(error)
        except BadRequestError as error:
            return Reply(error.status, {"error": str(error)})
        except PortError:
            return Reply(503, {"error": "the answer cannot be checked or saved now: try again in a minute"})

    async def _answer(self, authorization: str, body: bytes) -> Reply:
        activity = await self._tokens.verify(authorization, parse_activity(body), now=self._clock.now())
        click = activity.click
        if click is None:
            # The connector only wants to know that we have it; what comes of it is said in the person's own chat.
            await self._conversation.hear(activity)
            return Reply(202, {})
        return Reply(200, await self._response(activity, click))

    async def _turn_away(self, outsider: OutsiderError) -> Reply:
        # Whoever writes is told that there is nothing here for them; a click gets nothing but the refusal.
        try:
            is_heard = await self._conversation.turn_away(outsider.activity)
        except PortError:
            is_heard = True
        return Reply(202, {}) if is_heard else Reply(outsider.status, {"error": str(outsider)})

    async def _response(self, activity: VerifiedActivity, click: CardAction) -> Json:
        signed = None
        if activity.user_token:
            # INVARIANT: a click with a token is proven by it or not taken; it never counts as one without.
            try:
                person = await self._people.verify(activity.user_token, now=self._clock.now())
            except BadRequestError as error:
                if error.status == 503:
                    raise
                return sign_in_failed()
            if (person.tenant_id, person.person_id) != (activity.tenant_id, activity.person_id):
                return other_person()
            signed = person.evidence
        if click.verb in ABOUT_GRANTS:
            return await self._granting.take(activity, click, signed=signed)
        outcome = await self._answering.take(answer_in(activity, click, signed=signed))
        if click.verb == "view":
            return view_for(outcome, pages=self._pages, person_id=activity.person_id)
        asked = None
        if isinstance(outcome, SignInNeeded):
            asked = self._step_up.request(outcome, pages=self._pages, exchange_id=activity.activity.id)
        return asked or response_to(outcome, pages=self._pages, person_id=activity.person_id)
