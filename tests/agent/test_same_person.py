"""Which accounts are one human's, by what the tenant says of them; what it does not say ties and frees nobody."""

from dataclasses import replace
from typing import Any

import pytest

from agent.model.observation import Observation
from agent.notes import Notes
from agent.port_values import TenantProfile
from agent.same_person import account_questions, accounts_of, identity_questions
from tests.agent.world import ANN, BOB, EVE, START, World

TIED = {"employeeId": "QM-7", "onPremisesImmutableId": None}
FREE = {"employeeId": None, "onPremisesImmutableId": " "}


class Known(Notes):
    """Notes that hold these answers."""

    def __init__(self, *seen: Observation) -> None:
        self._seen = {(one.lookup, one.subject): one for one in seen}


def account(person: str, facts: dict[str, Any] | None = None, *, state: str = "known") -> Observation:
    return answer("user.approver", person, facts, state=state)


def answer(lookup: str, subject: str, facts: dict[str, Any] | None = None, *, state: str = "known") -> Observation:
    fields = {"lookup": lookup, "subject": subject, "state": state, "facts": facts or {}, "observed_at": START}
    return Observation.model_validate(fields)


def with_value(*people: str, state: str = "known") -> Observation:
    return answer("user.filter", "employeeId:QM-7", {"candidates": [{"id": one} for one in people]}, state=state)


@pytest.fixture
def tenant() -> TenantProfile:
    return replace(World().tenant, same_person=(frozenset({BOB, EVE}),))


def test_an_account_without_values_is_its_own_and_those_listed_with_it(tenant: TenantProfile) -> None:
    notes = Known(account(ANN, FREE), account(BOB, FREE), account(EVE, FREE))
    assert accounts_of(ANN, notes, tenant=tenant) == {ANN}
    assert accounts_of(BOB, notes, tenant=tenant) == {BOB, EVE}
    assert identity_questions(BOB, tenant) == [("user.approver", BOB), ("user.approver", EVE)]
    assert account_questions(BOB, notes, tenant=tenant) == []


def test_a_shared_value_ties_accounts_and_those_listed_with_them(tenant: TenantProfile) -> None:
    notes = Known(account(ANN, TIED), with_value(ANN, BOB))
    assert account_questions(ANN, notes, tenant=tenant) == [("user.filter", "employeeId:QM-7")]
    assert accounts_of(ANN, notes, tenant=tenant) == {ANN, BOB, EVE}


def test_a_listed_account_that_is_deleted_keeps_nobody_from_answering(tenant: TenantProfile) -> None:
    notes = Known(account(BOB, FREE), account(EVE, state="absent"))
    assert accounts_of(BOB, notes, tenant=tenant) == {BOB, EVE}


@pytest.mark.parametrize(
    "seen",
    [
        (),
        (account(ANN, state="unknown"),),
        (account(ANN, {"employeeId": None}),),
        (account(ANN, TIED),),
        (account(ANN, TIED), with_value(state="unknown")),
        (account(ANN, TIED), with_value(BOB)),
        (account(ANN, TIED), with_value()),
    ],
    ids=["not asked", "unknown", "half told", "tie not asked", "tie unknown", "another's answer", "nobody's answer"],
)
def test_what_is_not_known_is_not_taken_for_one_account(seen: tuple[Observation, ...], tenant: TenantProfile) -> None:
    assert accounts_of(ANN, Known(*seen), tenant=tenant) is None


def test_a_listed_account_of_which_nothing_is_known_makes_the_human_unknown(tenant: TenantProfile) -> None:
    notes = Known(account(BOB, FREE))
    assert accounts_of(BOB, notes, tenant=tenant) is None and account_questions(BOB, notes, tenant=tenant) == []
