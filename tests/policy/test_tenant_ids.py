"""An id is compared in lower case, and no letter beyond ASCII makes it another tenant's."""

import dataclasses
from datetime import UTC, datetime

import pytest

from policy import AuthorizationRequest, Engine, Verdict
from policy.bundle import Bundle
from policy.decision import Layer
from policy.document import LimitDocument, PolicyDocument, parse_document
from policy.errors import PublicationError
from policy.evidence.limit import Scope, cap_of, counter_facts, limits_on
from policy.evidence.reservation import Cap, empty_log
from policy.explanation.employee import for_employee
from policy.explanation.why import why
from policy.history.recorded import RecordedDecision
from policy.history.replay import replay
from policy.publication.draft import Draft
from policy.publication.expectation import assertions_of
from policy.request import UNKNOWN

CATALOGUE = frozenset({"a.one"})
TENANT = "kontoso"
# `"\u212a".lower()` is the ASCII letter k.
FORGED = "\u212aontoso"
PERMIT = {"effect": "permit", "actions": ["*"]}
LIMIT = {"id": "run.cap", "actions": ["*"], "per": "tenant", "window": "1h", "max": 1, "over": "deny"}
PROMISE = {"id": "as.one", "never": ["deny"], "actions": ["*"]}
REQUEST = AuthorizationRequest("a.one", {"count.run.cap": 1})


def document(layer: Layer) -> PolicyDocument:
    parts = {"limits": [LIMIT], "tests": {"assertions": [PROMISE]}} if layer is Layer.RUNTIME else {}
    data = {"apiVersion": "policy/v1", "layer": layer.value, "tenant": TENANT, "rules": [{"id": layer.value, **PERMIT}]}
    return parse_document({**data, **parts}, source=layer.value, catalogue=CATALOGUE)


BUNDLE = Bundle.of(map(document, Layer))


@pytest.mark.parametrize(("tenant_id", "verdict"), [("KONTOSO", Verdict.ALLOW), (FORGED, Verdict.DENY)])
def test_a_document_speaks_for_its_tenant_in_any_case_and_for_no_look_alike(tenant_id: str, verdict: Verdict) -> None:
    engine = Engine(BUNDLE, tenant_id=tenant_id, catalogue=CATALOGUE)
    assert engine.decide(REQUEST).verdict is verdict
    assert engine.why(REQUEST).decision.verdict is verdict
    known = verdict is Verdict.ALLOW
    assert bool(assertions_of(BUNDLE, tenant_id=tenant_id, catalogue=CATALOGUE)) is known
    assert bool(limits_on("a.one", BUNDLE, tenant_id=tenant_id, catalogue=CATALOGUE)) is known


def test_a_record_of_a_look_alike_is_another_tenants() -> None:
    engine = Engine(BUNDLE, tenant_id=TENANT, catalogue=CATALOGUE)
    records = [RecordedDecision.of(REQUEST, engine.decide(REQUEST), tenant_id=one) for one in ("Kontoso", FORGED)]
    report = replay(records, engine, tenant_id="KONTOSO")
    assert (report.identical, [one.tenant_id for one in report.foreign]) == (1, [FORGED])


@pytest.mark.parametrize("whose", ["tenant_id", "requester_id", "plan_id"])
def test_a_look_alike_is_counted_in_a_log_of_its_own(whose: str) -> None:
    counted = {**LIMIT, "per": "requester", "window": "plan"}
    limit = LimitDocument.model_validate(counted)
    scope = Scope(tenant_id=TENANT, requester_id="kim", target_id="t", plan_id="k-1")
    name = getattr(scope, whose)
    upper, forged = (dataclasses.replace(scope, **{whose: one}) for one in (name.upper(), name.replace("k", "\u212a")))
    cap = cap_of(limit, scope)
    assert isinstance(cap, Cap) and cap_of(limit, upper) == cap != cap_of(limit, forged)
    logs, now = {cap.key: empty_log(cap)}, datetime(2026, 11, 20, tzinfo=UTC)
    assert counter_facts([limit], logs, scope=forged, execution_id="e", now=now) == {"count.run.cap": UNKNOWN}


def test_a_look_alike_reads_nothing_about_the_person_it_looks_like() -> None:
    deny = {"id": "action.no", "effect": "deny", "actions": ["*"], "when": {"requester.is_vip": True}}
    data = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "rules": [deny]}
    bundle = Bundle.of([parse_document(data, source="action", catalogue=CATALOGUE)])
    request = AuthorizationRequest("a.one", {"requester.id": "kim", "requester.is_vip": True})
    found = why(bundle, request, tenant_id=TENANT, catalogue=CATALOGUE)
    assert "the person who asked" in for_employee(found, reader_id="\u212aim")
    assert "the person who asked" not in for_employee(found, reader_id="KIM")


def test_no_draft_is_for_a_look_alike() -> None:
    with pytest.raises(PublicationError, match="expected the id of one tenant"):
        Draft(FORGED, BUNDLE, "ann", "")
