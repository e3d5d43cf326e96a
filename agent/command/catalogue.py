"""`actions` and `lookups`: the catalogue as a table, as JSON, or as the page `docs/actions.md`."""

import argparse
from typing import Any, Final

from agent.actions import CATALOGUE, Action
from agent.actions.able_roles import ABLE_ROLES
from agent.actions.parameters import attributes_of
from agent.lookups import LOOKUPS
from policy.command.command import Answer, Command, Page, Terminal, table

_TIERS: Final = ((20, 1), (40, 2), (70, 3), (100, 4))
_HEAD: Final = """# What Remit can do

Every action of the catalogue, made from the code by `python -m agent actions --markdown`; what is not listed here
cannot be done. Risk is 0 to 100 and shown as tier 1 (harmless) to 4 (grave). Permissions are the least that Microsoft
documents, for the application's own token and for a user's; of several all are needed, and *none* means that such a
token cannot make the call. *Back* says whether Remit can undo it: an undo puts back what the plan says was there, and
nothing is sent when the tenant no longer shows that. A permission beside it is one that the undo needs besides.
Below stand, for each action, the directory roles whose holders could do it without Remit: who approves it in IT's name
must hold one of them.
"""


def tier(action: type[Action]) -> int:
    """Return the tier of an action's risk, 1 to 4."""
    return next(number for most, number in _TIERS if action.risk <= most)


def summary(action: type[Action]) -> str:
    """Return the first sentence of what an action says about itself."""
    first = " ".join((action.__doc__ or "").split("\n\n")[0].split())
    return first.split(". ")[0].rstrip(".") + "."


def data_of(action: type[Action]) -> dict[str, Any]:
    """Return what there is to say about an action, as JSON data."""
    return {
        "id": action.id,
        "summary": summary(action),
        "target_kind": action.target_kind,
        "risk": action.risk,
        "tier": tier(action),
        "reversible": not action.irreversible,
        "irreversible": action.irreversible,
        "delegated_permissions": list(action.delegated_permissions),
        "application_permissions": list(action.application_permissions),
        "undo_permissions": list(action.undo_permissions),
        "serves_me": action.serves_me,
        "able_roles": list(ABLE_ROLES[action.id].names(is_administrator=False)),
        "able_roles_over_administrators": list(ABLE_ROLES[action.id].names(is_administrator=True)),
        "throttle_class": action.throttle_class,
        "secret": action.code_from,
        "tells_policy": list(told_by(action)),
    }


def told_by(action: type[Action]) -> tuple[str, ...]:
    """Return the attributes that policy is told by an action's parameters, sorted."""
    return tuple(sorted({*attributes_of(action), *action.also_tells}))


def page() -> str:
    """Return the text of `docs/actions.md`."""
    areas: dict[str, list[type[Action]]] = {}
    for name in sorted(CATALOGUE):
        areas.setdefault(name.partition(".")[0], []).append(CATALOGUE[name])
    parts = [_HEAD]
    for area, actions in areas.items():
        rows = ["", f"## {area} ({len(actions)})", "", "| action | what it does | tier | back | application | user |"]
        rows += ["|---|---|---|---|---|---|", *map(_row, actions), ""]
        parts.append("\n".join(rows))
    return "\n".join(parts).rstrip() + "\n" + _able() + _parameters() + _lookups()


def _row(action: type[Action]) -> str:
    back = f"no: {action.irreversible}" if action.irreversible else "yes"
    back += f", with {_listed(action.undo_permissions)}" if action.undo_permissions else ""
    own, users = (_listed(one) for one in (action.application_permissions, action.delegated_permissions))
    return f"| `{action.id}` | {summary(action)} | {tier(action)} | {back} | {own} | {users} |"


def _listed(permissions: tuple[str, ...]) -> str:
    return " + ".join(f"`{one}`" for one in permissions) or "*none*"


def _able() -> str:
    rows = ["", "## Who could do it without Remit", ""]
    rows += ["| action | directory roles | where the target is an administrator, or a group that can hold roles |"]
    rows += ["|---|---|---|"]
    for name in sorted(CATALOGUE):
        one = ABLE_ROLES[name]
        over = ", ".join(one.names(is_administrator=True)) if one.depends_on_target else "the same"
        rows.append(f"| `{name}` | {', '.join(one.names(is_administrator=False))} | {over} |")
    return "\n".join(rows) + "\n"


def _parameters() -> str:
    rows = ["", "## What parameters tell policy", "", "| action | attributes |", "|---|---|"]
    told = {name: told_by(CATALOGUE[name]) for name in sorted(CATALOGUE)}
    rows += [f"| `{name}` | {', '.join(f'`{one}`' for one in some)} |" for name, some in told.items() if some]
    return "\n".join(rows) + "\n"


def _lookups() -> str:
    rows = ["", f"## Look-ups ({len(LOOKUPS)})", "", "| look-up | application permission |", "|---|---|"]
    rows += [f"| `{name}` | `{LOOKUPS[name].permission}` |" for name in sorted(LOOKUPS)]
    return "\n".join(rows) + "\n"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="print the page docs/actions.md")


def _run(given: argparse.Namespace, _: Terminal) -> Answer:
    actions = [CATALOGUE[name] for name in sorted(CATALOGUE)]
    if given.markdown:
        return Answer({"page": page()}, (Page(page().rstrip("\n")),))
    rows = table("action", "what it does", "tier", "back", "application permissions")
    for one in actions:
        back = "no" if one.irreversible else "yes"
        rows.add_row(one.id, summary(one), str(tier(one)), back, " + ".join(one.application_permissions) or "none")
    return Answer({"actions": [data_of(one) for one in actions]}, (rows,))


ACTIONS = Command("actions", "list everything that the agent can do to a tenant", _arguments, _run)
