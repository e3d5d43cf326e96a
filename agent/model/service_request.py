"""What a person asked for, in one shape, whichever channel or ITSM it came through."""

import enum
from typing import Final, Literal

from pydantic import AwareDatetime, Field

from agent.model.frozen import Frozen


class Assurance(enum.StrEnum):
    """How well the channel proved who the requester is (strongest first)."""

    SSO = "sso"
    PORTAL = "portal"
    EMAIL = "email"


#: The languages that Remit speaks in a chat, which are those that its planner reads.
Language = Literal["en", "de", "fr", "es", "pt"]


#: The channels in which the requester and we are in a talk; all others have a page or a ticket that says how it stands.
CHATS: Final = frozenset({"teams", "slack"})
#: How many wishes of one request become cases. Whoever has more to say says it to a person.
MAX_PARTS = 5


class ServiceRequest(Frozen):
    """A normalised request (ITIL: service request). Immutable after intake.

    `requester` is the object id or user principal name that the channel authenticated; it never
    comes out of `subject` or `text`, which are untrusted prose that policy never reads. `language` is only for the eye.
    `reply_to` is the account of the requester that the channel answers to, where it takes more than `requester`.
    `evidence` are ids of the message or sign-in by which the channel proved who asks, for the log; never a token.
    `part` says for which wish of the request a case stands, and `parts` how many there are; 0 before they were counted.
    """

    tenant_id: str
    source: str
    external_id: str = Field(min_length=1, max_length=200)
    channel: Literal["itsm", "teams", "slack", "console"]
    requester: str = Field(min_length=1, max_length=256)
    assurance: Assurance
    subject: str = Field(default="", max_length=1_000)
    text: str = Field(default="", max_length=32_000)
    language: Language = "en"
    reply_to: str = Field(default="", max_length=64)
    evidence: dict[str, str] = {}
    received_at: AwareDatetime
    part: int = Field(default=0, ge=0, lt=MAX_PARTS)
    parts: int = Field(default=0, ge=0, le=MAX_PARTS)
