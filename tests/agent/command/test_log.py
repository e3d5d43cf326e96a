"""`python -m agent log` over a real storage emulator: what is exported verifies, what was altered does not."""

import asyncio
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import UpdateMode

from agent.command.main import main
from agent.log.ocsf import CLASS_UID
from agent.log.sealing import Sealing
from agent.model.activity_event import EventCode
from agent.storage.archive import BlobArchive
from agent.storage.blob_connection import connect_blobs, provision_containers
from agent.storage.case_logs import TableCaseLogs
from agent.storage.cases import TableCaseStore
from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from agent.storage.controls import PARTITION, TableControls
from agent.storage.provision import provision
from agent.wiring import UtcClock
from tests.conformance.memory_log import MemoryLogKeys, key_of
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import SOON, case, event
from tests.house.documents import ROOT


async def without_orders(connections: StorageConnections) -> None:
    """Forget what other tests ordered the whole stack: that log is everybody's."""
    table = connections.tables.get_table_client("controls")
    async for row in table.query_entities(f"PartitionKey eq '{PARTITION}'"):
        if row["RowKey"].startswith(("state-stack", "ev-stack-")):
            await table.delete_entity(row["PartitionKey"], row["RowKey"])


@dataclass(frozen=True)
class Told:
    """How a command ended and what it printed."""

    code: int
    words: str
    errors: str

    @property
    def data(self) -> Any:
        return json.loads(self.words)


@dataclass
class Desk:
    """One tenant's cases in the emulator, a sealer, and the command."""

    account: str
    ask: Callable[..., Told]
    folder: Path
    tenant: str
    cases: list[str]

    def sealed(self, *, cases: int = 2, orders: bool = False) -> None:
        asyncio.run(self._sealed(cases, orders=orders))

    async def _sealed(self, count: int, *, orders: bool) -> None:
        connections = connect({CONNECTION_STRING: self.account}, None)
        await provision(connections)
        await without_orders(connections)
        async with connect_blobs({CONNECTION_STRING: self.account}, None) as blobs:
            await provision_containers(blobs)
            tables = connections.tables
            store = TableCaseStore(tables, sealer=MemorySealer(), payloads=MemoryPayloads())
            for _ in range(count):
                opened = case().model_copy(update={"id": uuid.uuid4().hex})
                entries = (event(EventCode.CASE_OPENED, tenant_id=self.tenant), event(why="a \u2028 b"))
                await store.create(opened, entries, due_at=SOON)
                self.cases.append(opened.id)
            if orders:
                await TableControls(tables).log("stack", "", event=event())

            async def alarm(*_: object) -> None:
                return None

            logs, archive = TableCaseLogs(tables), BlobArchive(blobs, tables)
            sealing = Sealing(
                logs, archive, keys=MemoryLogKeys(), tenant_ids=[self.tenant], clock=UtcClock(), alarm=alarm
            )
            await sealing.run()
        await connections.close()

    def alter(self, case_id: str, **changes: Any) -> None:
        async def work() -> None:
            connections = connect({CONNECTION_STRING: self.account}, None)
            row = {"PartitionKey": case_id, "RowKey": "ev000001", **changes}
            await connections.tables.get_table_client("cases").update_entity(row, mode=UpdateMode.MERGE)
            await connections.close()

        asyncio.run(work())

    def exported(self, *words: str) -> Path:
        file = self.folder / f"{uuid.uuid4()}.jsonl"
        told = self.ask("export", file, "--tenant", self.tenant, *words)
        assert told.code == 0, told.errors
        return file


