"""One entry of the activity log: a stable code, a time, ids, and the facts of a decision; never secrets."""

import enum
from typing import Any

from pydantic import AwareDatetime

from agent.model.frozen import Frozen


class EventCode(enum.StrEnum):
    """The stable codes of the log. docs/activity-log.md lists each; a test keeps both equal."""

    CASE_OPENED = "case.opened"
    LOOKUP_ANSWERED = "lookup.answered"
    REASONED = "case.reasoned"
    QUESTION_ASKED = "question.asked"
    QUESTION_ANSWERED = "question.answered"
    QUESTION_EXPIRED = "question.expired"
    PLAN_MADE = "plan.made"
    STEP_DECIDED = "step.decided"
    APPROVERS_RESOLVED = "approvers.resolved"
    APPROVER_UNFIT = "approver.unfit"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_GIVEN = "approval.given"
    APPROVAL_REFUSED = "approval.refused"
    APPROVAL_EXPIRED = "approval.expired"
    DELEGATION_KEPT = "delegation.kept"
    DELEGATION_LOST = "delegation.lost"
    DELEGATION_ERASED = "delegation.erased"
    PERMIT_GRANTED = "permit.granted"
    PERMIT_REFUSED = "permit.refused"
    WRITE_ATTEMPTED = "write.attempted"
    WRITE_ANSWERED = "write.answered"
    WRITE_FAILED = "write.failed"
    WRITE_BLOCKED = "write.blocked"
    WRITE_FOUND_DONE = "write.found_done"
    EFFECT_VERIFIED = "effect.verified"
    EFFECT_REFUTED = "effect.refuted"
    EFFECT_UNKNOWN = "effect.unknown"
    ROLLBACK_STARTED = "rollback.started"
    ROLLBACK_DONE = "rollback.done"
    ROLLBACK_FAILED = "rollback.failed"
    SECRET_DELIVERED = "secret.delivered"
    CASE_REFUSED = "case.refused"
    CASE_ESCALATED = "case.escalated"
    CASE_CLOSED = "case.closed"
    STAGE_TROUBLED = "stage.troubled"
    REPLY_FAILED = "reply.failed"
    CONTROL_PAUSED = "control.paused"
    CONTROL_RESUMED = "control.resumed"
    CONTROL_STOPPED = "control.stopped"
    CONTROL_MODIFIED = "control.modified"
    CONTROL_DRILLED = "control.drilled"
    ALERT_RAISED = "alert.raised"
    GRANT_GIVEN = "grant.given"
    GRANT_APPLIED = "grant.applied"
    GRANT_USED = "grant.used"
    GRANT_SUSPENDED = "grant.suspended"
    GRANT_REVOKED = "grant.revoked"


class ActivityEvent(Frozen):
    """One thing that happened in a case. `data` holds ids, digests, verdicts, facts and sentences of ours."""

    code: EventCode
    at: AwareDatetime
    data: dict[str, Any] = {}
