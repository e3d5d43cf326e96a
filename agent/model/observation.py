"""What one read-only look-up saw, when, and from where: a fact with provenance."""

from typing import Any, Literal

from pydantic import AwareDatetime

from agent.model.frozen import Frozen


class Observation(Frozen):
    """The answer to one look-up about one subject.

    `state`: `known` (`facts` holds the answer), `absent` (the service says there is no such thing) or
    `unknown` (it could not be learned; `problem` says why). Unknown is an answer, never a guess.
    `request_id` is Graph's own id of the (last) request.
    """

    lookup: str
    subject: str
    state: Literal["known", "absent", "unknown"]
    facts: dict[str, Any] = {}
    problem: str = ""
    request_id: str = ""
    observed_at: AwareDatetime
