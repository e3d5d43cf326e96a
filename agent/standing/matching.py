"""Which standing grants may speak for a step: those that name all its parameters, of owners who may answer today."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from agent.model.activity_event import ActivityEvent
from agent.model.case import Case
from agent.people import people_for
from agent.ports import Ports
from agent.standing.kept import KeptGrant, execution_id_for
from policy import AuthorizationRequest, Requirement
from policy.evidence.discharge import HeldGrant

# What the tenant shows and no plan chooses, so that no pattern has to name it.
_NO_CHOICE: Final = frozenset({"params.seats_left"})
# Who may be part of a step besides its requester.
_PEOPLE: Final = ("beneficiary.id", "other_person.id")


async def fit_owners(
    case: Case, found: Iterable[KeptGrant], *, ports: Ports, now: datetime
) -> tuple[dict[str, frozenset[str]], tuple[ActivityEvent, ...]]:
    """Return those of the grants' owners who could be asked today, by resolver, and the log entries of the look-ups.

    Who may not click has no standing yes either: they left, or own the group no more, or gain by this very step. Nor
    does a grant stand beside a yes that the same human gave by another account.
    """
    agreed = {one.approver_id for one in case.approvals if one.granted}
    fit: dict[str, frozenset[str]] = {}
    events = []
    for resolver, owners in sorted(by_resolver(found).items()):
        looked = await people_for(Requirement(resolver), case, among=owners, ports=ports, now=now)
        twice = {one.person_id for one in looked.judged if (one.accounts - {one.person_id}) & agreed}
        fit[resolver] = frozenset(looked.one_account_each) - twice
        events.append(looked.event)
    return fit, tuple(events)


def by_resolver(found: Iterable[KeptGrant]) -> Mapping[str, frozenset[str]]:
    """Return the owners of grants by the resolver that they answer for."""
    owners: dict[str, frozenset[str]] = {}
    for one in found:
        owners[one.grant.discharges] = owners.get(one.grant.discharges, frozenset()) | {one.owner_id}
    return owners


def naming_all(found: Iterable[KeptGrant], request: AuthorizationRequest) -> tuple[HeldGrant, ...]:
    """Return the grants whose pattern names every parameter that the request has, and speaks of everybody in it.

    A pattern cannot say that there is no such parameter, or nobody who gains, so what was never spoken of would be
    covered too.
    """
    params = parameters_of(request)
    people = {name.partition(".")[0] for name in _PEOPLE if name in request.facts}
    named = ((one, {name for name, _ in one.grant.when.predicates}) for one in found)
    return tuple(
        one.evidence for one, names in named if params <= names and people <= {name.partition(".")[0] for name in names}
    )


def parameters_of(request: AuthorizationRequest) -> frozenset[str]:
    """Return the attributes by which a plan says what it wants, as far as the request has them."""
    return frozenset(name for name in request.facts if name.startswith("params.")) - _NO_CHOICE


def execution_of(case: Case, index: int) -> str:
    """Return the id of the execution of a step of the case's plan."""
    assert case.plan is not None, "a step belongs to a plan"
    return execution_id_for(case.id, index, step=case.plan.steps[index])
