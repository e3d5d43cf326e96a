"""Runbook: a blocked account is to be let in again, or a deleted one to come back.

1. Only HR may ask, as policy says; whoever else asks is refused by it, and is told nothing about the account.
2. A blocked account is found among the people of the tenant, a deleted one among those who can still be restored: by
   its whole name or address. None, or more than one, is asked about.
3. Look up how the account stands: what is so already is told to HR alone.
4. Plan the one change.
"""

from agent.model.clarification import Doubt
from agent.model.observation import Observation
from agent.planners.asks import Ask, Intent
from agent.planners.runbooks.relations import is_synced, works_in_hr
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.runbook import Inquiry, Person, answer, hand_over, lacking, plan, refuse
from agent.planners.wording import folded
from agent.ports import Proposal

_TENANT = "tenant"
_NOT_HR = "a blocked or deleted account comes back only when HR asks"


def returning(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    if ask.intent is Intent.ACCOUNT_RESTORE:
        return (yield from _restored(ask, requester))
    # (2)
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return person if works_in_hr(requester) else refuse(_NOT_HR)
    # (3)
    if person.enabled:
        if not works_in_hr(requester):
            return refuse(_NOT_HR)
        return answer("the account is not blocked", "This account is not blocked. Nothing was changed.")
    if is_synced(person):
        return hand_over("the account is mastered on-premises and is let in there", queue="identity")
    # (4)
    return plan(
        "a blocked account is to be let in again",
        action="entra.user.enable",
        params={"user_id": person.id, "user_name": person.name},
    )


def _restored(ask: Ask, requester: Person) -> Inquiry:
    # (2)
    (deleted,) = yield (("deleted.users", _TENANT),)
    if not works_in_hr(requester):
        return refuse(_NOT_HR)
    if deleted.state != "known":
        return hand_over(f"who was deleted could not be learned ({deleted.problem or deleted.state})", queue="identity")
    fitting = _fitting(deleted, ask)
    if len(fitting) != 1:
        doubt: Doubt = "several" if fitting else "unknown" if ask.person else "missing"
        missing = lacking("person", doubt, said=ask.person)
        return hand_over("which deleted account is meant cannot be told", queue="identity", missing=missing)
    # (4)
    found = fitting[0]
    return plan(
        "a deleted account is to come back",
        action="entra.user.restore",
        params={"user_id": found["id"], "user_name": str(found.get("displayName") or "")},
    )


def _fitting(deleted: Observation, ask: Ask) -> list[dict[str, object]]:
    """Return the deleted accounts whose whole name, or whose address, stands in the wish."""
    words = f" {folded(f'{ask.person} {ask.words}')} "
    found = []
    for one in deleted.facts["users"]:
        names = (one.get("displayName"), one.get("userPrincipalName"), one.get("mail"))
        if any(folded(str(name)) in words for name in names if name):
            found.append(dict(one))
    return found
