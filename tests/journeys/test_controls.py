"""Stop controls, alerts and poison messages on the running stack, through the same doors as in Azure."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient, TextBase64EncodePolicy

from agent.command.drill_shown import to_do
from agent.command.main import main
from agent.command.stack import KEY, URL
from devhost.desk import Desk, Ticket
from devhost.stack import LocalStack

OWNER, ASKER = "gwen.tallow@quillmere.example", "simone.barth@quillmere.example"
DOMINIC, IKER = "dominic.ashe@quillmere.example", "iker.zubiri@quillmere.example"
LEDGER, LEDGERS_OWNER = "QG-Finance-Ledger", "mona.vasey@quillmere.example"
FORGETFUL = tuple(f"{name}@quillmere.example" for name in ("simon.barth", "mariana.lobo", "ed.oshea", "ainhoa.etxe"))
GROUP = "QG-Recipes"
OPEN_GROUPS = ("QG-Remote-Access", "QT-Canteen")
WHO = ["--as", "Olga", "--why", "to be safe"]


@pytest.fixture(autouse=True)
def reached(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line reaches the stack."""
    monkeypatch.setenv(URL, stack.url)
    monkeypatch.setenv(KEY, stack.key)


@pytest.fixture
def tenant(stack: LocalStack) -> Iterator[list[str]]:
    """The arguments that name the tenant; what was ordered on it is lifted at the end."""
    about = ["--tenant", stack.tenant_id]
    yield about
    main(["resume", *about, *WHO])


def file(desk: Desk, text: str, requester: str = ASKER) -> str:
    return desk.file(Ticket(f"SC-{uuid4().hex[:8]}", requester, summary="Request", description=text))


def asked(desk: Desk, requester: str = ASKER) -> str:
    """A case that waits for the owner of a group."""
    case_id = file(desk, f"Please add me to the group {GROUP}.", requester)
    desk.wait(case_id, until=_is_asked, seconds=60)
    return case_id


def closed(desk: Desk, case_id: str) -> dict[str, Any]:
    return desk.wait(case_id, until=lambda one: one["stage"] == "closed", seconds=60)


def sweep(stack: LocalStack) -> None:
    answer = httpx.post(f"{stack.url}/admin/functions/sweep", json={"input": ""})
    assert answer.status_code == 202


def codes(case: dict[str, Any]) -> list[str]:
    return [one["code"] for one in case["events"]]


def test_a_paused_case_keeps_its_place_shows_by_whom_and_goes_on_when_resumed(stack: LocalStack, desk: Desk) -> None:
    case_id = asked(desk)
    assert main(["pause", "--case", case_id, *WHO]) == 0
    assert desk.click(OWNER, "approve")["body"]["statusCode"] == 200
    waiting = desk.wait(case_id, until=lambda one: one["stage"] == "execute", seconds=30)
    sweep(stack)
    page = httpx.get(
        f"{stack.url}/api/cases/{case_id}", headers={"x-functions-key": stack.key, "accept": "text/html"}
    ).text
    assert "the case was paused by Olga: to be safe" in page
    assert desk.case(case_id) == waiting and not desk.is_member(ASKER, GROUP)
    assert main(["resume", "--case", case_id, *WHO]) == 0
    done = closed(desk, case_id)
    assert done["outcome"] == "resolved" and desk.is_member(ASKER, GROUP)
    assert codes(done).count("control.paused") == codes(done).count("control.resumed") == 1


