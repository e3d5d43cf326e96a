"""Answers the two addresses of a sign-in: the one at which it begins, and the one to which Entra sends the browser.

At the end, in this order: (1) the answer names a sign-in; (2) it began in this very browser, minutes ago; (3) Entra
confirms it, and the person is proven freshly (`agent.identity.sign_in`). What the browser gets is a session for the one
approval. It is no right to answer: who was asked is decided when the page is shown and when the answer comes.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.approval_desk import ApprovalDesk
from agent.errors import BadRequestError, PortError
from agent.model.approval import case_id_in
from console.approval_pages import problem_page
from console.front import Page
from console.own_forms import form_in
from console.sign_in_cookies import LIFETIME, MAX_COOKIE_BYTES, Flow, Session, SignInCookies, UserToken, forget, tag_of
from console.style import page_headers

if TYPE_CHECKING:
    from agent.identity.sign_in import SignedIn

#: The form of an approval's id (`agent.model.approval.approval_id_for`).
APPROVAL_ID = re.compile(r"[0-9a-f]{32}-[0-9a-f]{24}")
_STATE = re.compile(r"([0-9a-f]{32})-[A-Za-z0-9_-]{43}")

_WENT_WRONG: Mapping[int, str] = {
    403: "Guests of a tenant may decide nothing here.",
    503: "You cannot be signed in now. Try again in a minute.",
}
_NOT_PROVEN = "Entra ID did not confirm a fresh sign-in. Sign in again, and prove yourself when you are asked to."
_NOT_BEGUN_HERE = "This sign-in was not begun in this browser, or too long ago. Open the link of the approval again."


async def begin_sign_in(desk: ApprovalDesk, approval_id: str) -> Page:
    """Return the way to Entra, and the cookie by which this browser will be known. It is the same for every id."""
    if not APPROVAL_ID.fullmatch(approval_id):
        return problem(404, "This address is not the address of an approval.")
    try:
        tenant_id = await _tenant_of(desk, approval_id)
    except PortError:
        return problem(503, _WENT_WRONG[503], address=desk.address_of(approval_id))
    return await begin_at(desk, approval_id, tenant_id=tenant_id)


async def begin_at(desk: ApprovalDesk, place: str, *, tenant_id: str) -> Page:
    """Return the way to the Entra ID of a tenant for one place, and the cookie by which this browser will be known."""
    tag, now = tag_of(place), desk.clock.now()
    try:
        begun = await desk.sign_in.begin(tenant_id, state=f"{tag}-{secrets.token_urlsafe(32)}")
        flow = Flow(
            place=place,
            state=begun.state,
            nonce=begun.nonce,
            verifier=begun.verifier,
            expires_at=now + LIFETIME,
        )
        cookie = await _cookies(desk).make(tenant_id, tag, kept=flow)
    except (BadRequestError, PortError):
        return problem(503, _WENT_WRONG[503], address=desk.address_of(place))
    return _redirect(begun.address, cookie)


async def finish_sign_in(desk: ApprovalDesk, body: bytes, *, cookie: str) -> Page:
    """Return the way back to the approval with a session, or why there is none.

    `body` is the form with which Entra sends the browser here, `cookie` the request's header.
    """
    # The app starts without it: most of its work signs nobody in.
    from agent.identity.sign_in import Begun

    answer = form_in(body)
    found = _STATE.fullmatch(answer.get("state", ""))  # (1)
    if found is None:
        return problem(400, _NOT_BEGUN_HERE)
    tag, now = found[1], desk.clock.now()
    try:
        known = await _cookies(desk).read(cookie, tag, kind=Flow, now=now)
        if known is None:  # (2)
            return problem(400, _NOT_BEGUN_HERE)
        tenant_id, flow = known
        begun = Begun(address="", state=flow.state, nonce=flow.nonce, verifier=flow.verifier)
        signed_in = await desk.sign_in.finish(tenant_id, begun=begun, answer=answer, now=now)  # (3)
        cookies = await _kept(desk, flow.place, signed_in=signed_in)
    except BadRequestError as error:
        # A sign-in is finished once, however it ends: what it began with is of no use any more.
        address = desk.address_of(flow.place)
        return problem(error.status, _WENT_WRONG.get(error.status, _NOT_PROVEN), address=address)
    except PortError:
        return problem(503, _WENT_WRONG[503])
    return _redirect(desk.address_of(flow.place), *cookies, forget(Flow, tag))


def problem(status: int, said: str, *, address: str = "") -> Page:
    """Return a page that says in constant words what did not work, and where to begin anew."""
    return Page(status, problem_page(said, address=address), page_headers())


async def _tenant_of(desk: ApprovalDesk, approval_id: str) -> str:
    """Return the tenant to sign in to: with several, that of the question; for an id of none, one that the id picks."""
    if len(desk.tenant_ids) == 1:
        return desk.tenant_ids[0]
    held = await desk.store.load(case_id_in(approval_id))
    request = held.case.approval_request if held else None
    # Only whoever has the whole id, which nobody can guess, is led to the tenant; others could not tell.
    if held is not None and request is not None and request.id == approval_id:
        return held.case.request.tenant_id
    return desk.tenant_ids[hashlib.sha256(approval_id.encode()).digest()[0] % len(desk.tenant_ids)]


async def _kept(desk: ApprovalDesk, place: str, *, signed_in: "SignedIn") -> tuple[str, ...]:
    """Return the cookies of a new session."""
    person, tag, expires_at = signed_in.person, tag_of(place), desk.clock.now() + LIFETIME
    session = Session(
        place=place,
        tenant_id=person.tenant_id,
        person_id=person.person_id,
        # New with each sign-in, so what somebody may have planted before is of no use.
        form_token=secrets.token_urlsafe(32),
        signed_in_at=signed_in.signed_in_at,
        evidence={**person.evidence, "signed_in_at": signed_in.signed_in_at.isoformat()},
        expires_at=expires_at,
    )
    made = await _cookies(desk).make(person.tenant_id, tag, kept=session)
    # Without their token a person can still answer; only a step in their name would ask them to sign in again. Who sat
    # here before may have left one.
    with_token = forget(UserToken, tag)
    if signed_in.user_token and APPROVAL_ID.fullmatch(place):
        token = UserToken(person_id=person.person_id, token=signed_in.user_token, expires_at=expires_at)
        sealed = await _cookies(desk).make(person.tenant_id, tag, kept=token)
        with_token = sealed if len(sealed) <= MAX_COOKIE_BYTES else with_token
    return made, with_token


def _cookies(desk: ApprovalDesk) -> SignInCookies:
    return SignInCookies(desk.cookies, desk.tenant_ids)


def _redirect(address: str, *cookies: str) -> Page:
    return Page(303, "", {**page_headers(), "location": address}, cookies)
