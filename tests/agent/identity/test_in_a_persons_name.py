"""Writing in a person's name, against the simulated Entra and Graph: with their rights, for one step, or not at all."""

from collections.abc import Iterator
from itertools import count

import pytest

from agent.errors import DirectoryError, SignInNeededError, StorageError
from agent.graph.persons_token import DelegatedCredentials
from agent.graph.sender import GraphDirectory
from agent.identity.delegations import PersonCredential
from agent.model.actor import acting_for
from agent.model.graph_call import GraphCall
from agent.model.permit import MINT, Permit
from policy import Decision, Verdict
from simulator import roles, seed
from simulator.faults import FaultRule
from tests.agent.identity.place import CASE, Identity, Place, place, simulator

__all__ = ["place", "simulator"]

DECISION = Decision(verdict=Verdict.ALLOW, requirements=frozenset(), layers=(), bundle_digest="b" * 64)
SIGN_OUT = "User.RevokeSessions.All"
NUNO, ZOE = "nuno.teles", "zoe.minto"
IDS: Iterator[str] = (f"11111111-2222-4333-8444-{number:012d}" for number in count())


class OfSomebodyElse:
    """Delegations that mix people up."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def credential(self, case_id: str, _user_id: str) -> PersonCredential:
        return await self._place.delegations.credential(case_id, self._place.person(ZOE)["id"])

    async def challenged(self, case_id: str, user_id: str, *, claims: str) -> None:
        raise AssertionError("nothing is sent, so nothing is challenged")


def permit_for(place: Place, call: GraphCall, *permissions: str) -> Permit:
    return Permit(
        tenant_id=place.tenant.directory.tenant_id,
        case_id=CASE,
        step_index=0,
        call=call,
        decision=DECISION,
        approver_ids=(),
        is_rollback=False,
        mint=MINT,
        actor=acting_for(place.person(NUNO)["id"], whose="requester"),
        permissions=permissions,
    )


def sign_out(place: Place, name: str = NUNO) -> Permit:
    call = GraphCall(method="POST", path=f"/users/{place.person(name)['id']}/revokeSignInSessions")
    return permit_for(place, call, SIGN_OUT)


async def written(place: Place, permit: Permit, *, delegated: DelegatedCredentials | None = None) -> int:
    """Return the status of Nuno's write, with what Nuno lent, or what `delegated` gives instead."""
    directory = GraphDirectory(
        place.tenant.directory.tenant_id,
        Identity(place.simulator),
        base_url=place.simulator.cloud.addresses.graph,
        delegated=delegated or place.delegations,
    )
    try:
        return (await directory.write(permit, client_request_id=next(IDS), secret=None)).status
    finally:
        await directory.close()


async def test_a_step_in_a_persons_name_is_theirs_in_microsofts_own_log(place: Place) -> None:
    await place.keep(NUNO)
    assert await written(place, sign_out(place)) == 200
    assert place.tenant.directory.audits[-1]["initiatedBy"]["user"]["id"] == place.person(NUNO)["id"]


async def test_the_token_of_one_step_is_useless_for_another(place: Place) -> None:
    await place.keep(NUNO)
    nuno, zoe = place.person(NUNO), place.person(ZOE)
    seed.assign_role(place.tenant.directory, roles.GLOBAL_ADMINISTRATOR, principal_id=nuno["id"])
    disable = GraphCall(method="PATCH", path=f"/users/{zoe['id']}", body={"accountEnabled": False})
    assert await written(place, permit_for(place, disable, SIGN_OUT)) == 403
    assert await written(place, permit_for(place, disable, "User.EnableDisableAccount.All")) == 204


async def test_a_challenged_write_leaves_with_the_next_token_whichever_worker_has_it(place: Place) -> None:
    await place.keep(NUNO)
    place.simulator.cloud.faults.add(FaultRule(path="/users/", challenge=True))
    with pytest.raises(DirectoryError, match="wants a new token") as refused:
        await written(place, sign_out(place))
    assert not isinstance(refused.value, SignInNeededError)
    await place.restart()
    assert await written(place, sign_out(place)) == 200


async def test_a_challenge_that_no_token_meets_is_asked_of_the_person_and_no_write_goes_on(place: Place) -> None:
    await place.keep(NUNO)
    place.simulator.cloud.faults.add(FaultRule(path="/users/", challenge=True, lasting=True))
    with pytest.raises(DirectoryError, match="wants a new token"):
        await written(place, sign_out(place))
    with pytest.raises(SignInNeededError, match="sign in again"):
        await written(place, sign_out(place))
    assert await place.box.of_case(CASE) == ()
    with pytest.raises(SignInNeededError):
        await written(place, sign_out(place))
    assert [one["status"] for one in place.simulator.cloud.traffic.writes] == [401, 401]


async def test_a_person_who_was_signed_out_meanwhile_writes_nothing(place: Place) -> None:
    await place.keep(NUNO)
    assert await written(place, sign_out(place)) == 200
    place.person(NUNO)["signInSessionsValidFromDateTime"] = "2999-01-01T00:00:00Z"
    with pytest.raises(SignInNeededError, match="AADSTS50173"):
        await written(place, sign_out(place))
    assert len(place.simulator.cloud.traffic.writes) == 1


async def test_a_person_without_the_right_over_the_target_is_refused_by_the_service(place: Place) -> None:
    await place.keep(NUNO)
    assert await written(place, sign_out(place, ZOE)) == 403


async def test_the_token_of_another_person_is_not_sent(place: Place) -> None:
    await place.keep(ZOE)
    with pytest.raises(DirectoryError, match="the person in whose name"):
        await written(place, sign_out(place), delegated=OfSomebodyElse(place))
    assert place.simulator.cloud.traffic.writes == []


@pytest.mark.parametrize("trouble", ["nobody lent", "storage", "vault"])
async def test_without_the_persons_token_nothing_is_sent_and_never_with_the_agents_own(
    place: Place, trouble: str
) -> None:
    if trouble != "nobody lent":
        await place.keep(NUNO)
    place.box.down = trouble == "storage"
    if trouble == "vault":
        place.sealer.lost_tenants.add(place.tenant.directory.tenant_id)
    with pytest.raises(DirectoryError) as refused:
        await written(place, sign_out(place))
    assert isinstance(refused.value, SignInNeededError) == (trouble == "nobody lent")
    assert not isinstance(refused.value, StorageError), "a port raises its own errors only"
    assert place.simulator.cloud.traffic.writes == []


async def test_a_sender_that_was_given_no_way_to_peoples_tokens_sends_nothing_in_their_name(place: Place) -> None:
    tenant_id = place.tenant.directory.tenant_id
    directory = GraphDirectory(tenant_id, Identity(place.simulator), base_url=place.simulator.cloud.addresses.graph)
    with pytest.raises(DirectoryError, match="no way to have one"):
        await directory.write(sign_out(place), client_request_id=next(IDS), secret=None)
    assert place.simulator.cloud.traffic.writes == []
    await directory.close()
