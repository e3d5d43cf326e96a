"""`make run`: starts a whole local stack, tells the sample stories on it, and stays up to be looked at."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from shlex import quote
from typing import Any

from rich.console import Console

from agent.actions import CATALOGUE
from agent.command.stack import KEY, URL
from agent.errors import RemitError
from agent.storage.connections import CONNECTION_STRING
from devhost.desk import Desk
from devhost.errors import DevhostError, StartError, StoryError
from devhost.journey import Journey, differences, play, read_journey
from devhost.publish import read_documents
from devhost.reference_policy import rewrite_documents
from devhost.screen import Screen
from devhost.stack import LocalStack, Plan
from devhost.tenant_settings import names_in, read_tenant
from policy import PolicyError

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_TENANT = ROOT / "samples" / "tenant.json"

# What the summary shows of a story that was not told to its end.
_UNFINISHED: dict[str, Any] = {"outcome": "unfinished", "writes": (), "approval": None}


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when every story ended as told, 1 when one did not, 2 when the stack could not be started."""
    given = _parser().parse_args(arguments)
    console = Console(highlight=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_once)
    try:
        plan = _plan(given)
        # Everything that people write is read first: a mistake in it is told at once, with nothing started.
        read_documents(plan.policies)
        stories = [read_journey(file) for file in plan.journeys]
        screen = Screen(console, names=names_in(read_tenant(plan.tenant)))
        with LocalStack(plan, progress=screen.step) as stack:
            return _tell(stack, stories, screen=screen, once=given.once)
    except KeyboardInterrupt:
        console.print("stopped: everything that was started has been ended")
        return 0 if not given.once else 130
    except (DevhostError, RemitError, PolicyError) as problem:
        print(f"remit: {problem}", file=sys.stderr)
        return 2


def _end_once(*_: object) -> None:
    """End the run as Ctrl-C does; a second signal must not interrupt the stopping of what was started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devhost.run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the stories instead of staying up")
    parser.add_argument("--port", type=int, default=0, help="port of the function app (default: a free one)")
    parser.add_argument("--state", type=Path, default=ROOT / ".remit" / "run", help="folder for data and logs")
    parser.add_argument("--tenant", type=Path, default=SAMPLE_TENANT, help="tenant file")
    parser.add_argument(
        "--policy",
        type=Path,
        help="folder of policy documents (default: the sample's; for another tenant file the reference policy for it)",
    )
    parser.add_argument("--journeys", type=Path, default=ROOT / "samples" / "journeys", help="folder of stories")
    return parser


def _plan(given: argparse.Namespace) -> Plan:
    return Plan(
        root=ROOT,
        state=given.state.resolve(),
        tenant=given.tenant.resolve(),
        policies=_policies(given),
        journeys=_files(given.journeys, "stories"),
        port=given.port,
    )


def _policies(given: argparse.Namespace) -> tuple[Path, ...]:
    if given.policy is None and given.tenant.resolve() != SAMPLE_TENANT:
        # The sample's documents hold ids of the sample tenant, so they would say nothing about another one.
        folder = given.state.resolve() / "policy"
        return rewrite_documents(read_tenant(given.tenant), folder, catalogue=frozenset(CATALOGUE))
    return _files(given.policy or ROOT / "samples" / "policy", "policy documents")


def _files(folder: Path, kind: str) -> tuple[Path, ...]:
    found = tuple(sorted(folder.resolve().glob("*.yaml")))
    if not found:
        raise StartError(f"there are no {kind} in the folder `{folder}`: expected files `*.yaml`")
    return found


def _tell(stack: LocalStack, stories: list[Journey], *, screen: Screen, once: bool) -> int:
    desk = stack.start()
    screen.step(f"ready: {len(stack.tenant['users'])} users of {stack.tenant['organization']['displayName']}")
    try:
        good = _stories(stories, desk, screen=screen)
        _where_to_look(stack, screen)
        if not once:
            screen.step("staying up; press Ctrl-C to stop everything")
            threading.Event().wait()
    finally:
        desk.close()
    return 0 if good else 1


def _stories(stories: list[Journey], desk: Desk, *, screen: Screen) -> bool:
    rows: list[tuple[Journey, dict[str, Any], bool]] = []
    for number, journey in enumerate(stories, start=1):
        screen.begin(number, journey)
        try:
            played = play(journey, desk, watch=screen.watch)
        except StoryError as problem:
            screen.verdict({"outcome": "unfinished"}, [str(problem)])
            rows.append((journey, _UNFINISHED, False))
            continue
        found = differences(journey, played, desk=desk)
        screen.verdict(played.case, found)
        rows.append((journey, played.case, not found))
    approved = next((case for _, case, _ in rows if case["approval"]), None)
    if approved:
        screen.log(approved)
    screen.summary(rows)
    return bool(rows) and all(good for _, _, good in rows)


def _where_to_look(stack: LocalStack, screen: Screen) -> None:
    screen.step(f"all cases:      {stack.url}/api/cases?code={stack.key}")
    screen.step(f"tenant state:   {stack.cloud['control']}/state")
    screen.step(f"Graph writes:   {stack.cloud['control']}/writes")
    screen.step(f"native audit:   {stack.cloud['control']}/audits")
    screen.step(f"mails:          {stack.cloud['control']}/mail")
    screen.step(f"logs:           {stack.plan.state}")
    screen.step(f"tenant id:      {stack.tenant_id}")
    screen.step("for the operator's commands, in another terminal:")
    # The emulator's account key is public; it opens nothing but an emulator.
    given = {URL: stack.url, KEY: stack.key, CONNECTION_STRING: stack.storage}
    screen.paste(f"export {' '.join(f'{name}={quote(value)}' for name, value in given.items())}")
    screen.paste(".venv/bin/python -m agent state")
    screen.paste(".venv/bin/python -m agent log show CASE")


if __name__ == "__main__":
    sys.exit(main())
