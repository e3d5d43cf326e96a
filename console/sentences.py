"""Turns each entry of the activity log into one human sentence, for the console and the terminal.

Values come from the log and may hold foreign text: they are cut, and control characters are dropped, so that
a sentence is always one harmless line of plain text. HTML escaping is the page's own duty.
"""

import string
from collections.abc import Mapping
from typing import Any

from agent.channels.plain_text import plain_text
from agent.model.activity_event import ActivityEvent, EventCode

_VALUE_CHARS = 240
_SENTENCE_CHARS = 900

# Each sentence is a beginning and clauses. A clause is left out when one of its values is not in the log:
# absent is not "none", so nothing is said about it.
_CLAUSES: Mapping[EventCode, tuple[str, ...]] = {
    EventCode.CASE_OPENED: (
        "A request came in",
        " from {source}",
        " as ticket {ticket}",
        ", asked by {requester}",
        " (identity by {assurance})",
        "; one more wish of case {first_case}",
    ),
    EventCode.LOOKUP_ANSWERED: (
        "Looked something up",
        ": {lookup}",
        " about {object_id}",
        " is {state}",
        " ({problem})",
    ),
    EventCode.REASONED: ("Considered what to do", ": {why}"),
    EventCode.QUESTION_ASKED: ("Asked the requester back", " about the {about}", " (question {question_id})"),
    EventCode.QUESTION_ANSWERED: ("The requester answered", " in {chars} characters", " (question {question_id})"),
    EventCode.QUESTION_EXPIRED: ("The requester did not answer in time", " (question {question_id})"),
    EventCode.PLAN_MADE: ("Made a plan", " of {count} step(s): {actions}", " (plan {plan})"),
    EventCode.STEP_DECIDED: (
        "Policy decided",
        " on step {number}",
        " ({action})",
        ": {verdict}",
        " by {blame}",
        "; needs {requirements}",
    ),
    EventCode.APPROVERS_RESOLVED: (
        "Looked up who may approve",
        " as {resolver}",
        ": {approver_ids}",
        " of {candidates} in all",
    ),
    EventCode.APPROVER_UNFIT: ("Somebody answered who could not be asked today", ": {approver_id}", " ({unfit})"),
    EventCode.APPROVAL_ASKED: ("Asked people to approve", ": {people}", ", as rules {rules} demand", " (plan {plan})"),
    EventCode.APPROVAL_GIVEN: ("An approver agreed", ": {approver_id}", " as {resolvers}", ", saying: {reason}"),
    EventCode.APPROVAL_REFUSED: ("An approver refused", ": {approver_id}", " as {resolvers}", ", saying: {reason}"),
    EventCode.APPROVAL_EXPIRED: ("Nobody answered the approval request in time",),
    EventCode.DELEGATION_KEPT: ("An approver lent their own sign-in to this case", ": {person_id}"),
    EventCode.DELEGATION_LOST: ("Waits for a sign-in", " of {person_ids}", ", before step {number}", ": {problem}"),
    EventCode.DELEGATION_ERASED: ("Erased what was kept of sign-ins", " of {person_ids}"),
    EventCode.PERMIT_GRANTED: ("The gate permitted", " step {number}", " for exactly one call ({call})"),
    EventCode.PERMIT_REFUSED: ("The gate refused", " step {number}", ": {problem}"),
    EventCode.WRITE_ATTEMPTED: (
        "About to write",
        " ({kind})",
        " for step {number}",
        ": {method} {path}",
        " as the {identity} identity",
        ", try {try}",
        ", approved by {approver_ids}",
        ", by the standing grant {grant_ids}",
    ),
    EventCode.WRITE_ANSWERED: (
        "Graph answered the write",
        " ({kind})",
        " of step {number}",
        " with {status}",
        " (request {request_id})",
        "; that alone proves nothing",
    ),
    EventCode.WRITE_FAILED: (
        "The write failed",
        " ({kind})",
        " in step {number}",
        ": {problem}",
        " (request {request_id})",
    ),
    EventCode.WRITE_BLOCKED: (
        "A request that no permit covers was stopped",
        " ({kind})",
        " in step {number}",
        ": {problem}",
    ),
    EventCode.WRITE_FOUND_DONE: ("An earlier write turned out to have taken effect", " in step {number}"),
    EventCode.EFFECT_VERIFIED: ("Read back and verified", ": step {number} is in effect", " ({note})"),
    EventCode.EFFECT_REFUTED: ("Read back and refuted", ": step {number} is not in effect"),
    EventCode.EFFECT_UNKNOWN: ("It could not be learned whether the change took effect", " in step {number}"),
    EventCode.ROLLBACK_STARTED: ("Started to put things back", ", undoing step(s) {numbers}", ", because {why}"),
    EventCode.ROLLBACK_DONE: ("Put back as it was", ": step {number}"),
    EventCode.ROLLBACK_FAILED: ("Could not put back", " step {number}", ": {problem}"),
    EventCode.SECRET_DELIVERED: ("Showed a one-time secret", " of step {number}", " to {person_id} only"),
    EventCode.CASE_REFUSED: ("The request was refused", ": {why}"),
    EventCode.CASE_ESCALATED: ("Handed over to people", " of {queue}", " (urgent: {urgent})", ", because {why}"),
    EventCode.CASE_CLOSED: ("The case is closed", ": {outcome}", ", because {why}"),
    EventCode.REPLY_FAILED: ("The ticket system never took the answer", ": {problem}", " (after {tries} tries)"),
    EventCode.CONTROL_PAUSED: ("The work was paused", " with the whole {above}", " by {by}", ": {why}"),
    EventCode.CONTROL_RESUMED: ("The work was resumed", " with the whole {above}", " by {by}", ": {why}"),
    EventCode.CONTROL_STOPPED: ("The work was stopped", " with the whole {above}", " by {by}", ": {why}"),
    EventCode.CONTROL_MODIFIED: ("The plan was changed", " by {by}", ", in step {number}", " ({changed})", ": {why}"),
    EventCode.CONTROL_DRILLED: (
        "A drill was held",
        " of the order {order}",
        " by {by}",
        ": {cases} case(s)",
        ", {under_way} write(s) under way",
        ", {begun_after} begun after it",
        ", p99 {p99_ms} ms",
        ": {why}",
    ),
    EventCode.ALERT_RAISED: ("Raised an alert", ": {kind}", ": {problem}"),
    EventCode.GRANT_GIVEN: (
        "A standing grant was given",
        " by {owner_id}",
        " as {resolver}",
        ", {grant_id}",
        ": up to {max_uses} times {actions}",
        " where {pattern}",
        ", until {expires}",
    ),
    EventCode.GRANT_APPLIED: (
        "Nobody is asked",
        " as {resolver}",
        ", because {owner_id} gave the standing grant {grant_id}",
        " for rules {rules}",
    ),
    EventCode.GRANT_USED: (
        "A use of a standing grant was reserved",
        " for step {number}",
        ": {grant_id}",
        " of {owner_id}",
        " as {resolver}",
        ", for rules {rules}",
        ", {uses} of {max_uses}",
    ),
    EventCode.GRANT_SUSPENDED: (
        "A standing grant was suspended",
        ", {grant_id}",
        " of {owner_id}",
        ", by {by}",
        ": {why}",
        " (case {case_id})",
    ),
    EventCode.GRANT_REVOKED: ("A standing grant was revoked", ", {grant_id}", " of {owner_id}", ", by {by}", ": {why}"),
    EventCode.STAGE_TROUBLED: ("A stage could not finish", ": {stage}", " met a problem: {problem}", " (time {times})"),
}


