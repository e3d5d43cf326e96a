"""A person's own token, exchanged by the real library in the simulated Entra: theirs, for one step, and no more."""

import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport

from agent.errors import DirectoryError, SettingsError
from agent.graph.sender import GraphDirectory
from agent.graph.tenant_token import tenant_token
from agent.identity.on_behalf_of import DelegatedCredential
from agent.model.actor import acting_for
from agent.model.graph_call import GraphCall
from agent.model.permit import MINT, Permit
from policy import Decision, Verdict
from simulator import roles, seed
from simulator.cloud import Tenant
from simulator.entra import mint
from simulator.faults import FaultRule
from simulator.server import Options, Simulator

ROOT = Path(__file__).parents[3]
GRAPH = "https://graph.microsoft.com"
DECISION = Decision(verdict=Verdict.ALLOW, requirements=frozenset(), layers=(), bundle_digest="b" * 64)


@dataclass
class Place:
    """A simulator and what a test needs of it."""

    simulator: Simulator
    transport: AioHttpTransport

    @property
    def tenant(self) -> Tenant:
        return next(iter(self.simulator.cloud.tenants.values()))

    def person(self, name: str) -> dict[str, Any]:
        found = self.tenant.directory.user(f"{name}@quillmere.example")
        assert found is not None
        return found

    def signed_in(self, name: str) -> str:
        """The token that a person's sign-in to our app yields."""
        cloud = self.simulator.cloud
        user = self.person(name)
        return mint.user_token(cloud, self.tenant, app_id=cloud.names.app_id, user=user, lifetime_seconds=600)

    def credential(self, name: str) -> DelegatedCredential:
        cloud = self.simulator.cloud
        return DelegatedCredential(
            self.tenant.directory.tenant_id,
            cloud.names.app_id,
            user_token=self.signed_in(name),
            identity=Identity(self.simulator),
            authority=cloud.addresses.entra,
            transport=self.transport,
        )


