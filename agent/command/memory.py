"""`memory`: what the words of a tenant's people meant, listed and forgotten, on a running stack."""

import argparse
from collections.abc import Mapping
from typing import Any, Final

from agent.command.stack import RunningStack, running_stack
from policy.command.command import Answer, Command, Terminal, table
from policy.command.errors import UsageError

_SUMMARIES: Final[Mapping[str, str]] = {
    "list": "tell what words meant, where it was learned, how often, and until when it is remembered",
    "forget": "forget one meaning",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="WHAT", dest="what")
    for word, summary in _SUMMARIES.items():
        one = words.add_parser(word, help=summary, description=summary)
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
        if word == "list":
            one.add_argument("--tenant", default="", metavar="ID", help="only those of this tenant")
        else:
            one.add_argument("meaning", metavar="ID", help="the meaning's id, as `memory list` tells it")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    with running_stack() as stack, terminal.working("asking the stack"):
        if given.what == "list":
            return _listed(stack.meanings(), tenant=given.tenant.lower())
        stored = stack.forget({"tenant": _tenant_of(stack, given.meaning), "meaning": given.meaning})
    return Answer(stored, (f"forgotten at {stored['stored_at']}: {stored['meaning']}",))


def _tenant_of(stack: RunningStack, meaning_id: str) -> str:
    for tenant, meanings in stack.meanings().items():
        if any(one["id"] == meaning_id for one in meanings):
            return tenant
    raise UsageError(f"the stack remembers nothing of the id `{meaning_id[:80]}`: `python -m agent memory list`")


def _listed(tenants: Mapping[str, list[dict[str, Any]]], *, tenant: str) -> Answer:
    wanted = {name: found for name, found in tenants.items() if tenant in ("", name)}
    rows = table("id", "kind", "words", "stands for", "people", "times", "learned in case", "last", "until")
    for found in wanted.values():
        for one in found:
            for sense in one["senses"]:
                counts = (str(sense["people"]), str(sense["times"]))
                when = (sense["source_case"], sense["last_at"][:10], sense["expires_at"][:10])
                rows.add_row(one["id"], one["kind"], one["words"], sense["object_id"], *counts, *when)
    return Answer({"tenants": wanted}, (rows,))


MEMORY = Command("memory", "list and forget what words of a tenant's people meant", _arguments, _run)
