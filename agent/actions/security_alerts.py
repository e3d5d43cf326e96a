"""Triage in Defender: who works on an alert or an incident, how far it is, and what came of it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import StringConstraints, model_validator

from agent.actions.action import Action, Label
from agent.actions.parameters import NAMED, NameOf, Told, Where
from agent.lookups.quoting import segment
from agent.lookups.security_alerts import ALERT_ID, INCIDENT_ID
from agent.model.expectation import AllOf, Expectation, FieldEquals
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Fact, Step, TargetKind, Undo
from policy.closed_lists import Classification

AlertStatus = Literal["new", "inProgress", "resolved"]
IncidentStatus = Literal["active", "inProgress", "resolved"]
Determination = Literal[
    "unknown",
    "apt",
    "malware",
    "securityPersonnel",
    "securityTesting",
    "unwantedSoftware",
    "other",
    "multiStagedAttack",
    "compromisedAccount",
    "phishing",
    "maliciousUserActivity",
    "notMalicious",
    "notEnoughDataToValidate",
    "confirmedActivity",
    "lineOfBusinessApplication",
]
# Whoever it is assigned to, by address as a rule; nobody is null.
_Assignee = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=256, pattern=r"^[^\p{C}]+$")]

# How soon a change shows is not documented (unverified).
_PATIENCE_SECONDS = 300

# Our names of what can be changed, and Graph's.
_PROPERTIES = {
    "status": "status",
    "assigned_to": "assignedTo",
    "classification": "classification",
    "determination": "determination",
}


class _TriageAction(Action):
    """The wanted state and the state that was; only what differs is sent, put back and asked for."""

    target_kind: ClassVar[TargetKind] = "alert"
    throttle_class: ClassVar[str] = "security"
    also_tells: ClassVar[tuple[str, ...]] = ("params.attributes",)

    target_name: Label = ""
    assigned_to: Annotated[_Assignee | None, NAMED]
    classification: Annotated[Classification | None, Told("params.classification")]
    determination: Annotated[Determination | None, NAMED]
    was_assigned_to: _Assignee | None
    was_classification: Classification | None
    was_determination: Determination | None

    @model_validator(mode="after")
    def _changes_something(self) -> "_TriageAction":
        if not self._changed():
            raise ValueError("expected another state than the one that is there")
        return self

    def _changed(self) -> list[str]:
        return [name for name in _PROPERTIES if getattr(self, name) != getattr(self, f"was_{name}")]

    def _values(self, prefix: str = "") -> dict[str, Any]:
        return {_PROPERTIES[name]: getattr(self, prefix + name) for name in self._changed()}

    def _told(self) -> dict[str, Fact]:
        return {**super()._told(), "params.attributes": tuple(sorted(self._values()))}

    def _triaged(self, path: str, *, key: str) -> Step:
        wanted, was = self._values(), self._values("was_")
        words = ", ".join(f"{name} {value or 'none'}" for name, value in wanted.items())
        return self._built(
            title=self.title.format(target=self.target_name or key, change=words),
            target=(key, self.target_name),
            call=GraphCall(method="PATCH", path=path, body=wanted),
            check=_shows(path, wanted),
            capture=GraphCall(method="GET", path=path),
            precondition=_has(was),
            undo=Undo(call=GraphCall(method="PATCH", path=path, body=was), check=_shows(path, was)),
        )


class UpdateAlert(_TriageAction):
    """Say of one alert who works on it, how far it is and what came of it.

    Safe to repeat. Comments are another call and are not written. A resolved alert leaves the list of open ones, so
    closing a true one hides it. Source: Graph reference, security-alert-update (alerts_v2).
    """

    id: ClassVar[str] = "sec.alert.update"
    title: ClassVar[str] = "Change the alert {target}: {change}"
    risk: ClassVar[int] = 50
    delegated_permissions: ClassVar[tuple[str, ...]] = ("SecurityAlert.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("SecurityAlert.ReadWrite.All",)

    alert_id: Annotated[str, StringConstraints(strict=True, pattern=ALERT_ID)]
    target_name: Annotated[Label, NameOf(Where("sec.alert.get", "{alert_id}", field="title"))] = ""
    status: Annotated[AlertStatus, Told("params.status")]
    was_status: AlertStatus

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/security/alerts_v2/{segment(self.alert_id)}"
        return self._triaged(path, key=self.alert_id)


class UpdateIncident(_TriageAction):
    """Say of one incident who works on it, how far it is and what came of it.

    Safe to repeat. Its alerts keep states of their own in Graph (unverified: the portal offers to resolve them too).
    Source: Graph reference, security-incident-update.
    """

    id: ClassVar[str] = "sec.incident.update"
    title: ClassVar[str] = "Change the incident {target}: {change}"
    risk: ClassVar[int] = 50
    delegated_permissions: ClassVar[tuple[str, ...]] = ("SecurityIncident.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("SecurityIncident.ReadWrite.All",)

    incident_id: Annotated[str, StringConstraints(strict=True, pattern=INCIDENT_ID)]
    target_name: Annotated[Label, NameOf(Where("sec.incident.get", "{incident_id}"))] = ""
    status: Annotated[IncidentStatus, Told("params.status")]
    was_status: IncidentStatus

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/security/incidents/{segment(self.incident_id)}"
        return self._triaged(path, key=self.incident_id)


def _shows(path: str, values: dict[str, Any]) -> Check:
    return Check(call=GraphCall(method="GET", path=path), expect=_has(values), patience_seconds=_PATIENCE_SECONDS)


def _has(values: dict[str, Any]) -> Expectation:
    return AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in values.items()))
