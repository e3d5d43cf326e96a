"""A standing grant is read whole or refused with every reason, and written by those who may give it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from policy.decision import Decision, Requirement, Verdict
from policy.errors import DocumentError
from policy.evidence.approve_always import grant_for
from policy.evidence.discharge import Evidence, discharge
from policy.evidence.grant import MAX_GRANT_DAYS, StandingGrant, parse_grant, revoked
from policy.evidence.reservation import MAX_RESERVATIONS
from policy.grammar import parse_block
from policy.predicate import Block
from policy.request import AuthorizationRequest
from tests.policy.evidence_worlds import (
    ANN,
    BOB,
    CATALOGUE,
    CID,
    DEE,
    OTHER,
    RULE,
    grant,
    grant_record,
    held,
    minutes,
    question,
)

OWNER = Requirement("group_owner", 1, "allowed")
ASK = Decision(Verdict.APPROVAL, frozenset({OWNER}), (), "b")
HR = parse_block({"requester.department": "HR"})


def refusal(record: Any) -> str:
    with pytest.raises(DocumentError) as refused:
        parse_grant(record, source="grants.json", catalogue=CATALOGUE)
    return str(refused.value)


def offer(decision: Decision = ASK, **changes: Any) -> StandingGrant:
    fields = {
        "grant_id": "gr-0200",
        "granted_by": BOB,
        "discharges": "group_owner",
        "when": HR,
        "expires": minutes(10) + timedelta(days=30),
        "max_uses": 300,
    }
    asked = question(**{name: changes.pop(name) for name in list(changes) if name not in fields})
    return grant_for(decision, asked, **{**fields, **changes})


def refused_offer(decision: Decision = ASK, **changes: Any) -> str:
    with pytest.raises(DocumentError) as refused:
        offer(decision, **changes)
    return str(refused.value)


def test_a_grant_written_and_read_again_is_the_same_grant() -> None:
    one = grant(when={"target.groups": {"any": ["G1"]}, "requester.department": ["Sales", "HR"]})
    stored = one.canonical_json()
    assert parse_grant(json.loads(stored), source="table", catalogue=CATALOGUE) == one
    assert json.loads(stored)["when"] == {"requester.department": ["HR", "Sales"], "target.groups": {"any": ["g1"]}}


def test_equal_grants_are_equal_bytes_whatever_the_order_the_time_zone_or_the_case_of_ids() -> None:
    refs = [{"id": one.id, "digest": one.digest} for one in (RULE, OTHER)]
    one = grant(rules=refs, actions=["a.one", "b.one"])
    other = grant(
        rules=refs[::-1],
        actions=["b.one", "a.one"],
        granted_by="Bob",
        tenant_id="CONTOSO",
        not_before="2026-11-20T09:00:00+01:00",
    )
    assert one.canonical_json() == other.canonical_json()


def test_a_grant_of_yaml_with_a_real_time_is_read_too() -> None:
    record = grant_record(not_before=datetime(2026, 11, 20, 8, tzinfo=UTC))
    assert parse_grant(record, source="grants.yaml", catalogue=CATALOGUE) == grant()


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"id": "GR 1"}, "id", "expected an id of 3 to 81 lower-case letters"),
        ({"tenant_id": "*"}, "tenant_id", "expected text matching"),
        ({"tenant_id": ""}, "tenant_id", "expected text matching"),
        # The Kelvin sign is `k` in lower case, and nobody's name.
        ({"tenant_id": "\u212aontoso"}, "tenant_id", "expected text matching"),
        ({"granted_by": "\u212aim"}, "granted_by", "expected text matching"),
        ({"actions": []}, "actions", "expected at least one value"),
        ({"actions": ["a.tow"]}, "actions", "`a.tow` matches no action; did you mean `a.two`?"),
        ({"when": {}}, "when", "got an empty block"),
        ({"when": {"requester.departement": "HR"}}, "when", "did you mean `requester.department`?"),
        ({"discharges": "group_ownr"}, "discharges", "did you mean `group_owner`?"),
        ({"rules": []}, "rules", "expected at least one value"),
        ({"rules": [{"id": "r.one", "digest": "d" * 63}]}, "rules", "64 lower-case hex digits"),
        ({"rules": [{"id": "r.one", "digest": "G" * 64}]}, "rules", "64 lower-case hex digits"),
        ({"rules": [{"id": "r.one", "digest": "d" * 64}] * 2}, "rules", "expected each rule once"),
        ({"rules": [{"id": "r.one", "digest": "d" * 64, "x": 1}]}, "rules.0.x", "unexpected"),
        ({"rules": [{"id": "r.one"}]}, "rules.0.digest", "expected `digest`, got nothing"),
        ({"granted_by": ""}, "granted_by", "expected text matching"),
        ({"granted_by": 7}, "granted_by", "expected text in quotes, got `7`"),
        ({"not_before": "2026-11-20T08:00:00"}, "not_before", "timezone"),
        ({"not_before": 1_760_000_000}, "not_before", "got `1760000000`"),
        ({"not_before": "0001-01-01T00:00:00+14:00"}, "not_before", "years 1 to 9999"),
        ({"expires": "2026-11-20T08:00:00Z"}, "expires", "after `not_before`"),
        ({"expires": "2027-02-18T08:00:01Z"}, "expires", "at most `90` days later"),
        ({"max_uses": 0}, "max_uses", "expected at least `1`"),
        ({"max_uses": MAX_RESERVATIONS + 1}, "max_uses", "expected at most `1000`"),
        ({"max_uses": True}, "max_uses", "expected a whole number"),
        ({"revoked": "no"}, "revoked", "boolean"),
        ({"revokd": False}, "revokd", "did you mean `revoked`?"),
    ],
    ids=lambda one: json.dumps(one) if isinstance(one, dict) else "",
)
def test_a_wrong_grant_is_refused_with_file_grant_field_and_nearest_name(
    changes: dict[str, Any], field: str, why: str
) -> None:
    message = refusal(grant_record(**changes))
    name = f"#{changes.get('id', 'gr-0193')}"
    assert f"`grants.json{name}`, field `{field}`: " in message
    assert why in message


@pytest.mark.parametrize("field", sorted(grant_record()))
def test_no_field_of_a_grant_may_be_left_out(field: str) -> None:
    record = grant_record()
    del record[field]
    assert f"expected `{field}`, got nothing" in refusal(record)


def test_all_mistakes_of_a_grant_are_told_at_once() -> None:
    message = refusal(grant_record(actions=["z"], max_uses=0, expires="tomorrow"))
    assert [f"field `{name}`" in message for name in ("actions", "max_uses", "expires")] == [True] * 3


@pytest.mark.parametrize("data", [None, [], "grant", 7, {"id": 7}])
def test_what_is_no_grant_at_all_is_refused(data: Any) -> None:
    assert refusal(data).startswith("`grants.json`")


def test_a_grant_lasts_ninety_days_at_most() -> None:
    longest = datetime.fromisoformat(str(grant_record()["not_before"])) + timedelta(days=MAX_GRANT_DAYS)
    assert grant(expires=longest).expires == longest


def test_a_grant_cannot_be_altered_and_a_revoked_one_stays_revoked() -> None:
    one = grant()
    with pytest.raises(ValidationError):
        one.max_uses = 9  # type: ignore[misc]
    assert not one.revoked and revoked(one).revoked and revoked(revoked(one)) == revoked(one)


def test_the_log_of_a_grant_is_named_by_tenant_and_id() -> None:
    keys = {grant(id=name, tenant_id=tenant).cap.key for name in ("gr-1", "gr-2") for tenant in ("contoso", "fabrikam")}
    assert len(keys) == 4


def test_approve_always_writes_a_grant_that_settles_the_very_question_it_was_given_for() -> None:
    one = offer()
    assert discharge(ASK, question(), evidence=Evidence(grants=(held(one),))).is_open
    assert one.actions == ("a.one",) and one.rules == (RULE,) and one.granted_by == BOB
    assert (one.not_before, one.expires, one.max_uses) == (minutes(10), minutes(10) + timedelta(days=30), 300)
    assert parse_grant(one.authored(), source="table", catalogue=CATALOGUE) == one


def test_a_grant_for_one_of_two_people_is_written_and_is_worth_one() -> None:
    two = Decision(Verdict.APPROVAL, frozenset({Requirement("group_owner", 2, "allowed")}), (), "b")
    first, second = offer(two), offer(two, grant_id="gr-0201", granted_by=CID)
    assert not discharge(two, question(), evidence=Evidence(grants=(held(first),))).is_open
    assert discharge(two, question(), evidence=Evidence(grants=(held(first), held(second)))).is_open


def test_no_grant_is_written_where_policy_says_never() -> None:
    never = Decision(Verdict.APPROVAL, frozenset({Requirement("group_owner", 1, "never")}), (), "b")
    assert refused_offer(never) == (
        "`new grant#gr-0200`, field `discharges`: policy asks `group_owner` with `standing: never`; "
        "it is asked each time"
    )


@pytest.mark.parametrize("verdict", [Verdict.DENY, Verdict.ALLOW])
def test_no_grant_is_written_where_nobody_is_asked(verdict: Verdict) -> None:
    message = refused_offer(Decision(verdict, frozenset({OWNER}), (), "b"))
    assert f"expected a decision that asks for approval, got `{verdict.name}`" in message


def test_no_grant_is_written_for_a_resolver_that_is_not_asked() -> None:
    message = refused_offer(discharges="group_ownr")
    assert "expected `group_owner`, got `group_ownr`; did you mean `group_owner`?" in message


@pytest.mark.parametrize("person", [ANN, DEE, "", "Ann"])
def test_no_grant_is_written_by_somebody_who_may_not_answer(person: str) -> None:
    message = refused_offer(granted_by=person, approvers={"group_owner": frozenset({ANN, BOB, ""})})
    assert f"expected somebody who may answer for `group_owner`, got `{person}`" in message


def test_no_grant_is_written_by_somebody_who_is_excluded() -> None:
    assert "may answer" in refused_offer(excluded_ids=frozenset({BOB}))


def test_no_grant_is_written_while_nobody_knows_which_rules_ask() -> None:
    for nobody in (None, frozenset()):
        asked_by = {"group_owner": nobody} if nobody is not None else {}
        assert "expected the rules that ask `group_owner`, got none" in refused_offer(asked_by=asked_by)


@pytest.mark.parametrize(
    "changes",
    [
        {"when": parse_block({"requester.department": "Sales"})},
        {"when": parse_block({"risk": {"max": 9}})},
        {"request": None},
        {"request": AuthorizationRequest("a.one", {})},
    ],
)
def test_no_grant_is_written_whose_pattern_does_not_cover_the_request_at_hand(changes: dict[str, Any]) -> None:
    assert "field `when`: expected a pattern that covers the very request" in refused_offer(**changes)


def test_no_grant_is_written_that_covers_everything_or_has_no_end() -> None:
    assert "empty block" in refused_offer(when=Block(()))
    assert "at most `90` days" in refused_offer(expires=minutes(11) + timedelta(days=90))
    assert "field `max_uses`" in refused_offer(max_uses=0)


def test_every_reason_against_a_grant_is_told_at_once() -> None:
    message = refused_offer(granted_by=DEE, asked_by={}, when=parse_block({"risk": 1}))
    assert [f"field `{name}`" in message for name in ("granted_by", "rules", "when")] == [True] * 3
