"""How fast the simulator answers point reads on one core: `python -m bench.simulator`.

The simulator of `python -m simulator` and the peer, an aiohttp handler that answers a constant of the same size, run
as processes of their own on one and the same core, one after the other, behind TLS of the same certificate. The client
sits on the other core and keeps a few connections busy with one user, read by id: token, permission and directory are
looked up for each. Each figure is the median of several rounds, by the clock and by the processor time that the server
used, which neighbours on the machine do not change. Exit 1 when the simulator answers fewer than 1,000 requests in a
second of its core.
"""

import argparse
import asyncio
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Column, Table

from bench.errors import BenchError

ROOT: Final = Path(__file__).parents[1]
TENANT: Final = ROOT / "samples" / "tenant.json"
LEAST_PER_SECOND: Final = 1000
# Enough to keep one core busy, and few enough that nobody waits in a line.
_CONNECTIONS: Final = 4
_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_GRAPH: Final = "https://graph.microsoft.com"

PEER: Final = '''\
"""A bare aiohttp handler that answers a constant."""

import asyncio
import json
import ssl
import sys

from aiohttp import web

folder, size = sys.argv[1], int(sys.argv[2])
body = b"x" * size


async def answer(_request: web.Request) -> web.Response:
    return web.Response(body=body, content_type="application/json")


async def main() -> None:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder + "/server.pem", folder + "/server.key")
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    print(json.dumps({"graph": f"https://localhost:{runner.addresses[0][1]}/v1.0"}), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
'''


@dataclass(frozen=True, slots=True)
class Figure:
    """Requests a second of one server: of its core's time, with the least and most of the rounds, and of the clock."""

    name: str
    per_core_second: float
    least: float
    most: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Round:
    """One round: how many requests were answered in how many seconds, and in how many of the server's core."""

    requests: int
    seconds: float
    core_seconds: float


