"""Runbook: somebody wants into or out of groups, teams, sites or mailing lists, or wants that for somebody else.

1. A guest gets answers only, and an open risk of the requester or of whom it is for ends everything but leaving.
   A link that opens a place for whoever has it is refused.
2. Find each group that is meant (a site is the group whose members work in it), and the people it is for.
3. A group whose members Graph cannot write is for the team that can: dynamic, synced, mail-enabled.
4. Look up the groups' owners and the memberships as they are.
5. Leave out what is as asked for. If nothing would change, say so, unless that would tell an outsider about
   somebody else.
6. Plan one membership change a group and person. Whether the requester may have it is policy's business.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.entities.changes import is_way_out
from agent.planners.entities.people import SELF, stranger
from agent.planners.runbooks.places import Kind, groups_meant
from agent.planners.runbooks.resolving import people_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, lacking, plan_of, refuse
from agent.planners.wording import folded
from agent.ports import Proposal

Group = dict[str, Any]
Pair = tuple[Group, Person]

# Each pair costs a look-up, and an investigation has forty.
MAX_PAIRS: Final = 12

# Somebody wants a link that opens the place, in five languages. On folded text.
_LINK: Final = re.compile(
    r"\b(?:shar\w+|public|anonymous|open) links?\b|\blien (?:de partage|public|anonyme)|\b\w*freigabe-?link\b"
    r"|\boffentliche\w* link|\benlace (?:publico|anonimo|para compartir|de uso compartido)"
    r"|\b(?:link|ligacao) (?:de partilha|publico|publica|anonimo|anonima|de compartilhamento)"
)


def group_access(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, for what is called a group."""
    return _access(ask, requester, kind="group")


