"""Runs one runbook over hand-made facts, so that its page is tested whatever a request was understood as."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from agent.model.observation import Observation
from agent.planners.asks import Ask, Intent
from agent.planners.runbooks.runbook import Person, Runbook
from agent.ports import Proposal

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HARRY = "00000000-0000-4000-8000-000000000001"
OLGA = "00000000-0000-4000-8000-000000000002"


def person(person_id: str = HARRY, name: str = "Harry Field", **more: Any) -> Person:
    """Somebody of the directory."""
    given, _, surname = name.partition(" ")
    address = f"{given}.{surname}@orchard.example".lower()
    facts = {"id": person_id, "displayName": name, "givenName": given, "surname": surname, "userType": "Member"}
    facts = {**facts, "userPrincipalName": address, "mail": address, "accountEnabled": True, **more}
    return Person(id=person_id, name=name, enabled=True, facts=facts)


def asks(words: str, **more: Any) -> Ask:
    """A wish in these words; what it was understood as makes no difference to a runbook."""
    return Ask(Intent.HOW_TO, words=words, said=words, today=TODAY, **more)


def settled(
    runbook: Runbook,
    ask: Ask,
    facts: Mapping[str, dict[str, Any] | None],
    *,
    requester: Person | None = None,
    others: tuple[Person, ...] = (),
) -> tuple[Proposal, list[str]]:
    """Return what the runbook ends in, and what it asked. `facts` by look-up's name, alone or with `:subject`.

    A look-up without facts is unknown; with None it is absent. `others` are found by their names and addresses.
    """
    inquiry = runbook(ask, requester or person())
    asked: list[str] = []
    known = {**{f"user.get:{key}": one.facts for one in others for key in (one.id, one.facts["mail"])}, **facts}
    known["user.find"] = _people(others)
    known["user.search"] = _people(others)
    known.setdefault("user.directory_roles", {"roles": []})
    try:
        questions = next(inquiry)
        while True:
            asked += [f"{name}:{subject}" for name, subject in questions]
            questions = inquiry.send(tuple(_seen(name, subject, known) for name, subject in questions))
    except StopIteration as done:
        return done.value, asked


def _people(others: tuple[Person, ...]) -> dict[str, Any] | None:
    return {"candidates": [one.facts for one in others], "complete": True} if others else None


def _seen(name: str, subject: str, known: Mapping[str, dict[str, Any] | None]) -> Observation:
    key = f"{name}:{subject}" if f"{name}:{subject}" in known else name
    if key not in known:
        return Observation(lookup=name, subject=subject, state="unknown", problem="not answered", observed_at=NOW)
    found = known[key]
    state = "absent" if found is None else "known"
    return Observation(lookup=name, subject=subject, state=state, facts=found or {}, observed_at=NOW)  # type: ignore[arg-type]  # One of the three.