@contextmanager
def server(command: Sequence[str], *, core: int | None) -> Iterator[dict[str, Any]]:
    """Run a server on one core and yield the line in which it says where it is.

    Raises:
        BenchError: it said nothing.
    """
    pinned = ["taskset", "-c", str(core), *command] if core is not None else list(command)
    with subprocess.Popen(pinned, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise BenchError(f"expected `{' '.join(command[:3])}` to start, got no word from it")
            yield {**json.loads(line), "process": process.pid}
        finally:
            process.terminate()


def token_of(ready: dict[str, Any], trusted: ssl.SSLContext) -> str:
    """Return an app-only Graph token of the product's application, got as the product gets it.

    Raises:
        BenchError: the simulator gave none.
    """
    with httpx.Client(verify=trusted) as client:
        identity = client.get(
            ready["msi"],
            params={
                "api-version": "2019-08-01",
                "resource": "api://AzureADTokenExchange",
                "client_id": ready["identity_client_id"],
            },
            headers={"X-IDENTITY-HEADER": ready["msi_header"]},
        )
        form = {
            "grant_type": "client_credentials",
            "scope": f"{_GRAPH}/.default",
            "client_id": ready["app_id"],
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": identity.json().get("access_token", ""),
        }
        answer = client.post(f"{ready['entra']}/{ready['tenants'][0]}/oauth2/v2.0/token", data=form)
    if answer.status_code != 200:
        raise BenchError(f"expected a token from the simulator, got {answer.status_code}")
    return str(answer.json()["access_token"])


async def _one(line: _Line, request: bytes) -> bytes:
    reader, writer = line
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    body = await reader.readexactly(size)
    if not head.startswith(b"HTTP/1.1 200"):
        raise BenchError(f"expected 200, got `{head.split(b' ', 2)[1].decode()}`")
    return body


async def rounds(
    ready: dict[str, Any], request: bytes, *, trusted: ssl.SSLContext, count: int, seconds: float
) -> list[Round]:
    """Return `count` rounds of the server that said `ready`; one more goes before them."""
    port = urlsplit(ready["graph"]).port
    lines = [
        await asyncio.open_connection("127.0.0.1", port, ssl=trusted, server_hostname="localhost")
        for _ in range(_CONNECTIONS)
    ]
    found = [await _round(lines, request, process=ready["process"], seconds=seconds) for _ in range(count + 1)]
    for _, writer in lines:
        writer.close()
    return found[1:]


async def _round(lines: Sequence[_Line], request: bytes, *, process: int, seconds: float) -> Round:
    started, used = time.perf_counter(), _core_seconds(process)

    async def busy(line: _Line) -> int:
        done = 0
        while time.perf_counter() - started < seconds:
            await _one(line, request)
            done += 1
        return done

    done = sum(await asyncio.gather(*(busy(line) for line in lines)))
    taken, until = time.perf_counter() - started, _core_seconds(process)
    known = None if used is None or until is None else until - used
    return Round(done, taken, core_seconds=known or taken)


def _core_seconds(process: int) -> float | None:
    """The processor time that a process used so far; None where the system does not tell (only Linux does)."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return None
    # User and system time are the twelfth and thirteenth field after the name (proc(5)).
    fields = stat.read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _request(path: str, token: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
    return "\r\n".join([*lines, "client-request-id: 11111111-2222-4333-8444-555555555555", "", ""]).encode()


def measure(folder: Path, *, count: int, seconds: float) -> list[Figure]:
    """Measure the simulator and its peer.

    Raises:
        BenchError: one of them did not start or did not answer 200.
    """
    core, other = _cores()
    command = [sys.executable, "-m", "simulator", "--tenant", str(TENANT), "--state-dir", str(folder)]
    with server(command, core=core) as ready:
        _stay_on(other)
        trusted = ssl.create_default_context(cafile=ready["ca"])
        path = f"/v1.0/users/{json.loads(TENANT.read_text())['users'][0]['id']}?$select=id,displayName,accountEnabled"
        request = _request(path, token_of(ready, trusted))
        size = asyncio.run(_size(ready["graph"], request, trusted=trusted))
        ours = asyncio.run(rounds(ready, request, trusted=trusted, count=count, seconds=seconds))
    with server([sys.executable, "-c", PEER, str(folder), str(size)], core=core) as ready:
        theirs = asyncio.run(rounds(ready, request, trusted=trusted, count=count, seconds=seconds))
    return [_figure("the simulator", ours), _figure("a constant from aiohttp", theirs)]


async def _size(address: str, request: bytes, *, trusted: ssl.SSLContext) -> int:
    line = await asyncio.open_connection("localhost", urlsplit(address).port, ssl=trusted)
    body = await _one(line, request)
    line[1].close()
    return len(body)


def _figure(name: str, found: Sequence[Round]) -> Figure:
    of_core = [one.requests / one.core_seconds for one in found]
    of_clock = statistics.median(one.requests / one.seconds for one in found)
    return Figure(name, statistics.median(of_core), least=min(of_core), most=max(of_core), per_second=of_clock)


def _cores() -> tuple[int | None, int | None]:
    """One core for the servers and another for the client; None where processes cannot be kept on a core."""
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def _stay_on(core: int | None) -> None:
    if core is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {core})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code: 0 fast enough, 1 too slow, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulator", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds per figure (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds of a round (2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="remit-simulator-") as folder:
            figures = measure(Path(folder), count=options.rounds, seconds=options.seconds)
    except (BenchError, OSError, asyncio.IncompleteReadError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"figures": [asdict(one) for one in figures]}, indent=2))
    else:
        _print(figures, Console(soft_wrap=True))
    if (got := figures[0].per_core_second) < LEAST_PER_SECOND:
        print(f"expected {LEAST_PER_SECOND} requests in a second of one core, got {got:.0f}", file=sys.stderr)
        return 1
    return 0


def _print(figures: Sequence[Figure], console: Console) -> None:
    columns = ("a second of the core", "from", "to", "by the clock")
    table = Table("point reads on one core", *(Column(name, justify="right") for name in columns))
    for one in figures:
        shown = (one.per_core_second, one.least, one.most, one.per_second)
        table.add_row(one.name, *(f"{number:,.0f}" for number in shown))
    console.print(table)
    console.print(f"the peer answers {figures[1].per_core_second / figures[0].per_core_second:.1f} times as many")


if __name__ == "__main__":
    sys.exit(main())
