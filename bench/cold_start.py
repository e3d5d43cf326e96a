"""How cold the function app starts, against the naive way to write it: `python -m bench.cold_start`.

Each figure is the median of fresh processes, on a warm disk and with compiled modules. The peer is a function app
as one writes it first: every SDK of requirements.txt imported at module level and a GraphServiceClient made at
once. Exit 1 when importing `function_app` breaks its budget: fewer than 700 modules, none of the SDKs that belong
to a later moment, and at most 0.9 seconds on two cores.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Column, Table

from bench.cold_probe import HEAVY
from bench.errors import BenchError
from bench.verdict import verdict
from devhost.errors import StartError
from devhost.tenant_settings import app_settings, read_tenant

ROOT: Final = Path(__file__).parents[1]
PROBE: Final = Path(__file__).with_name("cold_probe.py")
MAX_SECONDS: Final = 0.9
MAX_MODULES: Final = 700
# Nothing of these may be loaded before the first request needs it.
FORBIDDEN: Final = tuple(name for name in HEAVY if name != "httpx")

_PROBE_TIMEOUT_SECONDS: Final = 60
# Addresses where nobody listens: an import, and building clients, must not call anybody.
_NOBODY: Final = "https://localhost:9"
_CLOUD: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("entra", "msi", "graph", "connector_openid", "connector", "itsm", "slack", "smtp"), _NOBODY),
    "msi_header": "none",
    "ca": "",
}
_STORAGE: Final = (
    "DefaultEndpointsProtocol=http;AccountName=local;AccountKey=bG9jYWw=;"
    "QueueEndpoint=http://127.0.0.1:9/local;TableEndpoint=http://127.0.0.1:9/local;"
)
NAIVE_APP: Final = '''\
"""A function app as one writes it first."""

import azure.functions as func
from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import ManagedIdentityCredential
from azure.keyvault.secrets.aio import SecretClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient
from msgraph import GraphServiceClient
from pydantic import BaseModel

app = func.FunctionApp()
identity = ManagedIdentityCredential()
graph = GraphServiceClient(credentials=identity, scopes=["https://graph.microsoft.com/.default"])


class Ticket(BaseModel):
    id: str


@app.route(route="hooks", methods=["POST"])
async def intake(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(Ticket.model_validate_json(req.get_body()).id)
'''


@dataclass(frozen=True, slots=True)
class Start:
    """What one way to start costs: median seconds and peak bytes, modules, and the heavy packages among them."""

    name: str
    seconds: float
    modules: int
    peak_bytes: int
    heavy: tuple[str, ...]


def environment_of_a_stack() -> dict[str, str]:
    """Return the environment of a local stack's function app, with addresses where nobody listens."""
    tenant = read_tenant(ROOT / "samples" / "tenant.json")
    cloud = {**_CLOUD, "vaults": {tenant["organization"]["id"]: _NOBODY}}
    settings = app_settings(tenant, cloud, storage=_STORAGE, public_url=_NOBODY)
    # No authority is named that the clients could trust: they call nobody.
    return {name: value for name, value in settings.items() if value}


def probe(root: Path, *rest: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Import `function_app` of `root` in a fresh process and return what the probe saw.

    Raises:
        BenchError: the process failed; its last words are in the message.
    """
    done = subprocess.run(
        [sys.executable, str(PROBE), str(root), "function_app", *rest],
        cwd=root,
        env={"PATH": os.environ.get("PATH", ""), **environment},
        capture_output=True,
        text=True,
        timeout=_PROBE_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"expected `function_app` to import, got: {(done.stderr.splitlines() or ['nothing'])[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(name: str, root: Path, *rest: str, runs: int) -> Start:
    """Return the medians of `runs` fresh processes; one more goes before them, so that all is compiled.

    Raises:
        BenchError: a process failed.
    """
    environment = environment_of_a_stack()
    probe(root, *rest, environment=environment)
    seen = [probe(root, *rest, environment=environment) for _ in range(runs)]
    seconds, peak = (statistics.median(one[key] for one in seen) for key in ("seconds", "peak_bytes"))
    return Start(name, seconds, seen[0]["modules"], peak_bytes=int(peak), heavy=tuple(seen[0]["heavy"]))


def broken(start: Start) -> list[str]:
    """Return how `start` breaks the budget of an import, in words; empty when it keeps it."""
    found = [f"`{name}` is loaded on import" for name in start.heavy if name in FORBIDDEN]
    if start.modules >= MAX_MODULES:
        found.append(f"expected fewer than {MAX_MODULES} modules, got {start.modules}")
    if start.seconds > MAX_SECONDS:
        found.append(f"expected at most {MAX_SECONDS} s, got {start.seconds:.2f} s")
    return found


def _print(starts: Sequence[Start], console: Console) -> None:
    peer = starts[-1]
    table = Table("cold start", *(Column(name, justify="right") for name in ("seconds", "modules", "MiB")))
    for one in starts:
        table.add_row(
            one.name,
            _against(one.seconds, peer.seconds, shown=f"{one.seconds:.2f}"),
            _against(one.modules, peer.modules, shown=str(one.modules)),
            _against(one.peak_bytes, peer.peak_bytes, shown=f"{one.peak_bytes / 2**20:.0f}"),
        )
    console.print(table)
    for one in starts:
        console.print(f"{one.name} loads {', '.join(one.heavy) or 'no SDK'}", highlight=False)


def _against(cost: float, peer: float, *, shown: str) -> str:
    """Return a figure, and how many times more the peer costs."""
    return shown if cost == peer else f"{shown} (peer {peer / cost:.1f}x)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code: 0 in budget, 1 broken, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="fresh processes per figure (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="remit-naive-") as naive:
            (Path(naive) / "function_app.py").write_text(NAIVE_APP, encoding="utf-8")
            starts = [
                measure("function_app", ROOT, runs=options.runs),
                measure("+ the first request", ROOT, "first-request", runs=options.runs),
                measure("the naive peer", Path(naive), runs=options.runs),
            ]
    except (BenchError, StartError) as error:
        print(f"cold_start: {error}", file=sys.stderr)
        return 2
    problems = broken(starts[0])
    if options.json:
        print(json.dumps({"starts": [asdict(one) for one in starts], "broken": problems}, indent=2))
    else:
        _print(starts, Console(soft_wrap=True))
    return verdict(problems)


if __name__ == "__main__":
    sys.exit(main())
