"""What one person approved in the last weeks, as it is kept to propose grants from. Pure: a store saves it.

It counts nothing but what ended well, and never the words of a ticket. People stand in it as digests, to tell how many
there were. It is bounded: of more terms, or more times, the oldest are forgotten, so that a proposal comes later.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, ValidationError

from agent.model.frozen import Frozen
from agent.model.precedent import Terms
from policy.canonical import canonical_json, digest

#: How long a yes is remembered: as long as a grant lasts at most.
REMEMBERED: Final = timedelta(days=90)
#: How many different terms of one person are kept, and how many times of each: with both full a row is not.
MAX_HABITS: Final = 30
MAX_SIGHTINGS: Final = 40
#: Terms that are longer are not kept: they hold a text, and nobody says yes to the same text again and again.
MAX_TERMS_CHARS: Final = 4_000


class Sighting(Frozen):
    """One yes that ended well: in which case, who asked, who gained (both as digests), and when it ended."""

    case_id: str
    asker: str
    whom: str
    at: AwareDatetime


class Habit(Frozen):
    """The times that somebody approved the same terms, the oldest first."""

    terms: Terms
    sightings: tuple[Sighting, ...]


class Habits(Frozen):
    """All that is remembered of one person's approvals in a tenant; what was seen last stands last."""

    tenant_id: str
    person_id: str
    habits: tuple[Habit, ...] = ()

    def since(self, begin: datetime) -> tuple[Habit, ...]:
        """Return what was approved at `begin` or later."""
        left = ((one.terms, tuple(it for it in one.sightings if it.at >= begin)) for one in self.habits)
        return tuple(Habit(terms=terms, sightings=found) for terms, found in left if found)


def known_as(tenant_id: str, person_id: str) -> str:
    """Return by what a person is told from others in a history; it names nobody."""
    return digest(["sighted", tenant_id.lower(), person_id.lower()])[:16]


def with_approval(habits: Habits, *, terms: Terms, sighting: Sighting) -> Habits | None:
    """Return the history with one yes more; None when it has the case already, or the terms are too long to keep."""
    if len(canonical_json(terms.model_dump(mode="json"))) > MAX_TERMS_CHARS:
        return None
    there = [one for one in habits.habits if one.terms == terms]
    if any(it.case_id == sighting.case_id for one in there for it in one.sightings):
        return None
    recent = Habits.since(habits, sighting.at - REMEMBERED)
    mine = next((one.sightings for one in recent if one.terms == terms), ())
    grown = Habit(terms=terms, sightings=tuple(sorted((*mine, sighting), key=lambda one: one.at))[-MAX_SIGHTINGS:])
    others = [one for one in recent if one.terms != terms]
    return habits.model_copy(update={"habits": (*others, grown)[-MAX_HABITS:]})


def without(habits: Habits, is_over: Callable[[Terms], bool]) -> Habits | None:
    """Return the history without the terms that `is_over` says, as after a no; None when it has none of them."""
    left = tuple(one for one in habits.habits if not is_over(one.terms))
    return None if left == habits.habits else habits.model_copy(update={"habits": left})


def habits_text(habits: Habits) -> str:
    """Return the stored form, canonical JSON."""
    return canonical_json(habits.model_dump(mode="json"))


def habits_in(text: str) -> Habits:
    """Return the history whose stored form is `text`.

    Raises:
        ValueError: it is none.
    """
    try:
        return Habits.model_validate_json(text)
    except ValidationError:
        raise ValueError("expected a stored history of approvals, got something else") from None
