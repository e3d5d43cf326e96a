"""The real msgraph-sdk with the real asynchronous azure-identity against the simulator, as the product uses them."""

import ssl
import warnings
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from azure.identity.aio import ClientAssertionCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import ResponseHandlerOption, RetryHandlerOption

with warnings.catch_warnings():
    # The SDK's own modules import a name that kiota deprecated; that is theirs to mend.
    warnings.simplefilter("ignore", DeprecationWarning)
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph.generated.groups.item.members.members_request_builder import MembersRequestBuilder
    from msgraph.generated.models.reference_create import ReferenceCreate
    from msgraph.generated.models.user import User
    from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder

# Its builders are imported when they are first used, inside the tests.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota")
ZOE = "zoe.minto@quillmere.example"


def _options() -> list[Any]:
    return [RetryHandlerOption(should_retry=False), ResponseHandlerOption(NativeResponseHandler())]


def _plain() -> Any:
    return RequestConfiguration(options=_options())


@pytest.fixture
async def graph(world: Any) -> AsyncIterator[GraphServiceClient]:
    """A client that signs in by the managed identity and talks to the simulator."""
    credential = ClientAssertionCredential(
        world.tenant_id,
        world.ready["app_id"],
        lambda: world.identity_token("api://AzureADTokenExchange"),
        authority=world.ready["entra"],
        disable_instance_discovery=True,
        connection_verify=world.ready["ca"],
    )
    scopes = ["https://graph.microsoft.com/.default"]
    hosts = [str(urlsplit(world.ready["graph"]).hostname)]
    provider = AzureIdentityAuthenticationProvider(credential, scopes=scopes, allowed_hosts=hosts)
    trusted = ssl.create_default_context(cafile=world.ready["ca"])
    async with credential, httpx.AsyncClient(verify=trusted) as transport:
        adapter = GraphRequestAdapter(provider, client=transport)
        adapter.base_url = world.ready["graph"]
        yield GraphServiceClient(request_adapter=adapter)


async def test_a_user_is_read_through_the_builders(world: Any, graph: GraphServiceClient) -> None:
    query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=["id", "accountEnabled"])
    answer: Any = await graph.users.by_user_id(ZOE).get(
        RequestConfiguration(query_parameters=query, options=_options())
    )
    assert (answer.status_code, answer.json()["accountEnabled"]) == (200, True)


async def test_the_typed_model_understands_the_answer(graph: GraphServiceClient) -> None:
    user = await graph.users.by_user_id(ZOE).get()
    assert user is not None
    assert (user.display_name, user.user_principal_name) == ("Zoe Minto", ZOE)


async def test_a_member_is_added_found_and_removed_through_the_builders(world: Any, graph: GraphServiceClient) -> None:
    zoe = world.user("zoe.minto")["id"]
    group = graph.groups.by_group_id(world.group_id("QG-Remote-Access"))
    reference = ReferenceCreate(odata_id=f"https://graph.microsoft.com/v1.0/directoryObjects/{zoe}")
    added: Any = await group.members.ref.post(reference, _plain())
    assert added.status_code == 204
    query = MembersRequestBuilder.MembersRequestBuilderGetQueryParameters(filter=f"id eq '{zoe}'", count=True)
    asked: Any = RequestConfiguration(query_parameters=query, options=_options())
    asked.headers.add("ConsistencyLevel", "eventual")
    found: Any = await group.members.get(asked)
    assert [one["id"] for one in found.json()["value"]] == [zoe]
    removed: Any = await group.members.by_directory_object_id(zoe).ref.delete(_plain())
    assert removed.status_code == 204


async def test_the_sdks_python_names_for_null_are_refused(world: Any, graph: GraphServiceClient) -> None:
    body = User(additional_data={"job_title": None})
    answer: Any = await graph.users.by_user_id(ZOE).patch(body, _plain())
    assert answer.status_code == 400
    assert world.user("zoe.minto")["jobTitle"] == "Account Executive"
    cleared: Any = await graph.users.by_user_id(ZOE).patch(User(additional_data={"jobTitle": None}), _plain())
    assert cleared.status_code == 204
    assert world.user("zoe.minto")["jobTitle"] is None


async def test_with_retries_off_a_write_that_was_answered_503_went_out_once(
    world: Any, graph: GraphServiceClient
) -> None:
    world.control("POST", "/faults", {"method": "PATCH", "path": "/users/", "status": 503, "times": 9})
    answer: Any = await graph.users.by_user_id(ZOE).patch(User(account_enabled=False), _plain())
    assert answer.status_code == 503
    assert len(world.writes()) == 1


async def test_a_sign_in_name_with_a_hash_reaches_its_user(world: Any, graph: GraphServiceClient) -> None:
    guest = world.file["guests"][0]
    answer: Any = await graph.users.by_user_id(guest["userPrincipalName"]).get(_plain())
    assert answer.json()["id"] == guest["id"]
