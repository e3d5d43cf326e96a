"""Answers the addresses at which people ask for something: the form, their requests, and the answers to questions.

A request is taken in this order: (1) the form was sent by a page of ours; (2) the browser has a session for these
pages, from a fresh sign-in, and the form is of that session; (3) it is well formed; (4) `agent.request_desk` looks up
that the person is an enabled member and opens the case. A GET changes nothing. A form that is sent twice is one case.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Final

from agent.approval_desk import ApprovalDesk, place_of_requests
from agent.channels.plain_text import plain_text
from agent.errors import PortError
from agent.model.case import Stage
from agent.ports import Held
from agent.request_desk import RequestDesk, Signed
from console.front import Page
from console.own_forms import fields_in, is_from_our_page, session_in
from console.request_pages import (
    MAX_WHOM_CHARS,
    MAX_WISH_CHARS,
    ask_page,
    request_page,
    request_problem_page,
    request_sign_in_page,
)
from console.sign_in_cookies import Session
from console.sign_in_front import begin_at
from console.style import form_page_headers, page_headers

_CASE_ID = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[0-9a-f]{32}")
# Each character of a wish may take twelve bytes in a form.
_MAX_FORM_BYTES: Final = 65_536
_LATER = "This cannot be done now. Try again in a minute."
_NOT_OURS = "This form was not sent by our page, or not by the one that you have open."
_WHY: Final[Mapping[str, str]] = {
    "stranger": "Only enabled members of this organisation can ask here.",
    "unproven": "Who you are cannot be checked now. Try again in a minute.",
    "too_many": "You have as many open requests as there can be. Wait for one of them, or cancel one in your chat.",
}


async def requests_front(desk: ApprovalDesk, requests: RequestDesk, *, tenant: str, cookie: str) -> Page:
    """Return the form and the open requests of whoever has `cookie`, or the way to sign in.

    `tenant` is what the address says, which may be nothing where the stack serves one tenant.
    """
    place = _place(desk, tenant)
    if not place:
        return _problem(404, "This address names no tenant that is served here.")
    try:
        session = await session_in(desk, place, cookie=cookie)
        if session is None:
            return Page(200, request_sign_in_page(f"requests/sign-in?{_query(place)}"), page_headers())
        return await _form_page(requests, session)
    except PortError:
        return _problem(503, _LATER)


async def sign_in_for_requests(desk: ApprovalDesk, *, tenant: str) -> Page:
    """Return the way to Entra, and the cookie by which this browser will be known."""
    place = _place(desk, tenant)
    if not place:
        return _problem(404, "This address names no tenant that is served here.")
    return await begin_at(desk, place, tenant_id=_tenant(place))


async def file_front(
    desk: ApprovalDesk, requests: RequestDesk, *, tenant: str, headers: Mapping[str, str], body: bytes
) -> Page:
    """Take a request in a form, and lead to its page. `headers` have names in lower case."""
    place = _place(desk, tenant)
    if not place:
        return _problem(404, "This address names no tenant that is served here.")
    try:
        session, fields = await _sent(desk, place, headers=headers, body=body, names=frozenset({"key", "wish", "whom"}))
        if session is None or fields is None:
            return _problem(403, _NOT_OURS, address=desk.address_of(place))
        text = _words(fields)
        if not text:
            return await _form_page(requests, session, problem=f"Say it in 1 to {MAX_WISH_CHARS} characters.")
        found = await requests.file(_signed(session), text=text, key=fields["key"])
        if found in _WHY:
            return await _form_page(requests, session, problem=_WHY[found], wish=fields["wish"])
    except PortError:
        return _problem(503, _LATER, address=desk.address_of(place))
    return Page(303, "", {**page_headers(), "location": desk.pages.request(found)})


async def request_front(desk: ApprovalDesk, requests: RequestDesk, *, case_id: str, cookie: str) -> Page:
    """Return how a request stands, for its own requester. For all others there is none, or first a sign-in."""
    try:
        found = await _session_anywhere(desk, cookie)
        if found is None:
            link = f"../requests?{_query(place_of_requests(desk.tenant_ids[0]))}" if _is_one(desk) else "../requests"
            return Page(200, request_sign_in_page(link), page_headers())
        held = await requests.case(_signed(found), case_id) if _CASE_ID.fullmatch(case_id) else None
    except PortError:
        return _problem(503, _LATER)
    return _shown(desk, found, held=held)


async def answer_question_front(
    desk: ApprovalDesk, requests: RequestDesk, *, case_id: str, headers: Mapping[str, str], body: bytes
) -> Page:
    """Take the answer to the question of a request, and return how it stands then."""
    try:
        session = await _session_anywhere(desk, headers.get("cookie", ""))
        if session is None:
            return _problem(403, _NOT_OURS)
        names = frozenset({"key", "reply"})
        _, fields = await _sent(desk, session.place, headers=headers, body=body, names=names)
        reply = plain_text(fields["reply"], MAX_WISH_CHARS) if fields else ""
        if fields is None or not reply.strip():
            return _problem(403, _NOT_OURS, address=desk.address_of(session.place))
        who = _signed(session)
        held = await requests.case(who, case_id) if _CASE_ID.fullmatch(case_id) else None
        if held is None:
            return _shown(desk, session, held=None)
        given = await requests.answer(who, held, text=reply, key=fields["key"])
    except PortError:
        return _problem(503, _LATER)
    if given in _WHY:
        return _shown(desk, session, held=held, problem=_WHY[given])
    # Taken, known or too late: its page says how the request stands.
    return Page(303, "", {**page_headers(), "location": desk.pages.request(case_id)})


async def _sent(
    desk: ApprovalDesk, place: str, *, headers: Mapping[str, str], body: bytes, names: frozenset[str]
) -> tuple[Session | None, Mapping[str, str] | None]:
    """Return the session and the form's fields, as far as they are good (1) (2) (3)."""
    if not is_from_our_page(headers, desk.pages.public_url):
        return None, None
    session = await session_in(desk, place, cookie=headers.get("cookie", ""))
    if session is None:
        return None, None
    fields = fields_in(headers, body, names=names, session=session, most=_MAX_FORM_BYTES)
    return session, fields if fields is not None and _KEY.fullmatch(fields["key"]) else None


