"""A question back to the requester about the one thing that is missing, and the reply to it."""

from typing import Literal

from pydantic import AwareDatetime, Field

from agent.model.frozen import Frozen

#: What may be missing: what is wanted at all, which object is meant, or what else a runbook needs to know: for when,
#: why, at which address; `details` are the fields of a form, which `said` names.
About = Literal[
    "wish",
    "group",
    "person",
    "product",
    "dates",
    "device",
    "site",
    "app",
    "mailbox",
    "reason",
    "details",
    "address",
]
#: Why it has to be asked: it was not said, nothing fits what was said, or more than one thing does.
Doubt = Literal["missing", "unknown", "several"]

#: A name is short; what is longer is a story, and is cut where it is repeated to the requester.
MAX_SAID_CHARS = 120
#: The answer to one question is a name or a sentence. What goes beyond is cut.
MAX_REPLY_CHARS = 1_000


class Missing(Frozen):
    """The one thing without which a request cannot be planned. `said` is what the requester wrote in its place.

    It names a kind of question and holds no sentence, so that a planner cannot put words into our mouth.
    """

    about: About
    doubt: Doubt
    said: str = Field(default="", max_length=MAX_SAID_CHARS)


class Reply(Frozen):
    """What the requester answered to a question about `missing`: data like the request's text, and no proof."""

    missing: Missing
    text: str = Field(min_length=1, max_length=MAX_REPLY_CHARS)


class Clarification(Frozen):
    """One question to the requester, open until `expires_at` or until it has a reply.

    `is_put`: the requester has it. `reply_key` is the digest of the message that brought the reply, so that the same
    message, delivered again, is known.
    """

    id: str
    missing: Missing
    expires_at: AwareDatetime
    is_put: bool = False
    reply: str = Field(default="", max_length=MAX_REPLY_CHARS)
    reply_key: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the requester has it and has not answered it."""
        return self.is_put and not self.reply