def test_what_a_pause_of_the_tenant_holds_is_ended_by_a_stop_and_nothing_was_written(
    stack: LocalStack, desk: Desk, tenant: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pause", *tenant, *WHO]) == 0
    case_id = file(desk, f"Please add me to {OPEN_GROUPS[0]} and {OPEN_GROUPS[1]}.")
    desk.wait(case_id, until=lambda one: "control.paused" in codes(one), seconds=60)
    capsys.readouterr()
    assert main(["state", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert state["tenants"][stack.tenant_id]["control"]["by"] == "Olga"
    assert case_id in [one["id"] for one in state["cases"]]
    assert main(["stop", *tenant, *WHO]) == 0
    done = closed(desk, case_id)
    assert done["outcome"] == "escalated" and done["writes"] == []
    assert "the tenant was stopped by Olga" in done["why"]


def test_a_changed_plan_is_asked_about_anew_and_only_the_new_one_runs(desk: Desk) -> None:
    case_id = asked(desk, IKER)
    before = desk.case(case_id)
    assert before is not None
    other = f"group_id={desk.object_id(LEDGER)}"
    assert main(["modify", "--case", case_id, "--step", "1", "--set", other, *WHO]) == 0
    old = before["approval"]["id"]
    again = desk.wait(case_id, until=lambda one: _is_asked(one) and one["approval"]["id"] != old, seconds=60)
    assert again["plan"]["digest"] != before["plan"]["digest"] and again["approval"]["answers"] == []
    # The card that the first owner still has opens nothing.
    desk.click(OWNER, "approve")
    assert desk.click(LEDGERS_OWNER, "approve")["body"]["statusCode"] == 200
    done = closed(desk, case_id)
    assert done["outcome"] == "resolved" and len(done["writes"]) == 1 and "control.modified" in codes(done)
    assert desk.is_member(IKER, LEDGER) and not desk.is_member(IKER, GROUP)


def test_a_message_that_the_host_gave_up_becomes_a_hand_over(stack: LocalStack, desk: Desk) -> None:
    case_id = asked(desk, DOMINIC)
    with TableServiceClient.from_connection_string(stack.storage) as tables:
        seq = tables.get_table_client("cases").get_entity(case_id, "case")["seq"]
    with QueueServiceClient.from_connection_string(stack.storage) as queues:
        poison = queues.get_queue_client("approve-poison", message_encode_policy=TextBase64EncodePolicy())
        poison.send_message(json.dumps({"case": case_id, "seq": seq}))
        poison.send_message("nonsense")
        sweep(stack)
        done = closed(desk, case_id)
        assert done["outcome"] == "escalated" and "the host gave its message up" in done["why"]
        ticket = desk.control("GET", f"/itsm/tickets/{done['ticket']}")
        (handed,) = [one["body"] for one in ticket["events"] if one["body"]["type"] == "ticket.handoff"]
        assert handed["data"]["handoff"]["asked"] and handed["data"]["handoff"]["seen"]
        assert poison.get_queue_properties().approximate_message_count == 0


def test_a_refused_write_reaches_a_person_in_teams_within_seconds(stack: LocalStack, desk: Desk) -> None:
    case_id = file(desk, f"Please add me to {OPEN_GROUPS[0]} and {OPEN_GROUPS[1]}.")
    path = f"/v1.0/groups/{desk.object_id(OPEN_GROUPS[1])}/members/\\$ref"
    undo = f"/v1.0/groups/{desk.object_id(OPEN_GROUPS[0])}/members/.*"
    refused = {"error": {"code": "Authorization_RequestDenied", "message": "no"}}
    for method, pattern in (("POST", path), ("DELETE", undo)):
        fault = {"method": method, "path": pattern, "status": 403, "times": 1, "body": refused}
        desk.control("POST", "/faults", body=fault)
    try:
        done = closed(desk, case_id)
    finally:
        desk.control("DELETE", "/faults")
    assert "rollback.failed" in codes(done)
    (raised,) = [one for one in done["events"] if one["code"] == "alert.raised"]
    assert raised["data"]["kind"] == "rollback_failed"
    people = [one["userPrincipalName"] for one in _users(desk)]
    texts = [json.dumps(one["activity"]) for person in people for one in desk.messages(person)]
    assert len([one for one in texts if "Remit raised an alert" in one and case_id in one]) >= 1
    assert '"metric": "remit.alert"' in (stack.plan.state / "devhost.log").read_text()


def test_a_drill_on_the_running_stack_says_whether_it_measured_anything_and_leaves_it_running(
    desk: Desk, tenant: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [file(desk, "I forgot my password, please reset it.", person) for person in FORGETFUL]
    capsys.readouterr()
    code = main(["drill", *tenant, "--json", *WHO])
    found = json.loads(capsys.readouterr().out)
    # How far the cases are when the order comes is up to the machine; a drill that met none at work must not pass.
    assert code == (1 if to_do(found) else 0) and found["begun_after"] == 0
    assert found["cases"] or "nothing was measured" in to_do(found)[0]
    for case_id in cases:
        closed(desk, case_id)
    main(["state", "--json"])
    logged = json.loads(capsys.readouterr().out)["tenants"][tenant[1]]
    assert logged["control"]["state"] == "running"
    assert [one["code"] for one in logged["log"]][-3:] == ["control.paused", "control.drilled", "control.resumed"]


def _is_asked(case: dict[str, Any]) -> bool:
    return bool(case["approval"] and case["approval"]["is_asked"])


def _users(desk: Desk) -> list[dict[str, Any]]:
    (tenant,) = desk.control("GET", "/state")["tenants"].values()
    return list(tenant["directory"]["users"].values())
