"""A person's own token, exchanged and redeemed by the real MSAL in the simulated Entra: theirs, and for one case."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.errors import DirectoryError, SettingsError, SignInNeededError
from agent.graph.tenant_token import tenant_token
from agent.identity.authority_client import AuthorityClient
from agent.identity.delegations import LONGEST
from agent.model.actor import acting_for
from simulator.clock import stamp
from simulator.faults import FaultRule
from tests.agent.identity.place import CASE, GRAPH, NOW, Place, place, simulator
from tests.agent.world import ANN
from tests.conformance.samples import case

__all__ = ["place", "simulator"]

REVOKE = f"{GRAPH}/User.RevokeSessions.All"
NUNO = "nuno.teles"
ZOE = "zoe.minto"


def disabled(place: Place) -> None:
    place.person(NUNO)["accountEnabled"] = False


def signed_out(place: Place) -> None:
    place.person(NUNO)["signInSessionsValidFromDateTime"] = stamp(place.simulator.cloud.clock.now() + timedelta(days=1))


def consent_revoked(place: Place) -> None:
    place.app.scopes.discard("User.RevokeSessions.All")


def deleted(place: Place) -> None:
    del place.tenant.directory.users[place.person(NUNO)["id"]]


def wants_a_second_factor(place: Place) -> None:
    body = {"error": "interaction_required", "error_codes": [50076], "error_description": "AADSTS50076: secret words"}
    place.simulator.cloud.faults.add(FaultRule(site="entra", path="/token", status=400, body=body))


async def token_of(place: Place, name: str = NUNO, *, claims: str = "") -> str:
    credential = await place.delegations.credential(CASE, place.person(name)["id"])
    tenant_id, user_id = place.tenant.directory.tenant_id, place.person(name)["id"]
    found = await tenant_token(credential, REVOKE, tenant_id=tenant_id, user_id=user_id, claims=claims)
    return found.bearer


def claims_of(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


async def test_a_kept_token_is_redeemed_for_the_person_after_a_restart(place: Place) -> None:
    await place.keep(NUNO)
    await place.restart()
    claims = claims_of(await token_of(place))
    assert (claims["oid"], claims["tid"]) == (place.person(NUNO)["id"], place.tenant.directory.tenant_id)
    assert claims["xms_cc"] == ["CP1"], "such a token ends at once when something happens to the account"


async def test_what_is_kept_is_sealed_for_this_tenant_case_and_person_and_holds_one_refresh_token(place: Place) -> None:
    await place.keep(NUNO)
    (row,) = await place.box.of_case(CASE)
    sealed = {"purpose": f"delegation/{CASE}/{row.person_id}", "sealed": row.sealed}
    cache = json.loads(json.loads(await place.sealer.open(row.tenant_id, **sealed))["cache"])
    assert {kind for kind, entries in cache.items() if entries} == {"RefreshToken", "AppMetadata"}
    assert len(cache["RefreshToken"]) == 1
    for moved in (replace(row, case_id="d" * 32), replace(row, person_id=place.person(ZOE)["id"])):
        await place.box.keep(replace(moved, version=""))
        credential = await place.delegations.credential(moved.case_id, moved.person_id)
        with pytest.raises(DirectoryError, match="BrokenSealError"):
            await tenant_token(credential, REVOKE, tenant_id=row.tenant_id, user_id=moved.person_id)


async def test_every_step_asks_entra_anew(place: Place) -> None:
    await place.keep(NUNO)
    before = len(place.token_requests())
    first, second = await token_of(place), await token_of(place)
    assert first != second and len(place.token_requests()) == before + 2


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (signed_out, "AADSTS50173"),
        (disabled, "AADSTS50057"),
        (consent_revoked, "AADSTS65001"),
        (deleted, "AADSTS50034"),
        (wants_a_second_factor, "AADSTS50076"),
    ],
)
async def test_what_entra_takes_back_is_dropped_at_the_next_step(
    place: Place, happens: Callable[[Place], None], code: str
) -> None:
    await place.keep(NUNO)
    person = place.person(NUNO)
    credential = await place.delegations.credential(CASE, person["id"])
    happens(place)
    with pytest.raises(SignInNeededError, match=code) as refused:
        await tenant_token(credential, REVOKE, tenant_id=place.tenant.directory.tenant_id, user_id=person["id"])
    assert "secret words" not in str(refused.value)
    assert await place.box.of_case(CASE) == ()
    with pytest.raises(SignInNeededError, match="no token of this person is kept"):
        await place.delegations.credential(CASE, person["id"])


async def test_a_refusal_that_was_on_its_way_takes_no_newer_sign_in_with_it(place: Place) -> None:
    await place.keep(NUNO)
    old = await place.delegations.credential(CASE, place.person(NUNO)["id"])
    wants_a_second_factor(place)
    newer = replace((await place.box.of_case(CASE))[0], version="")
    await place.box.keep(newer)
    with pytest.raises(SignInNeededError):
        await old.get_token(REVOKE)
    assert len(await place.box.of_case(CASE)) == 1
    assert await token_of(place)


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule(site="entra", path="/token", status=503),
        FaultRule(site="entra", path="/token", drop=True),
        FaultRule(site="entra", path="/token", status=401, body={"error": "invalid_client", "error_codes": [700027]}),
    ],
    ids=["away", "cut off", "our own proof"],
)
async def test_what_is_no_fault_of_the_person_drops_nothing(place: Place, rule: FaultRule) -> None:
    await place.keep(NUNO)
    place.simulator.cloud.faults.add(rule)
    with pytest.raises(DirectoryError) as failed:
        await token_of(place)
    assert not isinstance(failed.value, SignInNeededError)
    assert await token_of(place)


async def test_a_challenge_is_met_once_and_the_same_again_needs_the_person(place: Place) -> None:
    await place.keep(NUNO)
    person_id, asked = place.person(NUNO)["id"], '{"access_token":{"nbf":{"essential":true,"value":"1764000000"}}}'
    await place.delegations.challenged(CASE, person_id, claims=asked)
    await place.restart()
    claims = claims_of(await token_of(place))
    assert claims["xms_sim"] == {"shows": "1764000000", "scopes": ["User.RevokeSessions.All"]}
    assert claims["xms_cc"] == ["CP1"], "what was asked for is merged with what we can take"
    with pytest.raises(SignInNeededError, match="more of this person"):
        await place.delegations.challenged(CASE, person_id, claims=asked)
    assert await place.box.of_case(CASE) == ()


async def test_an_app_only_a_foreign_and_another_persons_token_keep_nothing(place: Place) -> None:
    for token, problem in (
        (place.app_only(), "AADSTS7000114|AADSTS500131"),
        (place.signed_in(ZOE), "the person who answered"),
        ("not a token", "AADSTS50027|AADSTS50013"),
    ):
        with pytest.raises(DirectoryError, match=problem) as refused:
            await place.keep(NUNO, token=token)
        assert token not in str(refused.value)
    assert await place.box.of_case(CASE) == ()


async def test_a_token_is_kept_until_the_deadline_and_for_a_day_at_most(place: Place) -> None:
    for until, ends in ((timedelta(hours=2), timedelta(hours=2)), (timedelta(days=7), LONGEST)):
        await place.keep(NUNO, until=NOW + until)
        (row,) = await place.box.of_case(CASE)
        assert row.ends_at == NOW + ends
    place.clock.pass_(LONGEST.total_seconds())
    with pytest.raises(SignInNeededError, match="no token of this person is kept"):
        await place.delegations.credential(CASE, row.person_id)
    assert await place.delegations.at_hand(case().evolve(id=CASE, lent_by=(row.person_id,))) == ()


async def test_at_hand_are_those_who_lent_their_name_to_this_case_requester_first(place: Place) -> None:
    await place.keep(NUNO)
    await place.keep(ZOE)
    nuno, zoe = (place.person(name)["id"] for name in (NUNO, ZOE))
    lent = case().evolve(id=CASE, requester_id=zoe, lent_by=(ANN, nuno, zoe))
    found = await place.delegations.at_hand(lent)
    assert found == (acting_for(zoe, whose="requester"), acting_for(nuno, whose="approver"))
    place.box.down = True
    assert await place.delegations.at_hand(lent.evolve(lent_by=())) == (), "for the usual case nothing is read"
    place.box.down = False
    await place.delegations.forget(lent)
    assert await place.delegations.at_hand(lent) == ()


@pytest.mark.parametrize("authority", ["http://login.example", "login.example", "https://login.example/tenant", ""])
def test_an_authority_that_is_no_https_host_is_refused(authority: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        AuthorityClient(authority)


@pytest.mark.parametrize(
    "url", ["https://evil.example/token", "http://login.example/token", "https://login.example:8/"]
)
def test_no_assertion_and_no_token_goes_to_another_host(url: str) -> None:
    client = AuthorityClient("https://login.example")
    with pytest.raises(DirectoryError, match="another host"):
        client.post(url, data={"refresh_token": "r"})
    client.close()
