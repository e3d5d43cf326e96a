"""Resolving a written name to exactly one object of the directory, or to the reason why it cannot be.

A name is never completed by guessing. It fits an object when it is the object's name, or the name without a
short prefix such as `QG-`; people also answer to their given name or surname. One fit is a hit; none, or
more than one, or a search that was cut short, is for people.
"""

import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any

from agent.lookups.quoting import is_address
from agent.model.clarification import About
from agent.model.observation import Observation
from agent.planners.group_phrases import bare_name
from agent.planners.runbooks.runbook import Person, Question, hand_over, lacking, person_of
from agent.planners.wording import same_words
from agent.ports import Proposal

# A naming convention's prefix: up to four capitals or digits and a mark, as in `AB-Payroll` or `SG_Finance`.
_PREFIX = re.compile(r"^[A-Z][A-Z0-9]{0,3}[-_]")

# How people join two names, in the five languages that the phrases know.
_JOINED = re.compile(r"\s+(?:and|und|et|y|e)\s+|\s*[&+,]\s*", re.IGNORECASE)

# More than this in one sentence is a project, not a request.
MAX_GROUPS = 5

GroupFound = Generator[tuple[Question, ...], tuple[Observation, ...], dict[str, Any] | Proposal]
GroupsFound = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[dict[str, Any], ...] | Proposal]
PersonFound = Generator[tuple[Question, ...], tuple[Observation, ...], Person | Proposal]


def find_groups(name: str) -> GroupsFound:
    """Return the groups that `name` stands for, each once, or a hand-over.

    A group may be called `Research and Development`, so the whole name is tried first; only when nothing is
    called so, its parts are. Every part must fit exactly one group.
    """
    whole = yield from find_group(name)
    parts = [part.strip() for part in _JOINED.split(name) if part.strip()]
    if not isinstance(whole, Proposal) or not 1 < len(parts) <= MAX_GROUPS:
        return whole if isinstance(whole, Proposal) else (whole,)
    groups: dict[str, dict[str, Any]] = {}
    for part in parts:
        group = yield from find_group(bare_name(part))
        if isinstance(group, Proposal):
            # The answer takes the place of all that was written, so all of it is asked about.
            return replace(group, missing=group.missing and lacking("group", group.missing.doubt, said=name))
        groups[str(group["id"])] = group
    return tuple(groups.values())


def find_group(name: str) -> GroupFound:
    """Return the facts of `group.get` of the one group that `name` fits, or a hand-over."""
    (found,) = yield (("group.find", name),)
    fitting = [one for one in _candidates(found) if same_words(str(one.get("displayName")), name)]
    fitting = fitting or [one for one in _candidates(found) if _fits_group(name, str(one.get("displayName")))]
    if problem := _not_one(found, fitting, what="group", said=name):
        return problem
    (group,) = yield (("group.get", fitting[0]["id"]),)
    if group.state != "known":
        return hand_over(f"the group could not be looked up ({group.problem or group.state})")
    return dict(group.facts)


def find_person(name: str) -> PersonFound:
    """Return the one person whom `name` (or an address) fits, or a hand-over."""
    if is_address(name):
        (by_address,) = yield (("user.get", name),)
        return _person_or_not(by_address, said=name)
    (found,) = yield (("user.find", name),)
    fitting = [one for one in _candidates(found) if same_words(str(one.get("displayName")), name)]
    fitting = fitting or [one for one in _candidates(found) if _fits_person(name, one)]
    if problem := _not_one(found, fitting, what="person", said=name):
        return problem
    (person,) = yield (("user.get", fitting[0]["id"]),)
    return _person_or_not(person, said=name)


def _candidates(found: Observation) -> list[dict[str, Any]]:
    return list(found.facts.get("candidates", [])) if found.state == "known" else []


def _fits_group(name: str, display_name: str) -> bool:
    bare = _PREFIX.sub("", display_name)
    return same_words(bare, name) or same_words(bare_name(display_name), name)


def _fits_person(name: str, one: dict[str, Any]) -> bool:
    given, surname, address = one.get("givenName"), one.get("surname"), one.get("userPrincipalName")
    local = str(address or "").partition("@")[0]
    return any(same_words(str(own), name) for own in (given, surname, local) if own)


def _not_one(found: Observation, fitting: list[dict[str, Any]], *, what: About, said: str) -> Proposal | None:
    if found.state == "unknown":
        return hand_over(f"the {what} in the request could not be looked up ({found.problem})")
    # A cut list may hide a second fit, so even one fit in it proves nothing.
    if found.state == "known" and not found.facts.get("complete"):
        why = f"the {what} named in the request fits too many objects to tell which one is meant"
        return hand_over(why, missing=lacking(what, "several", said=said))
    if not fitting:
        why = f"the {what} named in the request was not found in the directory"
        return hand_over(why, missing=lacking(what, "unknown", said=said))
    if len(fitting) > 1:
        why = f"the {what} named in the request fits {len(fitting)} objects in the directory"
        return hand_over(why, missing=lacking(what, "several", said=said))
    return None


def _person_or_not(seen: Observation, *, said: str) -> Person | Proposal:
    if seen.state == "known":
        return person_of(seen)
    if seen.state == "absent":
        why = "the person named in the request was not found in the directory"
        return hand_over(why, missing=lacking("person", "unknown", said=said))
    return hand_over(f"the person named in the request could not be looked up ({seen.problem})")
