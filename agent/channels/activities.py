"""The Bot Framework activities we read, strict about what we use and deaf to the rest.

A parsed activity is only a claim: `agent.channels.bot_token` turns it into a VerifiedActivity. A card's data
is editable by whoever clicks, so it carries an approval's id and a plan's digest and nothing else is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from agent.errors import BadRequestError

#: Larger bodies are refused unread; Teams caps a bot message at 100 KB (format-your-bot-messages).
MAX_BYTES = 262_144

_MENTION = re.compile(r"<at[^<>]*>[^<>]*</at>", re.IGNORECASE)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _whole(value: object) -> object:
    """Return a whole number that a client sent as text; of what is none nothing was chosen."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[0-9]{1,6}", value) else None
    return value


Guid = Annotated[
    str,
    BeforeValidator(_lower),
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class _Foreign(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, alias_generator=to_camel)


class Account(_Foreign):
    """Who sent it. `aad_object_id` is the person's object id in Entra ID; a channel may leave it out."""

    id: Id
    aad_object_id: Guid | None = None


class Conversation(_Foreign):
    """Where it was said, and in which tenant. `personal` is the chat of one person and the bot."""

    id: Id
    tenant_id: Guid
    conversation_type: Annotated[str, StringConstraints(max_length=64)] | None = None


class Recipient(_Foreign):
    """To whom it was said: the bot, as the channel calls it."""

    id: Id


class ChannelTenant(_Foreign):
    """The tenant as Teams itself repeats it."""

    id: Guid


class ChannelData(_Foreign):
    """What Teams adds to every activity."""

    tenant: ChannelTenant


class Activity(_Foreign):
    """What every activity has. An instance of this very class is of a kind that is acknowledged and ignored."""

    type: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    id: Id
    channel_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    service_url: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    from_: Account = Field(alias="from")
    conversation: Conversation
    channel_data: ChannelData
    reply_to_id: Id | None = None


class CardData(_Foreign):
    """All that is read from a card: which question and plan, what the person typed, what they chose of a grant."""

    approval: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    plan: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    reason: Annotated[str, StringConstraints(max_length=20_000)] = ""
    pattern: Literal["seen", "requester", "department"] | None = None
    days: Annotated[int | None, BeforeValidator(_whole)] = None
    uses: Annotated[int | None, BeforeValidator(_whole)] = None


#: What a click can mean. `view` is the client asking for the card's present state; the last three are about a standing
#: grant: what would it be, give it with this approval, take it back.
Verb = Literal["approve", "refuse", "view", "always", "grant", "revoke"]


class CardAction(_Foreign):
    """A click on one of our cards."""

    verb: Verb
    data: CardData


class Authentication(_Foreign):
    """What Teams adds to a repeated invoke when we asked for a sign-in: a token of the person's own, unverified."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=16_384)] = Field(repr=False)


class _InvokeValue(_Foreign):
    action: CardAction
    authentication: Authentication | None = None


class CardInvoke(Activity):
    """`adaptiveCard/action`: somebody clicked, and waits for our answer (10 to 15 seconds)."""

    type: Literal["invoke"]
    name: Literal["adaptiveCard/action"]
    value: _InvokeValue


class _SubmitValue(CardData):
    answer: Verb


class Message(Activity):
    """Somebody wrote to us, or clicked in a client too old for Action.Execute (then `value` is set)."""

    type: Literal["message"]
    text: Annotated[str, StringConstraints(max_length=100_000)] | None = None
    value: _SubmitValue | None = None
    recipient: Recipient | None = None
    locale: Annotated[str, StringConstraints(max_length=64)] | None = None
    entities: Annotated[list[Any], Field(max_length=1_000)] | None = None

    @property
    def is_personal(self) -> bool:
        """Whether it was written in the chat of one person and the bot; a place that is not named is not that."""
        return self.conversation.conversation_type == "personal"

    @property
    def mentions_bot(self) -> bool:
        """Whether somebody in a group speaks to the bot, and not only where it can read."""
        bot = self.recipient.id if self.recipient else ""
        mentions = (one for one in self.entities or () if isinstance(one, dict) and one.get("type") == "mention")
        return any(isinstance(one.get("mentioned"), dict) and one["mentioned"].get("id") == bot for one in mentions)

    @property
    def said(self) -> str:
        """The text without `<at>..</at>` mentions, which Teams puts into group messages. Untrusted prose."""
        return _MENTION.sub(" ", self.text or "").strip()


@dataclass(frozen=True, slots=True)
class VerifiedActivity:
    """An activity whose sender proved to be the bot connector, in one of our tenants.

    The connector vouches for the channel; `person_id` (lower case) is what the channel says of the person.
    `evidence` holds ids of the verified request, never the token.
    """

    activity: Activity
    tenant_id: str
    person_id: str
    evidence: Mapping[str, str]

    @property
    def click(self) -> CardAction | None:
        """The click on a card that this is, or None."""
        if isinstance(self.activity, CardInvoke):
            return self.activity.value.action
        if isinstance(self.activity, Message) and self.activity.value is not None:
            sent = self.activity.value
            data = CardData.model_validate(sent.model_dump(exclude={"answer"}))
            return CardAction(verb=sent.answer, data=data)
        return None

    @property
    def user_token(self) -> str:
        """The token of the person's own that came inside of the click, unverified; empty without one."""
        value = self.activity.value if isinstance(self.activity, CardInvoke) else None
        return value.authentication.token if value is not None and value.authentication is not None else ""


def parse_activity(body: bytes) -> Activity:
    """Return the activity in a request's body: a CardInvoke, a Message, or a plain Activity of another kind.

    Raises:
        BadRequestError: 413 for more than `MAX_BYTES`; 400, naming the field, for anything malformed, and
            for an invoke that is not a click on one of our cards.
    """
    if len(body) > MAX_BYTES:
        raise BadRequestError(f"expected at most {MAX_BYTES} bytes, got {len(body)}", status=413)
    kind = _read(Activity, body).type
    kinds: dict[str, type[Activity]] = {"invoke": CardInvoke, "message": Message}
    return _read(kinds.get(kind, Activity), body)


def _read(model: type[Activity], body: bytes) -> Activity:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first: Any = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    reason = "expected JSON" if first["type"] == "json_invalid" else f"{first['msg'][0].lower()}{first['msg'][1:]}"
    raise BadRequestError(f"activity `{field}`: {reason}", status=400)