class Identity:
    """The stack's managed identity."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        token, expires = mint.managed_identity(self._simulator.cloud, scopes[0].removesuffix("/.default"))
        return AccessToken(token, min(expires, int(time.time()) + 3600))

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Identity":
        return self

    async def __aexit__(self, *_: object) -> None: ...


class People:
    """The credentials of those whose tokens are at hand."""

    def __init__(self, place: Place, name: str) -> None:
        self._place, self._name = place, name

    async def credential(self, _case_id: str, _user_id: str) -> DelegatedCredential:
        return self._place.credential(self._name)


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with Simulator(Options(tenants=[ROOT / "samples" / "tenant.json"], state_dir=tmp_path)) as simulator:
        certificate = simulator.ready["ca"]
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        trusting = ssl.create_default_context(cafile=certificate)
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting))
        transport = AioHttpTransport(session=session, session_owner=False)
        yield Place(simulator, transport)
        await session.close()


def permit_for(place: Place, call: GraphCall, *permissions: str, user: str) -> Permit:
    return Permit(
        tenant_id=place.tenant.directory.tenant_id,
        case_id="c" * 32,
        step_index=0,
        call=call,
        decision=DECISION,
        approver_ids=(),
        is_rollback=False,
        mint=MINT,
        actor=acting_for(place.person(user)["id"], whose="requester"),
        permissions=permissions,
    )


def sign_out(place: Place, name: str) -> GraphCall:
    return GraphCall(method="POST", path=f"/users/{place.person(name)['id']}/revokeSignInSessions")


def directory_of(place: Place, *, tokens_of: str) -> GraphDirectory:
    return GraphDirectory(
        place.tenant.directory.tenant_id,
        Identity(place.simulator),
        base_url=place.simulator.cloud.addresses.graph,
        delegated=People(place, tokens_of),
    )


async def test_a_step_in_a_persons_name_is_theirs_in_microsofts_own_log(place: Place) -> None:
    directory = directory_of(place, tokens_of="nuno.teles")
    permit = permit_for(place, sign_out(place, "nuno.teles"), "User.RevokeSessions.All", user="nuno.teles")
    answer = await directory.write(permit, client_request_id="11111111-2222-4333-8444-555555555555", secret=None)
    assert answer.status == 200
    assert place.tenant.directory.audits[-1]["initiatedBy"]["user"]["id"] == place.person("nuno.teles")["id"]
    await directory.close()


async def test_the_token_of_one_step_is_useless_for_another(place: Place) -> None:
    nuno = place.person("nuno.teles")
    seed.assign_role(place.tenant.directory, roles.GLOBAL_ADMINISTRATOR, principal_id=nuno["id"])
    directory = directory_of(place, tokens_of="nuno.teles")
    disable = GraphCall(
        method="PATCH", path=f"/users/{place.person('zoe.minto')['id']}", body={"accountEnabled": False}
    )
    ids = iter(f"11111111-2222-4333-8444-55555555555{number}" for number in range(3))
    wrong = permit_for(place, disable, "User.RevokeSessions.All", user="nuno.teles")
    assert (await directory.write(wrong, client_request_id=next(ids), secret=None)).status == 403
    right = permit_for(place, disable, "User.EnableDisableAccount.All", user="nuno.teles")
    assert (await directory.write(right, client_request_id=next(ids), secret=None)).status == 204
    await directory.close()


async def test_a_challenged_write_in_a_persons_name_leaves_with_the_next_token(place: Place) -> None:
    place.simulator.cloud.faults.add(FaultRule(path="/users/", challenge=True))
    directory = directory_of(place, tokens_of="nuno.teles")
    ids = iter(f"11111111-2222-4333-8444-55555555555{number}" for number in range(3))

    def permit() -> Permit:
        return permit_for(place, sign_out(place, "nuno.teles"), "User.RevokeSessions.All", user="nuno.teles")

    with pytest.raises(DirectoryError, match="wants a new token"):
        await directory.write(permit(), client_request_id=next(ids), secret=None)
    assert (await directory.write(permit(), client_request_id=next(ids), secret=None)).status == 200
    await directory.close()


async def test_a_person_without_the_right_over_the_target_is_refused_by_the_service(place: Place) -> None:
    directory = directory_of(place, tokens_of="nuno.teles")
    permit = permit_for(place, sign_out(place, "zoe.minto"), "User.RevokeSessions.All", user="nuno.teles")
    answer = await directory.write(permit, client_request_id="11111111-2222-4333-8444-555555555555", secret=None)
    assert answer.status == 403
    await directory.close()


async def test_the_token_of_another_person_is_not_sent(place: Place) -> None:
    directory = directory_of(place, tokens_of="zoe.minto")
    permit = permit_for(place, sign_out(place, "nuno.teles"), "User.RevokeSessions.All", user="nuno.teles")
    with pytest.raises(DirectoryError, match="the person in whose name"):
        await directory.write(permit, client_request_id="11111111-2222-4333-8444-555555555555", secret=None)
    assert place.simulator.cloud.traffic.writes == []
    await directory.close()


async def test_without_a_way_to_peoples_tokens_nothing_is_sent_in_their_name(place: Place) -> None:
    tenant_id = place.tenant.directory.tenant_id
    directory = GraphDirectory(tenant_id, Identity(place.simulator), base_url=place.simulator.cloud.addresses.graph)
    permit = permit_for(place, sign_out(place, "nuno.teles"), "User.RevokeSessions.All", user="nuno.teles")
    with pytest.raises(DirectoryError, match="no way to have one"):
        await directory.write(permit, client_request_id="11111111-2222-4333-8444-555555555555", secret=None)
    await directory.close()


async def test_a_token_that_entra_does_not_exchange_is_an_error_that_shows_nothing_of_it(place: Place) -> None:
    cloud, tenant_id = place.simulator.cloud, place.tenant.directory.tenant_id
    app = place.tenant.applications[cloud.names.app_id]
    own = mint.app_only(cloud, place.tenant, app=app, audience=mint.GRAPH, by_secret=False)
    credential = DelegatedCredential(
        tenant_id,
        cloud.names.app_id,
        user_token=own,
        identity=Identity(place.simulator),
        authority=cloud.addresses.entra,
        transport=place.transport,
    )
    with pytest.raises(DirectoryError) as refused:
        await tenant_token(credential, f"{GRAPH}/User.Read", tenant_id=tenant_id)
    assert own not in str(refused.value) and "ClientAuthenticationError" in str(refused.value)
    await credential.close()


@pytest.mark.parametrize("authority", ["http://login.example", "login.example", ""])
def test_an_authority_that_is_no_https_host_is_refused(authority: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        DelegatedCredential("t", "a", user_token="u", identity=Identity.__new__(Identity), authority=authority)
