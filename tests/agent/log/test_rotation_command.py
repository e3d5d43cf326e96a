"""`python -m agent log rotate`: what an operator sees of a change of the key, and what verifiers then say."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.command import log as command
from agent.command.log_source import LogSource
from agent.command.main import main
from agent.log_ports import LogKeys
from tests.agent.log.house import House
from tests.conformance.memory_log import key_of
from tests.conformance.samples import TENANT
from tests.house.documents import ROOT

FIRST, SECOND = key_of(TENANT).public_key, key_of(f"{TENANT}, 2").public_key
VAULT = "https://kv.example"

# What was printed for people, what went wrong, and how it ended.
Told = tuple[str, str, int]


@pytest.fixture
async def house() -> House:
    house = House()
    await house.open()
    await house.sealer.run()
    return house


@pytest.fixture
def ask(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """The command over a house's storage and keys, where it would open those of Azure."""

    @asynccontextmanager
    async def log() -> AsyncIterator[LogSource]:
        yield LogSource(house.logs, house.archive)

    @asynccontextmanager
    async def keys(tenant_id: str, vault_url: str) -> AsyncIterator[LogKeys]:
        assert (tenant_id, vault_url) == (TENANT, VAULT)
        yield house.keys

    monkeypatch.setattr(command, "open_log", log)
    monkeypatch.setattr(command, "open_keys", keys)

    def asked(*words: object) -> Told:
        capsys.readouterr()
        code = main(["log", *map(str, words)])
        said = capsys.readouterr()
        return said.out, said.err, code

    return asked


def rotate(ask: Callable[..., Told], *words: str) -> Told:
    return ask("rotate", "--tenant", TENANT, "--vault", VAULT, *words)


def verified(ask: Callable[..., Told], file: Path, *keys: str) -> tuple[str, str]:
    """What the command and the script say of a file, which must end in the same way."""
    words = [word for key in keys for word in ("--key", key)]
    said, _, code = ask("verify", file, *words)
    alone = [sys.executable, "-I", "-S", str(ROOT / "verify_log.py"), str(file), *words]
    done = subprocess.run(alone, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, (said, done.stdout)
    return said, done.stdout


def test_a_key_is_handed_over_and_its_successor_is_told(ask: Callable[..., Told], tmp_path: Path) -> None:
    said, _, code = rotate(ask, "--json")
    found = json.loads(said)
    assert code == 0 and (found["old_key"], found["public_key"]) == (FIRST, SECOND)
    assert not found["is_new_beginning"] and found["checkpoint"]["number"] == 3
    assert json.loads(ask("key", "--tenant", TENANT, "--json")[0])["public_key"] == SECOND
    file = tmp_path / "log.jsonl"
    ask("export", file, "--tenant", TENANT)
    for keys in ((), (FIRST,), (SECOND,)):
        for words in verified(ask, file, *keys):
            assert "everything holds" in words and FIRST in words and SECOND in words
            assert "NEW" not in words and ("NOT PROVEN" in words) is not bool(keys)


def test_a_lost_key_is_begun_anew_only_on_demand_and_shows_ever_after(
    house: House, ask: Callable[..., Told], tmp_path: Path
) -> None:
    assert rotate(ask, "--lost")[2] == 2, "the key is there"
    house.keys.lost_tenants.add(TENANT)
    _, problem, code = rotate(ask)
    assert code == 2 and "cannot be had" in problem
    said, _, code = rotate(ask, "--lost")
    assert code == 0 and "begins anew" in said and SECOND in said
    file = tmp_path / "log.jsonl"
    ask("export", file, "--tenant", TENANT)
    for keys in ((), (FIRST,)):
        for words in verified(ask, file, *keys):
            assert "begins anew at checkpoint" in words and "everything holds" not in words
    for words in verified(ask, file, FIRST, SECOND):
        assert "everything holds" in words and "A NEW" in words, (
            "it holds for whoever was told, and is shown all the same"
        )


def test_no_private_key_is_shown(house: House, ask: Callable[..., Told]) -> None:
    said = "".join(map(str, (*rotate(ask), *rotate(ask, "--json"), *ask("key", "--tenant", TENANT))))
    for name in (TENANT, f"{TENANT}, 2", f"{TENANT}, 3"):
        assert key_of(name)._private.private_bytes_raw().hex() not in said


def test_where_nothing_is_sealed_there_is_nothing_to_replace(house: House, ask: Callable[..., Told]) -> None:
    house.archive.blocks.clear()
    for words in ((), ("--lost",)):
        _, problem, code = rotate(ask, *words)
        assert code == 2 and "is sealed yet" in problem
