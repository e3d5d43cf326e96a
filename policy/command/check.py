"""`check`: everything that can be said about a set of documents before it is published.

1. Every document is read, and every mistake of every file is told.
2. Examples are run and assertions proved; a failed one is an error.
3. Rules that can never match (error) or never decide (warning), approvals that beat a permit of their own layer,
   actions that nobody can reach, or nobody of some department.
4. With a directory snapshot: approvals that nobody could give (warning).
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from rich.console import RenderableType
from rich.padding import Padding

from policy.analysis import Analysis, Reach, TooLargeError, findings, overlaps, reach
from policy.command.command import BAD, GOOD, Answer, Command, Terminal, reading_arguments
from policy.command.directory_file import read_snapshot
from policy.command.inputs import PolicySet, read_catalogue, read_policy
from policy.command.plain import request_data, request_words
from policy.command.prove import claims_in, proof_of
from policy.command.reasoning import analysis_of
from policy.compile import compile_bundle
from policy.decision import Layer, Verdict
from policy.directory.dead_end import dead_ends
from policy.directory.snapshot import Snapshot
from policy.publication.expectation import run_examples

Severity = Literal["error", "warning", "info"]
# So many names say what kind of actions they are; --json tells all of them.
_ACTIONS_NAMED: Final = 6
_DEPARTMENT: Final = "requester.department"
_INDENT: Final = 8
_SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing found: `about` is the id of a rule, test or action, `data` what `--json` adds."""

    severity: Severity
    kind: str
    about: str
    text: str
    data: dict[str, Any]


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folders of policy documents, or files")
    parser.add_argument(
        "--directory", type=Path, metavar="SNAPSHOT", help="also look for approvals that nobody can give"
    )
    parser.add_argument(
        "--fail-on",
        choices=_SEVERITIES[:2],
        default="error",
        help="the mildest finding that gives exit code 1 (default: error)",
    )
    reading_arguments(parser)


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy = read_policy(given.paths, tenant=given.tenant, catalogue=read_catalogue(given.catalogue))
    snapshot = read_snapshot(given.directory) if given.directory else None
    remarks = sorted(_remarks(policy, snapshot, terminal=terminal), key=lambda one: _SEVERITIES.index(one.severity))
    failing = _SEVERITIES[: _SEVERITIES.index(given.fail_on) + 1]
    code = BAD if any(one.severity in failing for one in remarks) else GOOD
    data = {
        "tenant": policy.tenant_id,
        "bundle": policy.bundle.digest,
        "counts": _counts(policy),
        "remarks": [_data(one) for one in remarks],
    }
    return Answer(data, _shown(policy, remarks), code)


def _remarks(policy: PolicySet, snapshot: Snapshot | None, *, terminal: Terminal) -> Iterator[Remark]:
    analysis = analysis_of(policy)
    yield from _silent(policy)
    yield from _examples(policy)
    yield from _assertions(policy, analysis, terminal=terminal)
    with terminal.working("looking for rules that never decide"):
        yield from _known(_findings, analysis)
    with terminal.working("looking for approvals that beat a permit"):
        yield from _known(_overlaps, analysis)
    with terminal.working("looking for actions that nobody can reach"):
        yield from _known(_unreachable, analysis)
        yield from _known(_closed, analysis)
    if snapshot is not None:
        with terminal.working("looking for approvals that nobody can give"):
            yield from _known(partial(_dead_ends, snapshot=snapshot), analysis)


def _known(look: Callable[[Analysis], Iterator[Remark]], analysis: Analysis) -> Iterator[Remark]:
    """Yield what `look` finds; what is too large to be computed is said instead."""
    try:
        yield from look(analysis)
    except TooLargeError as error:
        yield Remark("warning", "unanalysed", error.action, str(error), {})


def _examples(policy: PolicySet) -> Iterator[Remark]:
    for one in run_examples(policy.bundle, tenant_id=policy.tenant_id, catalogue=policy.catalogue):
        if not one.passed:
            data = {"request": request_data(one.request)}
            yield Remark("error", "example", one.example.id, "; ".join(one.differences), data)


def _assertions(policy: PolicySet, analysis: Analysis, *, terminal: Terminal) -> Iterator[Remark]:
    for claim in claims_in(policy):
        try:
            proof = proof_of(claim, analysis, terminal=terminal)
        except TooLargeError as error:
            # A promise that cannot be proved is as good as broken.
            yield Remark("error", "assertion", claim.text, f"could not be proved: {error}", {})
            continue
        if proof.vacuous:
            yield Remark("error", "assertion", claim.text, "promises nothing: no request can meet its condition", {})
        if proof.counterexample is not None and proof.verdict is not None:
            text = f"refuted: {request_words(proof.counterexample)} is decided {proof.verdict.name}"
            yield Remark("error", "assertion", claim.text, text, {"request": request_data(proof.counterexample)})


