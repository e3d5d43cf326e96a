"""T2: a recorded decision is decided again byte for byte, in any process; and a draft's differences are told apart."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from policy import AuthorizationRequest, Bundle, Engine, Verdict
from policy.history.recorded import RecordedDecision
from policy.history.replay import ReplayReport, replay
from tests.policy.authored import CATALOGUE, REQUESTS, TENANT
from tests.policy.test_recorded import BUNDLES, bundle_of, recorded

ROOT = Path(__file__).parents[2]
SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))

# What another process does with (catalogue, bundle, record): decide again and print the new record.
DECIDE_AGAIN = """
import json, sys
from policy import Bundle, Engine
from policy.history.lines import read_history
from policy.history.recorded import RecordedDecision
for line in sys.stdin:
    catalogue, bundle, record = json.loads(line)
    (one,) = read_history([record])
    known = frozenset(catalogue)
    engine = Engine(Bundle.parse(bundle, catalogue=known), tenant_id=one.tenant_id, catalogue=known)
    print(RecordedDecision.of(one.request, engine.decide(one.request), tenant_id=one.tenant_id).canonical_json())
"""


def drawn_worlds() -> list[tuple[Bundle, RecordedDecision]]:
    """Return random bundles, each with a decision that it made."""
    found: list[tuple[Bundle, RecordedDecision]] = []

    @SETTINGS
    @given(rules=BUNDLES, request=REQUESTS)
    def collect(rules: dict[str, Any], request: AuthorizationRequest) -> None:
        found.append((bundle_of(rules), recorded(rules, request)))

    collect()
    return found


def test_t2_another_process_decides_every_record_again_byte_for_byte() -> None:
    worlds = drawn_worlds()
    assert len({record.decision.verdict for _, record in worlds}) == 3, "the drawn records must show every verdict"
    given_lines = [
        json.dumps([sorted(CATALOGUE), one.canonical_json(), record.canonical_json()]) for one, record in worlds
    ]
    for seed in ("1", "4242"):
        again = subprocess.run(
            [sys.executable, "-c", DECIDE_AGAIN],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            input="\n".join(given_lines).encode(),
            capture_output=True,
            check=True,
        )
        assert again.stdout.decode().splitlines() == [record.canonical_json() for _, record in worlds]


def engine_of(*action_rules: dict[str, Any]) -> Engine:
    return Engine(bundle_of({"action": list(action_rules)}), tenant_id=TENANT, catalogue=CATALOGUE)


def history_of(
    engine: Engine, requests: list[AuthorizationRequest], *, tenant_id: str = TENANT
) -> list[RecordedDecision]:
    return [RecordedDecision.of(one, engine.decide(one), tenant_id=tenant_id) for one in requests]


def asking(resolver: str) -> dict[str, Any]:
    who = {"requester.department": "HR"}
    return {"effect": "require_approval", "actions": ["*"], "when": who, "approval": {"from": [resolver]}}


HR = AuthorizationRequest("a.one", {"requester.department": "HR", "risk": 1})
SALES = AuthorizationRequest("a.one", {"requester.department": "Sales", "risk": 1})
LEGAL = AuthorizationRequest("a.two", {"requester.department": "Legal", "risk": 1})
DENY_SALES = {"effect": "deny", "actions": ["*"], "when": {"requester.department": "Sales"}}


def test_the_bundle_that_decided_answers_identically() -> None:
    engine = engine_of(asking("oncall"), DENY_SALES)
    report = replay(history_of(engine, [HR, SALES, LEGAL]), engine, tenant_id=TENANT.upper())
    assert report == ReplayReport(engine.bundle_digest, identical=3, unchanged=0, changed=(), foreign=())
    assert report.total == 3
    assert report.contradictions == ()


def test_a_flip_names_the_record_and_counts_from_what_to_what_widened_first() -> None:
    then, now = (
        engine_of(asking("oncall"), DENY_SALES),
        engine_of(DENY_SALES | {"when": {"requester.department": "Legal"}}),
    )
    history = history_of(then, [HR, SALES, SALES, LEGAL])
    report = replay(history, now, tenant_id=TENANT)
    allow, approval, deny = Verdict.ALLOW, Verdict.APPROVAL, Verdict.DENY
    assert list(report.flips().items()) == [((deny, allow), 2), ((approval, allow), 1), ((allow, deny), 1)]
    assert [one.recorded for one in report.flipped] == history
    assert [one.decision.verdict for one in report.flipped] == [allow, allow, allow, deny]
    assert report.contradictions == (), "a draft has a digest of its own"


def test_other_people_or_only_other_rules_are_told_apart_from_a_flip() -> None:
    then = engine_of(asking("oncall"))
    people = replay(history_of(then, [HR]), engine_of(asking("security")), tenant_id=TENANT)
    assert [one.kind for one in people.changed] == ["requirements"]
    rules = replay(history_of(then, [HR]), engine_of(asking("oncall"), asking("oncall")), tenant_id=TENANT)
    assert [one.kind for one in rules.changed] == ["explanation"]
    noted = replay(history_of(then, [HR]), engine_of(asking("oncall") | {"note": "Edited."}), tenant_id=TENANT)
    assert [one.kind for one in noted.of_kind("explanation")] == ["explanation"], "the content of a rule counts"
    assert people.flips() == rules.flips() == {}


def test_what_no_rule_of_this_decision_changed_is_unchanged_although_the_bundle_is_another() -> None:
    report = replay(history_of(engine_of(), [HR]), engine_of(DENY_SALES), tenant_id=TENANT)
    assert (report.identical, report.unchanged, report.changed) == (0, 1, ())


def test_another_tenants_record_is_never_decided() -> None:
    engine = engine_of()
    history = history_of(engine, [HR], tenant_id="fabrikam") + history_of(engine, [HR])
    report = replay(history, engine, tenant_id=TENANT)
    assert (report.foreign, report.identical, report.total) == ((history[0],), 1, 2)


def test_a_record_of_this_very_bundle_with_another_decision_is_a_contradiction() -> None:
    engine, other = engine_of(DENY_SALES), engine_of()
    (record,) = history_of(other, [SALES])
    layers = record.decision.layers
    forged = type(record.decision)(Verdict.ALLOW, frozenset(), layers, engine.bundle_digest)
    report = replay([RecordedDecision(TENANT, record.request, forged)], engine, tenant_id=TENANT)
    assert [one.kind for one in report.contradictions] == ["verdict"]


def test_a_draft_that_asks_for_a_fact_nobody_recorded_sees_it_as_unknown() -> None:
    engine = engine_of()
    vip = {"effect": "deny", "actions": ["*"], "when": {"requester.is_vip": True}}
    report = replay(history_of(engine, [HR]), engine_of(vip), tenant_id=TENANT)
    assert report.flips() == {(Verdict.ALLOW, Verdict.DENY): 1}


def test_a_history_is_replayed_as_a_stream() -> None:
    engine = engine_of()
    report = replay((one for one in history_of(engine, [HR] * 3)), engine, tenant_id=TENANT)
    assert report.identical == 3
