"""Runbook: somebody forgot their password, or locked themselves out with a wrong one.

1. Of somebody else it is refused, whoever asks, because a password is its owner's; of a single name that fits more
   than one person it is asked who is meant. On IT's console it is planned for
   the one person meant, and policy says which roles may.
2. Look up risk, roles and groups of the person; an open risk is refused, and the security team hears of it.
3. A blocked account gets no password. An administrator's own, and one that is mastered on-premises, is for the
   identity team.
4. A mail proves nobody: whoever wrote one is asked to prove who they are.
5. Of somebody who is locked out, the sign-ins of the last day are looked up. A lock ends by itself after a while, and
   with a new password at once.
6. Plan one fresh temporary password.
"""

import re
from datetime import date, timedelta

from agent.model.observation import Observation
from agent.planners.asks import Ask, Intent
from agent.planners.runbooks.it_console import asked_by_it
from agent.planners.runbooks.relations import is_administrator
from agent.planners.runbooks.resolving import find_person, others_named, person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, Question, background, hand_over, lacking, plan, refuse
from agent.ports import Proposal

# The codes of Entra for an account that is locked after wrong passwords, and for one that is blocked (AADSTS).
_LOCKED, _BLOCKED = 50053, 50057
# A single word may be a name that several people have, and one of them the requester.
_ONE_WORD = re.compile(r"[^\W\d][\w'-]*")
_PROOF = lacking("details", "missing", said="identity")


def password_reset(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    person = requester
    by_it = yield from asked_by_it(ask, requester)
    if ask.person and not by_it:
        if _ONE_WORD.fullmatch(ask.person):
            found = yield from find_person(ask.person)
            if isinstance(found, Proposal) and found.missing is not None and found.missing.doubt == "several":
                return found
        return refuse("a password is reset only for the person who owns the account and asks for it")
    if ask.person:
        other = yield from person_meant(ask, requester)
        if isinstance(other, Proposal):
            return other
        person = other
    elif not by_it and (yield from others_named(ask, requester)):
        return refuse("the request names somebody else, and a password is reset only for whoever asks for their own")
    # (2)
    seen = yield tuple(dict.fromkeys((*background(requester), *background(person))))
    if problem := at_risk(*seen) or credential_problem(person, seen, is_proven=ask.is_proven):
        return problem
    # (5)
    why = "a new password is asked for by its owner" if person is requester else "IT asks for it on the console"
    if ask.intent is Intent.UNLOCK and ask.today > date.min:
        (signed_in,) = yield (_sign_ins(person, today=ask.today),)
        codes = {one.get("errorCode") for one in signed_in.facts.get("sign_ins", ())}
        if _BLOCKED in codes and _LOCKED not in codes:
            return hand_over("the sign-ins show an account that is blocked, not one that is locked", queue="identity")
        lock = "the sign-ins show the lock" if _LOCKED in codes else "no sign-in of the last day shows a lock"
        why = f"the account is locked out, as its owner says; {lock}, and a new password opens it at once"
    # (6)
    return plan(why, action="entra.user.password.reset", params={"user_id": person.id, "user_name": person.name})


def credential_problem(person: Person, seen: tuple[Observation, ...], *, is_proven: bool) -> Proposal | None:
    """Return why nobody may get a credential for this account by themselves, or None; `seen` is their background."""
    # (3)
    if not person.enabled:
        return refuse("the account is blocked, and a blocked account gets no credential")
    if is_administrator(person, seen):
        return hand_over("an administrator's own credentials are for the identity team", queue="identity")
    if person.facts.get("onPremisesSyncEnabled") is True:
        # Whether a password would be written back, policy knows; by then nobody has to prove anything.
        return None if is_proven else hand_over("the account is mastered on-premises", queue="identity")
    # (4)
    if not is_proven:
        why = "a mail does not prove who wrote it, and a credential goes to nobody who is not proven"
        return hand_over(why, queue="identity", missing=_PROOF)
    return None


def _sign_ins(person: Person, *, today: date) -> Question:
    return ("user.signins", f"{person.id}/{today - timedelta(days=1)}T00:00:00Z")
