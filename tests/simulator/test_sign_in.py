"""Sign-in with the real azure-identity, and every refusal of the token endpoint."""

import json
import time
from typing import Any

import httpx
import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    OnBehalfOfCredential,
)

GRAPH = "https://graph.microsoft.com"
SCOPE = f"{GRAPH}/.default"
EXCHANGE = "api://AzureADTokenExchange"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def _options(world: Any) -> dict[str, Any]:
    return {
        "authority": world.ready["entra"],
        "disable_instance_discovery": True,
        "connection_verify": world.ready["ca"],
    }


@pytest.fixture
def identity(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The real managed-identity credential, set up as App Service sets it up."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", world.ready["msi"])
    monkeypatch.setenv("IDENTITY_HEADER", world.ready["msi_header"])
    with ManagedIdentityCredential(client_id=world.ready["identity_client_id"]) as credential:
        yield credential


def _claims(world: Any, token: str, audience: str) -> dict[str, Any]:
    keys = world.client.get(f"{world.ready['entra']}/{world.tenant_id}/discovery/v2.0/keys").json()
    known = {key["kid"]: jwt.PyJWK(key) for key in keys["keys"]}
    key = known[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience)


def _code(answer: httpx.Response) -> int:
    body = answer.json()
    assert f"AADSTS{body['error_codes'][0]}:" in body["error_description"]
    return int(body["error_codes"][0])


def test_the_managed_identity_stands_for_a_secret_and_yields_an_app_only_graph_token(world: Any, identity: Any) -> None:
    def assertion() -> str:
        return str(identity.get_token(f"{EXCHANGE}/.default").token)

    with ClientAssertionCredential(world.tenant_id, world.ready["app_id"], assertion, **_options(world)) as credential:
        token = credential.get_token(SCOPE).token
    claims = _claims(world, token, GRAPH)
    assert claims["iss"] == f"https://sts.windows.net/{world.tenant_id}/"
    assert (claims["appid"], claims["appidacr"], claims["ver"]) == (world.ready["app_id"], "2", "1.0")
    assert "GroupMember.ReadWrite.All" in claims["roles"]
    assert "scp" not in claims
    assert claims["oid"] == claims["sub"]
    assert claims["uti"]


def test_on_behalf_of_yields_a_delegated_token_and_then_comes_from_the_cache(world: Any, identity: Any) -> None:
    def assertion() -> str:
        return str(identity.get_token(f"{EXCHANGE}/.default").token)

    user = world.user("gunther.pils")
    signed_in = world.sign_in(user["userPrincipalName"])
    credential = OnBehalfOfCredential(
        world.tenant_id,
        world.ready["app_id"],
        client_assertion_func=assertion,
        user_assertion=signed_in,
        **_options(world),
    )
    with credential:
        token = credential.get_token(SCOPE).token
        again = credential.get_token(SCOPE).token
    claims = _claims(world, token, GRAPH)
    assert again == token
    assert (claims["oid"], claims["upn"]) == (user["id"], user["userPrincipalName"])
    assert "GroupMember.ReadWrite.All" in claims["scp"].split()
    assert "roles" not in claims
    # The template id of Helpdesk Administrator, which is the same in every tenant.
    assert "729827e3-9c14-49f7-bb1b-9608f156bbb8" in claims["wids"]


def test_a_registered_secret_works_and_another_does_not(world: Any) -> None:
    world.control("POST", "/apps", {"secret": "correct horse battery"})
    where = (world.tenant_id, world.ready["app_id"])
    with ClientSecretCredential(*where, "correct horse battery", **_options(world)) as credential:
        assert _claims(world, credential.get_token(SCOPE).token, GRAPH)["appidacr"] == "1"
    with (
        ClientSecretCredential(*where, "wrong horse battery", **_options(world)) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS7000215"),
    ):
        credential.get_token(SCOPE)


