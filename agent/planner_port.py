"""What the stages need of a planner: it proposes, from a request, what was seen and what the requester answered."""

from collections.abc import Mapping
from typing import Protocol

from agent.model.clarification import Reply
from agent.model.observation import Observation
from agent.model.service_request import ServiceRequest
from agent.port_values import Proposal


class Planner(Protocol):
    """Turns a request and what was seen into the next proposal. It can propose, never act."""

    def propose(
        self,
        request: ServiceRequest,
        seen: Mapping[str, Observation],
        *,
        requester_id: str,
        replies: tuple[Reply, ...] = (),
    ) -> Proposal:
        """Return the next proposal; `replies` are the requester's answers to what it asked back, in order.

        Pure: same input, same output.
        """

    def count_wishes(self, request: ServiceRequest, seen: Mapping[str, Observation]) -> int:
        """Return how many wishes the request has, at least one; `propose` is about the one that `request.part` names.

        Pure, and asked once, when nobody but the requester was looked up.
        """
