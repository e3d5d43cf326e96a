"""One message in hand, and what may be said in the place where it was written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.channels.heard import Heard
from agent.channels.utterance import Utterance
from agent.phrasebook import phrase
from agent.ports import Ports


class Saying(Protocol):
    """Speaks where a message was written, to whoever reads there: only what anybody may read."""

    async def __call__(self, conversation_id: str, *, service_url: str, text: str) -> None:
        """Post one plain text.

        Raises:
            ChannelError: it was not accepted, or the address is not on the list of allowed hosts.
        """


@dataclass(frozen=True, slots=True)
class Talk:
    """Whose a message is, what it says, and the `key` under which it is known when it comes again."""

    heard: Heard
    key: str
    ports: Ports
    now: datetime

    @property
    def whose(self) -> tuple[str, str]:
        """The tenant and object id of who wrote it."""
        return self.heard.tenant_id, self.heard.person_id

    @property
    def said(self) -> Utterance:
        """What it says."""
        return self.heard.said

    def phrase(self, name: str, **values: str) -> str:
        """Return a phrase of ours in the language of the message."""
        return phrase(name, self.said.language, **values)