def test_the_openid_metadata_leads_to_the_keys(world: Any) -> None:
    base = f"{world.ready['entra']}/{world.tenant_id}"
    metadata = world.client.get(f"{base}/v2.0/.well-known/openid-configuration").json()
    assert metadata["issuer"] == f"{base}/v2.0"
    assert world.client.get(metadata["jwks_uri"]).json()["keys"][0]["kty"] == "RSA"
    token = world.sign_in("gunther.pils@quillmere.example")
    assert _claims(world, token, world.ready["app_id"])["iss"] == metadata["issuer"]


@pytest.mark.parametrize("resource", ["https://vault.azure.net", "https://api.botframework.com", GRAPH, EXCHANGE])
def test_the_audience_follows_the_scope(world: Any, resource: str) -> None:
    claims = _claims(world, world.app_token(resource), resource)
    assert ("roles" in claims) == (resource == GRAPH)


@pytest.mark.parametrize(
    ("form", "code", "status"),
    [
        ({"scope": f"{GRAPH}/User.Read.All"}, 1002012, 400),
        ({"scope": "https://nowhere.example/.default"}, 500011, 400),
        ({"scope": f"{GRAPH}/.default https://vault.azure.net/.default"}, 70011, 400),
        ({"scope": ""}, 900144, 400),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 700016, 400),
        ({"client_secret": "nobody knows"}, 7000215, 401),
        ({"grant_type": "password"}, 70003, 400),
        ({"client_assertion": "not.a.token"}, 700027, 401),
    ],
)
def test_a_wrong_request_is_refused_with_entras_number(
    world: Any, form: dict[str, str], code: int, status: int
) -> None:
    answer = world.grant({"grant_type": "client_credentials", "scope": SCOPE, **form})
    assert (_code(answer), answer.status_code) == (code, status)


def test_an_unknown_tenant_is_refused(world: Any) -> None:
    answer = world.grant({"grant_type": "client_credentials", "scope": SCOPE}, tenant="contoso.example")
    assert _code(answer) == 90002


def test_a_managed_identity_token_for_another_audience_is_no_client_assertion(world: Any) -> None:
    other = world.identity_token("https://vault.azure.net")
    answer = world.grant({"grant_type": "client_credentials", "scope": SCOPE, "client_assertion": other})
    assert _code(answer) == 700212


def test_a_token_of_the_app_itself_is_no_client_assertion(world: Any) -> None:
    own = world.app_token(EXCHANGE)
    answer = world.grant({"grant_type": "client_credentials", "scope": SCOPE, "client_assertion": own})
    assert _code(answer) == 700211


def test_an_app_without_a_federated_credential_may_not_use_the_identity(world: Any) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    world.control("POST", "/apps", {"app_id": other, "grant": ["User.Read.All"]})
    answer = world.grant({"grant_type": "client_credentials", "scope": SCOPE, "client_id": other})
    assert _code(answer) == 700213


def _on_behalf_of(world: Any, assertion: str, **form: str) -> httpx.Response:
    usual = {"grant_type": OBO, "requested_token_use": "on_behalf_of", "scope": SCOPE, "assertion": assertion}
    answer: httpx.Response = world.grant({**usual, **form})
    return answer


def test_an_app_only_token_cannot_be_exchanged(world: Any) -> None:
    key = "11111111-2222-4333-8444-555555555555"
    assert _code(_on_behalf_of(world, world.app_token())) == 500131
    assert _code(_on_behalf_of(world, world.sign_in("gunther.pils@quillmere.example", app_id=key))) == 500131


def test_an_id_token_is_not_an_assertion(world: Any) -> None:
    tokens = world.control("POST", "/sign-in", {"user": "gunther.pils@quillmere.example", "nonce": "n"})
    assert _code(_on_behalf_of(world, tokens["id_token"])) == 7000114


def test_an_expired_assertion_is_refused(world: Any) -> None:
    old = world.sign_in("gunther.pils@quillmere.example", lifetime_seconds=-600)
    assert _code(_on_behalf_of(world, old)) == 500133


