"""Finding the other person whom a wish names, wherever in it they stand, for wishes that are about two people.

Whose calendar, whose telephone number: there it matters that somebody else is named at all, while `person_meant` looks
for who gains. Nobody is guessed: a name that fits several people is asked about.
"""

from collections.abc import Generator
from dataclasses import replace

from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.runbook import Person, Question, lacking
from agent.planners.understanding import SOMEBODY_ELSE
from agent.ports import Proposal

_NOBODY = lacking("person", "missing")

OtherFound = Generator[tuple[Question, ...], tuple[Observation, ...], Person | Proposal | None]


def other_named(ask: Ask, requester: Person) -> OtherFound:
    """Return the one other person whom a wish names, None when it names nobody, or a question who it is."""
    found = yield from person_meant(replace(ask, person=ask.person or SOMEBODY_ELSE), requester)
    if isinstance(found, Proposal):
        return None if found.missing == _NOBODY else found
    return None if found.id == requester.id else found
