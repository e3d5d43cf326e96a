"""Answers the address of one approval: the page before the sign-in, the question, and the form with the answer.

An answer is taken in this order: (1) the request was sent by a page of ours; (2) the browser has a session for this
approval; (3) the form is of that session; (4) it is well formed; (5) `agent.answering` decides on what storage holds.
A GET changes nothing. A POST that was taken, or came too late, leads to the page that says how it stands, so sending it
twice ends on the same page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent.approval_desk import ApprovalDesk
from agent.channels.plain_text import plain_text
from agent.errors import BadRequestError, PortError
from agent.model.approval import MAX_REASON_CHARS, case_id_in
from agent.outcomes import (
    AskAgain,
    ClosedQuestion,
    NotApprover,
    OtherPlanOpen,
    Outcome,
    OwnRequest,
    PersonsAnswer,
    StillOpen,
    Unfit,
)
from agent.port_values import notice_of
from console.approval_pages import (
    closed_page,
    other_plan_page,
    own_request_page,
    question_page,
    sign_in_page,
    stranger_page,
)
from console.front import Page
from console.own_forms import fields_in, is_from_our_page, session_in
from console.sign_in_cookies import Session, SignInCookies, UserToken, forget, tag_of
from console.sign_in_front import APPROVAL_ID, problem
from console.style import form_page_headers, page_headers

_FIELDS = frozenset({"plan", "reason", "answer"})
_TRY_AGAIN = "Your answer cannot be checked or saved now. Try again in a minute."
_NOT_OUR_FORM = "This form was not sent by the page of this approval."


@dataclass(frozen=True, slots=True)
class _Form:
    """What the form of our page sends; `reason` is cleaned text."""

    verb: Literal["approve", "refuse"]
    plan_digest: str
    reason: str


async def approval_front(desk: ApprovalDesk, approval_id: str, *, cookie: str) -> Page:
    """Return the page of an approval for whoever has `cookie`, the request's header."""
    if not APPROVAL_ID.fullmatch(approval_id):
        return problem(404, "This address is not the address of an approval.")
    try:
        session = await session_in(desk, approval_id, cookie=cookie)
        if session is None:
            return Page(200, sign_in_page(approval_id), page_headers())
        return await _stands(desk, session)
    except (BadRequestError, PortError):
        return problem(503, "This page cannot be shown now. Try again in a minute.")


async def answer_front(desk: ApprovalDesk, approval_id: str, *, headers: Mapping[str, str], body: bytes) -> Page:
    """Take the answer in a form, and return the page of what came of it. `headers` have names in lower case."""
    if not APPROVAL_ID.fullmatch(approval_id):
        return problem(404, "This address is not the address of an approval.")
    address = desk.address_of(approval_id)
    if not is_from_our_page(headers, desk.pages.public_url):  # (1)
        return problem(403, _NOT_OUR_FORM, address=address)
    cookie = headers.get("cookie", "")
    try:
        session = await session_in(desk, approval_id, cookie=cookie)
        if session is None:  # (2)
            return problem(401, "You are not signed in for this approval any more.", address=address)
        form = _form(fields_in(headers, body, names=_FIELDS, session=session))  # (3)
        if form is None:  # (4)
            return problem(403, _NOT_OUR_FORM, address=address)
        user_token = await _user_token(desk, session, cookie=cookie) if form.verb == "approve" else ""
        outcome = await desk.answering.take(_answer(session, form, user_token=user_token))  # (5)
        return await _answered(desk, session, outcome=outcome, form=form)
    except (BadRequestError, PortError):
        return problem(503, _TRY_AGAIN, address=address)


async def _stands(desk: ApprovalDesk, session: Session) -> Page:
    """Return how the question stands for the person of the session."""
    held = await desk.store.load(case_id_in(session.place))
    request = held.case.approval_request if held else None
    if request is None:
        return Page(403, stranger_page(), page_headers())
    view = PersonsAnswer(
        tenant_id=session.tenant_id,
        person_id=session.person_id,
        verb="view",
        approval_id=session.place,
        plan_digest=request.plan_digest,
        shows_whole=lambda _plan: True,
        proof="sign_in",
        evidence=session.evidence,
    )
    return await _shown(desk, session, outcome=await desk.answering.take(view))


async def _answered(desk: ApprovalDesk, session: Session, *, outcome: Outcome, form: _Form) -> Page:
    if isinstance(outcome, ClosedQuestion):
        spent = (forget(UserToken, tag_of(session.place)),)
        return Page(303, "", {**page_headers(), "location": desk.address_of(session.place)}, spent)
    return await _shown(desk, session, outcome=outcome, reason=form.reason)


async def _shown(desk: ApprovalDesk, session: Session, *, outcome: Outcome, reason: str = "") -> Page:
    """Return the page of an outcome. One that nobody has a page for says no more than that nothing was answered."""
    case = outcome.case
    if isinstance(outcome, OwnRequest):
        return Page(403, own_request_page(), page_headers())
    if isinstance(outcome, Unfit):
        return problem(403, outcome.problem, address=desk.address_of(session.place))
    if isinstance(outcome, NotApprover) or case is None or case.approval_request is None:
        return Page(403, stranger_page(), page_headers())
    if isinstance(outcome, OtherPlanOpen):
        return Page(409, other_plan_page(case.approval_request.id), page_headers())
    events = await desk.store.events(case.id)
    if isinstance(outcome, ClosedQuestion):
        return Page(200, closed_page(notice_of(case), events, how=outcome.how, note=outcome.note), page_headers())
    if isinstance(outcome, StillOpen | AskAgain):
        said = outcome.problem if isinstance(outcome, AskAgain) else ""
        page = question_page(
            notice_of(case),
            events,
            person_id=session.person_id,
            form_token=session.form_token,
            problem=said,
            reason=reason,
        )
        return Page(422 if said else 200, page, form_page_headers())
    return problem(409, "This cannot be answered here.", address=desk.address_of(session.place))


async def _user_token(desk: ApprovalDesk, session: Session, *, cookie: str) -> str:
    """Return the person's own token that came with their sign-in, or "" when the browser did not keep it."""
    cookies = SignInCookies(desk.cookies, desk.tenant_ids)
    known = await cookies.read(cookie, tag_of(session.place), kind=UserToken, now=desk.clock.now())
    if known is None or (known[0], known[1].person_id) != (session.tenant_id, session.person_id):
        return ""
    return known[1].token


def _answer(session: Session, form: _Form, *, user_token: str) -> PersonsAnswer:
    return PersonsAnswer(
        tenant_id=session.tenant_id,
        person_id=session.person_id,
        verb=form.verb,
        approval_id=session.place,
        plan_digest=form.plan_digest,
        reason=form.reason,
        # The page shows every step of every plan in full.
        shows_whole=lambda _plan: True,
        proof="sign_in",
        evidence=session.evidence,
        user_token=user_token,
    )


def _form(fields: Mapping[str, str] | None) -> _Form | None:
    """Return the form, or None if it is not what our page sends."""
    verb = fields["answer"] if fields else ""
    if fields is None or verb not in ("approve", "refuse"):
        return None
    # One more than allowed, so that what is too long is seen to be.
    reason = plain_text(fields["reason"], MAX_REASON_CHARS + 1)
    return _Form("approve" if verb == "approve" else "refuse", fields["plan"], reason)
