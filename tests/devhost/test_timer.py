"""Timers through running hosts."""

import json
from pathlib import Path

from tests.devhost.conftest import StartHost
from tests.devhost.host_process import NEVER, HostProcess

EVERY_SECOND = "* * * * * *"


def _store_status(folder: Path, *, last: str, next_due: str) -> None:
    folder.mkdir()
    status = {"Last": last, "Next": next_due, "LastUpdated": last}
    (folder / "tick.timer.json").write_text(json.dumps(status))


def test_a_timer_runs_at_each_occurrence_once(start_host: StartHost) -> None:
    host = start_host(TICK_SCHEDULE=EVERY_SECOND)
    ticks = host.until_journal("tick", 3)
    seconds = [int(tick["at"]) for tick in ticks]
    assert seconds == sorted(set(seconds))
    assert [tick["past_due"] for tick in ticks[:3]] == [False] * 3


def test_run_on_startup_runs_at_once_and_is_not_past_due(keyless_host: HostProcess) -> None:
    host = keyless_host
    assert [entry["past_due"] for entry in host.until_journal("startup")] == [False]


def test_a_missed_occurrence_runs_at_once_as_past_due(start_host: StartHost, tmp_path: Path) -> None:
    state = tmp_path / "state"
    _store_status(state, last="2020-06-01T00:00:00+00:00", next_due="2021-01-01T00:00:00+00:00")
    host = start_host("--state", str(state), TICK_SCHEDULE=NEVER)
    tick = host.until_journal("tick")[0]
    assert tick["past_due"] is True
    assert tick["status"]["Next"] == "2021-01-01T00:00:00+00:00"
    host.stop()
    again = start_host("--state", str(state), TICK_SCHEDULE=NEVER)
    again.until_journal("startup")
    assert again.journal("tick") == []


def test_an_edited_schedule_is_not_past_due(start_host: StartHost, tmp_path: Path) -> None:
    state = tmp_path / "state"
    _store_status(state, last="2020-06-01T00:00:00+00:00", next_due="2020-06-02T00:00:00+00:00")
    host = start_host("--state", str(state), TICK_SCHEDULE=NEVER)
    host.until_journal("startup")
    assert host.journal("tick") == []


def test_only_one_of_two_processes_runs_a_timer_and_the_other_takes_over(start_host: StartHost, tmp_path: Path) -> None:
    shared = {"SAMPLE_JOURNAL": str(tmp_path / "journal"), "TICK_SCHEDULE": EVERY_SECOND}
    first = start_host("--state", str(tmp_path / "state"), **shared)
    first.until_journal("tick")
    second = start_host("--state", str(tmp_path / "state"), **shared)
    first.until_journal("tick", len(first.journal("tick")) + 2)
    assert first.journal("tick", pid=second.process.pid) == []
    first.process.kill()
    first.wait()
    second.until_journal("tick", pid=second.process.pid)


def test_a_disabled_function_does_not_run_and_is_not_served(start_host: StartHost) -> None:
    host = start_host(**{"AzureWebJobs.startup.Disabled": "true", "AzureWebJobs__echo__Disabled": "1"})
    assert "startup" not in host.functions
    assert host.request("/api/echo").status == 404
    assert host.request("/api/boom").status == 500
    assert host.journal("startup") == []
