"""Drafts, reviews and signatures for the tests of publication: one tenant, a small catalogue, people with names."""

from datetime import UTC, datetime, timedelta
from typing import Any

from policy import Bundle, parse_document
from policy.publication.approval import (
    NOTHING_IN_FORCE,
    Draft,
    InForce,
    Publication,
    Review,
    Signature,
    approve,
    review,
)

CATALOGUE = frozenset({"a.one", "a.two"})
TENANT = "contoso"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

LAYERS = ("global", "tenant", "target", "department", "action", "runtime")
BREAK_GLASS = {
    "id": "global.break-glass",
    "effect": "deny",
    "actions": ["*"],
    "when": {"target.is_break_glass": True},
}
ASSERTION = {
    "id": "as.break-glass",
    "never": ["allow", "approval"],
    "actions": ["*"],
    "where": {"target.is_break_glass": True},
}


def document(layer: str, *rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a document with a baseline and `rules`."""
    baseline = {"id": f"{layer}.baseline", "effect": "permit", "actions": ["*"]}
    return {"apiVersion": "policy/v1", "layer": layer, "tenant": "*", "rules": [baseline, *rules], **fields}


def bundle(*changed: dict[str, Any], catalogue: frozenset[str] = CATALOGUE) -> Bundle:
    """Return the bundle of six baselines, in which documents of the same layer are replaced by `changed`."""
    layers = {one["layer"] for one in changed}
    kept = [document(layer) for layer in LAYERS if layer not in layers]
    return Bundle.of(parse_document(one, source=one["layer"], catalogue=catalogue) for one in (*kept, *changed))


def denying(department: str) -> dict[str, Any]:
    """Return an action document that denies a department."""
    who = {"requester.department": department}
    return document("action", {"id": "action.no", "effect": "deny", "actions": ["a.one"], "when": who})


def draft_of(proposed: Bundle, *, on: InForce = NOTHING_IN_FORCE, author: str = "ann", note: str = "") -> Draft:
    """Return a draft of Ann's on top of what is in force."""
    return Draft(TENANT, proposed, author, on.digest, note, on.number)


def found_in(draft: Draft, *, on: InForce = NOTHING_IN_FORCE, catalogue: frozenset[str] = CATALOGUE) -> Review:
    """Return the review of a draft without a history."""
    return review(draft, in_force=on, catalogue=catalogue)


def signed(found: Review, *people: str) -> list[Signature]:
    """Return a signature of each of `people`, a minute apart."""
    times = (NOW + timedelta(minutes=number) for number in range(len(people)))
    return [Signature(person=one, review=found.digest, signed_at=at) for one, at in zip(people, times, strict=True)]


def approved(
    draft: Draft,
    *people: str,
    on: InForce = NOTHING_IN_FORCE,
    catalogue: frozenset[str] = CATALOGUE,
    found: Review | None = None,
) -> Publication:
    """Review a draft, have it signed and approve it."""
    read = found or found_in(draft, on=on, catalogue=catalogue)
    return approve(draft, read, signatures=signed(read, *people), in_force=on, catalogue=catalogue)
