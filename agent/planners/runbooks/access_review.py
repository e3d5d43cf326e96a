"""Runbook: somebody asks who is in a group, or what they themselves have access to.

1. A guest gets answers on how something is done only.
2. What is asked about somebody else's access is refused, unless the group is one's own; whether there is such a person
   makes no difference. IT asks on the console.
3. Of oneself: whether one is in the groups that are named, also through another group; or else which ones one is in.
4. Who is in a group is told to an owner of it and, on the console, to IT; to nobody who may be in other hands. Who owns
   a group is told to its members besides.
5. Names are the tenant's: quoted, cut short, counted when they are many, and never followed.
"""

from collections.abc import Generator, Sequence
from typing import Any, Final

from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.review_phrases import asks_for_owners, is_about_oneself
from agent.planners.runbooks.group_access import guest_refused
from agent.planners.runbooks.it_console import is_it
from agent.planners.runbooks.other_person import other_named
from agent.planners.runbooks.places import groups_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, Question, answer, background, hand_over, refuse
from agent.planners.sayings import quoted, say
from agent.ports import Proposal

Group = dict[str, Any]

# Each group costs a look-up, and an investigation has forty.
_MAX_LOOKED_UP: Final = 20
# A longer list is no answer that anybody reads in a chat; the rest is counted.
_MAX_NAMED: Final = 25
_NOT_THEIRS: Final = "who has access to what is told to the owners of a group and to nobody else"

_Told = Generator[tuple[Question, ...], tuple[Observation, ...], Proposal]


def access_review(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if problem := guest_refused(requester):
        return problem
    seen = yield background(requester)
    by_it = is_it(ask, seen[1])
    if is_about_oneself(ask.words) and not ask.person:
        return (yield from _own(ask, requester, listed=seen[2]))
    # (2)
    other = yield from other_named(ask, requester)
    if other is not None and not by_it:
        return refuse(_NOT_THEIRS)
    if isinstance(other, Person):
        return (yield from _listed(ask, whose=quoted(other.name), subject=other.id))
    # (4)
    groups = yield from groups_meant(ask, requester, kind="group")
    if isinstance(groups, Proposal):
        return groups
    if problem := at_risk(*seen):
        return problem
    if len(groups) != 1:
        return hand_over("the request asks about several groups at once", queue="identity")
    return (yield from _of_group(ask, groups[0], requester=requester, by_it=by_it))


def _own(ask: Ask, requester: Person, *, listed: Observation) -> _Told:
    # (3)
    groups = yield from groups_meant(ask, requester, kind="group")
    if isinstance(groups, Proposal):
        is_named = groups.missing is not None and groups.missing.doubt == "several"
        mine = say("about_you", ask.language)
        return groups if is_named else (yield from _listed(ask, whose=mine, subject=requester.id))
    if listed.state != "known":
        return hand_over("it could not be learned which groups the requester is in", queue="identity")
    inside = set(listed.facts["groups"])
    lines = [
        say("fact", ask.language, label=quoted(name_of(one)), value=say(_yes(one["id"] in inside), ask.language))
        for one in groups
    ]
    return answer(
        "the requester asks about the own membership", f"{say('is_member', ask.language)} {'; '.join(lines)}."
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _listed(ask: Ask, *, whose: str, subject: str) -> _Told:
    """Tell which groups somebody is in, also through other groups."""
    (listed,) = yield (("user.groups", subject),)
    if listed.state != "known":
        return hand_over("it could not be learned which groups somebody is in", queue="identity")
    ids = [str(one) for one in listed.facts["groups"]]
    seen = yield tuple(("group.get", one) for one in ids[:_MAX_LOOKED_UP])
    if any(one.state != "known" for one in seen):
        return hand_over("the groups that somebody is in could not be looked up", queue="identity")
    text = _names(ask, [name_of(one.facts) for one in seen], count=len(ids))
    return answer("somebody's groups are asked for", f"{whose}. {say('groups', ask.language)}: {text}.")


def _of_group(ask: Ask, group: Group, *, requester: Person, by_it: bool) -> _Told:
    group_id = str(group["id"])
    owners, mine = yield (("group.owners", group_id), ("group.member", f"{group_id}/{requester.id}"))
    if owners.state != "known":
        return hand_over("it could not be learned who owns the group", queue="identity")
    may_know = by_it or requester.id in {one["id"] for one in owners.facts["owners"]}
    if asks_for_owners(ask.words):
        is_member = mine.state == "known" and mine.facts["is_member"] and not group.get("isAssignableToRole")
        if not may_know and not is_member:
            return hand_over("who owns this group is told to its members", queue="identity")
        return _people(ask, group, label="owners", people=owners.facts["owners"], count=len(owners.facts["owners"]))
    if not may_know:
        return refuse(_NOT_THEIRS)
    (members,) = yield (("group.members", group_id),)
    if members.state != "known":
        return hand_over("it could not be learned who is in the group", queue="identity")
    return _people(ask, group, label="members", people=members.facts["members"], count=members.facts["count"])


def _people(ask: Ask, group: Group, *, label: str, people: Sequence[dict[str, Any]], count: int) -> Proposal:
    text = _names(ask, [name_of(one) for one in people], count=count)
    fact = say("fact", ask.language, label=say(label, ask.language), value=text)
    return answer(
        f"the {label} of a group are told to somebody who may know them", f"{quoted(name_of(group))}. {fact}."
    )


def _names(ask: Ask, names: Sequence[str], *, count: int) -> str:
    # (5)
    shown = [quoted(one) for one in sorted(names)[:_MAX_NAMED]]
    if not shown:
        return say("none", ask.language)
    more = say("and_more", ask.language, count=str(count - len(shown))) if count > len(shown) else ""
    return ", ".join(shown) + more
