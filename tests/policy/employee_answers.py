"""People, facts and answers of the tests of what the person who asked reads."""

from typing import Any

from policy.decision import Layer
from policy.explanation.employee import for_employee
from policy.explanation.why import why
from policy.request import AuthorizationRequest
from tests.policy.authored import CATALOGUE, TENANT
from tests.policy.test_explain_technician import bundle_of, rule

ME, OTHER = "11111111-0000-0000-0000-000000000001", "22222222-0000-0000-0000-000000000002"
OWN: dict[str, Any] = {
    "requester.id": ME,
    "target.id": ME,
    "beneficiary.id": ME,
    "requester.assurance": "sso",
    "risk": 10,
}
FOREIGN = OWN | {"target.id": OTHER, "beneficiary.id": OTHER}
PROTECTED = "Policy does not allow this for the account or group that would be changed. A technician can tell you more."
UNCHECKED = (
    "Policy does not allow this, because something about the account or group that would be changed could not be "
    "checked. A technician can tell you more."
)


def said(*rules: dict[str, Any], facts: dict[str, Any], reader_id: str = "", action: str = "a.one") -> str:
    bundle = bundle_of(Layer.ACTION, [*rules], limits=[])
    request = AuthorizationRequest(action, facts)
    return for_employee(why(bundle, request, tenant_id=TENANT, catalogue=CATALOGUE), reader_id=reader_id)


def denied(facts: dict[str, Any], *, reader_id: str = "", **parts: Any) -> str:
    """Return what is said when one deny rule made of `parts` stands beside a permit."""
    return said(rule("permit"), rule("deny", "action.no", **parts), facts=facts, reader_id=reader_id)
