"""`python -m devhost`: run a function app on loopback, for development and tests only."""

import argparse
import logging
import os
import random
import sys
from pathlib import Path

from devhost.app_settings import parse_assignments
from devhost.crash import POINTS, Misfortune
from devhost.errors import DevhostError, ListenerError
from devhost.host import Options, serve
from devhost.http_front import Keys
from devhost.queue_listener import VISIBILITY_SECONDS


def main(arguments: list[str] | None = None) -> int:
    """Run the host; return 0 after a clean stop, 1 when a listener broke, 2 when it refuses to start."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=os.environ.get("LOGLEVEL", "WARNING"), stream=sys.stderr, format="%(name)s: %(message)s")
    try:
        serve(_options(given))
    except DevhostError as problem:
        print(f"devhost: {problem}", file=sys.stderr)
        return 1 if isinstance(problem, ListenerError) else 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devhost", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--settings", type=Path, help="settings file instead of the app's local.settings.json")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one app setting")
    parser.add_argument("--keys", type=lambda text: text.split(","), default=[], metavar="default=KEY,_master=KEY")
    parser.add_argument("--easyauth", action="store_true", help="let x-ms-client-principal headers through")
    parser.add_argument("--state", type=Path, help="folder for timer statuses (default: .remit/devhost in the app)")
    tests = parser.add_argument_group("for tests")
    tests.add_argument("--queue-visibility", type=int, default=VISIBILITY_SECONDS, metavar="SECONDS")
    tests.add_argument("--duplicate", type=float, default=0.0, metavar="P", help="deliver a message twice")
    tests.add_argument("--crash-p", type=float, metavar="P", help="die at each crash point with this probability")
    tests.add_argument("--crash-at", choices=POINTS, help="die only at this point (always, without --crash-p)")
    tests.add_argument("--seed", type=int, help="seed of the two probabilities")
    return parser


def _options(given: argparse.Namespace) -> Options:
    crash_probability = given.crash_p if given.crash_p is not None else float(given.crash_at is not None)
    return Options(
        app=given.app.resolve(),
        port=given.port,
        settings_file=given.settings and given.settings.resolve(),
        overrides=parse_assignments(given.set),
        visibility_seconds=given.queue_visibility,
        keys=Keys(parse_assignments(given.keys)),
        easyauth=given.easyauth,
        misfortune=Misfortune(crash_probability, given.crash_at, given.duplicate, random.Random(given.seed)),
        state=given.state and given.state.resolve(),
    )


if __name__ == "__main__":
    sys.exit(main())
