"""The pages on which a person asks for something in the console, sees how it stands, and answers what is asked back.

They need no script and no colour, and show a case to its requester only.
"""

from collections.abc import Sequence
from typing import Final

from agent.chat_cases import short
from agent.model.case import Case, Stage
from agent.phrasebook import question_text, ref_of
from console.markup import document, escaped, facts, foreign, foreign_lines, time

#: What a person can say at once; all of it is read.
MAX_WISH_CHARS, MAX_WHOM_CHARS = 4_000, 200
_RELOAD_SECONDS: Final = 5
_TITLE: Final = "Ask for something"
_ENDED: Final = {
    "resolved": "Done",
    "refused": "Refused",
    "escalated": "A person takes over",
    "rolled_back": "Put back as it was; a person takes over",
}


def request_sign_in_page(link: str) -> str:
    """Return what everybody sees who is not signed in here; `link` is where that begins."""
    content = (
        f"<h1>{_TITLE}</h1><p>To ask for something, prove who you are. You sign in anew, even if you are signed in"
        f" already, and for these pages only.</p><p><a class=button href='{escaped(link)}'>Sign in</a></p>"
    )
    return document(_TITLE, content)


def ask_page(
    cases: Sequence[Case], *, action: str, person_id: str, form_token: str, key: str, problem: str = "", wish: str = ""
) -> str:
    """Return the form for a new request, with the person's open ones. `problem` is why the last was not taken."""
    alert = f"<p role=alert class=bad><strong>{escaped(problem)}</strong></p>" if problem else ""
    items = "".join(
        f"<li><a href='request/{one.id}'>{foreign(short(one, one.request.language))}</a></li>" for one in cases
    )
    still = f"<h2>Your open requests</h2><ul>{items}</ul>" if items else ""
    content = (
        f"<h1>{_TITLE}</h1>{alert}<p>You are signed in as <code>{escaped(person_id)}</code>.</p>"
        f"<form method=post action='{escaped(action)}'>{_hidden(form_token, key)}"
        "<p><label for=wish>What do you need? Say it in your own words.</label>"
        f"<textarea id=wish name=wish rows=6 maxlength={MAX_WISH_CHARS} required>{escaped(wish)}</textarea></p>"
        "<p><label for=whom>For whom, if not for yourself: name or address</label>"
        f"<input id=whom name=whom maxlength={MAX_WHOM_CHARS} autocomplete=off></p>"
        f"<p><button>Send</button></p></form>{still}"
    )
    return document(_TITLE, content)


def request_page(case: Case, *, list_address: str, form_token: str, key: str, problem: str = "") -> str:
    """Return how a request stands, for its own requester, with the open question if there is one."""
    is_closed, question = case.stage is Stage.CLOSED, case.open_question
    alert = f"<p role=alert class=bad><strong>{escaped(problem)}</strong></p>" if problem else ""
    found = {"Request": f"<code>{ref_of(case.id)}</code>", "Sent": time(case.request.received_at.isoformat())}
    if is_closed:
        found |= {"Outcome": _ENDED.get(case.outcome, "Ended"), "Why": foreign(case.why) if case.why else "as asked"}
    else:
        found["Now"] = foreign(short(case, case.request.language))
    said = f"<h2>What you wrote</h2>{foreign_lines(case.request.text)}" if case.request.text else ""
    content = (
        f"<h1>Your request</h1>{alert}{facts(found)}{_question(case, form_token=form_token, key=key)}{said}"
        f"<p><a href='{escaped(list_address)}'>All of your requests</a></p>"
    )
    reload = 0 if is_closed or question else _RELOAD_SECONDS
    return document("Your request", content, reload_seconds=reload)


def request_problem_page(problem: str, *, address: str = "") -> str:
    """Return that something was not done; `problem` is a sentence of ours, `address` where to begin anew, or empty."""
    again = f"<p><a class=button href='{escaped(address)}'>Begin anew</a></p>" if address else ""
    content = f"<h1>This did not work</h1><p role=alert>{escaped(problem)} Nothing was sent.</p>{again}"
    return document("This did not work", content)


def _question(case: Case, *, form_token: str, key: str) -> str:
    question = case.open_question
    if question is None:
        return ""
    asked = question_text(question.missing, case.request.language, ref=ref_of(case.id))
    return (
        f"<h2>A question to you</h2><p>{foreign(asked)}</p><form method=post action='{case.id}'>"
        f"{_hidden(form_token, key)}<p><label for=reply>Your answer</label>"
        f"<textarea id=reply name=reply rows=3 maxlength={MAX_WISH_CHARS} required></textarea></p>"
        "<p><button>Answer</button></p></form>"
    )


def _hidden(form_token: str, key: str) -> str:
    return (
        f"<input type=hidden name=form_token value='{escaped(form_token)}'>"
        f"<input type=hidden name=key value='{escaped(key)}'>"
    )
