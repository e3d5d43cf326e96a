"""Runbook: questions about an account, one's own or a colleague's.

1. Of the own account, tell what is asked, as the directory shows it.
2. Of a colleague, tell what the address book shows to everybody (position, department, office, manager, address),
   whether they answer automatically, as any mail to them would tell, and whether they have a product's licence.
3. Anything else about somebody else is refused, however it is asked and whoever it is about: telephone numbers,
   sign-ins, passwords, methods, whether an account is open, memberships, devices, private matters. IT on the console
   is told what a look-up shows.
4. What the tenant holds as text is quoted, cut short, and never followed. The text of an automatic reply is not told.
"""

from collections.abc import Generator
from typing import Any

from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.products import mentions, part_numbers
from agent.planners.question_phrases import MY, OF_ONESELF, PRIVATE, PUBLIC, UNTOLD, USER_NAME, facets_in
from agent.planners.runbooks.it_console import is_it
from agent.planners.runbooks.other_person import other_named
from agent.planners.runbooks.runbook import Inquiry, Person, Question, answer, background, hand_over, lacking, refuse
from agent.planners.sayings import moment_in, quoted, say
from agent.planners.wording import folded
from agent.ports import Proposal

_NOT_THEIRS = "what is asked about another person is for that person alone to tell"
_CARD = ("job_title", "department", "office", "manager", "address")
_LOOKUPS = {
    "manager": "user.manager",
    "licences": "user.license_details",
    "away_now": "mailbox.settings",
    "methods": "user.auth_methods",
    "last_sign_in": "user.signin_activity",
}

_Lines = Generator[tuple[Question, ...], tuple[Observation, ...], list[str]]


def account_lookup(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    (_, roles, _) = yield background(requester)
    by_it = is_it(ask, roles)
    private = facets_in(words, PRIVATE)
    untold = any(pattern.search(words) for pattern in UNTOLD)
    other = yield from other_named(ask, requester)
    if isinstance(other, Proposal):
        # (3) Whether there is such a person makes no difference.
        return refuse(_NOT_THEIRS) if (private or untold) and not by_it else other
    if other is None and (ask.person or not OF_ONESELF.search(words) or (untold and not MY.search(words))):
        # Somebody else is asked about, and nobody can say who.
        return refuse(_NOT_THEIRS) if private or untold else _whom()
    is_own, person = other is None, other or requester
    if not is_own and not by_it and (private or untold):
        return refuse(_NOT_THEIRS)
    if untold and not private and not (is_own and facets_in(words, PUBLIC)):
        return hand_over("no look-up of ours tells what is asked about this account")
    public = facets_in(words, PUBLIC)
    facets = (*public, *private) if is_own or by_it else public
    lines = yield from _told(ask, person, facets=facets or _CARD)
    if is_own and USER_NAME.search(words):
        lines.append(_fact(ask, "user_name", value=quoted(person.facts.get("userPrincipalName"))))
    whose = say("about_you", ask.language) if is_own else quoted(person.name)
    # (1) (2)
    return answer("the request asks what its requester may know of an account", f"{whose}. " + "; ".join(lines) + ".")


def _whom() -> Proposal:
    why = "it cannot be told about whom the request asks"
    return hand_over(why, missing=lacking("person", "missing"))


def _told(ask: Ask, person: Person, *, facets: tuple[str, ...]) -> _Lines:
    lines = []
    for facet in facets:
        seen = None
        if facet in _LOOKUPS:
            (seen,) = yield ((_LOOKUPS[facet], person.id),)
        lines.append(_fact(ask, facet, value=_value(ask, facet, person=person, seen=seen)))
    return lines


def _fact(ask: Ask, facet: str, *, value: str) -> str:
    return say("fact", ask.language, label=say(facet, ask.language), value=value or say("not_entered", ask.language))


def _value(ask: Ask, facet: str, *, person: Person, seen: Observation | None) -> str:
    if seen is not None:
        return _looked_up(ask, facet, seen=seen)
    match facet:
        case "job_title":
            return quoted(person.facts.get("jobTitle"))
        case "department":
            return quoted(person.facts.get("department"))
        case "office":
            return quoted(person.facts.get("officeLocation"))
        case "address":
            return quoted(person.facts.get("mail"))
        case "password_changed":
            return moment_in(person.facts.get("lastPasswordChangeDateTime"), ask.language)
        case "enabled":
            return _yes(ask, person.enabled)
        case _:
            return _yes(ask, person.facts.get("onPremisesSyncEnabled") is True)


def _looked_up(ask: Ask, facet: str, *, seen: Observation) -> str:
    if seen.state != "known":
        return ""
    match facet:
        case "manager":
            return quoted(name_of(seen.facts))
        case "licences":
            return _licences(ask, [str(one.get("skuPartNumber")) for one in seen.facts["licences"]])
        case "away_now":
            return _yes(ask, _is_away(ask, seen.facts["automaticRepliesSetting"]))
        case "methods":
            return ", ".join(sorted({str(one["type"]) for one in seen.facts["methods"]})) or say("none", ask.language)
        case _:
            newest = max((str(value) for name, value in seen.facts.items() if name.endswith("DateTime")), default="")
            return moment_in(newest, ask.language)


def _licences(ask: Ask, held: list[str]) -> str:
    wanted = {part for one in mentions(folded(ask.words)) for part in part_numbers(one.group(0))}
    if wanted:
        return _yes(ask, bool(wanted & set(held)))
    return ", ".join(quoted(one) for one in sorted(held)) or say("none", ask.language)


def _is_away(ask: Ask, replies: dict[str, Any]) -> bool:
    if replies["status"] != "scheduled":
        return bool(replies["status"] == "alwaysEnabled")
    start, end = (str(replies.get(name, {}).get("dateTime", ""))[:10] for name in _SCHEDULE)
    return bool(start) and start <= ask.today.isoformat() <= end


_SCHEDULE = ("scheduledStartDateTime", "scheduledEndDateTime")


def _yes(ask: Ask, value: bool) -> str:
    return say("yes" if value else "no", ask.language)