def test_a_forged_assertion_is_refused(world: Any) -> None:
    head, body, _ = world.sign_in("gunther.pils@quillmere.example").split(".")
    assert _code(_on_behalf_of(world, f"{head}.{body}.AAAA")) == 50013


def test_a_disabled_person_gets_no_token(world: Any) -> None:
    signed_in = world.sign_in("nuno.teles@quillmere.example")
    body = {"accountEnabled": False}
    world.graph("PATCH", "/users/nuno.teles@quillmere.example", token=world.app_token(), body=body)
    assert _code(_on_behalf_of(world, signed_in)) == 50057
    world.control("POST", "/sign-in", {"user": "nuno.teles@quillmere.example"}, expect=403)


def test_a_sign_in_before_the_sessions_were_revoked_no_longer_counts(world: Any) -> None:
    before = world.sign_in("nuno.teles@quillmere.example")
    _next_second()
    world.graph("POST", "/users/nuno.teles@quillmere.example/revokeSignInSessions", token=world.app_token())
    assert _code(_on_behalf_of(world, before)) == 50173
    assert _on_behalf_of(world, world.sign_in("nuno.teles@quillmere.example")).status_code == 200


def _next_second() -> None:
    """Tokens and the revocation are in whole seconds; within one second nothing was issued `before`."""
    start = int(time.time())
    while int(time.time()) == start:
        time.sleep(0.02)


def test_a_scope_nobody_consented_to_is_refused(world: Any) -> None:
    token = world.sign_in("gunther.pils@quillmere.example")
    assert _code(_on_behalf_of(world, token, scope=f"{GRAPH}/Mail.ReadWrite")) == 65001


def test_a_token_holds_all_that_was_consented_and_is_good_for_what_was_asked_for(world: Any) -> None:
    token = world.sign_in("gunther.pils@quillmere.example")
    whole, narrow = (_on_behalf_of(world, token, scope=one).json() for one in (SCOPE, f"{GRAPH}/User.Read"))
    held = _claims(world, narrow["access_token"], GRAPH)["scp"].split()
    assert held == _claims(world, whole["access_token"], GRAPH)["scp"].split() and len(held) > 1
    assert f"{GRAPH}/User.Read" in narrow["scope"].split() and len(narrow["scope"].split()) == len(held)
    statuses = [
        world.graph("GET", path, token=one["access_token"]).status_code
        for one in (whole, narrow)
        for path in ("/me", "/groups")
    ]
    assert statuses == [200, 200, 200, 403]


def test_a_refresh_token_gives_a_new_delegated_token_until_the_sessions_are_revoked(world: Any) -> None:
    first = _on_behalf_of(world, world.sign_in("nuno.teles@quillmere.example"), scope=f"{SCOPE} openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"], "scope": SCOPE}
    assert world.grant(form).status_code == 200
    _next_second()
    world.graph("POST", "/users/nuno.teles@quillmere.example/revokeSignInSessions", token=world.app_token())
    assert _code(world.grant(form)) == 50173


@pytest.mark.parametrize(
    ("changes", "header", "status"),
    [
        ({}, "wrong", 401),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, None, 400),
        ({"client_id": ""}, None, 400),
        ({"api-version": "2017-09-01"}, None, 400),
        ({"resource": "https://nowhere.example"}, None, 400),
    ],
)
def test_the_identity_endpoint_refuses_what_app_service_refuses(
    world: Any, changes: dict[str, str], header: str | None, status: int
) -> None:
    usual = {"api-version": "2019-08-01", "resource": GRAPH, "client_id": world.ready["identity_client_id"]}
    headers = {"X-IDENTITY-HEADER": header or world.ready["msi_header"]}
    answer = world.client.get(world.ready["msi"], params={**usual, **changes}, headers=headers)
    assert answer.status_code == status
    assert "access_token" not in json.dumps(answer.json())


def test_an_unknown_route_of_the_sign_in_site_is_not_simulated(world: Any) -> None:
    answer = world.client.get(f"{world.ready['entra']}/{world.tenant_id}/oauth2/v2.0/devicecode")
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "NotSimulated")
