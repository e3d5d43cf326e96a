"""Runs one runbook over hand-made answers, for what only a runbook says: the words around it are read elsewhere."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from agent.model.observation import Observation
from agent.planners.asks import Ask, Intent
from agent.planners.runbooks.runbook import Person, Runbook
from agent.ports import Proposal

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 23)

#: The answer about somebody who looks after people's accounts in the whole tenant: Helpdesk Administrator.
HELPDESK: dict[str, Any] = {
    "roles": [{"roleDefinitionId": "729827e3-9c14-49f7-bb1b-9608f156bbb8", "directoryScopeId": "/"}]
}
#: The same role, over one administrative unit alone.
HELPDESK_OF_A_UNIT: dict[str, Any] = {
    "roles": [{**HELPDESK["roles"][0], "directoryScopeId": "/administrativeUnits/00000000-0000-4000-8000-000000009000"}]
}
#: The answer about somebody whose role has nothing to do with people's accounts: Teams Administrator.
TEAMS_ADMINISTRATOR: dict[str, Any] = {
    "roles": [{"roleDefinitionId": "69091246-20e8-4a56-aa4d-066075b2a7a8", "directoryScopeId": "/"}]
}
# What is known of everybody about whom nothing else is said.
_NOTHING: dict[str, dict[str, Any] | None] = {
    "user.risk": None,
    "user.directory_roles": {"roles": []},
    "user.groups": {"groups": [], "role_assignable": []},
    "user.manager": None,
    "user.direct_reports": {"reports": []},
    "user.filter": None,
    "user.signins": {"sign_ins": [], "complete": True},
    "user.auth_methods": {"methods": []},
    "user.contact": {"mobilePhone": None, "businessPhones": [], "preferredLanguage": None},
    "user.licenses": {"assignedLicenses": [], "assignments": []},
    "deleted.users": {"users": []},
    "tenant.skus": {"skus": []},
}


def person(number: int, name: str, **more: Any) -> Person:
    given, _, surname = name.partition(" ")
    facts = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "displayName": name,
        "givenName": given,
        "surname": surname,
        "userPrincipalName": f"{given}.{surname}@nordwind.example".lower(),
        "accountEnabled": True,
        "userType": "Member",
        "department": "Warehouse",
        "jobTitle": None,
        "officeLocation": None,
        "onPremisesSyncEnabled": None,
        "usageLocation": "DE",
        "assignedLicenses": [],
        **more,
    }
    return Person(id=str(facts["id"]), name=name, enabled=bool(facts["accountEnabled"]), facts=facts)


def ended(
    runbook: Runbook, ask: Ask, requester: Person, *people: Person, seen: Mapping[tuple[str, str], Any] | None = None
) -> Proposal:
    """Return the proposal in which the runbook ends; `seen` are facts by look-up and subject, None is absent."""
    inquiry = runbook(ask, requester)
    known = {one.id: one for one in (requester, *people)}
    try:
        questions = next(inquiry)
        while True:
            questions = inquiry.send(tuple(_observed(*one, known=known, seen=seen or {}) for one in questions))
    except StopIteration as done:
        proposal: Proposal = done.value
        return proposal


def _observed(
    name: str, subject: str, *, known: Mapping[str, Person], seen: Mapping[tuple[str, str], Any]
) -> Observation:
    facts = seen[name, subject] if (name, subject) in seen else _facts(name, subject, known)
    if facts == "unknown":
        return Observation(lookup=name, subject=subject, state="unknown", problem="throttled", observed_at=NOW)
    if facts is None:
        return Observation(lookup=name, subject=subject, state="absent", observed_at=NOW)
    return Observation(lookup=name, subject=subject, state="known", facts=facts, observed_at=NOW)


def _facts(name: str, subject: str, known: Mapping[str, Person]) -> Any:
    if name == "user.get":
        by_name = (one for one in known.values() if one.facts["userPrincipalName"] == subject)
        found = known.get(subject) or next(by_name, None)
        return dict(found.facts) if found else None
    if name == "user.find":
        fits = [dict(one.facts) for one in known.values() if subject.lower() in one.name.lower()]
        return {"candidates": fits, "complete": True} if fits else None
    if name == "user.search":
        terms = subject.lower().split("|")
        names = ((one, f"{one.name} {one.facts['userPrincipalName']}".lower()) for one in known.values())
        fits = [dict(one.facts) for one, name in names if any(term in name for term in terms)]
        return {"candidates": fits, "complete": True} if fits else None
    return _NOTHING[name]


def ask(intent: Intent, words: str = "", **more: Any) -> Ask:
    return Ask(intent, words=words, said=words, today=MONDAY, **more)


def actions(proposal: Proposal) -> list[str]:
    assert proposal.plan is not None, proposal.why
    return [step.action for step in proposal.plan.steps]
