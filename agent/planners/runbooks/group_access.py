"""Runbook: somebody wants into or out of groups, or wants that for somebody else.

1. Find each group and, if it is for somebody else, the one person. A name that does not fit exactly one
   object is for people.
2. A group whose members Graph cannot write is for the team that can: dynamic, synced, mail-enabled.
3. Look up the groups' owners and the memberships as they are, and the requester's risk, roles and groups.
4. Leave out what is as asked for. If nothing would change, say so, unless that would tell an outsider about
   somebody else.
5. Plan one membership change a group. Whether the requester may have it is policy's business.
"""

from typing import Any

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.runbooks.resolving import find_groups, person_meant
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, plan_of
from agent.ports import Proposal

Group = dict[str, Any]


def group_access(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    groups = yield from find_groups(ask.thing)
    if isinstance(groups, Proposal):
        return groups
    # (2)
    if problem := next(filter(None, map(_unwritable, groups)), None):
        return problem
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return person
    if not person.enabled:
        return hand_over("the account that would change its membership is not enabled")
    # (3)
    about_owners = tuple(("group.owners", str(group["id"])) for group in groups)
    about_members = tuple(("group.member", f"{group['id']}/{person.id}") for group in groups)
    seen = yield (*about_owners, *about_members)
    owners, members = seen[: len(groups)], seen[len(groups) :]
    yield background(requester)
    # (4)
    if unread := next((one for one in members if one.state != "known"), None):
        return hand_over(f"it could not be learned who is in the group ({unread.problem or unread.state})")
    pairs = zip(groups, members, strict=True)
    wanted = tuple(group for group, seen in pairs if seen.facts["is_member"] is not (ask.change == "add"))
    if not wanted:
        return _nothing_to_do(ask, groups, requester=requester, person=person, owners=owners)
    # (5)
    return _planned(ask, wanted, requester=requester, person=person)


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
    ask: Ask, groups: tuple[Group, ...], *, requester: Person, person: Person, owners: tuple[Observation, ...]
) -> Proposal:
    owns_all = all(requester.id in {one["id"] for one in seen.facts.get("owners", [])} for seen in owners)
    if person.id != requester.id and not owns_all:
        # Who is in a group is not for everybody to know.
        return hand_over("nothing would change, and the requester may not be told about somebody else's membership")
    who = "You are" if person.id == requester.id else f"{person.name} is"
    state = "already a member" if ask.change == "add" else "not a member"
    names = " and ".join(name_of(group) for group in groups)
    return answer(f"the membership is as asked for: {state}", f"{who} {state} of {names}. Nothing was changed.")


def _planned(ask: Ask, groups: tuple[Group, ...], *, requester: Person, person: Person) -> Proposal:
    whom = "the requester" if person.id == requester.id else "another person named by the requester"
    wish = "membership of" if ask.change == "add" else "to leave"
    steps = tuple(_step(ask, group, person=person) for group in groups)
    count = "one group" if len(groups) == 1 else f"{len(groups)} groups"
    return plan_of(f"the request asks for {wish} {count}, for {whom}", steps)


def _step(ask: Ask, group: Group, *, person: Person) -> Step:
    params = {
        "group_id": group["id"],
        "user_id": person.id,
        "group_name": name_of(group),
        "user_name": person.name,
    }
    return parse_step(f"entra.group.member.{ask.change}", params)
