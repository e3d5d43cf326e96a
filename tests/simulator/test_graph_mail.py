"""Mailboxes, calendars, inbox rules and mail on its way: as documented, and judged by the published metadata."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from simulator.directory import load
from tests.simulator.test_conformance import _judged, _send, judge

__all__ = ["judge"]

MONA, ANTON = "mona.vasey@quillmere.example", "anton.feiler@quillmere.example"
SETTINGS = f"/users/{MONA}/mailboxSettings"
CALENDAR = f"/users/{MONA}/calendar/calendarPermissions"
RULES = f"/users/{MONA}/mailFolders/inbox/messageRules"
TRACES = "/admin/exchange/tracing/messageTraces"
DEFAULT = "RGVmYXVsdA=="
RULE = {"displayName": "Hide", "actions": {"delete": True}, "conditions": {"subjectContains": ["invoice"]}}


def _said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"] if answer.content and not answer.is_success else ""


def _trace(world: Any, app: str) -> str:
    return str(world.get(f"{TRACES}?$filter=recipientAddress eq '{MONA}'", token=app)["value"][0]["id"])


def _changed(world: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the directory by hand, as somebody before us would have."""
    state = world.control("GET", "/state")
    change(state["tenants"][world.tenant_id]["directory"])
    world.control("POST", "/state", state)


def test_settings_are_merged_and_come_back_with_200(world: Any, app: str) -> None:
    body = {"automaticRepliesSetting": {"status": "alwaysEnabled", "internalReplyMessage": "Away"}}
    answer = world.graph("PATCH", SETTINGS, token=app, body=body)
    replies = answer.json()["automaticRepliesSetting"]
    assert (answer.status_code, replies["status"], replies["externalAudience"]) == (200, "alwaysEnabled", "all")
    # Exchange keeps a reply as a document (Graph reference, "Get mailboxSettings").
    assert replies["internalReplyMessage"] == "<html>\n<body>\nAway\n</body>\n</html>\n"
    assert world.get(f"{SETTINGS}?$select=timeZone", token=app)["timeZone"] == "GMT Standard Time"
    assert world.user("mona.vasey")["mailboxSettings"]["automaticRepliesSetting"] == replies


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"automaticRepliesSetting": {"status": "on"}}, "ErrorInvalidRequest"),
        ({"automaticRepliesSetting": {"internal_reply": "x"}}, "ErrorInvalidRequest"),
        (
            {"automaticRepliesSetting": {"scheduledStartDateTime": {"dateTime": "soon", "timeZone": "UTC"}}},
            "ErrorInvalidRequest",
        ),
        ({"automaticRepliesSetting": None}, "ErrorInvalidRequest"),
        ({"timeZone": "Middle Earth"}, "ErrorInvalidRequest"),
        ({"language": {"displayName": "German"}}, "ErrorInvalidRequest"),
        ({"userPurpose": "shared"}, "Request_BadRequest"),
        ({"time_zone": "UTC"}, "Request_BadRequest"),
        ({"timeZone": 1}, "Request_BadRequest"),
    ],
)
def test_a_setting_that_does_not_exist_or_fit_is_refused_with_400(
    world: Any, app: str, body: dict[str, Any], code: str
) -> None:
    before = world.get(SETTINGS, token=app)
    assert _said(world.graph("PATCH", SETTINGS, token=app, body=body)) == (400, code)
    assert world.get(SETTINGS, token=app) == before


def test_exchange_denies_with_a_code_of_its_own_and_a_user_reaches_only_their_own_mailbox(world: Any, app: str) -> None:
    other, own = world.user_token(ANTON), world.user_token(MONA)
    for path in (SETTINGS, CALENDAR, RULES):
        assert world.graph("GET", path, token=own).status_code == 200
        assert _said(world.graph("GET", path, token=other)) == (403, "ErrorAccessDenied")
    # Not even the highest role opens somebody's mailbox.
    ruler = world.user_token("nate.bellweather@quillmere.example")
    assert _said(world.graph("PATCH", SETTINGS, token=ruler, body={"timeFormat": "H"})) == (403, "ErrorAccessDenied")
    me = world.graph("PATCH", "/me/mailboxSettings", token=own, body={"timeFormat": "h:mm tt"})
    assert me.json()["timeFormat"] == "h:mm tt"


