"""The approval's pages as the console answers them: one of each kind, and some as long and as wide as can be."""

import hashlib
from typing import Any

from console.approval_pages import (
    closed_page,
    other_plan_page,
    own_request_page,
    problem_page,
    question_page,
    sign_in_page,
    stranger_page,
)
from console.style import form_page_headers, page_headers
from tests.agent.channels.card_kinds import answered, notice, small
from tests.agent.channels.cases import MEGAN, OWNER, step, waiting
from tests.agent.channels.test_approval_card import EVIL

_WIDE = "W" * 4_000

Json = dict[str, Any]


def _asked(found: Any, **more: str) -> Json:
    page = question_page(found, (), person_id=OWNER, form_token="form-token", **more)
    return {"body": page, "headers": form_page_headers()}


def _plain(page: str) -> Json:
    return {"body": page, "headers": page_headers()}


def shown() -> dict[str, Json]:
    """Return the pages of which docs/approvals.md has pictures."""
    return {"page-asked": _asked(notice(small()))}


def kinds() -> dict[str, Json]:
    """Return a page of each kind, by a name."""
    yes, no = answered(small(), by=OWNER), answered(small(), by=OWNER, granted=False, reason=f"{EVIL} {_WIDE}"[:500])
    return {
        **shown(),
        "sign-in": _plain(sign_in_page("approval-1")),
        "no-reason": _asked(notice(small()), problem="To refuse, say why.", reason="x" * 500),
        "approved": _plain(closed_page(notice(yes), (), how="approved", note="by you")),
        "refused": _plain(closed_page(notice(no), (), how="refused", note=_WIDE)),
        "expired": _plain(closed_page(notice(small()), (), how="expired", note="")),
        "changed": _plain(closed_page(notice(small()), (), how="changed", note="")),
        "other-plan": _plain(other_plan_page("approval-1")),
        "stranger": _plain(stranger_page()),
        "own-request": _plain(own_request_page()),
        "problem": _plain(problem_page("You are not signed in any more.", address="approval-1")),
    }


def hostile() -> dict[str, Json]:
    """Return a plan of 300 steps, and questions full of what people may write."""
    people = (f"{MEGAN[:-4]}{number:04d}" for number in range(300))
    steps = tuple(step(user_id=one, user_name=f"Colleague {one[-4:]}") for one in people)
    long = waiting(steps=steps, text="W " * 2_000)
    wide = waiting(steps=(step(user_name="W" * 200, group_name="W" * 200),), text=_WIDE)
    evil = waiting(text=f"{EVIL}\n{_WIDE}")
    return {"three-hundred": _asked(notice(long)), "wide": _asked(notice(wide)), "evil": _asked(notice(evil))}


def digests() -> dict[str, str]:
    """Return the SHA-256 of each page that has a picture, and of the style in it."""
    return {name: hashlib.sha256(page["body"].encode()).hexdigest() for name, page in shown().items()}
