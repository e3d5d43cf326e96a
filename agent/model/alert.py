"""A violation that people must hear of within seconds, whatever becomes of the case."""

from typing import Final, Literal

from pydantic import AwareDatetime

from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.frozen import Frozen

AlertKind = Literal["write_refused", "tripwire", "effect_refuted", "rollback_failed", "log_broken"]

ALERT_KINDS: Final[tuple[AlertKind, ...]] = (
    "write_refused",
    "tripwire",
    "effect_refuted",
    "rollback_failed",
    "log_broken",
)

_KIND_OF: Final[dict[EventCode, AlertKind]] = {
    EventCode.PERMIT_REFUSED: "write_refused",
    EventCode.WRITE_BLOCKED: "tripwire",
    EventCode.EFFECT_REFUTED: "effect_refuted",
    EventCode.ROLLBACK_FAILED: "rollback_failed",
}

_SAYS: Final[dict[AlertKind, str]] = {
    "write_refused": "a planned write was refused at the gate",
    "tripwire": "a request that differs from its permit was stopped before it left",
    "effect_refuted": "Microsoft accepted a write, and the tenant does not show it",
    "rollback_failed": "a change could not be put back",
    "log_broken": "the activity log is not as it was written",
}

# What people can do at once, where the case itself does not show it.
_NEXT: Final[dict[AlertKind, str]] = {"log_broken": " Export and verify it: `python -m agent log`."}


class Alert(Frozen):
    """One violation in one case. `problem` is a sentence of ours with ids at most, and may be empty."""

    tenant_id: str
    case_id: str
    kind: AlertKind
    problem: str = ""
    at: AwareDatetime

    @property
    def text(self) -> str:
        """What the tenant's security people are told."""
        # Our sentences about problems begin in lower case, and this one stands behind a period.
        more = f" {self.problem[:1].upper()}{self.problem[1:500]}." if self.problem else ""
        return f"Remit raised an alert: {_SAYS[self.kind]}.{more}{_NEXT.get(self.kind, '')} Case {self.case_id}."


def alert_kind_of(event: ActivityEvent) -> AlertKind | None:
    """Return what kind of violation an entry of the log tells of, or None."""
    return _KIND_OF.get(event.code)
