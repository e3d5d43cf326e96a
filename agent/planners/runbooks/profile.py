"""Runbook: somebody wants what the directory says about a person to be changed.

1. Which attribute it is, and what it is to be, is read from the wish; what is missing is asked.
2. Names, title, department and manager are HR's: asked for by anybody else they are for HR, because groups, licences
   and approvals follow them. So is every attribute of somebody else. What else is wished for beside them goes on.
3. Look up risk, roles and groups. An open risk is refused; an account mastered on-premises, and an administrator's,
   are for the identity team.
4. Look up what the attribute is now. If it is so already, say so.
5. Plan the one change. A number may open the account, so no mail changes it; the rest is policy's.
"""

import re

from agent.actions import UnknownActionError, parse_step
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.profile_phrases import OF_HR, Wanted, profile_wish
from agent.planners.runbooks.relations import is_administrator, is_synced, works_in_hr
from agent.planners.runbooks.resolving import find_person, person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import (
    Inquiry,
    Person,
    answer,
    background,
    hand_over,
    lacking,
    plan_of,
    then_hand_over,
)
from agent.ports import Proposal

_HRS = "this part of a profile is changed by HR"
_NUMBERS = frozenset({"mobilePhone", "businessPhones"})


def profile(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    wanted = profile_wish(ask.words)
    if wanted is None:
        return hand_over("the request does not say what of the profile", missing=lacking("details", "missing"))
    # (2)
    if wanted.attribute in OF_HR and not works_in_hr(requester):
        own = next((one for one in _each_wish(ask.words) if one.value and one.attribute not in OF_HR), None)
        if own is None:
            return hand_over(_HRS, queue="hr")
        planned = yield from _wished(ask, requester, wanted=own)
        return then_hand_over(planned, "hr", why=_HRS) if planned.plan else hand_over(_HRS, queue="hr")
    return (yield from _wished(ask, requester, wanted=wanted))


def _each_wish(words: str) -> tuple[Wanted, ...]:
    return tuple(filter(None, map(profile_wish, re.split(r"(?<=[.!?;])\s+|\n", words))))


def _wished(ask: Ask, requester: Person, *, wanted: Wanted) -> Inquiry:
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return person
    if person.id != requester.id and not works_in_hr(requester):
        return hand_over("the profile of somebody else is changed by HR", queue="hr")
    if not wanted.value:
        missing = lacking("details", "missing", said=wanted.attribute)
        return hand_over("the request does not say what it is to be", missing=missing)
    # (3)
    seen = yield tuple(dict.fromkeys((*background(requester), *background(person))))
    if problem := at_risk(*seen) or _out_of_reach(person, seen, wanted=wanted, is_proven=ask.is_proven):
        return problem
    # (4) and (5)
    if wanted.attribute == "manager":
        return (yield from _managed(person, wanted))
    return (yield from _changed(person, wanted))


def _out_of_reach(person: Person, seen: tuple[Observation, ...], *, wanted: Wanted, is_proven: bool) -> Proposal | None:
    if is_synced(person):
        return hand_over("the account is mastered on-premises and is changed there", queue="identity")
    if is_administrator(person, seen):
        return hand_over("an administrator's account is changed by the identity team", queue="identity")
    if wanted.attribute in _NUMBERS and not is_proven:
        return hand_over("a number that may open the account is not changed after a mail", queue="identity")
    return None


def _managed(person: Person, wanted: Wanted) -> Inquiry:
    manager = yield from find_person(wanted.value)
    if isinstance(manager, Proposal):
        return manager
    (now,) = yield (("user.manager", person.id),)
    if now.state == "unknown":
        return hand_over(f"who the manager is now could not be learned ({now.problem})", queue="identity")
    if now.facts.get("id") == manager.id:
        return _so_already()
    steps = (manager_step(person, manager, was=str(now.facts.get("id", ""))),)
    return plan_of("HR asks for another manager", steps)


def manager_step(person: Person, manager: Person, *, was: str) -> Step:
    """Return the step that makes one the manager of the other; `was` is the present manager's id, or empty."""
    people = {"user_id": person.id, "user_name": person.name, "manager_id": manager.id, "manager_name": manager.name}
    return parse_step("entra.user.manager.set", {**people, "was_manager_id": was or None})


def _changed(person: Person, wanted: Wanted) -> Inquiry:
    facts = person.facts
    if wanted.attribute in (*_NUMBERS, "preferredLanguage"):
        (contact,) = yield (("user.contact", person.id),)
        if contact.state != "known":
            return hand_over(f"what the profile says now could not be learned ({contact.problem or contact.state})")
        facts = contact.facts
    if wanted.attribute not in facts:
        return hand_over("what the profile says now could not be learned")
    was = facts[wanted.attribute]
    if isinstance(was, list):
        if len(was) > 1:
            return hand_over("the profile has several numbers of this kind")
        was = was[0] if was else None
    if was == wanted.value:
        return _so_already()
    try:
        steps = _steps(person, wanted, was=was)
    except UnknownActionError:
        missing = lacking("details", "unknown", said=wanted.attribute)
        return hand_over("the profile does not take this value", missing=missing)
    return plan_of("the requester asks for a change of the profile", steps)


def _steps(person: Person, wanted: Wanted, *, was: object) -> tuple[Step, ...]:
    action = "entra.user.phone.update" if wanted.attribute in _NUMBERS else "entra.user.profile.update"
    changes = [{"field": wanted.attribute, "to": wanted.value, "was": was or None}]
    named = {} if wanted.attribute == "displayName" else {"user_name": person.name}
    return (parse_step(action, {"user_id": person.id, **named, "changes": changes}),)


def _so_already() -> Proposal:
    return answer("the profile says so already", "Your profile says so already. Nothing was changed.")
