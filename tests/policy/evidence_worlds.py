"""Random decisions with evidence for and against them, biased so that evidence nearly counts.

Every piece is mostly right and wrong in few ways, or every world is a plain "nothing counts".
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from policy.canonical import digest
from policy.decision import Decision, Requirement, RuleRef, Verdict
from policy.evidence.discharge import Evidence, GivenApproval, HeldGrant
from policy.evidence.grant import StandingGrant, parse_grant
from policy.evidence.question import Question
from policy.evidence.reservation import Reservation, ReservationLog
from policy.request import UNKNOWN, AuthorizationRequest, Unknown

T = TypeVar("T")

START: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CATALOGUE: Final = frozenset({"a.one", "a.two", "b.one"})
ANN, BOB, CID, DEE = "ann", "bob", "cid", "dee"
PEOPLE: Final = (ANN, BOB, CID, DEE)
RESOLVERS: Final = ("group_owner", "oncall")
RULE: Final = RuleRef("dept.ask", digest("as it is"))
EDITED: Final = RuleRef("dept.ask", digest("as it was"))
OTHER: Final = RuleRef("run.ask", digest("as it is"))
PATTERNS: Final[tuple[dict[str, Any], ...]] = (
    {"requester.department": "HR"},
    {"requester.department": ["HR", "Sales"]},
    {"requester.department": {"not": "Sales"}},
    {"requester.department": "HR", "risk": {"max": 3}},
    {"risk": {"min": 2}},
    {"target.groups": {"any": ["g1"]}},
    {"target.groups": {"none": ["g2"]}, "request.on_self": False},
)


@dataclass(frozen=True)
class World:
    """A decision, the question that it puts to people, and evidence."""

    decision: Decision
    question: Question
    evidence: Evidence


def minutes(number: int) -> datetime:
    """Return the moment so many minutes after the start."""
    return START + timedelta(minutes=number)


def grant_record(**changes: Any) -> dict[str, Any]:
    """Return a valid grant of Bob for group owners, as plain data, with `changes`."""
    record: dict[str, Any] = {
        "id": "gr-0193",
        "tenant_id": "contoso",
        "actions": ["a.one"],
        "when": {"requester.department": "HR"},
        "discharges": "group_owner",
        "rules": [{"id": RULE.id, "digest": RULE.digest}],
        "granted_by": BOB,
        "not_before": "2026-11-20T08:00:00Z",
        "expires": "2026-12-20T08:00:00Z",
        "max_uses": 2,
        "revoked": False,
    }
    return {**record, **changes}


def grant(**changes: Any) -> StandingGrant:
    """Return `grant_record` as a grant."""
    return parse_grant(grant_record(**changes), source="grants.json", catalogue=CATALOGUE)


def held(one: StandingGrant, *used_by: str) -> HeldGrant:
    """Return the grant with the log of its uses by these executions."""
    used = tuple(Reservation(counted=name, claim_id=name, execute_by=START) for name in sorted(used_by))
    return HeldGrant(one, ReservationLog(key=one.cap.key, reservations=used))


def question(**changes: Any) -> Question:
    """Return Ann's question to Bob and Cid, group owners, about `a.one`, ten minutes after the start."""
    fields: dict[str, Any] = {
        "tenant_id": "contoso",
        "digest": "this",
        "requester_id": ANN,
        "excluded_ids": frozenset(),
        "approvers": {"group_owner": frozenset({BOB, CID})},
        "now": minutes(10),
        "request": AuthorizationRequest("a.one", {"requester.department": "HR"}),
        "asked_by": {"group_owner": frozenset({RULE})},
        "execution_id": "case-1:0",
    }
    return Question(**{**fields, **changes})


def click(person: str = BOB, **changes: Any) -> GivenApproval:
    """Return a yes that counts for `question`, unless `changes` say otherwise."""
    fields = {"digest": "this", "answered_at": minutes(5), "expires_at": minutes(15)}
    return GivenApproval(approver_id=person, **{**fields, **changes})


# What is wrong with a grant; most have one flaw or none.
_FLAWS: Final[tuple[dict[str, Any], ...]] = (
    {"tenant_id": "fabrikam"},
    {"actions": ["b.one"]},
    {"not_before": minutes(11), "expires": minutes(60)},
    {"not_before": minutes(-60), "expires": minutes(10)},
    {"rules": [{"id": EDITED.id, "digest": EDITED.digest}]},
    {"rules": [{"id": RULE.id, "digest": RULE.digest}]},
    {"granted_by": ANN},
    {"granted_by": DEE},
    {"revoked": True},
)