async def _form_page(requests: RequestDesk, session: Session, *, problem: str = "", wish: str = "") -> Page:
    cases = [held.case for held in await requests.open_cases(_signed(session))]
    page = ask_page(
        cases,
        action=f"requests?{_query(session.place)}",
        person_id=session.person_id,
        form_token=session.form_token,
        key=secrets.token_hex(16),
        problem=problem,
        wish=wish,
    )
    return Page(422 if problem else 200, page, form_page_headers())


def _shown(desk: ApprovalDesk, session: Session, *, held: Held | None, problem: str = "") -> Page:
    if held is None:
        return _problem(404, "You have no such request.", address=desk.address_of(session.place))
    page = request_page(
        held.case,
        list_address=f"../requests?{_query(session.place)}",
        form_token=session.form_token,
        key=secrets.token_hex(16),
        problem=problem,
    )
    has_form = held.case.stage is not Stage.CLOSED and held.case.open_question is not None
    return Page(422 if problem else 200, page, form_page_headers() if has_form else page_headers())


async def _session_anywhere(desk: ApprovalDesk, cookie: str) -> Session | None:
    """Return the session of this browser in whichever tenant it has one: a case's address does not name its tenant."""
    for tenant_id in desk.tenant_ids:
        if session := await session_in(desk, place_of_requests(tenant_id), cookie=cookie):
            return session
    return None


def _words(fields: Mapping[str, str]) -> str:
    """Return the wish, and for whom it is, as one would write it; empty for none and for one that is too long."""
    wish, whom = fields["wish"].strip(), " ".join(fields["whom"].split())
    if not wish or len(wish) > MAX_WISH_CHARS or len(whom) > MAX_WHOM_CHARS:
        return ""
    return f"{wish}\n\nFor: {whom}" if whom else wish


def _signed(session: Session) -> Signed:
    return Signed(session.tenant_id, session.person_id, session.evidence)


def _place(desk: ApprovalDesk, tenant: str) -> str:
    wanted = tenant or (desk.tenant_ids[0] if _is_one(desk) else "")
    return place_of_requests(wanted) if wanted in desk.tenant_ids else ""


def _is_one(desk: ApprovalDesk) -> bool:
    return len(desk.tenant_ids) == 1


def _tenant(place: str) -> str:
    return place.partition("-")[2]


def _query(place: str) -> str:
    return f"tenant={_tenant(place)}"


def _problem(status: int, said: str, *, address: str = "") -> Page:
    return Page(status, request_problem_page(said, address=address), page_headers())
