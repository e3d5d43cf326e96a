"""When the host refuses to start: production marks, foreign storage, broken settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from devhost.app_settings import apply_settings, is_disabled, parse_assignments, read_values, resolve_names
from devhost.errors import AppError, StartError
from devhost.production_guard import connection_string, emulator_connection_string, is_loopback, refuse_production
from tests.devhost.host_process import REPOSITORY, SAMPLE_APP, HostProcess, launch

EMULATOR = emulator_connection_string(blob_port=1, queue_port=2, table_port=3)
AZURE = "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"
FOREIGN = EMULATOR.replace("QueueEndpoint=http://127.0.0.1", "QueueEndpoint=http://10.0.0.5")
HALF_FOREIGN = EMULATOR.replace("TableEndpoint=http://127.0.0.1", "TableEndpoint=https://real.table.example")
NO_URL = EMULATOR.replace("TableEndpoint=http://127.0.0.1", "TableEndpoint=http://[127.0.0.1")
# Where an endpoint is missing, the SDKs make its address in Azure of the account's name.
QUEUE_ONLY = (
    "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=c2VjcmV0;"
    "QueueEndpoint=http://127.0.0.1:10001/x;EndpointSuffix=core.windows.net"
)


@pytest.mark.parametrize("mark", ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "FUNCTIONS_EXTENSION_VERSION"])
def test_a_production_mark_in_the_environment_is_refused(mark: str) -> None:
    with pytest.raises(StartError, match=f"`{mark}` is set"):
        refuse_production({mark: ""})


@pytest.mark.parametrize("storage", [AZURE, FOREIGN, HALF_FOREIGN, NO_URL, QUEUE_ONLY])
def test_storage_that_is_not_on_loopback_is_refused_without_repeating_it(storage: str) -> None:
    with pytest.raises(StartError, match="AzureWebJobsStorage") as refusal:
        refuse_production({"AzureWebJobsStorage": storage})
    assert "Key" not in str(refusal.value) and "real" not in str(refusal.value)


@pytest.mark.parametrize("service", ["Blob", "Queue", "Table"])
def test_every_service_of_an_emulator_is_named_once_and_by_its_own_name(service: str) -> None:
    missing = EMULATOR.replace(f"{service}Endpoint=", f" {service}Endpoint=")
    twice = f"{EMULATOR}{service.lower()}endpoint=https://real.example;"
    for storage, told in ((missing, f"has no `{service}Endpoint`"), (twice, "names something twice")):
        with pytest.raises(StartError, match=told):
            refuse_production({"AzureWebJobsStorage": storage})


def test_an_emulator_has_no_endpoint_suffix() -> None:
    with pytest.raises(StartError, match="has an `EndpointSuffix`"):
        refuse_production({"AzureWebJobsStorage": f"{EMULATOR}EndpointSuffix=core.windows.net"})


def test_storage_by_identity_is_refused() -> None:
    with pytest.raises(StartError, match="asks for storage by identity"):
        refuse_production({"AzureWebJobsStorage__accountName": "real"})


def test_an_emulator_on_loopback_is_accepted_by_either_name() -> None:
    refuse_production({"AzureWebJobsStorage": EMULATOR})
    assert connection_string("Own", {"AzureWebJobsOwn": EMULATOR}) == EMULATOR
    assert "QueueEndpoint=http://127.0.0.1:10001/" in connection_string("C", {"C": "UseDevelopmentStorage=true"})


def test_an_absent_connection_is_refused() -> None:
    with pytest.raises(StartError, match="`Own` is not set"):
        connection_string("Own", {})


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("localhost", True),
        ("x.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.example", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_loopback(name: str, verdict: bool) -> None:
    assert is_loopback(name) is verdict


@pytest.mark.parametrize(
    "settings",
    [
        {"AzureWebJobsStorage": AZURE},
        {"AzureWebJobsStorage": EMULATOR, "WEBSITE_SITE_NAME": "x"},
        {},
        {"AzureWebJobsStorage": EMULATOR, "PREFIX": "p-"},
        {
            "AzureWebJobsStorage": EMULATOR,
            "PREFIX": "p-",
            "TICK_SCHEDULE": "0 0 * * * *",
            "AzureFunctionsJobHost__extensions__queues__batchSize": "33",
        },
    ],
)
def test_a_refused_start_exits_2_with_one_sentence_and_no_ready_line(tmp_path: Path, settings: dict[str, str]) -> None:
    process = launch(tmp_path, ["--port", "0"], settings=settings)
    out, _ = process.communicate(timeout=20)
    lines = (tmp_path / "stderr").read_text().splitlines()
    assert (process.returncode, out) == (2, "")
    assert len(lines) == 2
    assert lines[0] == "devhost: a development host for one machine; it must not be used in production"
    assert lines[1].startswith("devhost: ")


def test_the_warning_is_one_line_and_comes_before_anything_else(host: HostProcess) -> None:
    assert host.stderr.splitlines()[0].endswith("it must not be used in production")


def test_a_taken_port_is_refused(host: HostProcess, tmp_path: Path) -> None:
    process = launch(tmp_path, ["--port", str(host.port)], settings=host.settings)
    assert process.communicate(timeout=20)[0] == ""
    assert process.returncode == 2
    assert f"port {host.port} on 127.0.0.1 cannot be used" in (tmp_path / "stderr").read_text()


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"IsEncrypted": false, "Values": {"A": "file", "B": "file", "C": "file"}}')
    environ = {"A": "environment", "B": "environment"}
    apply_settings(environ, read_values(file), overrides=parse_assignments(["A=line=1"]))
    assert environ == {"A": "line=1", "B": "environment", "C": "file"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Values": {"A": 1}}'])
def test_a_settings_file_that_is_not_understood_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    with pytest.raises(StartError, match=r"settings file `settings\.json`"):
        read_values(file)


def test_a_setting_without_a_name_is_refused_without_repeating_it() -> None:
    with pytest.raises(StartError) as refusal:
        parse_assignments(["s3cret"])
    assert "s3cret" not in str(refusal.value)


def test_a_percent_name_is_resolved_and_an_absent_one_refused() -> None:
    assert resolve_names("%A%-%B%", {"A": "x", "B": "y"}) == "x-y"
    with pytest.raises(AppError, match="set `NONE`"):
        resolve_names("%NONE%", {})


def test_only_true_disables_a_function() -> None:
    assert is_disabled("sweep", {"AzureWebJobs.Sweep.Disabled": "True"})
    assert not is_disabled("sweep", {"AzureWebJobs.sweep.Disabled": "false", "AzureWebJobs.other.Disabled": "true"})


def test_the_ready_line_names_port_and_functions(host: HostProcess) -> None:
    assert host.port > 0
    assert host.functions == sorted(host.functions, key=str.lower)
    assert {"echo", "work", "tick"} <= set(host.functions)


def test_help_needs_no_app() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devhost", "--help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert "--queue-visibility" in done.stdout
    assert SAMPLE_APP.name not in done.stdout
