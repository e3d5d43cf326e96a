"""A whole local stack: where secrets are, what its logs agree on, and that it comes, restarts and goes whole."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from agent.storage.provision import QUEUES, TABLES
from devhost.desk import Desk, Ticket
from devhost.errors import DevhostError
from devhost.journey import Played, play, read_journey
from devhost.stack import LocalStack
from policy import PolicyError
from tests.journeys import tenants
from tests.journeys.stacks import SAMPLES, is_listening, local_stack, plan, ports_of, processes_of
from tests.journeys.traces import places, traces

PETRA, MONA = "petra.lowe@quillmere.example", "mona.vasey@quillmere.example"


def told(name: str, desk: Desk) -> Played:
    (file,) = (SAMPLES / "journeys").glob(f"*-{name}.yaml")
    return play(read_journey(file), desk, watch=lambda _case_id, _case: None)


def ask(desk: Desk, requester: str, text: str) -> str:
    return desk.file(Ticket(f"ST-{uuid4().hex[:8]}", requester, summary="Request", description=text))


def until_asked(desk: Desk, case_id: str) -> dict[str, Any]:
    return desk.wait(case_id, until=lambda one: bool(one["approval"] and one["approval"]["is_asked"]), seconds=60)


def until_closed(desk: Desk, case_id: str) -> dict[str, Any]:
    return desk.wait(case_id, until=lambda one: one["stage"] == "closed", seconds=60)


def _is_password(word: str) -> bool:
    kinds = [str.isupper, str.islower, str.isdigit, lambda one: not one.isalnum()]
    return all(any(kind(one) for one in word) for kind in kinds) and not set(word) & set("IOlo01")


@pytest.fixture(scope="module")
def reset(desk: Desk) -> Played:
    """The story of the own password."""
    return told("automatic", desk)


@pytest.fixture(scope="module")
def undone(desk: Desk) -> Played:
    """The story of two group writes, the second of which fails: three writes in all."""
    return told("rolled-back", desk)


@pytest.fixture(scope="module")
def secret(reset: Played, desk: Desk) -> str:
    """The password in the newest message of the requester that shows one."""
    shown = [json.dumps(one["activity"]) for one in desk.messages(reset.case["requester"])]
    newest = next(one for one in reversed(shown) if "This is shown once" in one)
    (found,) = {word for word in re.findall(r"[A-Za-z0-9_+=!?%-]{24}", newest) if _is_password(word)}
    return found


def writes_of(played: Played, desk: Desk) -> list[dict[str, Any]]:
    """The Graph writes of a case as the simulated cloud saw them."""
    ids = {one["client_request_id"] for one in played.case["writes"]}
    return [one for one in desk.control("GET", "/writes")["writes"] if one["client_request_id"] in ids]


class TestSecrets:
    def test_a_generated_password_is_nowhere_but_in_the_persons_own_teams_message(
        self, stack: LocalStack, desk: Desk, reset: Played, secret: str
    ) -> None:
        found = traces(stack, desk)
        assert {f"table {name}" for name in TABLES} <= set(found) and {f"queue {name}" for name in QUEUES} <= set(found)
        assert {"file devhost.log", "file simulator.log"} <= set(found)
        # The search finds what is there: the case by its id, the write by its request id, the ticket by its own.
        assert {"table cases", "table index", "table deliveries"} <= set(places(found, reset.case["id"]))
        assert "/writes" in places(found, reset.case["writes"][0]["client_request_id"])
        assert "tickets" in places(found, reset.ticket_id)
        assert places(found, secret) == []

    def test_nobody_else_was_told_it(self, desk: Desk, reset: Played, secret: str) -> None:
        (tenant,) = desk.control("GET", "/state")["tenants"].values()
        others = [one["userPrincipalName"] for one in tenant["directory"]["users"].values()]
        others.remove(reset.case["requester"])
        assert [name for name in others if secret in json.dumps(desk.messages(name))] == []

    def test_it_is_on_no_page_of_the_case(self, stack: LocalStack, reset: Played, secret: str) -> None:
        for accept in ("application/json", "text/html"):
            headers = {"x-functions-key": stack.key, "accept": accept}
            page = httpx.get(f"{stack.url}/api/cases/{reset.case['id']}", headers=headers).text
            assert reset.case["id"] in page and secret not in page

    def test_the_secrets_of_the_vault_leave_it_for_no_table_queue_or_log(self, stack: LocalStack, desk: Desk) -> None:
        found = traces(stack, desk)
        assert places(found, stack.webhook_secret.removeprefix("whsec_")) == []
        assert places(found, stack.key) == []

    def test_the_key_of_a_sealed_secret_is_gone_when_its_case_closed(
        self, stack: LocalStack, desk: Desk, reset: Played
    ) -> None:
        rows = [line for line in traces(stack, desk)["table cases"].splitlines() if reset.case["id"] in line]
        (tried,) = [row for row in rows if "sealed_secret" in row]
        assert '"sealed_secret":""' in tried
        # What an attempt held is still there, encrypted with the case's own key, which stood in one place only.
        assert [row for row in rows if "'key':" in row] == []


class TestWorkingFacts:
    def test_what_a_case_knows_stands_readable_nowhere_before_or_after_it_closed(
        self, stack: LocalStack, desk: Desk
    ) -> None:
        wish = "Please add me to the group QG-Finance-Ledger, my cat Mrs Whiskerby needs it."
        case_id = ask(desk, PETRA, wish)
        waiting = until_asked(desk, case_id)
        # The agent knows all of it: the ticket's text, the names of people and group, what was looked up.
        known = ["Mrs Whiskerby", "Petra Lowe", "Mona Vasey", MONA, "QG-Finance-Ledger"]
        assert waiting["text"] == wish and "QG-Finance-Ledger" in json.dumps(waiting["plan"])
        assert kept_readable(stack, desk, known) == {}
        assert desk.click(MONA, "refuse", inputs={"reason": "Not before the audit."})["body"]["statusCode"] == 200
        closed = until_closed(desk, case_id)
        assert closed["outcome"] == "refused" and closed["text"] == ""
        assert kept_readable(stack, desk, known) == {}


def kept_readable(stack: LocalStack, desk: Desk, words: list[str]) -> dict[str, list[str]]:
    """Where words stand in what the product itself wrote down; a queue, a table or a log must hold none of them."""
    found = {place: text for place, text in traces(stack, desk).items() if place.split()[0] in ("table", "queue")}
    log = stack.plan.state / "devhost.log"
    found["devhost.log"] = log.read_text(encoding="utf-8", errors="replace")
    assert found.get("table cases")
    return {word: where for word in words if (where := places(found, word))}


class TestLogs:
    def test_every_write_in_graph_is_one_attempt_in_the_log_with_the_same_request_id(
        self, desk: Desk, undone: Played
    ) -> None:
        attempted = {
            one["data"]["client_request_id"]: f"{one['data']['method']} {one['data']['path']}"
            for one in undone.case["events"]
            if one["code"] == "write.attempted"
        }
        writes = writes_of(undone, desk)
        assert attempted == {one["client_request_id"]: f"{one['method']} {one['path'][5:]}" for one in writes}
        assert len(writes) == len(undone.writes) == len(attempted) == 3

    def test_the_answers_in_the_log_name_graphs_own_request_ids(self, desk: Desk, undone: Played) -> None:
        answered = [one["data"]["request_id"] for one in undone.case["events"] if one["code"] == "write.answered"]
        assert answered == [one["request_id"] for one in writes_of(undone, desk) if one["applied"]]

    def test_the_tenants_own_audit_names_our_app_for_every_change(
        self, desk: Desk, reset: Played, undone: Played
    ) -> None:
        product = desk.control("POST", "/apps", body={})
        entries = desk.control("GET", "/audits")["audits"]
        assert {one["initiatedBy"]["app"]["servicePrincipalId"] for one in entries} == {product["object_id"]}
        names = [one["activityDisplayName"] for one in entries]
        assert {"Add member to group", "Remove member from group"} <= set(names)
        assert any("password" in name for name in names)

    def test_every_applied_write_is_in_the_tenants_own_audit(self, desk: Desk, undone: Played) -> None:
        applied = [one for one in writes_of(undone, desk) if one["applied"]]
        targets = [
            {target["id"] for target in one["targetResources"]} for one in desk.control("GET", "/audits")["audits"]
        ]
        assert len(applied) == 2
        for one in applied:
            assert any(one["path"].split("/")[3] in found for found in targets)

    def test_graph_is_written_to_by_nobody_else(self, desk: Desk, reset: Played, undone: Played) -> None:
        product = desk.control("POST", "/apps", body={})
        writes = desk.control("GET", "/writes")["writes"]
        assert {one["app"] for one in writes if one["applied"]} == {product["app_id"]}


class TestComingAndGoing:
    def test_a_restart_in_the_middle_of_a_waiting_approval_loses_nothing(self, stack: LocalStack, desk: Desk) -> None:
        case_id = ask(desk, "petra.lowe@quillmere.example", "Please add me to the group QG-Finance-Ledger.")
        waiting = until_asked(desk, case_id)
        stack.restart_host()
        assert desk.case(case_id) == waiting
        assert desk.click(MONA, "approve")["body"]["statusCode"] == 200
        closed = until_closed(desk, case_id)
        assert closed["outcome"] == "resolved" and desk.is_member(PETRA, "QG-Finance-Ledger")
        assert closed["events"][: len(waiting["events"])] == waiting["events"]

    def test_stopping_leaves_no_process_and_no_open_port(self, tmp_path: Path) -> None:
        with local_stack(tmp_path) as running:
            ports = ports_of(running)
            assert len(processes_of(tmp_path)) >= 3 and len(ports) >= 8
            assert all(is_listening(port) for port in ports)
        assert processes_of(tmp_path) == []
        assert [port for port in ports if is_listening(port)] == []

    def test_a_start_that_fails_half_way_leaves_nothing_either(self, tmp_path: Path) -> None:
        folder = tmp_path / "policy"
        folder.mkdir()
        (folder / "broken.yaml").write_text("layer: nonsense\n")
        with pytest.raises((PolicyError, DevhostError)), local_stack(tmp_path / "state", policies=folder):
            pass
        assert (tmp_path / "state" / "simulator.log").exists()
        assert processes_of(tmp_path) == []

    def test_stopping_twice_is_harmless(self, tmp_path: Path) -> None:
        never_started = LocalStack(plan(tmp_path), progress=lambda _: None)
        never_started.stop()
        never_started.stop()


def test_a_tenant_that_nobody_prepared_for_is_served_by_its_own_policy(tmp_path: Path) -> None:
    tenant, policies = tenants.written(tmp_path, tenants.awkward()), tenants.policy_folder(tmp_path)
    with local_stack(tmp_path / "state", tenant=tenant, policies=policies) as running:
        desk = Desk(running.address)
        try:
            reset = until_closed(desk, ask(desk, tenants.ASKER, "I forgot my password, please reset it."))
            joining = ask(desk, tenants.ASKER, f"Please add me to the group {tenants.GROUP}.")
            until_asked(desk, joining)
            assert desk.click(tenants.OWNER, "approve")["body"]["statusCode"] == 200
            joined = until_closed(desk, joining)
            assert (reset["outcome"], joined["outcome"]) == ("resolved", "resolved")
            assert reset["tenant_id"] == joined["tenant_id"] == tenants.TENANT.lower()
            assert desk.is_member(tenants.ASKER, tenants.GROUP)
            assert "This is shown once" in json.dumps(desk.messages(tenants.ASKER))
        finally:
            desk.close()
