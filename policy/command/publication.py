"""`draft`, `sign`, `publish`, `rollback`, `history`: the way of a bundle into force, and back.

A draft is reviewed when it is made: documents, tests, analysis, shadow. People sign that review, two when the Global
layer changes. `publish` runs the stages again on what is in force at that moment. The catalogue is the agent's own.
"""

import argparse
import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policy.command.command import ALREADY, BAD, GOOD, Answer, Command, ExitCode, Terminal
from policy.command.errors import UsageError
from policy.command.inputs import ANY_TENANT, Catalogue, one_tenant, read_catalogue, read_policy
from policy.command.office import Office, open_office
from policy.command.reasoning import installed_solver
from policy.command.replay import records_in
from policy.command.review_shown import review_shown
from policy.errors import AlreadyInForceError, PublicationError
from policy.foreign import printable, quoted, shown
from policy.history.recorded import RecordedDecision
from policy.publication.approval import Published, Signature, approve, rollback, signers_needed
from policy.publication.draft import MAX_NOTE_CHARACTERS, PERSON, PERSON_WORDS, Draft
from policy.publication.examine import review

if TYPE_CHECKING:
    from agent.storage.drafts import HeldDraft

_WHOLE_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_Work = Callable[[Office, Catalogue], Awaitable[Answer]]


def _draft_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of policy documents, or one file")
    _tenant_argument(parser, required=False)
    _why_arguments(parser)


def _rollback_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="digest of a bundle that was in force before")
    _tenant_argument(parser, required=True)
    _why_arguments(parser)


def _sign_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("draft", metavar="DRAFT", help="digest of a draft")
    parser.add_argument("review", metavar="REVIEW", help="digest of its review: what you have read and stand for")
    _tenant_argument(parser, required=True)
    _person_argument(parser)


def _publish_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("draft", metavar="DRAFT", help="digest of a draft")
    _tenant_argument(parser, required=True)


def _history_arguments(parser: argparse.ArgumentParser) -> None:
    _tenant_argument(parser, required=True)


def _tenant_argument(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--tenant", metavar="ID", required=required, help="whose policy it is")


def _person_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="name", metavar="NAME", help="who you are; on a local emulator only")


def _why_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--note", default="", metavar="TEXT", help="why, for the signers and the history")
    parser.add_argument("--history", type=Path, metavar="LOG", help="recorded decisions to decide again with the draft")
    _person_argument(parser)


