"""Starting and stopping: certificates, ports, the ready line, and what stops a start."""

import json
import socket
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from simulator import ca
from simulator.__main__ import main
from simulator.server import Options, Simulator

ROOT = Path(__file__).parents[2]
TENANT_FILE = ROOT / "samples" / "tenant.json"


def test_the_ready_line_names_every_site_and_who_is_who(world: Any) -> None:
    names = {"ca", "entra", "graph", "connector", "connector_openid", "itsm", "slack", "msi", "msi_header"}
    names |= {"control", "vaults", "tenants", "app_id", "identity_client_id", "bot_app_id"}
    assert names <= set(world.ready)
    assert all("://localhost:" in world.ready[name] for name in ("entra", "graph", "connector", "itsm"))
    assert all("http://127.0.0.1:" in world.ready[name] for name in ("msi", "control"))


def test_private_keys_are_readable_by_their_owner_only(world: Any) -> None:
    keys = list(Path(world.ready["ca"]).parent.glob("*.key"))
    assert len(keys) == 4
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_the_certificate_passes_the_strict_check_of_newer_pythons(world: Any) -> None:
    context = ssl.create_default_context(cafile=world.ready["ca"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    host, port = world.ready["entra"].removeprefix("https://").split(":")
    with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain, server_hostname=host):
        pass


def test_a_certificate_about_to_expire_is_made_anew_and_a_fresh_one_is_kept(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = x509.load_pem_x509_certificate(ca.ensure(tmp_path, now=now).ca.read_bytes())
    kept = x509.load_pem_x509_certificate(ca.ensure(tmp_path, now=now + timedelta(days=80)).ca.read_bytes())
    renewed = x509.load_pem_x509_certificate(ca.ensure(tmp_path, now=now + timedelta(days=89)).ca.read_bytes())
    assert first.serial_number == kept.serial_number != renewed.serial_number


async def test_tokens_stay_valid_over_a_restart(tmp_path: Path) -> None:
    options = Options(tenants=[TENANT_FILE], state_dir=tmp_path)
    async with Simulator(options) as before:
        token = before.cloud.keys.entra.sign({"aud": "x", "exp": before.cloud.clock.unix() + 60})
    async with Simulator(options) as after:
        assert after.cloud.verifier.claims(token, frozenset({"x"}), now=after.cloud.clock.unix())["aud"] == "x"


async def test_a_taken_port_stops_the_start_and_leaves_nothing_listening(tmp_path: Path, capsys: Any) -> None:
    async with Simulator(Options(tenants=[TENANT_FILE], state_dir=tmp_path)) as first:
        port = first.cloud.addresses.control.rpartition(":")[2]
        command = [sys.executable, "-m", "simulator", "--tenant", str(TENANT_FILE), "--state-dir", str(tmp_path)]
        done = subprocess.run(
            [*command, "--ports", f"control={port}"], capture_output=True, text=True, cwd=ROOT, timeout=30, check=False
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot listen" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--ports", "graph=x"], "--ports"),
        (["--ports", "nowhere=1"], "--ports"),
        (["--bot-endpoint", "https://bot.example/api"], "loopback"),
        (["--tenant", "/nowhere.json"], "tenant file"),
    ],
)
def test_a_wrong_option_is_named_and_ends_with_code_2(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: Any
) -> None:
    code = main(["--tenant", str(TENANT_FILE), "--state-dir", str(tmp_path), *arguments])
    assert code == 2
    assert complaint in capsys.readouterr().err


async def test_two_tenants_have_their_own_vaults_and_directories(tmp_path: Path) -> None:
    other = json.loads(TENANT_FILE.read_text())
    other["organization"]["id"] = "0161082C-0000-4000-8000-000000000002"
    (tmp_path / "other.json").write_text(json.dumps(other))
    options = Options(tenants=[TENANT_FILE, tmp_path / "other.json"], state_dir=tmp_path)
    async with Simulator(options) as running:
        tenants = running.ready["tenants"]
        assert tenants[1] == "0161082c-0000-4000-8000-000000000002"
        assert len(set(running.ready["vaults"].values())) == 2
        first, second = (running.cloud.tenants[one] for one in tenants)
        next(iter(first.directory.users.values()))["department"] = "elsewhere"
        assert next(iter(second.directory.users.values()))["department"] == "Executive"
