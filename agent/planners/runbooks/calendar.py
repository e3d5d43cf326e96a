"""Runbook: a calendar is to be shared with somebody, shared otherwise, or no longer.

1. Whose calendar: the requester's own when they say "my"; a room's, or one that everybody is to see, is for people;
   else that of the person who is named, for the requester to read.
2. With whom: an address, or the one person who is named.
3. Look up who has which role in it, and the requester's risk, roles and groups. As wished already: say so.
4. Plan one change: reading, unless the words name another role. Somebody else's calendar is planned like one's own:
   whether its owner can be asked is policy's business.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.mail_phrases import MY_CALENDAR, OFF, ORGANISATION, ROOM, Role, addresses_in, role_in
from agent.planners.runbooks.other_person import other_named
from agent.planners.runbooks.proposing import planned
from agent.planners.runbooks.runbook import Inquiry, Person, Question, answer, background, hand_over, lacking
from agent.planners.sayings import say
from agent.planners.wording import folded
from agent.ports import Proposal

_NOBODY = "the request does not say whose calendar is meant, or who is to see it"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is to see a calendar. `name` is empty for an address that the directory does not know."""

    address: str
    name: str


def calendar(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    is_mine = MY_CALENDAR.search(words) is not None
    # (1)
    if ROOM.search(words) and not is_mine:
        return hand_over("the calendar of a room is the room's own, and its owner has to agree", queue="exchange")
    if ORGANISATION.search(words):
        return hand_over("the request is about everybody's right to see a calendar", queue="exchange")
    # (2)
    found = yield from _owner_and_reader(ask, requester, is_mine=is_mine)
    if isinstance(found, Proposal):
        return found
    owner, reader = found
    # (3)
    (seen,) = yield (("mailbox.calendar_permissions", owner.id),)
    yield background(requester)
    if seen.state != "known":
        return hand_over("it could not be read who sees this calendar", queue="exchange")
    held = _held(seen, reader.address)
    # (4)
    if OFF.search(words):
        return _taken(ask, held, owner=owner, reader=reader)
    return _given(ask, held, owner=owner, reader=reader)


_Found = tuple[Person, Reader] | Proposal


def _owner_and_reader(
    ask: Ask, requester: Person, *, is_mine: bool
) -> Generator[tuple[Question, ...], tuple[Observation, ...], _Found]:
    addresses = addresses_in(ask.words)
    if is_mine and len(addresses) == 1:
        (known,) = yield (("user.get", addresses[0]),)
        if known.state == "unknown":
            return hand_over("the person of an address could not be looked up", queue="exchange")
        return requester, Reader(addresses[0], name_of(known.facts) if known.state == "known" else "")
    person = yield from other_named(ask, requester)
    if isinstance(person, Proposal):
        return person
    if person is None:
        return hand_over(_NOBODY, queue="exchange", missing=lacking("person", "missing"))
    owner, other = (requester, person) if is_mine else (person, requester)
    address = other.facts.get("mail") or other.facts.get("userPrincipalName")
    if not isinstance(address, str):
        return hand_over("the person who is to see the calendar has no address", queue="exchange")
    (known,) = yield (("user.get", address),)
    return owner, Reader(address, name_of(known.facts) if known.state == "known" else "")


def _held(seen: Observation, address: str) -> dict[str, Any] | None:
    entries = seen.facts["permissions"]
    return next((one for one in entries if str(one.get("address", "")).casefold() == address.casefold()), None)


def _given(ask: Ask, held: dict[str, Any] | None, *, owner: Person, reader: Reader) -> Proposal:
    named = role_in(folded(ask.words))
    role: Role = named or "read"
    reason = "the request asks for a calendar to be shared with one person"
    # Whoever may write may also read, so "let them see it" takes nothing away.
    is_enough = held is not None and (held.get("role") == role or (named is None and held.get("role") == "write"))
    if is_enough:
        return answer("the calendar is shared as wished already", say("calendar_as_wished", ask.language))
    params = _params(owner, reader)
    if held is None or held.get("role") == "none":
        return planned(reason, ("exo.calendar.permission.grant", {**params, "role": role}), queue="exchange")
    entry = {"permission_id": held["id"], "was_role": held.get("role"), "role": role}
    return planned(reason, ("exo.calendar.permission.update", {**params, **entry}), queue="exchange")


def _taken(ask: Ask, held: dict[str, Any] | None, *, owner: Person, reader: Reader) -> Proposal:
    if held is None:
        return answer("the calendar is not shared with this person", say("calendar_as_wished", ask.language))
    entry = {"permission_id": held["id"], "was_role": held.get("role")}
    reason = "the request asks that a person no longer sees a calendar"
    wanted = ("exo.calendar.permission.revoke", {**_params(owner, reader), **entry})
    return planned(reason, wanted, queue="exchange")


def _params(owner: Person, reader: Reader) -> dict[str, Any]:
    who = {"user_id": owner.id, "user_name": owner.name}
    return {**who, "address": reader.address, "reader_name": reader.name}
