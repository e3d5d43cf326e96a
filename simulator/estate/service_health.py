"""Service health: every service runs but for one open advisory, and the message centre has two posts."""

from simulator import shapes
from simulator.directory import Directory, Resource
from simulator.graph.service_health import ISSUES, MESSAGES, OVERVIEWS

_SERVICES = {
    "Exchange": "Exchange Online",
    "Intune": "Microsoft Intune",
    "MicrosoftEntra": "Microsoft Entra",
    "OSDPPlatform": "Microsoft 365 suite",
    "SharePoint": "SharePoint Online",
    "microsoftteams": "Microsoft Teams",
}
_TROUBLED = "Microsoft Teams"


def add(directory: Directory) -> None:
    """Add them to `directory`."""
    directory.objects[OVERVIEWS.name] = {
        key: {"id": key, "service": name, "status": "serviceDegradation" if name == _TROUBLED else "serviceOperational"}
        for key, name in _SERVICES.items()
    }
    issues = (
        _issue("TM900001", _TROUBLED, title="Some users' presence may be shown late", resolved=False),
        _issue("EX900002", "Exchange Online", title="Some messages were delivered late", resolved=True),
    )
    directory.objects[ISSUES.name] = {one["id"]: one for one in issues}
    messages = (
        _message("MC900001", "Microsoft Teams", title="New layout of the calendar", act_by=None),
        _message("MC900002", "Exchange Online", title="An old protocol retires", act_by="2027-03-01T00:00:00Z"),
    )
    directory.objects[MESSAGES.name] = {one["id"]: one for one in messages}


def _announcement(number: str, title: str) -> Resource:
    times = dict.fromkeys(("startDateTime", "lastModifiedDateTime"), shapes.CREATED_AT)
    return {"id": number, "title": title, "details": [], "endDateTime": None, **times}


def _issue(number: str, service: str, *, title: str, resolved: bool) -> Resource:
    return {
        **_announcement(number, title),
        "endDateTime": shapes.CREATED_AT if resolved else None,
        "classification": "advisory",
        "feature": "General",
        "featureGroup": "General",
        "impactDescription": f"{title}.",
        "isResolved": resolved,
        "origin": "microsoft",
        "posts": [],
        "service": service,
        "status": "serviceRestored" if resolved else "serviceDegradation",
    }


def _message(number: str, service: str, *, title: str, act_by: str | None) -> Resource:
    return {
        **_announcement(number, title),
        "actionRequiredByDateTime": act_by,
        "body": {"contentType": "html", "content": f"<p>{title}.</p>"},
        "category": "planForChange" if act_by else "stayInformed",
        "hasAttachments": False,
        "isMajorChange": act_by is not None,
        "services": [service],
        "severity": "normal",
        "tags": [],
        "viewPoint": None,
    }
