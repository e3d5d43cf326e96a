"""A message that somebody wrote to us, verified, in one shape, whichever chat it came through."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent.channels.activities import Message, VerifiedActivity
from agent.channels.utterance import Utterance, read_utterance


@dataclass(frozen=True, slots=True)
class Heard:
    """What was written, and by whom: `person_id` is an object id of `tenant_id`, as far as the channel can tell.

    `place` is the conversation and `message_id` the message in it; both are the same when it is delivered again.
    `is_personal` says that nobody else reads there, `is_for_us` that we are spoken to. `account` is what the chat calls
    the person, where it takes that to answer; `service_url` where the chat itself is reached, for Teams.
    """

    channel: Literal["teams", "slack"]
    tenant_id: str
    person_id: str
    said: Utterance
    place: str
    message_id: str
    evidence: Mapping[str, str]
    is_personal: bool = True
    is_for_us: bool = True
    account: str = ""
    service_url: str = ""


def heard_in_teams(activity: VerifiedActivity) -> Heard | None:
    """Return the message of a verified activity, or None for one that is no message."""
    message = activity.activity
    if not isinstance(message, Message):
        return None
    return Heard(
        channel="teams",
        tenant_id=activity.tenant_id,
        person_id=activity.person_id,
        said=read_utterance(message),
        place=message.conversation.id,
        message_id=message.id,
        evidence=activity.evidence,
        is_personal=message.is_personal,
        is_for_us=message.is_personal or message.mentions_bot,
        service_url=message.service_url,
    )