def team_access(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, for what is called a team; what it is, the directory tells."""
    return _access(ask, requester, kind="team")


def site_access(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, for what is called a site."""
    return _access(ask, requester, kind="site")


def distribution_list(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, for what is called a mailing list."""
    return _access(ask, requester, kind="list")


def _access(ask: Ask, requester: Person, *, kind: Kind) -> Inquiry:
    # (1)
    change = "remove" if ask.change == "remove" or is_way_out(ask.words) else "add"
    if problem := guest_refused(requester):
        return problem
    seen = yield background(requester)
    if change == "add" and (problem := at_risk(*seen)):
        return problem
    if _LINK.search(folded(ask.words)):
        return refuse("access is given to people by membership, and never by a link that can be passed on")
    # (2)
    groups = yield from groups_meant(ask, requester, kind=kind)
    if isinstance(groups, Proposal):
        return groups
    people = yield from people_meant(ask, requester)
    if isinstance(people, Proposal):
        return people
    if problem := unknown_person(ask, requester, people=people, groups=groups):
        return problem
    if not all(person.enabled for person in people):
        return hand_over("an account that would change its membership is not enabled")
    # (3)
    owners = yield tuple(("group.owners", str(group["id"])) for group in groups)
    if problem := next(filter(None, map(unwritable, groups)), None):
        return problem
    return (yield from _changed(change, groups, people=people, requester=requester, owners=owners))


def unknown_person(
    ask: Ask, requester: Person, *, people: Sequence[Person], groups: Sequence[Group]
) -> Proposal | None:
    """Return the question who is meant, where a name can be nobody's of the directory and nobody else is meant."""
    if people[0].id != requester.id or SELF.search(folded(ask.words)):
        return None
    known = [requester.name, *(name_of(group) for group in groups), str(requester.facts.get("department") or "")]
    if not (name := stranger(ask.words, known)):
        return None
    why = "the directory does not know the person whom the request names"
    return hand_over(why, missing=lacking("person", "unknown", said=name))


def _changed(
    change: str,
    groups: Sequence[Group],
    *,
    people: Sequence[Person],
    requester: Person,
    owners: tuple[Observation, ...],
) -> Inquiry:
    pairs = [(group, person) for group in groups for person in people]
    if len(pairs) > MAX_PAIRS:
        return hand_over(f"the request is about {len(pairs)} memberships, more than the {MAX_PAIRS} of one plan")
    # (4)
    others = tuple(("user.risk", person.id) for person in people if person.id != requester.id)
    about_members = tuple(("group.member", f"{group['id']}/{person.id}") for group, person in pairs)
    seen = yield (*about_members, *others)
    members, risks = seen[: len(pairs)], seen[len(pairs) :]
    if change == "add" and (problem := at_risk(*risks)):
        return problem
    if unread := next((one for one in members if one.state != "known"), None):
        return hand_over(f"it could not be learned who is in the group ({unread.problem or unread.state})")
    # (5)
    wanted = [
        pair for pair, seen in zip(pairs, members, strict=True) if seen.facts["is_member"] is not (change == "add")
    ]
    if not wanted:
        return _nothing_to_do(change, pairs, requester=requester, owners=owners)
    # (6)
    return _planned(change, wanted, requester=requester)


def guest_refused(requester: Person) -> Proposal | None:
    """Return the refusal for a requester who is a guest: guests are told things, and given nothing."""
    is_guest = requester.facts.get("userType") == "Guest"
    return refuse("guests of the tenant get answers to questions, and no access or changes") if is_guest else None


def unwritable(group: Group) -> Proposal | None:
    """Return the hand-over of a group whose members Graph cannot write, to the team that can."""
    kinds = group["groupTypes"]
    if "DynamicMembership" in kinds:
        why = "the members of this group follow from a rule and cannot be changed by hand"
        return hand_over(why, queue="identity")
    if group.get("onPremisesSyncEnabled"):
        return hand_over("this group is mastered on-premises and cannot be changed in the cloud", queue="identity")
    if "mailEnabled" not in group:
        return hand_over("it could not be learned what kind of group this is")
    if group["mailEnabled"] and "Unified" not in kinds:
        why = "this is a distribution list or mail-enabled security group, which Microsoft Graph cannot change"
        return hand_over(why, queue="exchange")
    return None


def _nothing_to_do(
    change: str, pairs: Sequence[Pair], *, requester: Person, owners: tuple[Observation, ...]
) -> Proposal:
    owns_all = all(requester.id in {one["id"] for one in seen.facts.get("owners", [])} for seen in owners)
    if any(person.id != requester.id for _, person in pairs) and not owns_all:
        # Who is in a group is not for everybody to know.
        return hand_over("nothing would change, and the requester may not be told about somebody else's membership")
    persons = list(dict.fromkeys(person.name for _, person in pairs))
    is_own = all(person.id == requester.id for _, person in pairs)
    who = "You are" if is_own else f"{' and '.join(persons)} {'is' if len(persons) == 1 else 'are'}"
    state = "already a member" if change == "add" else "not a member"
    names = " and ".join(dict.fromkeys(name_of(group) for group, _ in pairs))
    return answer(f"the membership is as asked for: {state}", f"{who} {state} of {names}. Nothing was changed.")


def _planned(change: str, pairs: Sequence[Pair], *, requester: Person) -> Proposal:
    is_own = all(person.id == requester.id for _, person in pairs)
    whom = "the requester" if is_own else "somebody else named by the requester"
    wish = "membership of" if change == "add" else "to leave"
    count = len({str(group["id"]) for group, _ in pairs})
    groups = "one group" if count == 1 else f"{count} groups"
    return plan_of(
        f"the request asks for {wish} {groups}, for {whom}",
        tuple(_step(change, group, person=one) for group, one in pairs),
    )


def _step(change: str, group: Group, *, person: Person) -> Step:
    params = {
        "group_id": group["id"],
        "user_id": person.id,
        "group_name": name_of(group),
        "user_name": person.name,
    }
    return parse_step(f"entra.group.member.{change}", params)