def _draft(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy = read_policy([given.folder], tenant=given.tenant, catalogue=read_catalogue(None))
    if policy.tenant_id == ANY_TENANT:
        raise UsageError("the documents name no tenant: say with `--tenant` whose policy this is")

    async def work(office: Office, catalogue: Catalogue) -> Answer:
        in_force = await office.publications.in_force(policy.tenant_id)
        draft = Draft(policy.tenant_id, policy.bundle, _person(office), in_force.digest, given.note, in_force.number)
        return await _reviewed(draft, office, catalogue=catalogue, history=_history_of(given))

    return _open(work, given, terminal=terminal)


def _rollback(given: argparse.Namespace, terminal: Terminal) -> Answer:
    tenant_id = one_tenant(given.tenant)

    async def work(office: Office, catalogue: Catalogue) -> Answer:
        draft = rollback(
            await office.publications.bundle(given.bundle),
            published=await office.publications.history(tenant_id),
            in_force=await office.publications.in_force(tenant_id),
            tenant_id=tenant_id,
            author=_person(office),
            note=given.note,
        )
        return await _reviewed(draft, office, catalogue=catalogue, history=_history_of(given))

    return _open(work, given, terminal=terminal)


def _sign(given: argparse.Namespace, terminal: Terminal) -> Answer:
    tenant_id = one_tenant(given.tenant)

    async def work(office: Office, _: Catalogue) -> Answer:
        if not _WHOLE_DIGEST.fullmatch(given.review):
            raise UsageError(f"expected the whole digest of a review as `draft` printed it, got {shown(given.review)}")
        signature = Signature(person=_person(office), review=given.review, signed_at=datetime.now(UTC))
        held = await office.drafts.sign(tenant_id, given.draft, signature=signature)
        return _held(held, needed=await _needed(held, office), exit_code=GOOD)

    return _open(work, given, terminal=terminal)


def _publish(given: argparse.Namespace, terminal: Terminal) -> Answer:
    tenant_id = one_tenant(given.tenant)

    async def work(office: Office, catalogue: Catalogue) -> Answer:
        held = await office.drafts.get(tenant_id, given.draft)
        publication = approve(
            held.draft,
            held.review,
            signatures=held.signatures,
            in_force=await office.publications.in_force(tenant_id),
            catalogue=catalogue.actions,
            target_kinds=catalogue.target_kinds,
            solver=installed_solver(),
        )
        line = await office.publications.publish(publication, published_at=datetime.now(UTC))
        return Answer({"published": line.model_dump(mode="json")}, (f"in force for {tenant_id}: {line.bundle}",))

    return _open(work, given, terminal=terminal)


def _history(given: argparse.Namespace, terminal: Terminal) -> Answer:
    tenant_id = one_tenant(given.tenant)

    async def work(office: Office, _: Catalogue) -> Answer:
        lines = await office.publications.history(tenant_id)
        drafts = await office.drafts.digests(tenant_id)
        done = {one.draft for one in lines}
        waiting = [one for one in drafts if one not in done]
        data = {"published": [one.model_dump(mode="json") for one in lines], "drafts": waiting}
        if not lines and not waiting:
            return Answer(data, (f"nothing was ever published or drafted for {tenant_id}",))
        return Answer(data, (*_lines(lines), *(f"draft {one} is not published" for one in waiting)))

    return _open(work, given, terminal=terminal)


async def _reviewed(
    draft: Draft, office: Office, *, catalogue: Catalogue, history: Sequence[RecordedDecision]
) -> Answer:
    in_force = await office.publications.in_force(draft.tenant_id)
    found = review(
        draft,
        in_force=in_force,
        catalogue=catalogue.actions,
        history=history,
        solver=installed_solver(),
        target_kinds=catalogue.target_kinds,
    )
    held = await office.drafts.save(draft, found, now=datetime.now(UTC))
    needed = signers_needed(held.draft, in_force=in_force, found=found)
    return _held(held, needed=needed, exit_code=BAD if found.blockers else GOOD)


async def _needed(held: "HeldDraft", office: Office) -> int:
    in_force = await office.publications.in_force(held.draft.tenant_id)
    return signers_needed(held.draft, in_force=in_force, found=held.review)


def _held(held: "HeldDraft", *, needed: int, exit_code: ExitCode) -> Answer:
    signed = [one.person for one in held.signatures]
    data: dict[str, Any] = {
        "draft": held.draft.digest,
        "bundle": held.draft.bundle.digest,
        "based_on": held.draft.based_on,
        "author": held.draft.author,
        "note": held.draft.note,
        "review": held.review.digest,
        "findings": held.review.model_dump(mode="json"),
        "blockers": list(held.review.blockers),
        "signed_by": signed,
        "signatures_needed": needed,
    }
    names = (
        f"draft  {held.draft.digest}",
        f"review {held.review.digest}",
        f"based on {held.draft.based_on or 'nothing: it would be the first'}",
        f"{len(signed)} of {needed} signatures{': ' if signed else ''}{_people(held.signatures)}",
    )
    return Answer(data, (*review_shown(held.review), *names), exit_code)


def _lines(lines: Sequence[Published]) -> Iterator[str]:
    for one in reversed(lines):
        yield f"{one.number}. {one.published_at:%Y-%m-%d %H:%M} UTC {one.bundle}"
        note = f": {printable(one.note, most=MAX_NOTE_CHARACTERS)}" if one.note else ""
        yield f"   by {quoted(one.author)}, signed by {_people(one.signatures)}{note}"


def _people(signatures: Sequence[Signature]) -> str:
    return ", ".join(quoted(one.person) for one in signatures)


def _history_of(given: argparse.Namespace) -> Sequence[RecordedDecision]:
    return records_in(given.history) if given.history else ()


def _person(office: Office) -> str:
    if not office.person:
        raise UsageError("expected `--as` with your name, because nobody signs in to a local emulator")
    if not PERSON.fullmatch(office.person):
        raise UsageError(f"expected {PERSON_WORDS}, got {office.person!a}")
    return office.person


def _open(work: _Work, given: argparse.Namespace, *, terminal: Terminal) -> Answer:
    """Run `work` in the office; what publication refuses is an answer: that it is so already, or no."""

    async def inside() -> Answer:
        catalogue = read_catalogue(None)
        async with open_office(catalogue.actions, name=getattr(given, "name", None)) as office:
            return await work(office, catalogue)

    try:
        with terminal.working("asking storage"):
            return asyncio.run(inside())
    except AlreadyInForceError as found:
        return Answer({"already_in_force": found.bundle}, (f"{found}; nothing is to be done",), ALREADY)
    except PublicationError as refusal:
        reasons = list(refusal.reasons)
        return Answer({"refused": reasons}, tuple(f"refused: {one}" for one in reasons), BAD)


DRAFT = Command("draft", "review documents and keep them as a draft", _draft_arguments, _draft)
SIGN = Command("sign", "sign the review of a draft", _sign_arguments, _sign)
PUBLISH = Command("publish", "put a signed draft in force", _publish_arguments, _publish)
ROLLBACK = Command("rollback", "draft a bundle that was in force before", _rollback_arguments, _rollback)
HISTORY = Command("history", "list what was ever in force, and open drafts", _history_arguments, _history)
