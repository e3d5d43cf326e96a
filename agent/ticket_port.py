"""What the stages need of the ticket system that a request came from."""

from typing import Protocol

from agent.model.handoff import Handoff
from agent.model.service_request import ServiceRequest


class Itsm(Protocol):
    """The ticket system a request came from."""

    async def comment(self, request: ServiceRequest, *, text: str, resolved: bool) -> None:
        """Add an answer to the ticket. A source without a way back is left alone.

        Raises:
            ChannelError: the ticket system did not accept it.
        """

    async def ask(self, request: ServiceRequest, *, text: str, question_id: str) -> bool:
        """Put a question to the requester on the ticket, which then waits for them; False where there is no way back.

        Raises:
            ChannelError: as above.
        """

    async def hand_over(self, request: ServiceRequest, *, handoff: Handoff) -> None:
        """Give the ticket to a team with everything it needs.

        Raises:
            ChannelError: as above.
        """
