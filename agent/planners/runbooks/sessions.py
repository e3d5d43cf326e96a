"""Runbook: somebody wants to be signed out everywhere, or reports that somebody else should be.

1. Find who is meant, and look up how the requester stands to them.
2. One's own sessions are ended, whatever else is known: it takes nothing from anybody. An administrator's are for the
   security team.
3. Somebody else's are planned when their manager, HR or IT reports it; an administrator decides by policy. A blocked
   sign-in is planned with it, if it was asked for. Anybody else's report is for the security team.
"""

import re
from dataclasses import replace

from agent.actions import parse_step
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.runbooks.relations import answers_for, is_administrator
from agent.planners.runbooks.resolving import others_named, person_meant
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over, plan_of
from agent.planners.wording import folded
from agent.ports import Proposal

# Matched on folded text: the account itself is to be blocked, not only signed out.
_BLOCK = re.compile(
    r"\b(?:disable|deactivate|block|lock|suspend|sperr\w*|deaktivier\w*|blockier\w*|desactive[rz]?|bloque\w*|suspend\w*"
    r"|deshabilit\w*|desactiv\w*|desativ\w*|bloquei\w*)\b"
)


def sessions(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return replace(person, handover_to="security")
    if person.id == requester.id and (yield from others_named(ask, requester)):
        why = "the request names somebody else, and does not say clearly whose sessions are to end"
        return hand_over(why, queue="security")
    seen = yield background(requester)
    # (2)
    if person.id == requester.id:
        if is_administrator(requester, seen):
            return hand_over("the sessions of an administrator are for the security team to end", queue="security")
        return plan_of("the requester asks to be signed out of every session", (ended(person),))
    # (3)
    (manager,) = yield (("user.manager", person.id),)
    if not (answers_for(requester, manager) or is_administrator(requester, seen)):
        return hand_over("the request asks to end the sessions of somebody else", queue="security")
    blocked = (_blocked(person),) if person.enabled and _BLOCK.search(folded(ask.words)) else ()
    return plan_of("it is reported by somebody who answers for the person, or by IT", (*blocked, ended(person)))


def ended(person: Person) -> Step:
    """Return the step that ends all sessions of a person."""
    return parse_step("entra.user.sessions.revoke", {"user_id": person.id, "user_name": person.name})


def _blocked(person: Person) -> Step:
    return parse_step("entra.user.disable", {"user_id": person.id, "user_name": person.name})