@pytest.mark.parametrize(
    ("missing", "method", "path"),
    [
        ("MailboxSettings.ReadWrite", "PATCH", SETTINGS),
        ("MailboxSettings.ReadWrite", "POST", RULES),
        ("Calendars.ReadWrite", "POST", CALENDAR),
        ("ExchangeMessageTrace.Read.All", "GET", TRACES),
    ],
)
def test_without_its_permission_an_application_is_denied(world: Any, missing: str, method: str, path: str) -> None:
    world.control("POST", "/apps", {"revoke": [missing]})
    token = world.app_token()
    assert _said(world.graph(method, path, token=token, body={} if method != "GET" else None)) == (
        403,
        "ErrorAccessDenied",
    )


@pytest.mark.parametrize(
    ("user", "code"),
    [
        ("eag-one@quillmere.example", "MailboxNotEnabledForRESTAPI"),
        ("hal.finch@brightcrate.example", "Request_ResourceNotFound"),
        ("nobody@quillmere.example", "Request_ResourceNotFound"),
    ],
)
def test_who_has_no_mailbox_is_not_found(world: Any, app: str, user: str, code: str) -> None:
    assert _said(world.graph("GET", f"/users/{user}/mailboxSettings", token=app)) == (404, code)


def test_the_shared_mailboxes_of_the_file_are_disabled_accounts_with_a_purpose(world: Any, app: str) -> None:
    room = world.user("room-aire")
    assert (room["accountEnabled"], room["assignedLicenses"]) == (False, [])
    purposes = {
        name: world.get(f"/users/{name}@quillmere.example/mailboxSettings", token=app)["userPurpose"]
        for name in ("orders", "room-aire", "mona.vasey")
    }
    assert purposes == {"orders": "shared", "room-aire": "room", "mona.vasey": "user"}


def test_a_calendar_is_shared_once_changed_and_taken_back(world: Any, app: str) -> None:
    entry = {"emailAddress": {"address": ANTON.upper()}, "role": "read"}
    made = world.graph("POST", CALENDAR, token=app, body=entry)
    assert (made.status_code, made.json()["isInsideOrganization"]) == (201, True)
    assert _said(world.graph("POST", CALENDAR, token=app, body=entry)) == (409, "ErrorInvalidRequest")
    one = f"{CALENDAR}/{made.json()['id']}"
    assert world.graph("PATCH", one, token=app, body={"role": "write"}).json()["role"] == "write"
    assert _said(world.graph("PATCH", one, token=app, body={"role": "custom"})) == (400, "ErrorInvalidRequest")
    assert _said(world.graph("PATCH", one, token=app, body={"isRemovable": False})) == (400, "ErrorInvalidRequest")
    assert world.graph("DELETE", one, token=app).status_code == 204
    assert _said(world.graph("DELETE", one, token=app)) == (404, "ErrorItemNotFound")


def test_the_entry_of_the_whole_organisation_stays_and_people_outside_are_no_delegates(world: Any, app: str) -> None:
    assert _said(world.graph("DELETE", f"{CALENDAR}/{DEFAULT}", token=app)) == (400, "ErrorInvalidRequest")
    outside = {"emailAddress": {"address": "x@postbasket.example"}, "role": "delegateWithPrivateEventAccess"}
    assert _said(world.graph("POST", CALENDAR, token=app, body=outside)) == (400, "ErrorInvalidRequest")
    answer = world.graph("POST", CALENDAR, token=app, body=outside | {"role": "freeBusyRead"})
    assert answer.json()["isInsideOrganization"] is False


def test_a_rule_is_kept_in_the_inbox_alone_and_a_read_only_one_is_not_changed(world: Any, app: str) -> None:
    made = world.graph("POST", RULES, token=app, body=RULE)
    assert (made.status_code, made.json()["isEnabled"], made.json()["sequence"]) == (201, True, 1)
    one = f"{RULES}/{made.json()['id']}"
    assert world.graph("PATCH", one, token=app, body={"isEnabled": False}).json()["isEnabled"] is False
    elsewhere = RULES.replace("inbox", "archive")
    assert _said(world.graph("GET", elsewhere, token=app)) == (404, "ErrorItemNotFound")
    owner = world.user("mona.vasey")["id"]

    def lock(directory: dict[str, Any]) -> None:
        directory["objects"]["messageRules"][owner][made.json()["id"]]["isReadOnly"] = True

    _changed(world, lock)
    for method, body in (("PATCH", {"isEnabled": True}), ("DELETE", None)):
        assert _said(world.graph(method, one, token=app, body=body)) == (400, "ErrorInvalidRequest")


