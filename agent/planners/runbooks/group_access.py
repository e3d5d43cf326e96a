"""Runbook: somebody wants into or out of a group, or wants that for somebody else.

1. Find the one group and, if it is for somebody else, the one person. A name that does not fit exactly one
   object is for people.
2. A group whose members Graph cannot write is for the team that can: dynamic, synced, mail-enabled.
3. Look up the requester's risk, roles and groups, the group's owners and the membership as it is.
4. If nothing would change, say so, unless that would tell an outsider about somebody else.
5. Plan one membership change. Whether the requester may have it is policy's business.
"""

from typing import Any

from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.runbooks.resolving import find_group, find_person
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, plan
from agent.ports import Proposal


def group_access(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    group = yield from find_group(ask.thing)
    if isinstance(group, Proposal):
        return group
    # (2)
    if problem := _unwritable(group):
        return problem
    person = requester
    if ask.person:
        other = yield from find_person(ask.person)
        if isinstance(other, Proposal):
            return other
        person = other
    if not person.enabled:
        return hand_over("the account that would change its membership is not enabled")
    # (3)
    group_id = str(group["id"])
    questions = (("group.owners", group_id), ("group.member", f"{group_id}/{person.id}"))
    owners, membership = yield questions
    yield background(requester)
    # (4)
    if membership.state != "known":
        return hand_over(f"it could not be learned who is in the group ({membership.problem or membership.state})")
    if membership.facts["is_member"] is (ask.change == "add"):
        return _nothing_to_do(ask, group, requester=requester, person=person, owners=owners)
    # (5)
    return _planned(ask, group, requester=requester, person=person)


def _unwritable(group: dict[str, Any]) -> Proposal | None:
    kinds = group["groupTypes"]
    if "DynamicMembership" in kinds:
        return hand_over("the members of this group follow from a rule and cannot be changed by hand")
    if group.get("onPremisesSyncEnabled"):
        return hand_over("this group is mastered on-premises and cannot be changed in the cloud")
    if "mailEnabled" not in group:
        return hand_over("it could not be learned what kind of group this is")
    if group["mailEnabled"] and "Unified" not in kinds:
        why = "this is a distribution list or mail-enabled security group, which Microsoft Graph cannot change"
        return hand_over(why, queue="exchange")
    return None


def _nothing_to_do(
    ask: Ask, group: dict[str, Any], *, requester: Person, person: Person, owners: Observation
) -> Proposal:
    owner_ids = {one["id"] for one in owners.facts.get("owners", [])}
    if person.id != requester.id and requester.id not in owner_ids:
        # Who is in a group is not for everybody to know.
        return hand_over("nothing would change, and the requester may not be told about somebody else's membership")
    who = "You are" if person.id == requester.id else f"{person.name} is"
    state = "already a member" if ask.change == "add" else "not a member"
    name = name_of(group)
    return answer(f"the membership is as asked for: {state}", f"{who} {state} of {name}. Nothing was changed.")


def _planned(ask: Ask, group: dict[str, Any], *, requester: Person, person: Person) -> Proposal:
    whom = "the requester" if person.id == requester.id else "another person named by the requester"
    wish = "membership of" if ask.change == "add" else "to leave"
    return plan(
        f"the request asks for {wish} one group, for {whom}",
        action=f"entra.group.member.{ask.change}",
        params={
            "group_id": group["id"],
            "user_id": person.id,
            "group_name": name_of(group),
            "user_name": person.name,
        },
    )
