"""`python -m simulator`: one process, one JSON line when ready, exit code 0 on SIGTERM or SIGINT."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.applications import Names
from simulator.errors import SimulatorError, StartError
from simulator.server import SITES, Options, Simulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; 0 then, 2 when the options or a tenant file are wrong."""
    try:
        asyncio.run(_run(options_of(arguments)))
    except SimulatorError as wrong:
        print(f"simulator: {wrong}", file=sys.stderr)
        return 2
    return 0


def options_of(arguments: Sequence[str] | None) -> Options:
    """The command line as options.

    Raises:
        StartError: `--ports` is not `site=port,...`.
    """
    usual = Names()
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A Microsoft cloud on loopback.")
    parser.add_argument(
        "--tenant", action="append", required=True, type=Path, help="a corpus-tenant/1 file; repeatable"
    )
    parser.add_argument("--state-dir", required=True, type=Path, help="where certificates and signing keys are kept")
    parser.add_argument("--ports", default="", help="site=port,... of " + ", ".join(SITES) + "; 0 means any free port")
    parser.add_argument("--bot-endpoint", help="where activities go, on loopback")
    parser.add_argument("--seed", type=int, default=1, help="seed of fresh ids")
    parser.add_argument("--app-id", default=usual.app_id, help="the product's application id")
    parser.add_argument(
        "--identity-client-id", default=usual.identity_client_id, help="the managed identity's client id"
    )
    parser.add_argument("--bot-app-id", help="the bot's app id; the managed identity's client id by default")
    given = parser.parse_args(arguments)
    names = Names(
        app_id=given.app_id,
        identity_client_id=given.identity_client_id,
        bot_app_id=given.bot_app_id or given.identity_client_id,
    )
    return Options(
        tenants=given.tenant,
        state_dir=given.state_dir,
        ports=_ports(given.ports),
        bot_endpoint=given.bot_endpoint,
        seed=given.seed,
        names=names,
    )


def _ports(text: str) -> dict[str, int]:
    ports = {}
    for pair in filter(None, text.split(",")):
        name, _, port = pair.partition("=")
        if name not in SITES or not port.isdecimal() or int(port) > 65_535:
            raise StartError(f"expected `--ports` with one of {', '.join(SITES)} and a port, got `{pair}`")
        ports[name] = int(port)
    return ports


async def _run(options: Options) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with Simulator(options) as running:
        print(json.dumps(running.ready), flush=True)
        await stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