@pytest.mark.parametrize(
    "body",
    [
        {"displayName": "x"},
        RULE | {"actions": {"sendToSpace": True}},
        RULE | {"conditions": {"subject_contains": ["x"]}},
        RULE | {"hasError": True},
        RULE | {"sequence": "1"},
    ],
)
def test_a_rule_of_another_shape_is_refused(world: Any, app: str, body: dict[str, Any]) -> None:
    assert world.graph("POST", RULES, token=app, body=body).status_code == 400
    assert world.get(RULES, token=app)["value"] == []


def test_mail_is_traced_by_recipient_and_time_and_its_steps_by_recipient(world: Any, app: str) -> None:
    window = "receivedDateTime ge 2026-11-23T00:00:00Z and receivedDateTime le 2026-11-24T00:00:00Z"
    [trace] = world.get(f"{TRACES}?$filter={window} and recipientAddress eq '{MONA}'", token=app)["value"]
    assert (trace["status"], trace["recipientAddress"]) == ("delivered", MONA)
    steps = f"{TRACES}/{trace['id']}/getDetailsByRecipient(recipientAddress='{{}}')"
    events = world.get(steps.format(MONA), token=app)["value"]
    assert [one["event"] for one in events] == ["Receive", "Deliver"]
    assert world.graph("GET", steps.format(ANTON), token=app).status_code == 404
    late = window.replace("2026-11-23", "2026-11-24")
    assert world.get(f"{TRACES}?$filter={late} and recipientAddress eq '{MONA}'", token=app)["value"] == []
    assert _said(world.graph("GET", TRACES, token=world.user_token(MONA)))[0] == 403


def test_exchange_writes_nothing_into_the_directory_audit(world: Any, app: str) -> None:
    world.graph("PATCH", SETTINGS, token=app, body={"timeFormat": "H:mm"})
    world.graph("POST", RULES, token=app, body=RULE)
    # Its log is the unified audit of Purview, which is not simulated.
    assert world.audits() == []
    assert [one["applied"] for one in world.writes()] == [True, True]


def test_a_mailbox_survives_dump_and_load(world: Any, app: str) -> None:
    world.graph("POST", RULES, token=app, body=RULE)
    directory = world.control("GET", "/state")["tenants"][world.tenant_id]["directory"]
    assert load(directory).dump()["objects"] == directory["objects"]


# Working hours name a type only where it differs from the declared one, as the documentation's samples do.
_PLAIN_ZONE = "microsoft.graph.timeZoneBase has derived types"

READS: tuple[str, ...] = (
    SETTINGS,
    f"{SETTINGS}?$select=automaticRepliesSetting,timeZone,language,userPurpose",
    CALENDAR,
    f"{CALENDAR}/{DEFAULT}",
    RULES,
    f"{TRACES}?$select=id,messageId,status&$filter=recipientAddress eq '{MONA}'",
)


@pytest.mark.parametrize("path", READS)
def test_a_read_conforms_to_the_published_metadata(world: Any, app: str, judge: ModuleType, path: str) -> None:
    world.graph("POST", RULES, token=app, body=RULE)
    answer = _send(world, app, "GET", path)
    assert answer.status_code == 200, answer.text
    assert [one for one in _judged(judge, answer, body=None, action=None) if _PLAIN_ZONE not in one[2]] == []


def test_the_steps_of_a_message_conform_to_the_published_metadata(world: Any, app: str, judge: ModuleType) -> None:
    path = f"{TRACES}/{_trace(world, app)}/getDetailsByRecipient(recipientAddress='{MONA}')"
    assert _judged(judge, _send(world, app, "GET", path), body=None, action=None) == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{RULES}/none", None),
        ("PATCH", SETTINGS, {"timeZone": "Middle Earth"}),
        ("GET", "/users/eag-one@quillmere.example/mailboxSettings", None),
    ],
)
def test_an_error_conforms_to_the_published_metadata(
    world: Any, app: str, judge: ModuleType, method: str, path: str, body: Any
) -> None:
    answer = _send(world, app, method, path, body)
    assert not answer.is_success
    findings = _judged(judge, answer, body=body, action=None)
    assert [one for one in findings if not one[1].startswith(("request", "query"))] == []