def _one_held(pick: random.Random) -> HeldGrant:
    """Return one grant, mostly a living one of one of two people, wrong in one way or in none."""
    record = grant_record(
        id=f"gr-{pick.randint(1, 6)}",
        actions=pick.choice((["a.one"], ["a.*"], ["*"])),
        when=pick.choice(PATTERNS),
        discharges=pick.choice((*RESOLVERS, RESOLVERS[0])),
        rules=[{"id": one.id, "digest": one.digest} for one in (RULE, OTHER)],
        granted_by=pick.choice((BOB, BOB, CID)),
        not_before=minutes(pick.choice((-60, 10))),
        expires=minutes(pick.choice((60, 11))),
        max_uses=pick.choice((1, 2)),
    )
    flaw = pick.choice((*_FLAWS, *({},) * 12))
    one = parse_grant({**record, **flaw}, source="grants.json", catalogue=CATALOGUE)
    used_by = pick.choice(((),) * 6 + (("e1",), ("e8",), ("e8", "e9")))
    return HeldGrant(one, UNKNOWN) if pick.random() < 0.1 else held(one, *used_by)


def _one_click(pick: random.Random) -> GivenApproval:
    """Return one yes, wrong in one way or in none."""
    flaws: tuple[dict[str, Any], ...] = (
        {"digest": "that"},
        {"used": True},
        {"answered_at": minutes(11)},
        {"expires_at": minutes(10)},
    )
    return click(pick.choice((BOB, CID, "CID", ANN, DEE)), **pick.choice((*flaws, *({},) * 6)))


def _one_decision(pick: random.Random) -> Decision:
    """Return mostly an APPROVAL. A DENY with requirements is none that an engine makes; it must stay shut too."""
    names = pick.choice((RESOLVERS, RESOLVERS, RESOLVERS[:1], RESOLVERS[:1], ()))
    asked = {
        Requirement(name, pick.choice((1, 2)), standing=pick.choice(("allowed", "allowed", "allowed", "never")))
        for name in names
    }
    verdict = pick.choice((Verdict.APPROVAL,) * 6 + (Verdict.DENY, Verdict.ALLOW))
    return Decision(verdict, frozenset(asked), (), "b")


def _one_request(pick: random.Random) -> AuthorizationRequest:
    """Return a request that most patterns cover."""
    facts: dict[str, Any] = {
        "requester.department": pick.choice(("HR",) * 9 + ("Sales", "Legal", "")),
        "risk": pick.choice((2, 3, 2, 3, 1, 4, True)),
        "target.groups": pick.choice((*(frozenset({"g1"}),) * 6, frozenset({"g2"}), frozenset(), ["g1"])),
        "request.on_self": pick.choice((False,) * 6 + (True, 0)),
    }
    return AuthorizationRequest(pick.choice(("a.one",) * 9 + ("a.two",)), facts)


def _one_question(pick: random.Random) -> Question:
    """Return a question at ten minutes, wrong in one way or in none."""
    flaws: tuple[dict[str, Any], ...] = (
        {"requester_id": ""},
        {"execution_id": ""},
        {"excluded_ids": frozenset({"Bob"})},
        {"approvers": {"oncall": frozenset({CID, DEE})}},
        {"asked_by": {"group_owner": frozenset()}},
        {"request": None},
    )
    usual: dict[str, Any] = {
        "tenant_id": pick.choice(("contoso", "CONTOSO")),
        "requester_id": pick.choice((ANN, "Ann")),
        "approvers": {name: pick.choice((frozenset({ANN, "BOB", CID}), frozenset({BOB, CID}))) for name in RESOLVERS},
        "request": _one_request(pick),
        "asked_by": {name: pick.choice((frozenset({RULE}), frozenset({RULE, OTHER}))) for name in RESOLVERS},
        "execution_id": "e1",
    }
    return question(**usual | pick.choice((*flaws, *(usual,) * 12)))


def _pool(make: Callable[[random.Random], T], *, size: int) -> st.SearchStrategy[T]:
    """Drawing from a pool is much faster than making new values for every world, and keeps the bias."""
    return st.sampled_from([make(random.Random(seed)) for seed in range(size)])


WORLDS: Final = st.builds(
    World,
    _pool(_one_decision, size=200),
    _pool(_one_question, size=500),
    st.builds(
        Evidence,
        approvals=st.lists(_pool(_one_click, size=200), max_size=2).map(tuple),
        grants=st.lists(_pool(_one_held, size=1000), min_size=1, max_size=4, unique_by=lambda one: one.grant.id).map(
            tuple
        ),
    ),
)


def is_unknown(uses: ReservationLog | Unknown) -> bool:
    """Return whether the log of uses could not be read."""
    return isinstance(uses, Unknown)
