"""Shows everything that an approver answers for: the question, the rules that ask and why, and every step in full.

Nothing is cut. What would be sent is shown as the bytes of which it is made: ASCII, a letter outside of it as its
escape, so that no look-alike letter and no character that turns a line passes for something else.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from agent.actions.state_words import UNREAD, words_after
from agent.channels.way_back import way_back
from agent.model.activity_event import ActivityEvent
from agent.model.approval import ApprovalRequest, Proof
from agent.model.briefing import Briefing, Present
from agent.model.case import Case
from agent.model.graph_call import GraphCall
from agent.model.plan import Plan, Step, step_numbers
from agent.model.service_request import Assurance
from agent.port_values import ApprovalNotice
from console.markup import escaped, facts, foreign, foreign_lines, time
from console.views import case_json

Json = dict[str, Any]

#: More steps than these have a list of contents in front.
MAX_STEPS_WITHOUT_CONTENTS = 20

# What the log calls an identity (`Actor.label`), and what it means to the reader.
_RUNS_AS = {
    "workload": "the agent's own identity, neither the requester's nor yours",
    "requester-delegated": "the requester's own account",
    "approver-delegated": "the account of one who approves, yours if you do",
}
_PROVEN: dict[Proof, str] = {
    "channel": "who it was is said by Teams",
    "user_token": "proven by a signed token",
    "sign_in": "proven by a fresh sign-in",
}
_IDENTITY = {
    Assurance.SSO: "proven by single sign-on",
    Assurance.PORTAL: "signed in to the ticket portal",
    Assurance.EMAIL: "known by e-mail address only (weak)",
}


def whole_plan(notice: ApprovalNotice, events: Sequence[ActivityEvent]) -> str:
    """Return the question about a case's plan, and the plan, as HTML. `events` are the case's log, which says why."""
    case = notice.case
    assert case.plan is not None, "only a case with a plan asks for approval"
    decided = case_json(case, events, attempts=())["plan"]["steps"]
    return "".join(
        (
            _question(notice, case.plan),
            _policy([one["decision"] for one in decided], _briefing(case)),
            _answers(case, notice.request),
            _contents(case.plan),
            *(_step(step, number, case=case) for number, step in enumerate(case.plan.steps, start=1)),
        )
    )


def _question(notice: ApprovalNotice, plan: Plan) -> str:
    case, request = notice.case, notice.request
    number = f"{foreign(case.request.source)} {foreign(case.request.external_id)}"
    needed = ", ".join(f"{one.requirement.count} of {one.requirement.resolver}" for one in request.asked)
    expires = f"{_moment(request.expires_at)}; without an answer a person takes over, nothing runs"
    shown = {
        "What": foreign(plan.summary),
        "Asked by": _named(notice.requester_label or "unknown name", case.requester_id),
        "Identity": _IDENTITY[case.request.assurance],
        "Ticket": f"{number}: {foreign(case.request.subject)}" if case.request.subject else number,
        "They wrote": foreign_lines(case.request.text) if case.request.text else "(nothing)",
        "Plan because": foreign(plan.reason),
        "Needed": escaped(needed),
        "Reach": _reach(plan),
        "Way back": escaped(way_back(plan)),
        "Expires": expires,
        "Plan digest": _id(request.plan_digest),
    }
    return f"<h2>What you are asked</h2><section>{facts(shown)}</section>"


def _policy(decisions: Sequence[Json | None], briefing: Briefing) -> str:
    """Return each reason to ask once, with the steps that it is about.

    The log says why of each step; what people were told when they were asked is there without it, too.
    """
    found: dict[tuple[str, str, str], list[int]] = {}
    for number, decision in enumerate(decisions, start=1):
        for layer in decision["layers"] if decision else ():
            if layer["verdict"] == "APPROVAL":
                rules, said = ", ".join(layer["rules"]), [briefing.because.get(one, "") for one in layer["rules"]]
                because = layer["because"] or "; ".join(filter(None, said))
                found.setdefault((layer["layer"], rules, because), []).append(number)
    items = "".join(
        f"<li>The {escaped(layer)} layer asks by rule <code>{escaped(rules)}</code>"
        f" (step {step_numbers(numbers)}){f': {foreign(because)}' if because else ''}</li>"
        for (layer, rules, because), numbers in found.items()
    )
    return f"<h2>Why people are asked</h2><section><ul>{items}</ul></section>"


def _answers(case: Case, request: ApprovalRequest) -> str:
    given = [one for one in case.approvals if one.request_id == request.id]
    names = _briefing(case).names
    items = "".join(
        f"<li>{_named(names.get(one.approver_id, ''), one.approver_id)} {'agreed' if one.granted else 'refused'} on"
        f" {_moment(one.answered_at)}, {_PROVEN[one.proof]}{f': {foreign(one.reason)}' if one.reason else ''}</li>"
        for one in given
    )
    return f"<h2>Answers so far</h2><section>{f'<ul>{items}</ul>' if items else '<p>None.</p>'}</section>"


def _contents(plan: Plan) -> str:
    if len(plan.steps) <= MAX_STEPS_WITHOUT_CONTENTS:
        return "<h2>What would run</h2>"
    rows = "".join(
        f"<tr><td><a href='#step-{number}'>{number}</a></td><td>{foreign(step.title)}</td>"
        f"<td>{_id(step.target.id)}</td><td>{_id(step.beneficiary_id)}</td></tr>"
        for number, step in enumerate(plan.steps, start=1)
    )
    head = "".join(f"<th scope=col>{name}</th>" for name in ("Step", "What", "On", "For"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    lead = f"<p>{len(plan.steps)} steps. Each stands in full below this list.</p>"
    return f"<h2>What would run</h2>{lead}<section class=scroll tabindex=0 aria-label='All steps'>{table}</section>"


def _step(step: Step, number: int, *, case: Case) -> str:
    target = step.target
    shown = {
        "Action": f"<code>{escaped(step.action)}</code>, risk {step.risk} of 100",
        "On": f"{escaped(target.kind)} {_named(target.label, target.id)}",
        "For": _named(step.beneficiary_label, step.beneficiary_id) if step.beneficiary_id else "nobody",
        **_change(step, number, present=_briefing(case).present),
        "Runs as": _runs_as(case, number),
        "Exact call": exact(step.call),
        "Secret": _secret(step),
        "Way back": exact(step.undo.call) if step.undo else f"none: {foreign(step.irreversible)}",
        "Step digest": _id(step.digest),
    }
    kept = {name: value for name, value in shown.items() if value}
    return f"<article id=step-{number}><h3>Step {number}: {foreign(step.title)}</h3>{facts(kept)}</article>"


def exact(call: GraphCall) -> str:
    """Return one call in full, as it is hashed, approved and sent: method, path, query and body."""
    body = "" if call.body is None else f"\n{json.dumps(call.body, indent=2, sort_keys=True)}"
    return f"<pre>{escaped(f'{call.method} {call.target}{body}')}</pre>"


def _runs_as(case: Case, number: int) -> str:
    """Return in whose name the step would be written, as it was decided about it."""
    labels = case.written_as
    return _RUNS_AS.get(labels[number - 1] if number <= len(labels) else "", "not told by what decided")


def _change(step: Step, number: int, *, present: Present | None) -> dict[str, str]:
    """Return what the step changes: what was seen when people were asked, and what it makes of it."""
    if not step.call.writes:
        return {"Changes": "nothing; a secret is read and shown to the person it is for"}
    return {"Before": _before(number, present=present), "After": foreign(words_after(step.check))}


def _before(number: int, *, present: Present | None) -> str:
    if present is None or number in present.unread:
        return UNREAD
    if number <= len(present.words):
        return foreign(present.words[number - 1])
    return "as it will be, so nothing is written" if number in present.already else "something else"


def _briefing(case: Case) -> Briefing:
    return case.briefing or Briefing()


def _secret(step: Step) -> str:
    if step.secret == "generated":
        place = "/".join(step.call.secret_at)
        return f"a fresh secret is put in at <code>{escaped(place)}</code> when it is sent; nobody else sees it"
    return "the answer is a secret, shown to its owner only" if step.secret == "returned" else ""


def _reach(plan: Plan) -> str:
    targets = len({(step.target.kind, step.target.id) for step in plan.steps})
    people = len({step.beneficiary_id for step in plan.steps} - {""})
    return f"{len(plan.steps)} step(s), {targets} object(s) changed, for {people} person(s)"


def _id(text: str) -> str:
    # Ids are ASCII: a look-alike letter is shown as its escape.
    return f"<code>{escaped(text.encode('ascii', 'backslashreplace').decode())}</code>" if text else "(unknown)"


def _named(label: str, object_id: str) -> str:
    # A name is foreign text and may look like somebody else's, so its id stands beside it.
    return f"{foreign(label)} ({_id(object_id)})" if label else _id(object_id)


def _moment(when: datetime) -> str:
    return time(when.astimezone(UTC).isoformat())
