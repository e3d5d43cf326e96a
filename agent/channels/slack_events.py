"""Reads what Slack sends to an app: its question whether we are there, and what a person wrote in a direct message.

All else is acknowledged and left alone, because it is nobody's wish:
1. events other than a message, and messages elsewhere than in the direct chat of one person and the app;
2. what was changed, deleted or joined afterwards (`subtype`, `hidden`, `edited`): a wish counts as it was first sent;
3. what a bot or an app wrote, ourselves among them;
4. what comes from another organisation (Slack Connect).

Source: Slack "Events API", "message event". A wish with a picture beside it is a wish; the picture is not read.
"""

import html
import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from agent.errors import BadRequestError

_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_PLAIN_SUBTYPES = frozenset({None, "file_share"})
_MARKUP = re.compile(r"<([^<>|]{1,4000})(?:\|([^<>]{0,4000}))?>")

_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Foreign(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Kind(_Foreign):
    type: _Word


class _Challenge(_Foreign):
    challenge: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,256}$")]


class _Event(_Foreign):
    type: _Word
    channel_type: _Word | None = None
    subtype: _Word | None = None
    hidden: bool = False
    edited: Any = None
    bot_id: Any = None
    bot_profile: Any = None
    app_id: Any = None
    user: Annotated[str, StringConstraints(max_length=64)] | None = None
    user_team: _Id | None = None
    source_team: _Id | None = None
    team: _Id | None = None
    channel: _Id | None = None
    ts: _Id | None = None
    text: Annotated[str, StringConstraints(max_length=100_000)] | None = None


class _Envelope(_Foreign):
    team_id: _Id
    api_app_id: _Id
    event_id: _Id
    is_ext_shared_channel: bool = False
    event: _Event = Field(repr=False)


_Model = TypeVar("_Model", bound=_Foreign)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Slack asks whether this address is ours, and wants its own text back."""

    text: str


@dataclass(frozen=True, slots=True, repr=False)
class SlackMessage:
    """A direct message: `user` wrote `text` in `channel` at `ts`, which names the message there."""

    event_id: str
    user: str
    channel: str
    ts: str
    text: str


def parse_event(body: bytes, *, team_id: str, app_id: str) -> Challenge | SlackMessage | None:
    """Return what is in the verified body, or None for what is left alone.

    Raises:
        BadRequestError: 400 for what is malformed, 403 for what is of another workspace or for another app.
    """
    match _read(_Kind, body).type:
        case "url_verification":
            return Challenge(_read(_Challenge, body).challenge)
        case "event_callback":
            return _message(_read(_Envelope, body), team_id=team_id, app_id=app_id)
        case _:
            return None


def _message(sent: _Envelope, *, team_id: str, app_id: str) -> SlackMessage | None:
    if (sent.team_id, sent.api_app_id) != (team_id, app_id):
        raise BadRequestError("the event is of another workspace, or for another app", status=403)
    event = sent.event
    is_direct = event.type == "message" and event.channel_type == "im"  # (1)
    is_first = event.subtype in _PLAIN_SUBTYPES and not event.hidden and event.edited is None  # (2)
    is_persons = event.bot_id is None and event.bot_profile is None and event.app_id is None  # (3)
    teams = {one for one in (event.user_team, event.source_team, event.team) if one is not None}
    is_inside = not sent.is_ext_shared_channel and teams <= {team_id}  # (4)
    if not (is_direct and is_first and is_persons and is_inside):
        return None
    if event.user is None or not _USER.fullmatch(event.user) or event.channel is None or event.ts is None:
        raise BadRequestError("expected `user`, `channel` and `ts` of a direct message", status=400)
    return SlackMessage(sent.event_id, event.user, event.channel, event.ts, plain(event.text or ""))


def plain(text: str) -> str:
    """Return a message as it reads: an address in place of its link, a name in place of a mention's code."""
    return html.unescape(_MARKUP.sub(lambda found: _shown(found[1], found[2] or ""), text))


def _shown(target: str, label: str) -> str:
    if target.startswith("@"):
        return " "
    if target[0] in "#!":
        return label
    # What a link is called may be anything; where it leads is what the person's client put there.
    return target.removeprefix("mailto:").removeprefix("tel:")


def _read(model: type[_Model], body: bytes) -> _Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first: Any = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    raise BadRequestError(f"event `{field}`: not as Slack sends it", status=400)
