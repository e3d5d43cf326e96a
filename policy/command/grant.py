"""`grant`: what a standing grant would discharge under a policy, and whether it does anything at all."""

import argparse
from pathlib import Path

from rich.console import RenderableType

from policy.analysis import GrantScope, grant_scope
from policy.command.command import BAD, GOOD, Answer, Command, Terminal, folder_arguments
from policy.command.conditions import conjunctions
from policy.command.cover_shown import cover_words
from policy.command.errors import InputError, UsageError
from policy.command.inputs import read_catalogue, read_policy
from policy.command.plain import cover_data
from policy.command.reasoning import analysis_of
from policy.command.yaml_file import read_yaml
from policy.document import actions_matching
from policy.errors import DocumentError
from policy.evidence.grant import StandingGrant, parse_grant


def _arguments(parser: argparse.ArgumentParser) -> None:
    folder_arguments(parser)
    parser.add_argument("grant", type=Path, metavar="GRANT", help="file of one standing grant, JSON or YAML")


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    catalogue = read_catalogue(given.catalogue)
    grant = _read(given.grant, catalogue.actions)
    if given.tenant not in (None, grant.tenant_id):
        raise UsageError(f"expected the grant's own tenant `{grant.tenant_id}` in `--tenant`, got `{given.tenant}`")
    policy = read_policy([given.folder], tenant=grant.tenant_id, catalogue=catalogue)
    if grant.revoked:
        return _answer(grant, GrantScope({}))
    with terminal.working(f"looking for what grant {grant.id} stands in for"):
        scope = grant_scope(
            analysis_of(policy),
            actions=sorted(actions_matching(grant.actions, catalogue.actions)),
            where=conjunctions(grant.when),
            resolver=grant.discharges,
            rule_digests=frozenset(rule.digest for rule in grant.rules),
        )
    return _answer(grant, scope)


def _answer(grant: StandingGrant, scope: GrantScope) -> Answer:
    covers = {action: cover_data(cover) for action, cover in scope.covers.items()}
    data = {"tenant": grant.tenant_id, "grant": grant.id, "inert": scope.inert, "actions": covers}
    return Answer(data, _shown(grant, scope), BAD if scope.inert else GOOD)


def _read(file: Path, catalogue: frozenset[str]) -> StandingGrant:
    try:
        return parse_grant(read_yaml(file, "standing grant"), source=file.name, catalogue=catalogue)
    except DocumentError as error:
        raise InputError(map(str, error.problems)) from None


def _shown(grant: StandingGrant, scope: GrantScope) -> tuple[RenderableType, ...]:
    if scope.inert:
        why = "it is revoked" if grant.revoked else f"no request asks {grant.discharges} for what it covers"
        return (f"grant {grant.id} is inert: {why}",)
    found = [(action, cover) for action, cover in scope.covers.items() if not cover.empty]
    head = f"grant {grant.id} stands in for one click of {grant.discharges}"
    return (head, *(f"{action} for requests where\n{cover_words(cover)}" for action, cover in found))


GRANT = Command("grant", "tell what a standing grant would stand in for", _arguments, _run)
