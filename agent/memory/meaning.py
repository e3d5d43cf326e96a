"""What words meant in cases that ended well, as it is kept for a tenant. Pure: a store saves it.

A meaning is a hint. It says what to ask about first, and never what to do: whoever is served confirms it. It holds the
words that people used and object ids, never what the tenant calls anything; people stand in it as digests, to tell how
many there were. It is bounded, and what nobody meant for 90 days is forgotten.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from agent.model.clarification import MAX_SAID_CHARS
from agent.model.frozen import Frozen
from agent.standing.habits import known_as
from policy.canonical import canonical_json, digest

#: What words may stand for.
Kind = Literal["group", "site", "app", "product"]
#: How long a meaning is remembered after it was last meant.
REMEMBERED: Final = timedelta(days=90)
#: Of one expression so many meanings, and of each so many times, are kept: the newest.
MAX_SENSES: Final = 8
MAX_TIMES: Final = 20


class Time(Frozen):
    """One time that the words were said and meant so: the case that showed it, who said it (a digest), and when."""

    case_id: str
    person: str
    at: AwareDatetime


class Sense(Frozen):
    """One object that the words stood for, with the times, the oldest first."""

    object_id: str = Field(min_length=1, max_length=256)
    times: tuple[Time, ...] = Field(min_length=1)

    @property
    def people(self) -> int:
        """How many different people meant it."""
        return len({one.person for one in self.times})

    @property
    def expires_at(self) -> datetime:
        """When it is forgotten unless somebody means it again."""
        return self.times[-1].at + REMEMBERED


class Meaning(Frozen):
    """Everything that an expression stood for in a tenant. `words` are as people say them, in lower case."""

    tenant_id: str
    kind: Kind
    words: str = Field(min_length=1, max_length=MAX_SAID_CHARS)
    senses: tuple[Sense, ...] = ()

    @property
    def id(self) -> str:
        """Its name in storage, made of kind and words."""
        return meaning_id(self.kind, self.words)

    def at(self, now: datetime) -> tuple[Sense, ...]:
        """Return what is remembered at `now`, most people first, then what was meant last."""
        left = (one for one in self.senses if now < one.expires_at)
        return tuple(sorted(left, key=lambda one: (-one.people, -one.times[-1].at.timestamp(), one.object_id)))


def meaning_id(kind: str, words: str) -> str:
    """Return the id of the meaning of `words`, whatever their case and blanks."""
    return digest(["meaning", kind, said_as(words)])[:32]


def said_as(words: str) -> str:
    """Return words as they are compared: in lower case, with single blanks."""
    return " ".join(words.lower().split())[:MAX_SAID_CHARS]


def meant(meaning: Meaning, *, object_id: str, person_id: str, case_id: str, at: datetime) -> Meaning | None:
    """Return the meaning after one case more; None when it has the case already."""
    if any(time.case_id == case_id for one in meaning.senses for time in one.times):
        return None
    time = Time(case_id=case_id, person=known_as(meaning.tenant_id, person_id), at=at)
    before = next((one.times for one in meaning.senses if one.object_id == object_id), ())
    grown = Sense(object_id=object_id, times=(*before, time)[-MAX_TIMES:])
    others = [one for one in meaning.senses if one.object_id != object_id and at < one.expires_at]
    return meaning.model_copy(update={"senses": (*others, grown)[-MAX_SENSES:]})


def text_of(meaning: Meaning) -> str:
    """Return the stored form, canonical JSON."""
    return canonical_json(meaning.model_dump(mode="json"))


def meaning_in(text: str) -> Meaning:
    """Return the meaning whose stored form is `text`.

    Raises:
        ValueError: it is none.
    """
    try:
        return Meaning.model_validate_json(text)
    except ValidationError:
        raise ValueError("expected a stored meaning, got something else") from None
