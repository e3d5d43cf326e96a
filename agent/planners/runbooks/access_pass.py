"""Runbook: somebody lost their second factor and needs a way to register a new one.

1. A pass for somebody else is refused, whoever asks; on IT's console it is planned for the one person meant, and
   policy says which roles may.
2. Look up risk, roles, groups and registered methods of the person. An open risk, a blocked account, an
   administrator's own, and a mail, are treated as for a password.
3. Plan one one-time pass of one hour. It comes first: it can be taken back, and without it nobody would be left a way.
4. Whoever says that the phone or its app is gone has its registration removed in the same plan, or whoever has the
   phone now could confirm sign-ins with it.
"""

import re

from agent.actions import parse_step
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.runbooks.it_console import asked_by_it
from agent.planners.runbooks.password_reset import credential_problem
from agent.planners.runbooks.resolving import others_named, person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over, plan_of, refuse
from agent.planners.wording import folded
from agent.ports import Proposal

# Matched on folded text: the phone is another one, or the app on it is gone.
_GONE = re.compile(
    r"\b(?:new|lost|broke\w*|dead|died|stolen|gone|wiped|swapped|changed|replaced|drop\w*|delet\w*|empty|old|traded"
    r"|neu\w*|verlor\w*|kaputt|weg|gewechselt|ausgetauscht|gestohlen|defekt|geloscht|leer|alte[ns]?|hinuber"
    r"|nouveau|nouvel|perdu\w*|casse\w*|change\w*|remplace\w*|disparu\w*|vole\w*|ancien\w*|supprime\w*"
    r"|nuev[oa]|perd\w+|rot[oa]|romp\w+|cambi\w+|roba\w+|viej[oa]|borra\w+|vaci[oa]|estropea\w+"
    r"|nov[oa]|avari\w+|troc\w+|substitu\w+|rouba\w+|antig[oa]|apaga\w+|quebr\w+|morreu|partid[oa])\b"
)
_AUTHENTICATOR = "microsoftAuthenticator"


def access_pass(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    person = requester
    by_it = yield from asked_by_it(ask, requester)
    if ask.person and not by_it:
        return refuse("a Temporary Access Pass is issued only to the person who owns the account and asks for it")
    if ask.person:
        other = yield from person_meant(ask, requester)
        if isinstance(other, Proposal):
            return other
        person = other
    elif not by_it and (yield from others_named(ask, requester)):
        return refuse("the request names somebody else, and a pass is issued only to whoever asks for their own")
    # (2)
    asked = (*background(requester), *background(person), ("user.auth_methods", person.id))
    seen = yield tuple(dict.fromkeys(asked))
    if problem := at_risk(*seen) or credential_problem(person, seen, is_proven=ask.is_proven):
        return problem
    # (3)
    issued = parse_step("entra.auth.tap.create", {**_whose(person), "lifetime_minutes": 60})
    # (4)
    methods = seen[-1]
    if methods.state == "unknown":
        return hand_over(f"it could not be learned with what the person signs in ({methods.problem})", queue="identity")
    is_gone = _GONE.search(folded(ask.words)) is not None
    removed = _removed(methods, person) if is_gone else ()
    why = "the second factor is lost, and a new one has to be registered"
    return plan_of(f"{why}; what is registered on the lost device goes" if removed else why, (issued, *removed))


def _removed(methods: Observation, person: Person) -> tuple[Step, ...]:
    found = [one for one in methods.facts.get("methods", ()) if one["type"] == _AUTHENTICATOR]
    whose = _whose(person)
    return tuple(
        parse_step("entra.auth.method.authenticator.delete", {**whose, "method_id": str(one["id"])}) for one in found
    )


def _whose(person: Person) -> dict[str, object]:
    return {"user_id": person.id, "user_name": person.name}
