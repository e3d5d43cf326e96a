"""Runbook: a new group or a new team is to be made.

1. A guest gets answers only, and with an open risk of the requester or of the owner nothing is made.
2. A group that is to hold roles is refused: whoever makes it could give them. On IT's console it is for the identity
   team.
3. What our actions do not make is for the team that does: lists, groups by a rule, a channel, a team out of a group.
4. The name is asked for when none is said. Whoever asks owns it, unless somebody else is said to.
5. A name that exists already is for people: nobody could tell the two apart.
6. Plan the one creation; a team adds whoever is to be inside once it is there. Who may make what is policy's business.
"""

from collections.abc import Generator
from dataclasses import replace
from typing import Final

from agent.actions import UnknownActionError
from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.creation_phrases import (
    group_kind,
    holds_roles,
    is_public,
    made_elsewhere,
    names_members,
    new_name,
    nickname_of,
    said_of_owner,
)
from agent.planners.entities.people import stranger
from agent.planners.runbooks.group_access import guest_refused
from agent.planners.runbooks.relations import is_administrator
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import (
    Inquiry,
    Person,
    Question,
    background,
    hand_over,
    lacking,
    plan,
    refuse,
    then_hand_over,
)
from agent.planners.wording import same_words
from agent.ports import Proposal

_NAMELESS: Final = "the request does not say what the new group or team is to be called"
_OwnerFound = Generator[tuple[Question, ...], tuple[Observation, ...], Person | Proposal]


def group_create(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, for a group."""
    return _create(ask, requester, is_team=False)


def team_create(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, for a team."""
    return _create(ask, requester, is_team=True)


def _create(ask: Ask, requester: Person, *, is_team: bool) -> Inquiry:
    # (1)
    if problem := guest_refused(requester):
        return problem
    seen = yield background(requester)
    if problem := at_risk(*seen):
        return problem
    # (2)
    if holds_roles(ask.words):
        if ask.is_console and is_administrator(requester, seen):
            return hand_over("a group that can hold roles is to be made", queue="identity")
        return refuse("groups that can hold roles are not made on request")
    # (3)
    if queue := made_elsewhere(ask.words):
        return hand_over("what is to be made is none of the groups and teams that can be made here", queue=queue)
    # (4)
    name = new_name(ask.words) or ask.group
    if not name or not nickname_of(name):
        return hand_over(_NAMELESS, missing=lacking("details", "missing"))
    owner = yield from _owner(ask, requester, name=name)
    if isinstance(owner, Proposal):
        return owner
    # (5)
    (found,) = yield (("group.find", name),)
    if found.state == "unknown":
        return hand_over(f"it could not be learned whether the name is free ({found.problem})")
    if any(same_words(name_of(one), name) for one in found.facts.get("candidates", [])):
        return hand_over("a group of this name exists already", queue="identity")
    # (6)
    return _planned(ask, owner, name=name, is_team=is_team)


def _owner(ask: Ask, requester: Person, *, name: str) -> _OwnerFound:
    said = said_of_owner(ask.words)
    if not said:
        return requester
    owner = yield from person_meant(replace(ask, words=said, said=said, person=""), requester)
    if isinstance(owner, Proposal):
        return owner
    if owner.id == requester.id:
        unknown = stranger(said, [requester.name, name])
        why = "the directory does not know the person who is to own it"
        return hand_over(why, missing=lacking("person", "unknown", said=unknown)) if unknown else requester
    if not owner.enabled or owner.facts.get("userType") == "Guest":
        return hand_over("whoever is to own it is a guest, or an account that is not enabled", queue="identity")
    return at_risk(*(yield (("user.risk", owner.id),))) or owner


def _planned(ask: Ask, owner: Person, *, name: str, is_team: bool) -> Proposal:
    whose: dict[str, object] = {"user_id": owner.id, "user_name": owner.name}
    try:
        planned = _team(ask, whose, name=name) if is_team else _group(ask, whose, name=name)
    except UnknownActionError:
        return hand_over("the name cannot be that of a group", missing=lacking("details", "unknown", said=name))
    if not names_members(ask.words):
        return planned
    return then_hand_over(planned, "service-desk-l2", why="whoever is to be a member is added once it is there")


def _group(ask: Ask, whose: dict[str, object], *, name: str) -> Proposal:
    kind = group_kind(ask.words)
    seen_by = {"visibility": "Public" if is_public(ask.words) else "Private"} if kind == "microsoft365" else {}
    params = {"kind": kind, "called": name, "nickname": nickname_of(name), "description": name, **seen_by, **whose}
    return plan("the request asks for a new group", action="entra.group.create", params=params)


def _team(ask: Ask, whose: dict[str, object], *, name: str) -> Proposal:
    params = {"team": name, "visibility": "public" if is_public(ask.words) else "private", **whose}
    return plan("the request asks for a new team", action="teams.team.create", params=params)