@pytest.fixture
def desk(
    azurite_connection: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.setenv(CONNECTION_STRING, azurite_connection)

    def ask(*words: object) -> Told:
        capsys.readouterr()
        code = main(["log", *map(str, words)])
        said = capsys.readouterr()
        return Told(code, said.out, said.err)

    yield Desk(azurite_connection, ask, tmp_path, str(uuid.uuid4()), [])


def script(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(ROOT / "verify_log.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_an_export_verifies_with_the_key_that_is_told(desk: Desk) -> None:
    desk.sealed()
    told = desk.ask("key", "--tenant", desk.tenant, "--json").data
    assert told["public_key"] == key_of(desk.tenant).public_key
    file, digest = desk.exported(), told["checkpoint"]["digest"]
    given = (file, "--key", told["public_key"], "--checkpoint", digest)
    found = desk.ask("verify", *given, "--json")
    assert (found.code, found.data["holds"], found.data["newest"]["digest"]) == (0, True, digest)
    assert sorted(found.data["cases"]) == sorted(desk.cases)
    words = desk.ask("verify", *given).words
    assert "everything holds: 4 entries, 2 leaves, 1 checkpoints" in words and "NOT PROVEN" not in words
    alone = script(*given)
    assert alone.returncode == 0 and "everything holds" in alone.stdout and digest in alone.stdout


def test_without_a_key_both_say_aloud_that_it_is_the_files_own(desk: Desk) -> None:
    desk.sealed(cases=1)
    file = desk.exported()
    assert desk.ask("verify", file).code == script(file).returncode == 0
    for words in (desk.ask("verify", file).words, script(file).stdout):
        assert "NOT PROVEN" in words and key_of(desk.tenant).public_key in words


def test_an_entry_that_was_altered_in_storage_is_found_in_the_export(desk: Desk) -> None:
    desk.sealed()
    victim = desk.cases[0]
    desk.alter(victim, c00='{"code":"case.reasoned","at":"2026-03-04T05:06:07Z","data":{"why":"another"}}')
    file = desk.exported()
    found = desk.ask("verify", file, "--json")
    assert found.code == 1
    assert {name: one["problems"] for name, one in found.data["cases"].items()} == {victim: 1, desk.cases[1]: 0}
    alone = script(file)
    assert alone.returncode == 1 and victim in alone.stdout
    assert desk.ask("show", victim).code == 1 and "BROKEN" in desk.ask("show", victim).words
    assert desk.ask("show", desk.cases[1]).code == 0


def test_an_entry_that_is_no_json_any_more_is_exported_and_found(desk: Desk) -> None:
    desk.sealed(cases=1)
    desk.alter(desk.cases[0], c00='{"at": NaN, "n": 1.5')
    file = desk.exported()
    assert desk.ask("verify", file).code == script(file).returncode == 1
    assert "cannot be read" in desk.ask("show", desk.cases[0]).words
    assert len(desk.exported("--format", "ocsf").read_text().splitlines()) == 2


def test_one_case_is_exported_alone_with_all_that_was_sealed(desk: Desk) -> None:
    desk.sealed(cases=3)
    file = desk.exported("--case", desk.cases[1])
    found = desk.ask("verify", file, "--json").data
    assert list(found["cases"]) == [desk.cases[1]] and found["sealed_cases_not_in_the_file"] == 2
    assert found["leaves"] == 3 and script(file).returncode == 0


def test_a_case_is_shown_with_what_happened_and_what_is_sealed(desk: Desk) -> None:
    desk.sealed(cases=1)
    (case_id,) = desk.cases
    shown = desk.ask("show", case_id)
    assert shown.code == 0 and "case.opened" in shown.words and "2 entries, 2 of them sealed" in shown.words
    data = desk.ask("show", case_id, "--json").data
    assert [one["state"] for one in data["entries"]] == ["sealed", "sealed"]
    assert data["tenant"] == desk.tenant and data["entries"][1]["sentence"].startswith("Considered")


def test_a_siem_gets_one_line_an_entry(desk: Desk) -> None:
    desk.sealed()
    lines = desk.exported("--format", "ocsf").read_text(encoding="utf-8").split("\n")[:-1]
    events = [json.loads(line) for line in lines]
    assert [one["class_uid"] for one in events] == [CLASS_UID] * 4
    assert {one["metadata"]["tenant_uid"] for one in events} == {desk.tenant}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("export",),
        ("show", "nobody"),
        ("key", "--tenant", "nobody"),
        ("export", "{folder}/a", "--tenant", "t", "--case", "nobody"),
        ("export", "{folder}/none/a", "--tenant", "t"),
        ("verify", "{folder}/missing"),
        ("verify", "{folder}", "--key", "AA"),
    ],
)
def test_what_cannot_be_answered_ends_with_two(desk: Desk, words: tuple[str, ...]) -> None:
    told = desk.ask(*(one.format(folder=desk.folder) for one in words))
    assert told.code == 2 and told.errors and not told.words


def test_a_tenant_of_which_nothing_is_sealed_gets_no_file(desk: Desk) -> None:
    file = desk.folder / "of_nobody"
    for form in ("jsonl", "ocsf"):
        told = desk.ask("export", file, "--tenant", desk.tenant, "--format", form)
        assert told.code == 2 and "is sealed yet: check the id" in told.errors and not file.exists()


def test_the_log_of_the_stack_is_shown_as_one_tenant_has_it_sealed(desk: Desk) -> None:
    desk.sealed(cases=0, orders=True)
    alone = desk.ask("show", "stack")
    assert alone.code == 2 and "expected `--tenant ID` with `stack`" in alone.errors and not alone.words
    assert "1 entries, 1 of them sealed" in desk.ask("show", "stack", "--tenant", desk.tenant).words


def test_the_digest_is_to_be_kept_only_of_a_file_that_holds(desk: Desk) -> None:
    desk.sealed()
    file = desk.exported("--case", desk.cases[0])
    words = desk.ask("verify", file).words
    assert "keep this digest" in words and "1 sealed cases are not in this file; its header is not signed" in words
    file.write_bytes(file.read_bytes() + b"junk\n")
    words = desk.ask("verify", file).words
    assert "newest checkpoint: 1" in words and "keep this digest" not in words


def test_a_file_that_is_there_is_not_written_over(desk: Desk) -> None:
    desk.sealed(cases=0)
    file = desk.folder / "kept"
    file.write_text("mine")
    told = desk.ask("export", file, "--tenant", desk.tenant)
    assert told.code == 2 and "is there already" in told.errors and file.read_text() == "mine"


def test_storage_is_named_by_the_environment_and_never_elsewhere(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONNECTION_STRING)
    assert "expected storage" in desk.ask("show", "x").errors
    account = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"
    monkeypatch.setenv(CONNECTION_STRING, account)
    told = desk.ask("show", "x")
    assert told.code == 2 and "identity only" in told.errors and "c2VjcmV0" not in told.errors


def test_the_script_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    for words in ((tmp_path / "missing",), (tmp_path,), (tmp_path, "--key", "zz"), ()):
        done = script(*words)
        assert done.returncode == 2 and "Traceback" not in done.stderr
    empty, junk = tmp_path / "empty", tmp_path / "junk"
    empty.write_bytes(b"")
    junk.write_bytes(b"\xff\xfe\x00\n" + b"[" * 100_000 + b"\n")
    assert script(empty).returncode == script(junk).returncode == 1
