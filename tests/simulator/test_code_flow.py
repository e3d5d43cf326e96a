"""The authorization code flow with the real MSAL: who signs in, how long ago, and every code that does not count."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import msal
import pytest
import requests

HERE = "https://remit.example/api/sign-in"
ELSEWHERE = "https://evil.example/api/sign-in"
PERSON = "nuno.teles@quillmere.example"
VERIFIER = "v" * 43


def trusting(world: Any) -> requests.Session:
    """What MSAL speaks HTTP with; the environment's own certificates do not count."""
    session = requests.Session()
    session.verify, session.trust_env = world.ready["ca"], False
    return session


@pytest.fixture
def signing_in(world: Any) -> Any:
    world.control("POST", "/apps", {"redirect_uris": [HERE]})
    return world


def address(world: Any, **changes: str) -> httpx.URL:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": world.ready["app_id"],
        "response_type": "code",
        "redirect_uri": HERE,
        "scope": f"api://{world.ready['app_id']}/user_impersonation openid profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "sim_user": PERSON,
    }
    whole = {name: value for name, value in {**query, **changes}.items() if value}
    return httpx.URL(f"{world.ready['entra']}/{world.tenant_id}/oauth2/v2.0/authorize", params=whole)


def sent_back(world: Any, **changes: str) -> dict[str, str]:
    answer = world.client.get(address(world, **changes))
    assert answer.status_code == 302 and answer.headers["location"].startswith(f"{HERE}?"), answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def redeemed(world: Any, given: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": HERE, "code_verifier": VERIFIER}
    answer: httpx.Response = world.grant({**form, **changes})
    return answer


def claims_of(answer: Any) -> dict[str, Any]:
    return dict(jwt.decode(answer["id_token"], options={"verify_signature": False}))


def test_msal_signs_a_person_in_and_gets_their_own_token_for_the_app(signing_in: Any) -> None:
    world = signing_in
    app = msal.ConfidentialClientApplication(
        world.ready["app_id"],
        authority=f"{world.ready['entra']}/{world.tenant_id}",
        client_credential={"client_assertion": lambda: world.identity_token("api://AzureADTokenExchange")},
        instance_discovery=False,
        exclude_scopes=["offline_access"],
        http_client=trusting(world),
    )
    flow = app.initiate_auth_code_flow(
        [f"api://{world.ready['app_id']}/user_impersonation"], redirect_uri=HERE, response_mode="form_post"
    )
    back = world.client.get(httpx.URL(flow["auth_uri"]).copy_merge_params({"sim_user": PERSON})).text
    assert f'action="{HERE}"' in back
    answer = app.acquire_token_by_auth_code_flow(flow, dict(re.findall(r'name="(\w+)" value="([^"]*)"', back)))
    claims = claims_of(answer)
    assert (claims["oid"], claims["aud"]) == (world.user(PERSON)["id"], world.ready["app_id"])
    assert "auth_time" not in claims and "refresh_token" not in answer
    own = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert (own["aud"], own["scp"], own["oid"]) == (world.ready["app_id"], "user_impersonation", claims["oid"])


@pytest.mark.parametrize(
    ("query", "age"),
    [
        ({"prompt": "login", "max_age": "300"}, 0),
        ({"max_age": "300"}, 0),
        ({"max_age": "9000"}, 3600),
        ({"claims": '{"id_token":{"auth_time":{"essential":true}}}'}, 3600),
    ],
)
def test_a_session_that_the_browser_has_is_used_unless_a_new_sign_in_is_asked_for(
    signing_in: Any, query: dict[str, str], age: int
) -> None:
    code = sent_back(signing_in, sim_signed_in_seconds_ago="3600", **query)["code"]
    claims = claims_of(redeemed(signing_in, code).json())
    assert claims["iat"] - claims["auth_time"] in (age, age + 1) and claims["nonce"] == "n"


def test_somebody_who_cancels_comes_back_without_a_code(signing_in: Any) -> None:
    back = sent_back(signing_in, sim_user="")
    assert (back["error"], back["state"]) == ("access_denied", "s") and "code" not in back


def test_a_sign_in_without_pkce_comes_back_without_a_code(signing_in: Any) -> None:
    assert sent_back(signing_in, code_challenge_method="plain")["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uri": ELSEWHERE}, 50011),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 700016),
        ({"sim_user": "nobody@quillmere.example"}, 50034),
        ({"scope": "openid https://graph.microsoft.com/Mail.Read"}, 70011),
    ],
)
def test_nobody_is_sent_to_an_address_before_it_is_known_to_be_the_applications(
    signing_in: Any, changes: dict[str, str], code: int
) -> None:
    answer = signing_in.client.get(address(signing_in, **changes))
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [code])
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"code_verifier": "w" * 43}, 501481),
        ({"redirect_uri": ELSEWHERE}, 50011),
        ({"code": "1.unknown"}, 9002313),
    ],
)
def test_a_code_counts_with_its_verifier_and_address_only(
    signing_in: Any, changes: dict[str, str], number: int
) -> None:
    code = sent_back(signing_in)["code"]
    assert redeemed(signing_in, code, **changes).json()["error_codes"] == [number]
    assert redeemed(signing_in, code).status_code == 200


def test_a_code_is_redeemed_once(signing_in: Any) -> None:
    code = sent_back(signing_in)["code"]
    assert redeemed(signing_in, code).status_code == 200
    assert redeemed(signing_in, code).json()["error_codes"] == [54005]
