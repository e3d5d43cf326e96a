"""The host's own pages, through a running host."""

from tests.devhost.conftest import StartHost
from tests.devhost.host_process import HostProcess, until

JSON = {"Content-Type": "application/json"}
MASTER = {**JSON, "x-functions-key": "xyz"}


def test_health_and_status_answer_with_json(host: HostProcess) -> None:
    host.request("/api/echo")
    health = host.request("/admin/health").json()
    assert health["status"] == "ok"
    assert health["functions"]["echo"]["succeeded"] >= 1
    assert host.request("/admin/host/status").json()["state"] == "Running"


def test_a_timer_can_be_run_by_hand_with_the_master_key(host: HostProcess) -> None:
    before = len(host.journal("tick"))
    assert host.request("/admin/functions/tick", "POST", body="{}", headers=MASTER).status == 202
    until(lambda: len(host.journal("tick")) == before + 1)


def test_a_queue_function_can_be_run_by_hand_with_a_text(host: HostProcess) -> None:
    assert host.request("/admin/functions/work", "POST", body='{"input": "by hand"}', headers=MASTER).status == 202
    host.until_journal("work", text="by hand")


def test_the_admin_pages_want_the_master_key_when_there_is_one(host: HostProcess) -> None:
    for headers in (JSON, {**JSON, "x-functions-key": "abc"}):
        assert host.request("/admin/functions/tick", "POST", body="{}", headers=headers).status == 401
        assert host.request("/admin/functions", headers=headers).status == 401
    names = [each["name"] for each in host.request("/admin/functions", headers=MASTER).json()]
    assert names == host.functions


def test_without_a_master_key_loopback_is_enough_but_a_foreign_host_name_is_not(keyless_host: HostProcess) -> None:
    assert keyless_host.request("/admin/functions/tick", "POST", body="{}", headers=JSON).status == 202
    rebound = {**JSON, "Host": "attacker.example"}
    assert keyless_host.request("/admin/functions/tick", "POST", body="{}", headers=rebound).status == 401


def test_a_hand_made_call_must_be_json_and_name_a_function_with_an_input(host: HostProcess) -> None:
    plain = {**MASTER, "Content-Type": "text/plain"}
    assert host.request("/admin/functions/tick", "POST", body="{}", headers=plain).status == 415
    assert host.request("/admin/functions/none", "POST", body="{}", headers=MASTER).status == 404
    assert host.request("/admin/functions/tick", "POST", body="[]", headers=MASTER).status == 400
    assert host.request("/admin/functions/echo", "POST", body="{}", headers=MASTER).status == 400


def test_no_function_can_take_a_path_below_admin(start_host: StartHost) -> None:
    rootless = start_host(AzureFunctionsJobHost__extensions__http__routePrefix="")
    assert rootless.request("/echo/me").status == 200
    assert rootless.request("/admin").status == 404
    assert rootless.request("/admin/other").status == 404
