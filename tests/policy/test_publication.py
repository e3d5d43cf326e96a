"""Nothing comes in force but a draft on top of what is, found good today and signed by enough people."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from policy import Bundle, Layer, parse_document
from policy.errors import AlreadyInForceError, PublicationError
from policy.publication.approval import (
    NOTHING_IN_FORCE,
    Draft,
    InForce,
    Publication,
    Published,
    Signature,
    approve,
    rollback,
    signers_needed,
)
from tests.policy.drafts import (
    ASSERTION,
    BREAK_GLASS,
    CATALOGUE,
    NOW,
    TENANT,
    approved,
    bundle,
    denying,
    document,
    draft_of,
    found_in,
    signed,
)

BASE = InForce.of(bundle())
HARMLESS = bundle(denying("Sales"))


def test_one_signature_is_enough_below_the_global_layer_and_may_be_the_authors() -> None:
    publication = approved(draft_of(HARMLESS, on=BASE), "ann", on=BASE)
    assert publication.draft.bundle == HARMLESS
    assert [one.person for one in publication.signatures] == ["ann"]


def test_nobodys_signature_is_not_enough() -> None:
    with pytest.raises(PublicationError, match="one person's signature"):
        approved(draft_of(HARMLESS, on=BASE), on=BASE)


def global_for(tenant: str) -> dict[str, Any]:
    return {**document("global"), "tenant": tenant, "rules": [BREAK_GLASS]}


def with_document(added: dict[str, Any]) -> Bundle:
    """Return the base bundle with one document more."""
    return Bundle.of([*bundle().documents, parse_document(added, source="added", catalogue=CATALOGUE)])


def without_global() -> Bundle:
    return Bundle.of(one for one in bundle().documents if one.layer is not Layer.GLOBAL)


GLOBAL_CHANGES: list[tuple[str, InForce, Bundle]] = [
    ("the first publication", NOTHING_IN_FORCE, bundle()),
    ("a rule more", BASE, bundle(document("global", BREAK_GLASS))),
    ("a rule less", InForce.of(bundle(document("global", BREAK_GLASS))), bundle()),
    ("another note", BASE, bundle(document("global") | {"rules": [{**BREAK_GLASS, "note": "Other words."}]})),
    ("a test less", InForce.of(bundle(document("global", BREAK_GLASS, tests={"assertions": [ASSERTION]}))), bundle()),
    ("rules for this tenant only", BASE, with_document(global_for(TENANT))),
    ("what is in force cannot be read", InForce("a" * 64), HARMLESS),
    ("it cannot be read and nothing global comes after it", InForce("a" * 64), without_global()),
]


@pytest.mark.parametrize(("name", "in_force", "proposed"), GLOBAL_CHANGES, ids=[one[0] for one in GLOBAL_CHANGES])
def test_a_change_of_the_global_layer_needs_two_distinct_people(name: str, in_force: InForce, proposed: Bundle) -> None:
    draft = draft_of(proposed, on=in_force)
    assert signers_needed(draft, in_force=in_force, found=found_in(draft, on=in_force)) == 2
    for people, signed_by in (
        ((), "nobody"),
        (("ann",), "`ann`"),
        (("ann", "ann"), "`ann`"),
        (("bob", "BOB"), "`bob`"),
    ):
        with pytest.raises(PublicationError, match=f"two distinct people under this review, got {signed_by}$"):
            approved(draft, *people, on=in_force)
    assert len(approved(draft, "ann", "bob", on=in_force).signatures) == 2
    assert len(approved(draft, "bob", "eve", on=in_force).signatures) == 2


def test_the_global_rules_of_another_tenant_are_not_this_tenants_layer() -> None:
    elsewhere = draft_of(with_document(global_for("fabrikam")), on=BASE)
    assert signers_needed(elsewhere, in_force=BASE, found=found_in(elsewhere, on=BASE)) == 1


def test_a_draft_on_top_of_what_is_no_longer_in_force_must_be_rebased() -> None:
    late = draft_of(HARMLESS, on=BASE)
    now = InForce.of(bundle(denying("HR")))
    with pytest.raises(
        PublicationError,
        match=rf"based on `{BASE.digest}` \(number 0\), but `{now.digest}` \(number 0\) is in force now",
    ):
        approve(late, found_in(late, on=BASE), signatures=[], in_force=now, catalogue=CATALOGUE)
    first = draft_of(HARMLESS)
    with pytest.raises(PublicationError, match=r"based on `nothing` \(number 0\), but"):
        approve(first, found_in(first), signatures=[], in_force=BASE, catalogue=CATALOGUE)
    with pytest.raises(PublicationError, match=r"but `nothing` \(number 0\) is in force"):
        approve(late, found_in(late, on=BASE), signatures=[], in_force=NOTHING_IN_FORCE, catalogue=CATALOGUE)


@pytest.mark.parametrize("on", [BASE, NOTHING_IN_FORCE])
def test_what_is_in_force_already_is_told_as_such_and_not_published_again(on: InForce) -> None:
    # On top of nothing it is the very draft that was published before; neither needs anybody's signature.
    draft = draft_of(bundle(), on=on)
    with pytest.raises(AlreadyInForceError, match="in force already") as found:
        approve(draft, found_in(draft, on=on), signatures=[], in_force=BASE, catalogue=CATALOGUE)
    assert found.value.bundle == BASE.digest


def test_a_signature_holds_for_one_bundle_tenant_base_author_and_note_only() -> None:
    draft = draft_of(HARMLESS, on=BASE)
    other_base = InForce.of(bundle(denying("HR")))
    others = [
        (draft_of(bundle(denying("Legal")), on=BASE), BASE),
        (Draft("fabrikam", HARMLESS, "ann", BASE.digest), BASE),
        (draft_of(HARMLESS, on=other_base), other_base),
        (draft_of(HARMLESS, on=BASE, author="bob"), BASE),
        (draft_of(HARMLESS, on=BASE, note="Another reason."), BASE),
    ]
    found = found_in(draft, on=BASE)
    for other, on in others:
        elsewhere = signed(found_in(other, on=on), "ann", "bob")
        with pytest.raises(PublicationError, match="got none"):
            approve(draft, found, signatures=elsewhere, in_force=BASE, catalogue=CATALOGUE)


def test_a_review_that_says_less_than_the_stages_find_is_refused() -> None:
    """A review is data: leaving out what blocks must not help, even when it is signed by many."""
    loose = bundle(document("target", tests={"assertions": [ASSERTION]}))
    draft = draft_of(loose, on=BASE)
    honest = found_in(draft, on=BASE)
    forged = honest.model_copy(update={"assertions": (), "changes_global_layer": False})
    with pytest.raises(PublicationError) as refused:
        approved(draft, "ann", "bob", on=BASE, found=forged)
    assert [reason.split(":")[0] for reason in refused.value.reasons] == [
        "expected a review that says what the stages find today, got another draft's or an older one; review the "
        "draft again and have that signed",
        "assertion `as.break-glass` does not hold",
    ]


def test_a_review_of_another_catalogue_is_refused_although_it_was_signed() -> None:
    draft = draft_of(HARMLESS, on=BASE)
    smaller = frozenset({"a.one"})
    with pytest.raises(PublicationError, match="find today"):
        approved(draft, "ann", on=BASE, found=found_in(draft, on=BASE, catalogue=smaller))


def test_everything_that_is_missing_is_told_at_once() -> None:
    failing = {"id": "ex.one", "given": {"action": "a.one"}, "expect": {"verdict": "deny"}}
    proposed = bundle(document("global", tests={"examples": [failing], "assertions": [ASSERTION]}))
    with pytest.raises(PublicationError) as refused:
        approved(draft_of(proposed, on=BASE), "ann", on=BASE)
    assert [reason.split(":")[0] for reason in refused.value.reasons] == [
        "example `ex.one` fails",
        "assertion `as.break-glass` does not hold",
        "the Global layer changes, or not all changes are known",
    ]


def test_a_publication_is_made_by_approve_only() -> None:
    made = approved(draft_of(HARMLESS, on=BASE), "ann", on=BASE)
    with pytest.raises(TypeError, match="approve"):
        Publication(made.draft, made.review, made.signatures, object())  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(made, draft=draft_of(bundle()))  # type: ignore[call-arg]


def test_a_person_who_signs_twice_counts_once_with_the_first_time() -> None:
    draft = draft_of(HARMLESS, on=BASE)
    found = found_in(draft, on=BASE)
    late = Signature(person="Ann", review=found.digest, signed_at=NOW + timedelta(days=1))
    made = approve(draft, found, signatures=[late, *signed(found, "ann")], in_force=BASE, catalogue=CATALOGUE)
    assert [(one.person, one.signed_at) for one in made.signatures] == [("ann", NOW)]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"tenant_id": "*"}, "id of one tenant"),
        ({"tenant_id": "a/b"}, "id of one tenant"),
        # The Kelvin sign is `k` in lower case, and part of no tenant's id.
        ({"tenant_id": "\u212aontoso"}, "id of one tenant"),
        ({"author": "  "}, "expected the author as"),
        ({"note": "x" * 2_001}, "at most 2000 characters"),
    ],
)
def test_a_malformed_draft_cannot_be_made(fields: dict[str, str], says: str) -> None:
    with pytest.raises(PublicationError, match=says):
        Draft(**{"tenant_id": TENANT, "bundle": bundle(), "author": "ann", "based_on": "", **fields})  # type: ignore[arg-type]


def test_a_note_may_be_as_long_as_it_says() -> None:
    assert len(draft_of(bundle(), note="x" * 2_000).note) == 2_000


def test_what_was_found_signed_or_published_cannot_be_changed() -> None:
    made = approved(draft_of(bundle()), "ann", "bob")
    for value, field in ((made.review, "draft"), (made.signatures[0], "person"), (line(made, 1), "number")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(value, field, getattr(value, field))


@pytest.mark.parametrize(
    "name", [" ", "", "ann ", "ann\u200b", "an\u00adn", "\u202eann", "ann\x00", "\u0430nn", "\uff21nn"]
)
def test_nobody_signs_without_a_plain_name_or_under_one_that_looks_like_another(name: str) -> None:
    with pytest.raises(ValidationError, match="plain ASCII"):
        Signature(person=name, review="0" * 64, signed_at=NOW)
    with pytest.raises(PublicationError, match="plain ASCII"):
        draft_of(bundle(), author=name)


def line(publication: Publication, number: int) -> Published:
    return publication.line(number=number, published_at=NOW)


def test_a_roll_back_is_a_draft_of_what_was_in_force_and_goes_through_the_same_door() -> None:
    first = approved(draft_of(bundle()), "ann", "bob")
    second = approved(draft_of(HARMLESS, on=BASE), "ann", on=BASE)
    now = InForce.of(HARMLESS)
    history = [line(first, 1), line(second, 2)]
    back = rollback(
        bundle(), published=history, in_force=now, tenant_id=TENANT, author="eve", note="It was too strict."
    )
    assert (back.bundle, back.based_on, back.author) == (bundle(), HARMLESS.digest, "eve")
    with pytest.raises(PublicationError, match="one person's signature"):
        approved(back, on=now)
    assert approved(back, "eve", on=now).draft == back


def test_a_roll_back_of_global_rules_needs_two_people_too() -> None:
    first = approved(draft_of(bundle()), "ann", "bob")
    now = InForce.of(bundle(document("global", BREAK_GLASS)))
    back = rollback(bundle(), published=[line(first, 1)], in_force=now, tenant_id=TENANT, author="ann")
    with pytest.raises(PublicationError, match="two distinct people"):
        approved(back, "ann", on=now)


def test_a_roll_back_whose_promises_no_longer_hold_today_is_refused() -> None:
    """The catalogue has grown by an action that the old rules do not cover."""
    rule = {**BREAK_GLASS, "actions": ["a.one"]}
    old = bundle(document("global", rule, tests={"assertions": [ASSERTION]}), catalogue=frozenset({"a.one"}))
    before = frozenset({"a.one"})
    first = approved(draft_of(old), "ann", "bob", catalogue=before)
    back = rollback(old, published=[line(first, 1)], in_force=BASE, tenant_id=TENANT, author="ann")
    with pytest.raises(PublicationError, match=r"as.break-glass.* got ALLOW for `a.two`"):
        approved(back, "ann", "bob", on=BASE)


@pytest.mark.parametrize("tenant_id", [TENANT, "fabrikam"])
def test_what_was_never_in_force_for_the_tenant_is_no_roll_back(tenant_id: str) -> None:
    first = approved(draft_of(bundle()), "ann", "bob")
    never = HARMLESS if tenant_id == TENANT else bundle()
    now = InForce.of(bundle(denying("HR")))
    with pytest.raises(PublicationError, match=f"was in force for tenant `{tenant_id}`"):
        rollback(never, published=[line(first, 1)], in_force=now, tenant_id=tenant_id, author="ann")


def test_what_is_in_force_cannot_be_rolled_back_to() -> None:
    first = approved(draft_of(bundle()), "ann", "bob")
    with pytest.raises(AlreadyInForceError, match="in force already"):
        rollback(bundle(), published=[line(first, 1)], in_force=BASE, tenant_id=TENANT, author="ann")


def test_a_correction_may_be_based_on_a_bundle_that_can_no_longer_be_read() -> None:
    damaged = InForce("a" * 64)
    assert approved(draft_of(HARMLESS, on=damaged), "ann", "bob", on=damaged).draft.based_on == "a" * 64


def test_an_assertion_whose_condition_no_request_can_meet_blocks() -> None:
    # 2026-11-23 is a Monday, and the hours are of a Tuesday.
    hours = {"days": ["Tue"], "from": "08:00", "to": "18:00"}
    where = {"time.dates": {"from": "2026-11-23", "to": "2026-11-23"}, "time.local_hours": hours}
    draft = draft_of(bundle(document("target", tests={"assertions": [{**ASSERTION, "where": where}]})), on=BASE)
    with pytest.raises(PublicationError, match="promises nothing"):
        approved(draft, "ann", on=BASE)
