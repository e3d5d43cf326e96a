"""A SIEM gets every entry as an OCSF event of one class, and finds from it the way back to the log."""

import json
from typing import Any

import pytest

from agent.log.ocsf import CLASS_UID, KINDS, ocsf_event, ocsf_line
from agent.model.activity_event import EventCode
from agent.model.sealed_log import LogEntry
from tests.conformance.memory_log import chained
from tests.conformance.samples import TENANT

CASE = "0" * 32
# What OCSF 1.1.0 requires of an event of this class, and of the objects in it.
REQUIRED = {"activity_id", "actor", "api", "category_uid", "class_uid", "metadata", "severity_id", "src_endpoint"}
REQUIRED |= {"time", "type_uid"}
# The attributes of version 1.1.0 that we use, per object; no other name may stand there.
KNOWN: dict[str, set[str]] = {
    "actor.user": {"name", "email_addr", "uid", "type_id"},
    "api": {"operation", "service", "request", "response"},
    "src_endpoint": {"svc_name"},
    "metadata": {"version", "product", "log_name", "event_code", "original_time", "tenant_uid", "correlation_uid"}
    | {"uid", "sequence"},
}


def told(code: str, **data: Any) -> dict[str, Any]:
    (entry,) = chained([{"code": code, "at": "2026-03-04T05:06:07.890123Z", "data": data}], log=CASE)
    return ocsf_event(entry, tenant_id=TENANT, case_id=CASE)


@pytest.mark.parametrize("code", list(EventCode))
def test_every_code_has_its_place_in_the_class(code: EventCode) -> None:
    assert code in KINDS, f"say in agent/log/ocsf.py what `{code}` is for a SIEM"
    event = told(code.value)
    assert set(event) >= REQUIRED
    assert (event["class_uid"], event["category_uid"]) == (CLASS_UID, CLASS_UID // 1000) == (6003, 6)
    assert event["type_uid"] == CLASS_UID * 100 + event["activity_id"]
    assert event["activity_id"] in (1, 2, 3, 4, 99) and event["severity_id"] in range(1, 6)
    assert event["status_id"] in (0, 1, 2)
    assert event["metadata"]["event_code"] == code.value
    for place, names in KNOWN.items():
        part: Any = event
        for name in place.split("."):
            part = part[name]
        assert set(part) <= names and part


def test_no_kind_is_kept_for_a_code_that_is_gone() -> None:
    assert set(KINDS) == set(EventCode)


def test_what_goes_wrong_stands_out() -> None:
    severe = {code for code, kind in KINDS.items() if kind.severity >= 4}
    assert severe >= {EventCode.PERMIT_REFUSED, EventCode.WRITE_BLOCKED, EventCode.ROLLBACK_FAILED}
    assert all(KINDS[code].status != 1 for code in severe - {EventCode.CONTROL_STOPPED})


def test_an_event_says_when_who_and_what_and_leads_back_to_its_entry() -> None:
    sent = told("write.attempted", method="PATCH", path="/users/x", client_request_id="rq-1", action="a")
    assert sent["time"] == 1772600767890
    assert sent["api"] == {
        "operation": "PATCH /users/x",
        "service": {"name": "Microsoft Graph"},
        "request": {"uid": "rq-1"},
    }
    assert sent["actor"]["user"] == {"name": "Remit", "type_id": 3}
    assert sent["metadata"]["uid"] == f"{CASE}-000000" and len(sent["unmapped"]["hash"]) == 64
    assert sent["unmapped"]["data"]["action"] == "a"
    assert told("approval.given", approver_id="o-1")["actor"]["user"] == {"uid": "o-1", "type_id": 1}
    opened = told("case.opened", requester="ada@contoso.example")
    assert opened["actor"]["user"]["email_addr"] == "ada@contoso.example"
    assert told("step.decided", target_id="o-2")["resources"] == [{"uid": "o-2"}]


@pytest.mark.parametrize("text", ["\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x1b[2J", "\x9b31m", "\0", "\u202e"])
def test_no_character_breaks_a_line_or_reaches_a_terminal(text: str) -> None:
    (entry,) = chained([{"code": f"x{text}y", "at": text, "data": {text: text, "requester": text}}], log=CASE)
    line = ocsf_line(entry, tenant_id=TENANT, case_id=CASE)
    assert len(line.splitlines()) == 1 and line.isascii() and line.isprintable()
    assert json.loads(line) == ocsf_event(entry, tenant_id=TENANT, case_id=CASE)


def test_what_is_stored_in_half_characters_is_still_an_event() -> None:
    line = ocsf_line(LogEntry(0, "\ud800", "\ud800", "\udfff"), tenant_id=TENANT, case_id=CASE)
    assert json.loads(line)["unmapped"]["prev"] == "\\ud800"


@pytest.mark.parametrize(
    "at", ["", "x", "2026-03-04T05:06:07", "0001-01-01T00:00:00", "2026-13-01T00:00:00Z", "9" * 400, "2026-03-04"]
)
def test_a_time_that_says_no_moment_is_no_time_of_this_machine(at: str) -> None:
    (entry,) = chained([{"code": "case.closed", "at": at, "data": {}}], log=CASE)
    event = ocsf_event(entry, tenant_id=TENANT, case_id=CASE)
    assert event["time"] == 0 and event["metadata"]["original_time"] == at


@pytest.mark.parametrize("event", ["no json", {}, {"code": "from.the.future", "at": "x", "data": [1]}, [1]])
def test_an_entry_that_cannot_be_read_is_an_event_that_stands_out(event: Any) -> None:
    found = ocsf_event(LogEntry(3, event, "p", "h"), tenant_id=TENANT, case_id=CASE)
    assert (found["activity_id"], found["severity_id"], found["status_id"]) == (0, 4, 0)
    assert found["type_uid"] == CLASS_UID * 100 and found["unmapped"]["hash"] == "h"
