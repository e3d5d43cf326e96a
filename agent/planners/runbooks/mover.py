"""Runbook: somebody moves inside of the company, to another department, title or manager.

1. HR asks, or the new manager, who has reports already. What somebody else wishes for a move, also one's own, is for
   HR: groups, licences and approvals follow it.
2. Find the person, and read the new department. Without it nobody can tell what is new, so it is asked for.
3. Look up the groups of the person. Of groups that are named, those go that are named as old, and the others come; what
   is so already is left. Where none is named, those go that bear the old department's name, and the one comes that
   bears the new one's.
4. Plan the new manager, the new department and title, the new access and the end of the old one, as one: nobody is
   left with both.
"""

import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.mover_phrases import Move, move_in
from agent.planners.runbooks.holdings import Held, held_by, left
from agent.planners.runbooks.profile import manager_step
from agent.planners.runbooks.relations import is_synced, manages, works_in_hr
from agent.planners.runbooks.resolving import find_group, find_person, person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, Question, background, hand_over, lacking, plan_of
from agent.planners.wording import folded, same_words
from agent.ports import Proposal

Group = dict[str, Any]
# A naming convention's prefix, in capitals or not.
_PREFIX = re.compile(r"^[A-Za-z][A-Za-z0-9]{0,7}[-_]")
Comes = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[tuple[Group, ...], tuple[Group, ...]] | Proposal]
Groups = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[Group, ...]]
LedFound = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[Step, ...] | Proposal]


def mover(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    move = move_in(ask.words, today=ask.today)
    # (1)
    *seen, reports = yield (*background(requester), ("user.direct_reports", requester.id))
    if problem := at_risk(*seen):
        return problem
    if not works_in_hr(requester) and not (reports.facts.get("reports") and move.manager == "me"):
        return hand_over("a move is said by HR or by the new manager", queue="hr")
    # (2)
    # The new manager is named beside whoever moves.
    words = ask.words.replace(move.manager, " ") if move.manager not in ("", "me") else ask.words
    person = yield from person_meant(replace(ask, words=words, said=words), requester)
    if isinstance(person, Proposal):
        return person
    if person.id == requester.id:
        return hand_over("nobody is named who moves", queue="hr", missing=lacking("person", "missing"))
    if is_synced(person):
        return hand_over("the account is mastered on-premises and is changed there", queue="identity")
    if not move.department:
        asked = lacking("details", "missing", said="department")
        return hand_over("the request does not say to which department", queue="hr", missing=asked)
    (risk,) = yield (("user.risk", person.id),)
    if problem := at_risk(risk):
        return problem
    # (3)
    held = yield from held_by(person)
    if isinstance(held, Proposal):
        return held
    access = yield from _access(move, person, held=held)
    if isinstance(access, Proposal):
        return access
    # (4)
    led = yield from _led(move, person, requester=requester)
    if isinstance(led, Proposal):
        return led
    comes, goes = access
    steps = (*led, *_described(move, person), *(_joined(one, person) for one in comes), *left(goes, person))
    if not steps:
        return hand_over("nothing would change by this move", queue="hr")
    return plan_of("somebody moves: what is new comes, and the old access goes with it", steps)


def _access(move: Move, person: Person, *, held: Held) -> Comes:
    """Return the groups that come and those that go, or a hand-over."""
    had = {one["id"] for one in held.groups}
    if not (move.comes or move.goes):
        old = str(person.facts.get("department") or "")
        goes = tuple(one for one in held.groups if old and _bears(one, old) and not _bears(one, move.department))
        new = yield from _of_department(move.department)
        return tuple(one for one in new if one["id"] not in had), goes
    named: dict[str, Group] = {}
    for name in (*move.comes, *move.goes):
        group = yield from find_group(name)
        if isinstance(group, Proposal):
            return group
        named[name] = group
    # What is so already is left as it is: nobody gets what is named as old because they do not have it.
    comes = tuple(named[name] for name in move.comes if named[name]["id"] not in had)
    return comes, tuple(named[name] for name in move.goes if named[name]["id"] in had)


def _of_department(department: str) -> Groups:
    """Return the one group that is called as the department is, but for a prefix; a department need not have one."""
    (found,) = yield (("group.find", department),)
    listed = found.facts.get("candidates", ()) if found.facts.get("complete") else ()
    fitting = [one for one in listed if same_words(_PREFIX.sub("", name_of(one)), department)]
    if len(fitting) != 1:
        return ()
    (group,) = yield (("group.get", str(fitting[0]["id"])),)
    return (dict(group.facts),) if group.state == "known" else ()


def _bears(group: Group, department: str) -> bool:
    return folded(department) in folded(name_of(group)).replace("-", " ").replace("_", " ")


def _led(move: Move, person: Person, *, requester: Person) -> LedFound:
    if not move.manager:
        return ()
    manager = requester
    if move.manager != "me":
        other = yield from find_person(move.manager)
        if isinstance(other, Proposal):
            return other
        manager = other
    (now,) = yield (("user.manager", person.id),)
    if now.state == "unknown":
        return hand_over(f"who the manager is now could not be learned ({now.problem})", queue="identity")
    if manages(manager, now) or manager.id == person.id:
        return ()
    return (manager_step(person, manager, was=str(now.facts.get("id", ""))),)


def _described(move: Move, person: Person) -> tuple[Step, ...]:
    wanted = {"department": move.department, "jobTitle": move.job}
    changes = [
        {"field": name, "to": value, "was": person.facts.get(name) or None}
        for name, value in wanted.items()
        if value and not same_words(value, str(person.facts.get(name) or ""))
    ]
    whose = {"user_id": person.id, "user_name": person.name}
    return (parse_step("entra.user.profile.update", {**whose, "changes": changes}),) if changes else ()


def _joined(group: Group, person: Person) -> Step:
    named = {"group_id": group["id"], "group_name": name_of(group), "user_id": person.id, "user_name": person.name}
    return parse_step("entra.group.member.add", named)
