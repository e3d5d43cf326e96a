"""What was asked of the tenant in one turn: each question once, and every answer with its place in the log."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from agent.created import Promises
from agent.inquiry import look_up
from agent.lookups.view import View
from agent.model.observation import Observation
from agent.ports import Ports

_OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Notes:
    """Answers of this moment, by question. What was asked already, or is promised by the plan, is not asked again."""

    def __init__(self, ports: Ports, *, now: datetime, promises: Promises = MappingProxyType({})) -> None:
        self._ports = ports
        self._now = now
        self._seen: dict[tuple[str, str], Observation] = dict(promises)
        self._unlogged: list[Observation] = []

    async def ask(self, questions: Iterable[tuple[str, str]]) -> None:
        """Ask what was not asked yet, all of it together.

        Raises:
            ThrottledError: Graph says to come back later.
        """
        fresh = [one for one in dict.fromkeys(questions) if one not in self._seen]
        if not fresh:
            return
        seen = (await look_up(fresh, self._ports, now=self._now)).observations
        for name, subject in fresh:
            self._seen[name, subject] = seen[f"{name}:{subject}"]
        self._unlogged += [self._seen[one] for one in fresh]

    def of(self, name: str, subject: str) -> Observation | None:
        """Return what was answered, known or not; None when it was not asked."""
        return self._seen.get((name, subject))

    def facts(self, name: str, subject: str) -> Mapping[str, Any] | None:
        """Return the facts of a known answer, none of an answer that there is no such thing, and else None."""
        found = self.of(name, subject)
        return None if found is None or found.state == "unknown" else found.facts

    def view(self) -> View:
        """Return the answers as policy's facts are read from."""
        seen = {f"{one.lookup}:{one.subject}": one for one in self._seen.values()}
        return View(seen=seen, requester_id="", address="", now=self._now)

    def take_unlogged(self) -> list[list[str]]:
        """Return, once, each answer as the log keeps it: look-up, ids in its subject, what came of it, Graph's own id.

        Of the subject the ids alone, because it may be an employee's number.
        """
        entries = [
            [one.lookup, "/".join(_OBJECT_ID.findall(one.subject.lower())), one.state, one.request_id]
            for one in self._unlogged
        ]
        self._unlogged.clear()
        return entries
