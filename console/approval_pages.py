"""The pages on which a plan is approved or refused: before the sign-in, the question, how it ended, and refusals.

They need no script and no colour, and say nothing about a case to whom it does not concern: the page before the
sign-in is the same for every id, and the stranger's page the same for every case and for none.
"""

from collections.abc import Sequence

from agent.channels.plain_text import plain_text
from agent.model.activity_event import ActivityEvent
from agent.model.approval import MAX_REASON_CHARS
from agent.outcomes import Closed
from agent.port_values import ApprovalNotice
from console.approval_plan import whole_plan
from console.markup import document, escaped, foreign

#: How a closed question is headed.
HEADLINES: dict[Closed, str] = {
    "approved": "Approved",
    "refused": "Refused",
    "expired": "Expired without an answer",
    "changed": "Closed: the plan or the case has changed",
}
_ASKED = "Approval needed"


def sign_in_page(approval_id: str) -> str:
    """Return what everybody sees who has not signed in for this approval, whether there is one or not."""
    content = (
        "<h1>Approval</h1>"
        "<p>To see what you are asked, prove who you are. You sign in anew, even if you are signed in already, and"
        " for this one approval only.</p>"
        f"<p><a class=button href='{escaped(approval_id)}/sign-in'>Sign in</a></p>"
    )
    return document("Approval", content)


def question_page(
    notice: ApprovalNotice,
    events: Sequence[ActivityEvent],
    *,
    person_id: str,
    form_token: str,
    problem: str = "",
    reason: str = "",
) -> str:
    """Return the open question with its form for the person who signed in.

    `problem` is why the last answer was not taken, `reason` the reason that it gave.
    """
    alert = f"<p role=alert class=bad><strong>{foreign(problem)}</strong></p>" if problem else ""
    form = _form(notice, form_token=form_token, reason=reason)
    who = f"<p>You are signed in as <code>{escaped(person_id)}</code>. <a href='#answer'>Go to your answer</a></p>"
    return document(_ASKED, f"<h1>{_ASKED}</h1>{alert}{who}{whole_plan(notice, events)}{form}")


def closed_page(notice: ApprovalNotice, events: Sequence[ActivityEvent], *, how: Closed, note: str) -> str:
    """Return the question as it ended, without a form; `note` says more, or is empty."""
    said = f"<p role=status>{foreign(note)}</p>" if note else ""
    headline = HEADLINES[how]
    return document(headline, f"<h1>{headline}</h1>{said}{whole_plan(notice, events)}")


def other_plan_page(approval_id: str) -> str:
    """Return that the page showed an old question; `approval_id` is that of the present one, which they may answer."""
    content = (
        "<h1>This is not the present plan</h1>"
        "<p role=alert>The plan was changed since this page or this link was made. Nothing was answered.</p>"
        f"<p><a class=button href='{escaped(approval_id)}'>Open the present plan</a></p>"
    )
    return document("Not the present plan", content)


def stranger_page() -> str:
    """Return what somebody sees who was not asked, or asks for what there is not."""
    return document("Nothing here", "<h1>Nothing here for you</h1><p>There is no open question for you here.</p>")


def own_request_page() -> str:
    """Return what somebody sees who was asked, and may not answer because it concerns them."""
    content = "<h1>Not yours to answer</h1><p>You cannot answer a request that is yours or concerns you.</p>"
    return document("Not yours to answer", content)


def problem_page(problem: str, *, address: str = "") -> str:
    """Return that something was not done; `problem` is a sentence of ours, `address` where to begin anew, or empty."""
    again = f"<p><a class=button href='{escaped(address)}'>Begin anew</a></p>" if address else ""
    content = f"<h1>This did not work</h1><p role=alert>{foreign(problem)} Nothing was answered.</p>{again}"
    return document("This did not work", content)


def _form(notice: ApprovalNotice, *, form_token: str, reason: str) -> str:
    request = notice.request
    return (
        "<h2 id=answer>Your answer</h2>"
        f"<form method=post action='{escaped(request.id)}'>"
        f"<input type=hidden name=form_token value='{escaped(form_token)}'>"
        f"<input type=hidden name=plan value='{escaped(request.plan_digest)}'>"
        "<p><label for=reason>Reason (needed to refuse)</label>"
        f"<textarea id=reason name=reason rows=4 maxlength={MAX_REASON_CHARS}>"
        f"{escaped(plain_text(reason, MAX_REASON_CHARS)) if reason else ''}</textarea></p>"
        "<p><button name=answer value=approve>Approve</button> <button name=answer value=refuse>Refuse</button></p>"
        "</form>"
    )
