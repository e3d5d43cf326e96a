"""Speaks where a message was written: to anybody who reads there, so never about a case and never about a person."""

from agent.channels.connector import Connector

_MAX_TEXT_CHARS = 1_000


class InPlace:
    """Implements `agent.talk.Saying`."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def __call__(self, conversation_id: str, *, service_url: str, text: str) -> None:
        """Post one plain text to a conversation; formatting marks in it are shown as they are.

        Raises:
            ChannelError: it was not accepted, or the address is not on the list of allowed hosts.
        """
        message = {"type": "message", "textFormat": "plain", "text": text[:_MAX_TEXT_CHARS]}
        await self._connector.post(conversation_id, message, service_url=service_url)
