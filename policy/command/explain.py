"""`explain`: one decision, layer by layer, in the terms of the rules; or in the words for the person who asked."""

import argparse
from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType

from policy.command.command import Answer, Command, Terminal, folder_arguments, policy_of, table
from policy.command.errors import UsageError
from policy.command.facts import request_of
from policy.command.plain import request_data
from policy.decision import Layer
from policy.explanation.employee import for_employee
from policy.explanation.sentences import for_technician
from policy.explanation.why import Explanation, why
from policy.foreign import shown
from policy.history.recorded import decision_data
from policy.request import AuthorizationRequest

_EXAMPLE: Final = "requester.department=Sales request.on_self=true"


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument("asked", nargs="?", metavar="ACTION", help="id of the action that is asked for")
    parser.add_argument("--action", metavar="ACTION", help="the same, as an option")
    parser.add_argument(
        "--facts",
        nargs="+",
        default=[],
        metavar="FACT",
        help="`attribute=value`, or a file of facts; what is not given is unknown",
    )
    parser.add_argument(
        "--for",
        dest="reader",
        choices=("technician", "employee"),
        default="technician",
        help="who reads it (default: technician)",
    )


def _run(given: argparse.Namespace, _: Terminal) -> Answer:
    policy = policy_of(given)
    request = request_of(given.facts, action=_action(given))
    policy.action(request.action)
    found = why(policy.bundle, request, tenant_id=policy.tenant_id, catalogue=policy.catalogue)
    lines = _lines(found, reader=given.reader)
    data = {"request": request_data(request), "decision": decision_data(found.decision), "explanation": list(lines)}
    return Answer({"tenant": policy.tenant_id, **data}, (*_shown(lines), *_without_facts(request)))


def _action(given: argparse.Namespace) -> str | None:
    """Return the action that is asked for, or None when a file of facts has to name it."""
    if given.asked is not None and given.action not in (None, given.asked):
        raise UsageError(f"expected one action, got {shown(given.asked)} and {shown(given.action)}; leave one out")
    action: str | None = given.asked or given.action
    if action is None and all("=" in word for word in given.facts):
        raise UsageError(
            "expected an action after FOLDER, or in a file of `--facts`, got nothing; for example "
            f"`python -m policy explain FOLDER entra.user.password.reset --facts {_EXAMPLE}`"
        )
    return action


def _without_facts(request: AuthorizationRequest) -> Iterator[str]:
    """Yield what to do when nothing is known of the request, because then every decision is about what is not known."""
    if not request.facts:
        yield (
            f"every fact is unknown, because none was given: say what is so, such as `--facts {_EXAMPLE}`; "
            f"`python -m policy facts FOLDER {request.action}` lists the facts that decide"
        )


def _lines(found: Explanation, *, reader: str) -> tuple[str, ...]:
    if reader == "technician":
        return tuple(for_technician(found))
    requester = found.request.facts.get("requester.id")
    return (for_employee(found, reader_id=requester if isinstance(requester, str) else ""),)


def _shown(lines: tuple[str, ...]) -> Iterator[RenderableType]:
    """Yield lines for people; those about a layer become rows of one table."""
    rows = table("layer", "")
    for line in lines:
        layer, about, said = line.partition(" layer: ")
        if about and layer in list(Layer):
            rows.add_row(layer, said)
    yield from (line for line in lines[:1])
    if rows.row_count:
        yield rows
    yield from (line for line in lines[1:] if line.partition(" layer: ")[0] not in list(Layer))


EXPLAIN = Command("explain", "explain one decision, layer by layer", _arguments, _run)