def _findings(analysis: Analysis) -> Iterator[Remark]:
    for one in findings(analysis):
        yield Remark(one.severity, one.kind.value, one.rule.id, one.text, {"layer": one.layer.value})


def _overlaps(analysis: Analysis) -> Iterator[Remark]:
    for pair in overlaps(analysis):
        names = f"{pair.permit.id} and {pair.approval.id}"
        text = f"both match, so approval is asked where {pair.cover.sentences()[0]}"
        yield Remark("info", "overlap", names, text, {"layer": pair.layer.value, "actions": list(pair.actions)})


def _unreachable(analysis: Analysis) -> Iterator[Remark]:
    # A catalogue has many actions that a policy does not speak of; each on a line of its own would hide the rest.
    found: dict[tuple[Layer, ...], list[str]] = {}
    for one in reach(analysis):
        if one.verdict is Verdict.DENY:
            found.setdefault(one.blocking, []).append(one.action)
    for blocking, actions in found.items():
        layers = [layer.value for layer in blocking]
        text = f"nobody can get {'it' if len(actions) == 1 else 'them'}: nothing passes the {_layers(layers)}"
        yield Remark("info", "unreachable", _named(actions), text, {"blocking": layers, "actions": actions})


def _closed(analysis: Analysis) -> Iterator[Remark]:
    """Yield the departments that an action is closed to while others can get it."""
    found: dict[str, list[Reach]] = {}
    for one in reach(analysis, by_attribute=_DEPARTMENT):
        found.setdefault(one.action, []).append(one)
    for action, values in found.items():
        closed = [one for one in values if one.verdict is Verdict.DENY]
        for blocking in dict.fromkeys(one.blocking for one in closed if len(closed) < len(values)):
            names = [str(one.value) for one in closed if one.blocking == blocking]
            layers = [layer.value for layer in blocking]
            text = f"never where {_DEPARTMENT} is {', '.join(names)}: nothing passes the {_layers(layers)}"
            yield Remark("info", "closed", action, text, {"departments": names, "blocking": layers})


def _named(actions: Sequence[str]) -> str:
    shown = ", ".join(actions[:_ACTIONS_NAMED])
    left = len(actions) - _ACTIONS_NAMED
    return shown if left <= 0 else f"{shown} and {left} more"


def _layers(names: Sequence[str]) -> str:
    return f"layer {names[0]}" if len(names) == 1 else f"layers {', '.join(names)} together"


def _dead_ends(analysis: Analysis, *, snapshot: Snapshot) -> Iterator[Remark]:
    for one in (end for action in analysis.actions for end in dead_ends(analysis.surface(action), snapshot)):
        data = {
            "resolver": one.resolver,
            "count": one.count,
            "group": one.group and one.group.id,
            "people": [user.id for user in one.people],
            "requesters": [user.id for user in one.requesters],
        }
        yield Remark("warning", "dead_end", one.action, one.sentence(), data)


def _data(one: Remark) -> dict[str, Any]:
    return {"severity": one.severity, "kind": one.kind, "about": one.about, "text": one.text, **one.data}


def _counts(policy: PolicySet) -> dict[str, int]:
    documents = policy.bundle.documents
    tests = [one.tests for one in documents if one.tests]
    return {
        "documents": len(documents),
        "rules": sum(len(one.rules) for one in documents),
        "limits": sum(len(one.limits) for one in documents),
        "examples": sum(len(one.examples) for one in tests),
        "assertions": sum(len(one.assertions) for one in tests),
    }


def _shown(policy: PolicySet, remarks: Sequence[Remark]) -> tuple[RenderableType, ...]:
    counts = ", ".join(f"{number} {name}" for name, number in _counts(policy).items())
    head = (f"bundle {policy.bundle.digest}", f"{counts}; seen by tenant {policy.tenant_id}")
    if not remarks:
        return (*head, "nothing to remark")
    sums = ", ".join(f"{sum(one.severity == name for one in remarks)} {name}" for name in _SEVERITIES)
    return (*head, *(line for one in remarks for line in _remark(one)), sums)


def _silent(policy: PolicySet) -> Iterator[Remark]:
    """Yield the one cause behind a screen of remarks: a layer in which no rule speaks for the tenant."""
    rules = compile_bundle(policy.bundle, tenant_id=policy.tenant_id, catalogue=policy.catalogue)
    for layer in Layer:
        if all(one.layer is not layer for one in rules):
            text = "no rule of this layer is for the tenant, so everything is denied: write that layer"
            yield Remark("error", "silent_layer", layer.value, text, {"layer": layer.value})


def _remark(one: Remark) -> tuple[RenderableType, ...]:
    """Return a remark as a line that says what it is about, and its text below; no id is broken in two."""
    text = one.text.removeprefix(f"rule `{one.about}`: ")
    return (f"{one.severity:<7} {one.kind} {one.about}", Padding(text, (0, 0, 0, _INDENT), expand=False))


CHECK = Command("check", "read, test and analyse policy documents", _arguments, _run)
