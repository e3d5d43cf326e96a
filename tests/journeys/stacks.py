"""Local stacks for tests: where they are told to keep their state, and what of them can be seen from outside."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from devhost.stack import LocalStack, Plan

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


def plan(state: Path, *, tenant: Path = SAMPLES / "tenant.json", policies: Path = SAMPLES / "policy") -> Plan:
    """A stack that keeps everything in `state`; `policies` is a folder of documents."""
    return Plan(root=ROOT, state=state, tenant=tenant, policies=tuple(sorted(policies.glob("*.yaml"))))


@contextmanager
def local_stack(state: Path, **given: Path) -> Iterator[LocalStack]:
    """Start a stack, and stop it at the end."""
    with LocalStack(plan(state, **given), progress=lambda _: None) as running:
        running.start().close()
        yield running


def processes_of(folder: Path) -> list[str]:
    """The command lines of all processes that name `folder`, as everything that a stack starts does."""
    # `-ww` keeps long lines whole, whatever width of terminal the environment claims.
    listed = subprocess.run(["ps", "-Aww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line and not line.startswith("ps ")]


def ports_of(running: LocalStack) -> set[int]:
    """Every port that a running stack listens on, as it says itself."""
    addresses = [running.url, *_texts(dict(running.cloud)), *re.findall(r"http://[^;]+", running.storage)]
    return {port for one in addresses if (port := urlsplit(one).port)}


def is_listening(port: int) -> bool:
    """Whether anybody takes connections there."""
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, dict):
        for value in found.values():
            yield from _texts(value)
    elif isinstance(found, str) and "://" in found:
        yield found
