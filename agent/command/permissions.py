"""`permissions`: the least consent that a policy needs, and what of a given one is missing or too much."""

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from rich.console import RenderableType

from agent.command.consent import Consent, IdentityKind, consent_for
from policy.command.command import BAD, GOOD, Answer, Command, Terminal, folder_arguments, policy_of, table
from policy.command.errors import InputError
from policy.command.reasoning import analysis_of

_KINDS: Final[dict[IdentityKind, str]] = {
    "workload": "application permissions, for the agent's own token",
    "delegated": "delegated permissions, for tokens of requesters and approvers",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument(
        "--granted", type=Path, metavar="FILE", help="application permissions that were granted, one a line"
    )
    parser.add_argument(
        "--granted-delegated", type=Path, metavar="FILE", help="delegated permissions that were granted, one a line"
    )


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    analysis = analysis_of(policy_of(given))
    granted: dict[IdentityKind, frozenset[str] | None] = {
        "workload": _read(given.granted),
        "delegated": _read(given.granted_delegated),
    }
    with terminal.working("asking which actions the policy can let pass"):
        consents = tuple(consent_for(analysis, kind) for kind in _KINDS)
    differs = any(_differs(one, granted[one.kind]) for one in consents)
    data = {str(one.kind): _data(one, granted[one.kind]) for one in consents}
    shown = tuple(part for one in consents for part in _shown(one, granted[one.kind]))
    return Answer({"tenant": analysis.tenant_id, **data}, shown, BAD if differs else GOOD)


def _read(file: Path | None) -> frozenset[str] | None:
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
        raise InputError([f"the file of permissions `{file.name}` cannot be read: {reason}"]) from None
    return frozenset(filter(None, (line.partition("#")[0].strip() for line in lines)))


def _differs(consent: Consent, granted: Collection[str] | None) -> bool:
    return granted is not None and bool(consent.missing(granted) or consent.too_much(granted))


def _data(consent: Consent, granted: Collection[str] | None) -> dict[str, Any]:
    needs = [
        {"permission": one.permission, "actions": list(one.actions), "lookups": list(one.lookups)}
        for one in consent.needs
    ]
    found: dict[str, Any] = {"needs": needs, "out_of_reach": list(consent.out_of_reach)}
    if granted is not None:
        found |= {"missing": list(consent.missing(granted)), "too_much": list(consent.too_much(granted))}
    return found


def _shown(consent: Consent, granted: Collection[str] | None) -> tuple[RenderableType, ...]:
    rows = table("permission", "to do", "to look up", *(() if granted is None else ("granted",)))
    for one in consent.needs:
        state = () if granted is None else ("yes" if one.permission in granted else "MISSING",)
        rows.add_row(one.permission, ", ".join(one.actions), ", ".join(one.lookups), *state)
    lines: list[RenderableType] = [f"{_KINDS[consent.kind]}:", rows if consent.needs else "none"]
    if consent.out_of_reach:
        lines.append(f"allowed by policy, but no such token can do it: {', '.join(consent.out_of_reach)}")
    if granted is not None and (extra := consent.too_much(granted)):
        lines.append(f"granted and not needed, so take it back: {', '.join(extra)}")
    return tuple(lines)


PERMISSIONS = Command("permissions", "tell the least consent that a policy needs", _arguments, _run)
