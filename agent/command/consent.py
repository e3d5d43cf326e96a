"""The least consent that a policy needs: permissions of the actions that it can let pass, and of looking up for them.

An action counts when some request for it is not denied, by the exact analysis of the policy, and when the agent would
write it in that name (`agent.acting`): its own token for requests with `identity.kind` workload, people's tokens for
those with delegated. What is looked up for an action says `agent.command.reading`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from agent.acting import may_act_delegated
from agent.actions import CATALOGUE
from agent.command.reading import lookups_for
from agent.lookups import LOOKUPS
from policy.analysis import Analysis
from policy.analysis.scenario import Scenario
from policy.decision import Verdict

IdentityKind = Literal["workload", "delegated"]

_PASSING: Final = frozenset({Verdict.ALLOW, Verdict.APPROVAL})
_OTHER: Final[Mapping[IdentityKind, IdentityKind]] = {"workload": "delegated", "delegated": "workload"}


@dataclass(frozen=True, slots=True)
class Need:
    """One permission and what needs it: ids of actions, names of look-ups."""

    permission: str
    actions: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """What one kind of token must be granted.

    `out_of_reach` is what policy lets such a token do and no token of ours does: it never can, or it never is asked to.
    """

    kind: IdentityKind
    needs: tuple[Need, ...]
    out_of_reach: tuple[str, ...]

    @property
    def permissions(self) -> frozenset[str]:
        """The names of all permissions that are needed."""
        return frozenset(one.permission for one in self.needs)

    def missing(self, granted: Collection[str]) -> tuple[str, ...]:
        """Return what is needed and not granted, sorted."""
        return tuple(sorted(self.permissions - set(granted)))

    def too_much(self, granted: Collection[str]) -> tuple[str, ...]:
        """Return what is granted and not needed, sorted."""
        return tuple(sorted(set(granted) - self.permissions))


def consent_for(analysis: Analysis, kind: IdentityKind) -> Consent:
    """Return the least consent for one kind of token.

    Raises:
        TooLargeError: an action has too many cells and the analysis has no solver.
    """
    passing, other = _passing(analysis, kind), _OTHER[kind]
    able = [name for name in passing if _permissions(name, kind)]
    elsewhere = [name for name in _passing(analysis, other) if _permissions(name, other)]
    # What is done must be possible to undo.
    written = _grouped(
        (permission, name)
        for name in able
        for permission in dict.fromkeys((*_permissions(name, kind), *CATALOGUE[name].undo_permissions))
    )
    # Everything is looked up with the application's own token, whoever acts.
    read = _looked_up((*able, *elsewhere), written) if kind == "workload" else {}
    needs = (Need(name, written.get(name, ()), read.get(name, ())) for name in sorted({*written, *read}))
    return Consent(kind, tuple(needs), tuple(sorted(set(passing) - {*able, *elsewhere})))


def _looked_up(actions: Iterable[str], written: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return, per permission, the look-ups for `actions`; one that `written` has may be read with already."""
    asked = frozenset[str]().union(*map(lookups_for, actions))
    return _grouped((_covering(LOOKUPS[name].permission, written), name) for name in asked)


def _covering(permission: str, written: Collection[str]) -> str:
    # A permission to read and write what another may read is enough for both (Graph, permissions reference).
    wider = permission.replace(".Read.", ".ReadWrite.")
    return wider if wider in written else permission


def _passing(analysis: Analysis, kind: IdentityKind) -> tuple[str, ...]:
    return tuple(name for name in analysis.actions if name in CATALOGUE and _passes(analysis, name, kind=kind))


def _passes(analysis: Analysis, action: str, *, kind: IdentityKind) -> bool:
    known = {**analysis.known(action), "identity.kind": kind}
    return analysis.possible(Scenario(action, (analysis.side(action),), at=known), _PASSING)


def _permissions(action: str, kind: IdentityKind) -> tuple[str, ...]:
    """Return what `kind` of token writes `action` with; nothing where the agent never writes it in that name."""
    if kind == "workload":
        return CATALOGUE[action].application_permissions
    return CATALOGUE[action].delegated_permissions if may_act_delegated(action) else ()


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for permission, name in pairs:
        found.setdefault(permission, []).append(name)
    return {permission: tuple(sorted(names)) for permission, names in found.items()}
