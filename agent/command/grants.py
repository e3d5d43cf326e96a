"""`grants`: the standing grants of a running stack, listed, shown, revoked and suspended, and their proposals."""

import argparse
import json
from collections.abc import Mapping
from typing import Any, Final

from agent.command.orders import person_arguments
from agent.command.stack import RunningStack, running_stack
from policy.command.command import Answer, Command, Terminal, table
from policy.command.errors import UsageError

_SUMMARIES: Final[Mapping[str, str]] = {
    "list": "tell every standing grant, how it stands and how often it was used",
    "proposals": "tell what people approved again and again, and of what a grant is proposed to them",
    "show": "show all of one grant",
    "revoke": "take a grant back for good",
    "suspend": "end a grant because something was wrong under it; its owner is told",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="WHAT", dest="what")
    for word, summary in _SUMMARIES.items():
        one = words.add_parser(word, help=summary, description=summary)
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
        if word in ("list", "proposals"):
            one.add_argument("--tenant", default="", metavar="ID", help="only those of this tenant")
            one.add_argument("--owner", default="", metavar="ID", help="only those of this person, by object id")
            continue
        one.add_argument("grant", metavar="GRANT", help="the grant's id, as `grants list` tells it")
        if word != "show":
            person_arguments(one)


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    with running_stack() as stack, terminal.working("asking the stack"):
        if given.what == "list":
            return _listed(stack.grants(), tenant=given.tenant.lower(), owner=given.owner.lower())
        if given.what == "proposals":
            return _proposals(stack.proposals(), tenant=given.tenant.lower(), owner=given.owner.lower())
        tenant, found = _found(stack, given.grant)
        if given.what == "show":
            return _shown(tenant, found)
        order = {"order": given.what, "tenant": tenant, "grant": found["id"], "by": given.by, "why": given.why}
        stored = stack.grant_order(order)
    said = f"stored at {stored['stored_at']}: {stored['order']} of {found['id']}; it is {stored['grant']['state']}"
    return Answer(stored, (said,))


def _found(stack: RunningStack, grant_id: str) -> tuple[str, dict[str, Any]]:
    for tenant, grants in stack.grants().items():
        for one in grants:
            if one["id"] == grant_id:
                return tenant, one
    raise UsageError(f"the stack has no grant `{grant_id[:80]}`: `python -m agent grants list` tells all of them")


def _listed(tenants: Mapping[str, list[dict[str, Any]]], *, tenant: str, owner: str) -> Answer:
    wanted = _wanted(tenants, tenant=tenant, owner=owner)
    rows = table("grant", "state", "owner", "action", "uses", "until", "why")
    for grants in wanted.values():
        for one in grants:
            used = f"{one['uses']} of {one['max_uses']}"
            what = ", ".join(one["actions"])
            rows.add_row(one["id"], one["state"], one["owner_id"], what, used, one["expires"], one["why"])
    return Answer({"tenants": wanted}, (rows,))


def _proposals(tenants: Mapping[str, list[dict[str, Any]]], *, tenant: str, owner: str) -> Answer:
    wanted = _wanted(tenants, tenant=tenant, owner=owner)
    rows = table("owner", "action", "times", "people", "since", "proposed for", "terms")
    for habits in wanted.values():
        for one in habits:
            terms = ", ".join(
                f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in one["values"].items()
            )
            ways = ", ".join(one["proposed_for"]) or "nobody yet"
            counts = (str(one["times"]), str(one["people"]))
            rows.add_row(one["owner_id"], one["action"], *counts, one["since"], ways, terms)
    return Answer({"tenants": wanted}, (rows,))


def _wanted(tenants: Mapping[str, list[dict[str, Any]]], *, tenant: str, owner: str) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [one for one in found if owner in ("", one["owner_id"])]
        for name, found in tenants.items()
        if tenant in ("", name)
    }


def _shown(tenant: str, grant: Mapping[str, Any]) -> Answer:
    rows = table("what", "is")
    for name, value in {"tenant": tenant, **grant}.items():
        rows.add_row(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return Answer({"tenant": tenant, "grant": dict(grant)}, (rows,))


GRANTS = Command(
    "grants", "list, show, revoke and suspend standing grants, and what they are proposed from", _arguments, _run
)
