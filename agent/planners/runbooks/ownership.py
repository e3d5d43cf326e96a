"""Runbook: somebody is to own a group or team, or to own it no longer.

1. A guest gets answers only, and with an open risk of the requester, or of whom it is for, nobody becomes an owner.
   Who only asks whose a group is, is answered as on the page of such questions.
2. Find the groups that are meant, and who is to own them: the requester, unless somebody else is named. Where one is
   to come and another to go, people look at both.
3. A group that can hold roles is refused, because its owner could give them; on IT's console it is for the identity
   team. A group that Graph cannot write is for the team that can.
4. Say so if nothing would change, unless that would tell an outsider who owns what. A group keeps its last owner.
5. Plan one change a group. Who may say who owns a group is policy's business.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.entities.people import SELF
from agent.planners.question_phrases import OF_ONESELF
from agent.planners.review_phrases import asks_whose
from agent.planners.runbooks.access_review import access_review
from agent.planners.runbooks.group_access import guest_refused, unknown_person, unwritable
from agent.planners.runbooks.places import groups_meant
from agent.planners.runbooks.relations import is_administrator
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, lacking, plan_of, refuse
from agent.planners.wording import folded
from agent.ports import Proposal

Group = dict[str, Any]

# Somebody is to own it no longer, and somebody is to own it from now on; both on folded text.
_GOES: Final = re.compile(
    r"\b(?:remove|revoke|drop|take (?:me|him|her|them) (?:off|out)|no longer|step(?:ping)? down"
    r"|entfern\w*|streich\w*|austragen|heraus\w*|raus\w*|nicht mehr|loscht?"
    r"|retir\w+|enlev\w+|supprim\w+|ne (?:suis|veux|dois) plus|quit[ae]\w*|elimin\w+|saca\w*|ya no|remov\w+"
    r"|tir[ae]\w*"
    r"|ja nao)\b"
)
_COMES: Final = re.compile(
    r"\b(?:make|appoint|promote|become|becoming|add|transfer|tak(?:e|ing) over|hand(?:ing)? \S+ ?\S* ?over"
    r"|instead|new owner"
    r"|second owner|mach\w*|ernenn\w*|eintragen|ubern\w+|ubertrag\w*|hinzu\w*|werden|abgeben|statt"
    r"|neue[rn]? (?:be|ei)\w+"
    r"|nomm\w+|designe\w*|reprend\w*|transfer\w+|ajout\w+|devenir|ceder|a la place|nouve\w+ propriet\w+"
    r"|haz\w*|nombr\w+|traspas\w+|anad\w+|agreg\w+|asum\w+|hago cargo|en lugar|nuev[oa] (?:propiet|duen)\w+"
    r"|fa[zc]\w*|nome\w+|passar|assum\w+|adicion\w+|acrescent\w+|em vez|nov[oa] (?:propriet|don)\w+)\b"
)


def group_owner(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if problem := guest_refused(requester):
        return problem
    seen = yield background(requester)
    words = folded(ask.words)
    goes, comes = _GOES.search(words) is not None, _COMES.search(words) is not None
    if not goes and not comes and asks_whose(ask.words):
        return (yield from access_review(ask, requester))
    if not goes and (problem := at_risk(*seen)):
        return problem
    # (2)
    groups = yield from groups_meant(ask, requester, kind="group")
    if isinstance(groups, Proposal):
        return groups
    if any(group.get("isAssignableToRole") for group in groups):
        # (3)
        return _privileged(is_it=ask.is_console and is_administrator(requester, seen))
    if goes and comes:
        return hand_over("one owner of a group is to come and another is to go", queue="identity")
    who = yield from person_meant(ask, requester)
    if isinstance(who, Proposal):
        return who
    if problem := _unsaid(ask, requester, who=who, groups=groups):
        return problem
    if problem := next(filter(None, map(unwritable, groups)), None):
        return problem
    return (yield from _changed("remove" if goes else "add", groups, who=who, requester=requester))


def _unsaid(ask: Ask, requester: Person, *, who: Person, groups: Sequence[Group]) -> Proposal | None:
    """Return the question who is meant, where nobody is named and the requester does not speak of themselves."""
    if who.id != requester.id or ask.person:
        return None
    if problem := unknown_person(ask, requester, people=(who,), groups=groups):
        return problem
    words = folded(ask.words)
    if SELF.search(words) or OF_ONESELF.search(words) or _is_named(ask.words, requester):
        return None
    return hand_over("the request does not say who is to own the group", missing=lacking("person", "missing"))


def _is_named(words: str, person: Person) -> bool:
    return any(folded(name) in folded(words) for name in (person.name, str(person.facts.get("userPrincipalName"))))


def _privileged(*, is_it: bool) -> Proposal:
    if is_it:
        return hand_over("the owner of a group that can hold roles is to change", queue="identity")
    return refuse("who owns a group that can hold roles could give these roles, so it is not changed on request")


def _changed(change: str, groups: Sequence[Group], *, who: Person, requester: Person) -> Inquiry:
    if change == "add" and not who.enabled:
        return hand_over("the account that is to own a group is not enabled", queue="identity")
    if change == "add" and who.facts.get("userType") == "Guest":
        return refuse("guests of the tenant own no groups")
    if change == "add" and who.id != requester.id and (problem := at_risk(*(yield (("user.risk", who.id),)))):
        return problem
    owners = yield tuple(("group.owners", str(group["id"])) for group in groups)
    if lost := next((one for one in owners if one.state != "known"), None):
        return hand_over(f"it could not be learned who owns the group ({lost.problem or lost.state})")
    # (4)
    owned = [who.id in _ids(seen) for seen in owners]
    wanted = [group for group, is_owner in zip(groups, owned, strict=True) if is_owner is not (change == "add")]
    if not wanted:
        owns_all = all(requester.id in _ids(seen) for seen in owners)
        return _nothing_to_do(change, groups, who=who, is_told=owns_all or who.id == requester.id)
    if change == "remove" and any(_ids(seen) == {who.id} for seen in owners):
        return hand_over("a group keeps its last owner until somebody else owns it", queue="identity")
    # (5)
    return _planned(change, wanted, who=who)


def _ids(seen: Observation) -> set[str]:
    return {str(one["id"]) for one in seen.facts["owners"]}


def _nothing_to_do(change: str, groups: Sequence[Group], *, who: Person, is_told: bool) -> Proposal:
    if not is_told:
        return hand_over("nothing would change, and the requester may not be told who owns the group")
    state = "owns" if change == "add" else "is no owner of"
    names = " and ".join(name_of(group) for group in groups)
    return answer("the ownership is as asked for", f"{who.name} {state} {names}. Nothing was changed.")


def _planned(change: str, groups: Sequence[Group], *, who: Person) -> Proposal:
    wish = "is to own" if change == "add" else "is no longer to own"
    count = "one group" if len(groups) == 1 else f"{len(groups)} groups"
    return plan_of(f"somebody {wish} {count}", tuple(_step(change, group, who=who) for group in groups))


def _step(change: str, group: Group, *, who: Person) -> Step:
    params = {"group_id": group["id"], "group_name": name_of(group), "user_id": who.id, "user_name": who.name}
    return parse_step(f"entra.group.owner.{change}", params)
