"""What makes a form one that a page of ours sent, for the person who is signed in there.

(1) the browser says that a page of our origin sent it; (2) it has a session for this very place; (3) the form carries
the session's token, and the fields that our page has, once each, and no others.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from agent.approval_desk import ApprovalDesk
from console.sign_in_cookies import Session, SignInCookies, tag_of

_FORM_TYPE = "application/x-www-form-urlencoded"
_MAX_FORM_BYTES, _MAX_FIELDS = 16_384, 16


def is_from_our_page(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether the browser says that a page of our origin sent the form (1). Silence is no yes: all browsers say it."""
    parts = urlsplit(public_url)
    # As a browser writes an origin: in small letters, without the usual port (HTML standard, "Origin").
    ours = f"{parts.scheme}://{parts.netloc.lower().removesuffix(':443')}"
    return headers.get("origin", "") == ours and headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def session_in(desk: ApprovalDesk, place: str, *, cookie: str) -> Session | None:
    """Return the session that the browser has for a place (2), or None.

    Raises:
        VaultError: the tenant's key cannot be had.
    """
    cookies = SignInCookies(desk.cookies, desk.tenant_ids)
    known = await cookies.read(cookie, tag_of(place), kind=Session, now=desk.clock.now())
    if known is None or (known[0], place) != (known[1].tenant_id, known[1].place):
        return None
    return known[1]


def fields_in(
    headers: Mapping[str, str], body: bytes, *, names: frozenset[str], session: Session, most: int = _MAX_FORM_BYTES
) -> Mapping[str, str] | None:
    """Return the fields of a form of the session's own page, which are `names` and `form_token` (3); else None."""
    fields = form_in(body, most=most)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM_TYPE or set(fields) != {*names, "form_token"}:
        return None
    return fields if hmac.compare_digest(fields["form_token"].encode(), session.form_token.encode()) else None


def form_in(body: bytes, *, most: int = _MAX_FORM_BYTES) -> Mapping[str, str]:
    """Return the fields of a form, each of which it has once; nothing of one that is malformed or too large."""
    if len(body) > most:
        return {}
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return {}
    return {name: given[0] for name, given in fields.items()} if all(len(one) == 1 for one in fields.values()) else {}
