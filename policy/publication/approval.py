"""The life of a bundle: draft, review, signatures, in force; and back to an earlier one through the same door.

    found = review(draft, in_force=in_force, catalogue=CATALOGUE, history=history)
    signature = Signature(person="ann", review=found.digest, signed_at=now)
    publication = approve(draft, found, signatures=[signature], in_force=in_force, catalogue=CATALOGUE)

`approve` is the only maker of a `Publication`, and storage puts nothing else in force. It refuses, each time with
everything that is missing, unless

1. the draft is based on what is in force now; else somebody must draft again on top of that (rebase);
2. the stages, run again with today's catalogue, find word for word what the review says;
3. every document is valid, every example holds, every assertion is proved and no rule can never match;
4. enough people signed this very review: one, who may be the author, or two distinct people when the Global layer
   differs in any way from the one in force, or when it is not known all that the draft changes, so that one of
   them at least is not the author.

A roll back is a draft of an earlier bundle: it must have been in force for the tenant, and all of the above
holds for it too. There is no shorter way back, because the catalogue and the Global layer may have moved on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from policy.analysis import Solver
from policy.bundle import Bundle
from policy.errors import AlreadyInForceError, PublicationError
from policy.foreign import in_ticks
from policy.moment import Moment
from policy.publication.draft import NOTHING_IN_FORCE, PERSON, PERSON_WORDS, Draft, InForce
from policy.publication.examine import review, reviewed
from policy.publication.review import Review

__all__ = [
    "NOTHING_IN_FORCE",
    "Draft",
    "InForce",
    "Publication",
    "Published",
    "Review",
    "Signature",
    "approve",
    "review",
    "rollback",
    "signers_needed",
]


def _spelt_plainly(name: str) -> str:
    if not PERSON.fullmatch(name):
        raise ValueError(f"expected a person as {PERSON_WORDS}, got {name!a}")
    return name


Person = Annotated[str, Field(max_length=200), AfterValidator(_spelt_plainly)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Signature(_Closed):
    """One person's yes to one review, and by its digest to the bundle, tenant, base, author and note behind it.

    `person` is a name that the caller has authenticated; this package cannot.
    """

    person: Person
    review: Digest
    signed_at: Moment


class Published(_Closed):
    """One entry of a tenant's history: what came in force, when, on top of what, and who stood for it.

    `number` counts from 1 without a gap. `based_on` is empty for the first.
    """

    number: Annotated[int, Field(ge=1)]
    tenant_id: str
    bundle: Digest
    based_on: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    draft: Digest
    author: Person
    note: str
    review: Digest
    signatures: tuple[Signature, ...]
    published_at: Moment


class _Mint:
    """The key to making a Publication; a test checks that it is used in this file only."""


_MINT = _Mint()


@dataclass(frozen=True, slots=True)
class Publication:
    """The proof that this draft may come in force now. Made by `approve` only; storage takes nothing else.

    `dataclasses.replace` fails on it because the mint is not a field, so a publication cannot be altered.

    Raises:
        TypeError: it was made without the mint.
    """

    draft: Draft
    review: Review
    signatures: tuple[Signature, ...]
    mint: InitVar[_Mint]

    def __post_init__(self, mint: _Mint) -> None:
        if mint is not _MINT:
            raise TypeError("a Publication is made by `policy.publication.approval.approve` only")

    def line(self, *, number: int, published_at: datetime) -> Published:
        """Return the line of history that this publication gets when it comes in force as the `number`th."""
        draft = self.draft
        return Published(
            number=number,
            tenant_id=draft.tenant_id,
            bundle=draft.bundle.digest,
            based_on=draft.based_on,
            draft=draft.digest,
            author=draft.author,
            note=draft.note,
            review=self.review.digest,
            signatures=self.signatures,
            published_at=published_at,
        )


def approve(
    draft: Draft,
    found: Review,
    *,
    signatures: Iterable[Signature],
    in_force: InForce,
    catalogue: frozenset[str],
    solver: Solver | None = None,
    target_kinds: Mapping[str, str] = MappingProxyType({}),
) -> Publication:
    """Return the proof that `draft` may come in force. `found` is the review that was signed.

    The rest is as it was given to `review`.

    Raises:
        AlreadyInForceError: the bundle is in force, so that nobody's signature is needed and nothing would change.
        PublicationError: one of the four rules above does not hold; `reasons` lists all that is missing.
    """
    if draft.bundle.digest == in_force.digest:
        raise AlreadyInForceError(in_force.digest, f"the bundle `{in_force.digest}` is in force already")
    # (1) What was reviewed is a change to something that no longer is.
    if not draft.is_on(in_force):
        raise PublicationError([_rebase(draft, in_force)])
    reasons = []
    # (2) A review is data that anybody could write; only what the stages find today counts.
    today = reviewed(
        draft, in_force=in_force, catalogue=catalogue, shadow=found.shadow, solver=solver, target_kinds=target_kinds
    )
    if today != found:
        reasons.append(
            "expected a review that says what the stages find today, got another draft's or an older one; "
            "review the draft again and have that signed"
        )
    reasons += today.blockers  # (3)
    counted = _counted(found, signatures)
    reasons += _missing(counted, needed=signers_needed(draft, in_force=in_force, found=today))  # (4)
    if reasons:
        raise PublicationError(reasons)
    return Publication(draft, found, counted, _MINT)


def signers_needed(draft: Draft, *, in_force: InForce, found: Review) -> int:
    """Return how many distinct people must sign: two when the Global layer differs or changes are unknown, else one."""
    return 2 if draft.changes_global_layer(in_force) or found.unknown_changes else 1


def rollback(
    earlier: Bundle, *, published: Sequence[Published], in_force: InForce, tenant_id: str, author: str, note: str = ""
) -> Draft:
    """Return the draft that puts `earlier` back in force; it goes through review and signatures like any other.

    Raises:
        AlreadyInForceError: it is what is in force.
        PublicationError: it was never in force for this tenant.
    """
    draft = Draft(tenant_id, earlier, author, in_force.digest, note, in_force.number)
    known = {one.bundle for one in published if one.tenant_id == draft.tenant_id}
    if earlier.digest not in known:
        raise PublicationError(
            [f"expected a bundle that was in force for tenant `{draft.tenant_id}`, got `{earlier.digest}`"]
        )
    if earlier.digest == in_force.digest:
        raise AlreadyInForceError(earlier.digest, f"the bundle `{earlier.digest}` is in force already")
    return draft


def _rebase(draft: Draft, in_force: InForce) -> str:
    base = f"`{draft.based_on or 'nothing'}` (number {draft.based_on_number})"
    now = f"`{in_force.digest or 'nothing'}` (number {in_force.number})"
    return f"the draft is based on {base}, but {now} is in force now; draft again on top of that"


def _counted(found: Review, signatures: Iterable[Signature]) -> tuple[Signature, ...]:
    """Return one signature of this review per person, the first each; others are for something else."""
    first: dict[str, Signature] = {}
    for one in sorted(signatures, key=lambda each: (each.signed_at, each.person)):
        if one.review == found.digest:
            first.setdefault(_identity(one.person), one)
    return tuple(first.values())


def _missing(counted: Sequence[Signature], *, needed: int) -> list[str]:
    if len(counted) >= needed:
        return []
    signed = ", ".join(in_ticks(one.person) for one in counted) or "nobody"
    if needed == 1:
        return ["expected one person's signature under this review, got none; have it signed"]
    why = "the Global layer changes, or not all changes are known"
    return [f"{why}: expected signatures of two distinct people under this review, got {signed}"]


def _identity(person: str) -> str:
    # One person spelt in two ways must not count as two. Names are plain ASCII (`PERSON`), so this is all it takes.
    return person.lower()