def sentence(event: ActivityEvent) -> str:
    """Return one line of plain text that says what happened, without the time."""
    values = {**event.data, **_derived(event.data)}
    clauses = _CLAUSES.get(event.code, (event.code.value,))
    said = "".join(_filled(clause, values) for clause in clauses)
    return f"{plain_text(said, _SENTENCE_CHARS)}."


def _filled(clause: str, values: Mapping[str, Any]) -> str:
    names = [name for _, name, _, _ in string.Formatter().parse(clause) if name]
    shown = {name: _shown(values.get(name)) for name in names}
    return clause.format_map(shown) if all(shown.values()) else ""


def _derived(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reader wants and the log has in another form: counts from one, short digests, names."""
    found: dict[str, Any] = {}
    if type(data.get("step")) is int:
        found["number"] = data["step"] + 1
    for short, name in (("plan", "plan_digest"), ("call", "call_digest")):
        if isinstance(data.get(name), str):
            found[short] = data[name][:8]
    if data.get("scope") in ("tenant", "stack"):
        found["above"] = data["scope"]
    steps = data.get("steps")
    if isinstance(steps, list):
        actions = [one.get("action") for one in steps if isinstance(one, dict)]
        found |= {"count": len(steps), "actions": actions, "numbers": [one + 1 for one in steps if type(one) is int]}
    if isinstance(data.get("asked"), list):
        found["people"] = [one.get("resolver") for one in data["asked"] if isinstance(one, dict)]
    if isinstance(data.get("layers"), list):
        found["blame"] = _blame(data["layers"], verdict=data.get("verdict"))
    return found


def _blame(layers: list[Any], *, verdict: object) -> list[str]:
    """Name the layers, with their rules, whose verdict is the verdict; of an ALLOW that is all, so none."""
    named = []
    for one in layers:
        if isinstance(one, dict) and one.get("verdict") == verdict and verdict != "ALLOW":
            rules = _shown(one.get("rules")) or "no rule matched"
            named.append(f"the {one.get('layer')} layer ({rules})")
    return named


def _shown(value: object) -> str:
    """Return a value as words, or "" for what says nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return plain_text(value, _VALUE_CHARS)
    if isinstance(value, list | tuple):
        return plain_text(", ".join(filter(None, map(_shown, value))), _VALUE_CHARS)
    return ""
