"""`prove`: promises about every request there can be, proved or refuted by a concrete request."""

import argparse
from collections.abc import Sequence

from rich.console import RenderableType

from policy.analysis import Analysis, Proof, prove
from policy.command.command import BAD, GOOD, Answer, Command, Terminal, folder_arguments, policy_of, table
from policy.command.conditions import FORM, Claim, parse_claim
from policy.command.errors import UsageError
from policy.command.inputs import PolicySet
from policy.command.plain import WORDS, proof_data, request_words
from policy.command.reasoning import analysis_of
from policy.publication.expectation import assertions_of


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help=f"`{FORM}` (default: the documents' assertions)")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    policy = policy_of(given)
    claims = [parse_claim(text, policy) for text in given.claims] or claims_in(policy)
    if not claims:
        raise UsageError(f"the documents hold no assertions: add some, or say a claim such as `{FORM}`")
    analysis = analysis_of(policy)
    proofs = [(claim, proof_of(claim, analysis, terminal=terminal)) for claim in claims]
    rows = [{"claim": claim.text, **proof_data(proof)} for claim, proof in proofs]
    good = all(proof.holds for _, proof in proofs)
    return Answer({"tenant": policy.tenant_id, "proofs": rows}, shown(proofs), GOOD if good else BAD)


def claims_in(policy: PolicySet) -> list[Claim]:
    """Return the assertions of the documents as claims, named by their ids."""
    found = assertions_of(policy.bundle, tenant_id=policy.tenant_id, catalogue=policy.catalogue)
    return [Claim(one.id, tuple(sorted(one.actions)), one.where, one.never) for one in found]


def proof_of(claim: Claim, analysis: Analysis, *, terminal: Terminal) -> Proof:
    """Return the proof of a claim, or its counterexample.

    Raises:
        TooLargeError: an action has too many cells, and no solver is installed.
    """
    with terminal.working(f"proving {claim.text}"):
        return prove(analysis, actions=claim.actions, where=claim.where, never=claim.never)


def shown(proofs: Sequence[tuple[Claim, Proof]]) -> tuple[RenderableType, ...]:
    """Return proofs for people: one row each, and a concrete request where there is no proof."""
    rows = table("", "claim", "")
    found: list[str] = []
    for number, (claim, proof) in enumerate(proofs, start=1):
        rows.add_row(str(number), claim.text, _result(proof))
        if proof.counterexample is not None and proof.verdict is not None:
            found.append(f"({number}) {request_words(proof.counterexample)}")
            found.append(f"is decided {proof.verdict.name}: {WORDS[proof.verdict]}")
        if proof.region is not None:
            found.append(f"and so is every request where {proof.region.sentence()}")
    return (rows, *found)


def _result(proof: Proof) -> str:
    if proof.vacuous:
        return "promises nothing: no request can meet its condition"
    count = len(proof.actions)
    return f"proved over {count} action{'' if count == 1 else 's'}" if proof.proved else "REFUTED"


PROVE = Command("prove", "prove promises about every request, or refute them", _arguments, _run)
