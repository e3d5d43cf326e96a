"""What publication does not let pass a second time, or unseen: old signatures, unknown changes, looser terms."""

from typing import Any

import pytest

from policy.bundle import Bundle
from policy.errors import PublicationError
from policy.publication.approval import InForce, approve, signers_needed
from policy.publication.draft import NOTHING_IN_FORCE
from policy.publication.terms import changed_terms
from tests.policy.drafts import BREAK_GLASS, CATALOGUE, NOW, TENANT, approved, bundle, document, draft_of, found_in

LIMIT = {"id": "run.cap", "actions": ["a.*"], "per": "tenant", "window": "24h", "max": 5}
ASKING = {
    "id": "action.ask",
    "effect": "require_approval",
    "actions": ["a.one"],
    "approval": {"from": ["tenant_admin"], "valid_for": "1h"},
}


def test_signatures_of_before_a_roll_back_do_not_count_again_after_it() -> None:
    base = InForce.of(bundle(), number=1)
    draft = draft_of(bundle(document("global", BREAK_GLASS)), on=base)
    made = approved(draft, "ann", "bob", on=base)
    # The draft came in force as number 2 and was rolled back: the same bundle as before is in force, as number 3.
    rolled_back = InForce.of(bundle(), number=3)
    with pytest.raises(PublicationError, match=r"\(number 1\), but .* \(number 3\) is in force now"):
        approve(draft, made.review, signatures=made.signatures, in_force=rolled_back, catalogue=CATALOGUE)
    again = draft_of(draft.bundle, on=rolled_back)
    assert again.digest != draft.digest
    with pytest.raises(PublicationError, match="got nobody"):
        approve(
            again,
            found_in(again, on=rolled_back),
            signatures=made.signatures,
            in_force=rolled_back,
            catalogue=CATALOGUE,
        )


def test_a_change_that_cannot_be_told_needs_two_people() -> None:
    rules = [
        {"id": f"action.g{n}", "effect": "permit", "actions": ["a.one"], "when": {"target.groups": {"any": [f"g{n}"]}}}
        for n in range(16)
    ]
    base = InForce.of(bundle(), number=1)
    draft = draft_of(bundle(document("action", *rules)), on=base)
    found = found_in(draft, on=base)
    assert not found.changes_global_layer and found.unknown_changes and not found.blockers
    assert signers_needed(draft, in_force=base, found=found) == 2
    with pytest.raises(PublicationError, match="not all changes are known"):
        approved(draft, "ann", on=base)
    assert approved(draft, "ann", "bob", on=base).line(number=2, published_at=NOW).number == 2


def with_terms(*, limits: list[dict[str, Any]], asking: dict[str, Any]) -> Bundle:
    return bundle(document("runtime", limits=limits), document("action", asking))


LOOSER: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({**LIMIT, "per": "plan"}, ASKING, "limit `run.cap`: at most 5 actions of a.* per plan in 24h, over it deny; was "),
    (
        {**LIMIT, "window": "1h"},
        ASKING,
        "limit `run.cap`: at most 5 actions of a.* per tenant in 1h, over it deny; was ",
    ),
    (
        {**LIMIT, "count": "distinct_targets"},
        ASKING,
        "limit `run.cap`: at most 5 distinct targets of a.* per tenant in 24h, over it deny; was ",
    ),
    (
        LIMIT,
        {**ASKING, "approval": {"from": ["tenant_admin"], "valid_for": "7d"}},
        "approvals that `action.ask` asks for: good for 7d; was good for 1h",
    ),
]


@pytest.mark.parametrize(("limit", "asking", "told"), LOOSER)
def test_what_no_decision_shows_is_told_to_the_signers(
    limit: dict[str, Any], asking: dict[str, Any], told: str
) -> None:
    base = InForce.of(with_terms(limits=[LIMIT], asking=ASKING), number=1)
    found = found_in(draft_of(with_terms(limits=[limit], asking=asking), on=base), on=base)
    assert found.effects == ()
    (line,) = found.terms
    assert line.startswith(told)


def test_terms_that_come_go_or_stay_are_told_apart() -> None:
    old = with_terms(limits=[LIMIT], asking=ASKING)
    assert changed_terms(old, old, tenant_id=TENANT) == ()
    gone = changed_terms(old, bundle(), tenant_id=TENANT)
    assert gone == ("limit `run.cap`: gone; was at most 5 actions of a.* per tenant in 24h, over it deny",)
    new = changed_terms(Bundle.of(()), old, tenant_id=TENANT)
    assert new == (
        "limit `run.cap`: at most 5 actions of a.* per tenant in 24h, over it deny; new",
        "approvals that `action.ask` asks for: good for 1h; new",
    )
    assert changed_terms(old, old, tenant_id="fabrikam") == ()


def test_the_first_publication_is_number_zero_in_a_tenant_that_has_none() -> None:
    assert draft_of(bundle()).is_on(NOTHING_IN_FORCE)
    assert not draft_of(bundle()).is_on(InForce(number=1))
