"""What a look-up is: a read-only question about one subject, and how its answer becomes an Observation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agent.lookups.reading import UnreadableError
from agent.model.graph_call import GraphCall
from agent.model.observation import Observation

# What a status other than 200 and 404 says, in words for the hand-over.
_PROBLEMS = {
    401: "Graph did not accept our token",
    403: "the application may not read this",
    429: "Graph is throttling this kind of read",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question of the closed list in `agent.lookups`.

    `call` builds the request for a subject and raises `DirectoryError` for a subject that cannot be asked
    about. `facts` reads a 200 answer: the facts (JSON values without floats, under Graph's own property
    names where it has one), or None when the answer says that there is no such thing. `permission` is the
    least application permission that Microsoft documents.
    """

    name: str
    call: Callable[[str], GraphCall]
    facts: Callable[[str, Mapping[str, Any]], dict[str, Any] | None]
    permission: str
    throttle_class: str = "entra-read"

    def observe(
        self, subject: str, status: int, *, body: Mapping[str, Any], request_id: str, now: datetime
    ) -> Observation:
        """Return what the answer to `call(subject)` says.

        Only a readable 200 is `known`. 404 is `absent`: the service says that there is no such thing. All
        else, also 403 and throttling, is `unknown`.
        """
        state, facts, problem = self._read(subject, status, body=body)
        return Observation(
            lookup=self.name,
            subject=subject,
            state=state,
            facts=facts,
            problem=problem,
            request_id=request_id,
            observed_at=now,
        )

    def _read(
        self, subject: str, status: int, *, body: Mapping[str, Any]
    ) -> tuple[Literal["known", "absent", "unknown"], dict[str, Any], str]:
        if status == 404:
            return "absent", {}, ""
        if status != 200:
            return "unknown", {}, _PROBLEMS.get(status, f"Graph answered {status}")
        try:
            facts = self.facts(subject, body)
        except UnreadableError as error:
            return "unknown", {}, str(error)
        return ("absent", {}, "") if facts is None else ("known", facts, "")
