"""The console's two HTML pages, rendered from `console.views` data; every value is escaped where it is put in.

They are made for the addresses `.../cases` and `.../cases/{id}` (links are relative) and need no script:
while something is open the browser reloads the page by itself. Send them with `console.style.page_headers`.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from agent.model.activity_event import ActivityEvent
from agent.model.case import Case
from agent.model.receipt import Attempt
from console.markup import document as _document
from console.markup import escaped as _e
from console.markup import facts as _facts
from console.markup import time as _time
from console.views import STAGES, case_json, summary_json

Json = dict[str, Any]

_REFRESH_SECONDS = 5

# A page is read by a person and loaded every few seconds. Of more than these steps or log entries it shows a table and
# the newest; the same address answers with all of it to whoever accepts JSON.
MAX_FULL_STEPS = 20
MAX_LOG_ENTRIES = 400
_WHOLE = "as JSON, this address has all of it"

# Beside the straight path; shown only when a case went there.
_DETOURS = frozenset({"clarify", "approve", "rollback", "escalate"})
# The stage that an event's code (up to the dot, or whole) tells of.
_STAGE_OF = {
    "case.opened": "investigate",
    "lookup": "investigate",
    "case.reasoned": "plan",
    "plan": "plan",
    "question": "clarify",
    "step": "authorize",
    "approval": "approve",
    "permit": "execute",
    "write": "execute",
    "effect": "verify",
    "secret": "verify",
    "rollback": "rollback",
    "case.escalated": "escalate",
    "case.refused": "close",
    "case.closed": "close",
}
# Of a step whose effect was never settled, what its write says.
_UNSETTLED = {
    "intended": "sent, and nobody knows whether it took effect",
    "answered": "accepted by Graph, not read back",
}
_TONE = {
    "ALLOW": "good",
    "DENY": "bad",
    "APPROVAL": "wait",
    "resolved": "good",
    "refused": "bad",
    "escalated": "wait",
    "rolled_back": "wait",
    "verified": "good",
    "already": "good",
    "refuted": "bad",
    "unknown": "wait",
    "not_done": "bad",
}


def cases_page(cases: Iterable[Case], *, link_query: str = "") -> str:
    """Return the list of cases as a whole HTML document.

    `link_query` (`?code=...` or empty) is what every link carries on, because a browser sends no key header.
    """
    rows = [summary_json(case) for case in cases]
    body = "".join(_row(one, link_query) for one in rows)
    head = "".join(
        f"<th scope=col>{name}</th>" for name in ("Case", "Received", "Requester", "What", "Stage", "Outcome")
    )
    table = f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    content = f"<h1>Cases</h1>{table if rows else '<p>No case yet.</p>'}"
    return _document("Cases", content, reload_seconds=_REFRESH_SECONDS if any(one["is_open"] for one in rows) else 0)


def case_page(case: Case, events: Iterable[ActivityEvent], *, attempts: Iterable[Attempt], link_query: str = "") -> str:
    """Return one case as a whole HTML document: stages, request, plan with decisions, approvals, writes, log.

    `link_query` as in `cases_page`.
    """
    view = case_json(case, events, attempts=attempts)
    parts = [
        f"<p><a href='{_e('../cases' + link_query)}'>All cases</a></p><h1>Case <code>{_e(view['id'])}</code></h1>",
        _stages(view),
        _request(view),
        _plan(view["plan"]),
        _approval(view["approval"]),
        _writes(view["writes"]),
        _handoff(view["handoff"]),
        _log(view["events"]),
    ]
    seconds = _REFRESH_SECONDS if view["is_open"] else 0
    return _document(f"Case {view['id']}", "".join(parts), reload_seconds=seconds)


def _row(view: Json, link_query: str) -> str:
    address = _e(f"cases/{quote(view['id'], safe='')}{link_query}")
    cells = (
        f"<a href='{address}'><code>{_e(view['id'][:8])}</code></a>",
        _time(view["received_at"]),
        _e(view["requester"]),
        _e(view["subject"][:120] or ", ".join(dict.fromkeys(view["actions"])) or "nothing planned"),
        _e(view["stage"]),
        _toned(view["outcome"]),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _stages(view: Json) -> str:
    codes = [one["code"] for one in view["events"]]
    visited = {_STAGE_OF.get(code) or _STAGE_OF.get(code.partition(".")[0]) for code in codes}
    items = []
    for stage in STAGES:
        if stage == view["stage"]:
            items.append(f"<li class=now aria-current=step>{stage}: now</li>")
        elif stage in visited:
            items.append(f"<li class=done>{stage}: done</li>")
        elif stage not in _DETOURS:
            items.append(f"<li>{stage}: not reached</li>")
    outcome = f"<p>Outcome: {_toned(view['outcome'])}{' (urgent)' if view['urgent'] else ''}</p>"
    order = view["control"]
    said = f"<p role=status class=wait>{_time(order['at'])}: {_e(order['sentence'])}</p>" if order else ""
    return f"<ol class=stages aria-label=Stages>{''.join(items)}</ol>{outcome}{said}"


def _request(view: Json) -> str:
    facts = {
        "Asked by": _e(f"{view['requester']} ({view['requester_id'] or 'not resolved'})"),
        "Identity": _e(view["assurance"]),
        "Came by": _e(f"{view['channel']}, {view['source']}, ticket {view['ticket']}"),
        "Received": _time(view["received_at"]),
        "Subject": _e(view["subject"]) or "(none)",
        "Text": f"<pre>{_e(view['text'])}</pre>" if view["text"] else "(none, or erased when the case was closed)",
        "Why": _e(view["why"]) or "(nothing to explain)",
    }
    return f"<h2>Request</h2><section>{_facts(facts)}</section>"


def _plan(plan: Json | None) -> str:
    if plan is None:
        return "<h2>Plan</h2><p>There is no plan.</p>"
    steps = plan["steps"]
    if len(steps) > MAX_FULL_STEPS:
        shown = _step_table(steps, is_open=plan["is_open"])
    else:
        shown = "".join(_step(step, is_open=plan["is_open"]) for step in steps)
    lead = f"<p>{_e(plan['summary'])} <span class=soft>{_e(plan['reason'])}</span></p>"
    return f"<h2>Plan <code>{_e(plan['digest'][:8])}</code></h2>{lead}{shown}"


def _step_table(steps: list[Json], *, is_open: bool) -> str:
    """Return every step as one line, and in full the one that is in work or was the last one to be."""
    rows = "".join(
        f"<tr><td>{one['number']}</td><td>{_e(one['title'])}</td><td><code>{_e(one['target']['id'])}</code></td>"
        f"<td>{_toned(one['decision']['verdict']) if one['decision'] else 'not decided yet'}</td>"
        f"<td>{_effect(one, is_open=is_open)}</td></tr>"
        for one in steps
    )
    head = "".join(f"<th scope=col>{name}</th>" for name in ("Step", "What", "On", "Decision", "Effect"))
    table = f"<section class=scroll><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    begun = [one for one in steps if one["effect"]]
    newest = steps[min(len(begun), len(steps) - 1)]
    return f"{table}<p class=soft>One step in full; {_WHOLE}.</p>{_step(newest, is_open=is_open)}"


def _step(step: Json, *, is_open: bool) -> str:
    target = step["target"]
    facts = {
        "Action": f"<code>{_e(step['action'])}</code>, risk {step['risk']} of 100",
        "On": _e(f"{target['kind']} {target['label']} ({target['id']})"),
        "For": _e(f"{step['beneficiary_label']} ({step['beneficiary_id']})".lstrip()),
        "Exact call": _call(step["call"]),
        "Way back": _call(step["undo"]) if step["undo"] else f"none: {_e(step['irreversible'])}",
        "Effect": _effect(step, is_open=is_open),
        "Decision": _decision(step["decision"]),
    }
    return f"<article><h3>Step {step['number']}: {_e(step['title'])}</h3>{_facts(facts)}</article>"


def _effect(step: Json, *, is_open: bool) -> str:
    if step["effect"] or step["write"] not in _UNSETTLED:
        return _toned(step["effect"] or ("not yet known" if is_open else "not done"))
    return f"<span class=wait>{_UNSETTLED[step['write']]}</span>"


def _call(call: Json) -> str:
    query = "&".join(f"{name}={value}" for name, value in call["query"])
    line = f"{call['method']} {call['path']}{'?' if query else ''}{query}"
    body = "" if call["body"] is None else f"\n{json.dumps(call['body'], ensure_ascii=False, sort_keys=True)}"
    return f"<pre>{_e(line + body)}</pre>"


def _decision(decision: Json | None) -> str:
    if decision is None:
        return "not decided yet"
    layers = "".join(
        f"<li>{_e(one['layer'])}: {_toned(one['verdict'])}, {_e(', '.join(one['rules'])) or 'no rule matched'}"
        f"{_because(one['because'])}</li>"
        for one in decision["layers"]
    )
    needs = f", needs {_e(', '.join(decision['requirements']))}" if decision["requirements"] else ""
    rules = f"<span class=soft>policy <code>{_e(decision['bundle_digest'][:8])}</code></span>"
    return f"{_toned(decision['verdict'])}{needs} {rules}<ul>{layers}</ul>"


def _because(said: str) -> str:
    return f"<br><span class=soft>{_e(said)}</span>" if said else ""


def _approval(approval: Json | None) -> str:
    if approval is None:
        return ""
    asked = "; ".join(
        f"{one['count']} of {one['resolver']}: {', '.join(one['approver_ids'])}" for one in approval["asked"]
    )
    answers = "".join(
        f"<li>{_e(one['approver_id'])} {'agreed' if one['granted'] else 'refused'} "
        f"{_time(one['answered_at'])} {_e(one['reason'])}</li>"
        for one in approval["answers"]
    )
    facts = {
        "Asked": _e(asked),
        "For plan": f"<code>{_e(approval['plan_digest'][:8])}</code>",
        "Expires": _time(approval["expires_at"]),
        "Answers": f"<ul>{answers}</ul>" if answers else "none",
    }
    return f"<h2>Approval</h2><section>{_facts(facts)}</section>"


def _writes(writes: list[Json]) -> str:
    if not writes:
        return "<h2>Writes</h2><p>Nothing was written.</p>"
    rows = "".join(
        f"<tr><td>{one['step']}</td><td>{_e(one['kind'])}</td><td>{_toned(one['state'])}</td><td>{one['tries']}</td>"
        f"<td>{_e(str(one['status'] or 'none'))}</td><td>{_time(one['attempted_at'])}</td>"
        f"<td><code>{_e(one['client_request_id'])}</code></td><td><code>{_e(one['request_id'] or '')}</code></td></tr>"
        for one in writes
    )
    names = ("Step", "Kind", "State", "Tries", "Answer", "Attempted", "Our request id", "Graph's request id")
    head = "".join(f"<th scope=col>{name}</th>" for name in names)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<h2>Writes</h2><section class=scroll>{table}</section>"


def _handoff(handoff: Json | None) -> str:
    if handoff is None:
        return ""
    names = ("queue", "asked", "requester", "why_stopped", "left_to_do")
    facts = {name.replace("_", " "): _e(handoff[name]) for name in names if handoff[name]}
    for name in ("seen", "would_have_done", "done"):
        facts[name.replace("_", " ")] = f"<ul>{''.join(f'<li>{_e(one)}</li>' for one in handoff[name])}</ul>"
    return f"<h2>Handed over</h2><section>{_facts(facts)}</section>"


def _log(events: list[Json]) -> str:
    items = "".join(
        f"<li>{_time(one['at'])} <span class=soft>{_e(one['code'])}</span><br>{_e(one['sentence'])}</li>"
        for one in events[-MAX_LOG_ENTRIES:]
    )
    left_out = len(events) - MAX_LOG_ENTRIES
    note = f"<p class=soft>{left_out} older entries are not shown; {_WHOLE}.</p>" if left_out > 0 else ""
    return f"<h2>Activity log</h2>{note}<ol class=log>{items}</ol>"


def _toned(word: str) -> str:
    # The word itself says it; the colour only helps those who see it.
    return f"<span class='{_TONE.get(word, 'soft')}'>{_e(word.replace('_', ' '))}</span>"
