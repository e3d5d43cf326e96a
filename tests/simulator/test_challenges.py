"""Tokens that end before their time: challenges, the claims that answer them, and people who were signed out."""

import base64
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from azure.identity import ClientAssertionCredential

GRAPH = "https://graph.microsoft.com"
NUNO = "nuno.teles@quillmere.example"
USER = f"/users/{NUNO}"
CAPABLE = {"access_token": {"xms_cc": {"values": ["CP1"]}}}


def asked_by(answer: httpx.Response) -> dict[str, Any]:
    """The claims that a refusal asks for."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    header = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in header
    found = re.search(r'claims="([^"]+)"', header)
    assert found is not None
    asked = json.loads(base64.b64decode(found[1]))
    assert isinstance(asked, dict)
    return asked


def challenge(world: Any, **more: object) -> None:
    """Make Graph challenge every token from now on."""
    world.control("POST", "/faults", {"site": "graph", "path": "/users/", "challenge": True, **more})


def test_a_challenge_stays_until_a_token_comes_that_was_asked_for_with_its_claims(world: Any, app: str) -> None:
    challenge(world, method="PATCH")
    asked = [asked_by(world.graph("PATCH", USER, token=app, body={"jobTitle": "x"})) for _ in range(2)]
    assert asked[0] == asked[1] and set(asked[0]["access_token"]) == {"nbf"}
    unasked = world.app_token()
    other = world.app_token(claims=json.dumps({"access_token": {"nbf": {"essential": True, "value": "1"}}}))
    for token in (unasked, other):
        asked_by(world.graph("PATCH", USER, token=token, body={"jobTitle": "x"}))
    assert world.user("nuno.teles")["jobTitle"] != "x"
    met = world.app_token(claims=json.dumps(asked[0]))
    assert world.graph("PATCH", USER, token=met, body={"jobTitle": "x"}).status_code == 204
    # What was said of one token says nothing of the others.
    asked_by(world.graph("PATCH", USER, token=app, body={"jobTitle": "y"}))
    assert world.graph("GET", USER, token=app).status_code == 200


def test_two_challenges_are_answered_one_by_one(world: Any, app: str) -> None:
    challenge(world)
    challenge(world)
    first = asked_by(world.graph("GET", USER, token=app))
    second = asked_by(world.graph("GET", USER, token=world.app_token(claims=json.dumps(first))))
    assert first != second


def test_a_part_of_a_batch_is_challenged_and_the_others_are_answered(world: Any, app: str) -> None:
    challenge(world)
    parts = [{"id": "1", "method": "GET", "url": USER}, {"id": "2", "method": "GET", "url": "/organization"}]
    answers = world.graph("POST", "/$batch", token=app, body={"requests": parts}).json()["responses"]
    found = {one["id"]: one for one in answers}
    assert {name: one["status"] for name, one in found.items()} == {"1": 401, "2": 200}
    assert "insufficient_claims" in found["1"]["headers"]["WWW-Authenticate"]


@pytest.mark.parametrize(
    "rule",
    [
        {"challenge": True, "status": 401},
        {"challenge": True, "after_write": True},
        {"challenge": True, "site": "vault"},
        {"status": 401, "since": 1},
        {"status": 401, "headers": {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="e30="'}},
    ],
)
def test_a_challenge_that_means_nothing_is_refused(world: Any, rule: dict[str, Any]) -> None:
    world.control("POST", "/faults", rule, expect=400)


@pytest.mark.parametrize("claims", ["", "nonsense", "[]", '{"access_token": []}'])
def test_claims_that_cannot_be_read_are_refused(world: Any, claims: str) -> None:
    form = {"grant_type": "client_credentials", "scope": f"{GRAPH}/.default", "claims": claims}
    answer = world.grant(form)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [9002313])


@pytest.fixture
def credential(world: Any) -> Iterator[ClientAssertionCredential]:
    """The real library's credential of the product's app."""
    with ClientAssertionCredential(
        world.tenant_id,
        world.ready["app_id"],
        lambda: world.identity_token("api://AzureADTokenExchange"),
        authority=world.ready["entra"],
        disable_instance_discovery=True,
        connection_verify=world.ready["ca"],
    ) as made:
        yield made


def test_the_real_library_meets_a_challenge_and_says_that_it_can(
    world: Any, credential: ClientAssertionCredential
) -> None:
    scope = f"{GRAPH}/.default"
    first = credential.get_token(scope, enable_cae=True).token
    assert jwt.decode(first, options={"verify_signature": False})["xms_cc"] == ["CP1"]
    challenge(world)
    asked = asked_by(world.graph("GET", USER, token=first))
    assert credential.get_token(scope, enable_cae=True).token == first, "the library keeps what it has"
    second = credential.get_token(scope, enable_cae=True, claims=json.dumps(asked)).token
    assert world.graph("GET", USER, token=second).status_code == 200


def user_token(world: Any, **form: str) -> str:
    """A token in which the product's app speaks for a person."""
    whole = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "requested_token_use": "on_behalf_of",
        "assertion": world.sign_in(NUNO),
        "scope": f"{GRAPH}/.default",
        **form,
    }
    return str(world.grant(whole).json()["access_token"])


def sign_out(world: Any, app: str) -> None:
    """Revoke the sessions; times in tokens are whole seconds."""
    start = int(time.time())
    while int(time.time()) == start:
        time.sleep(0.02)
    assert world.graph("POST", f"{USER}/revokeSignInSessions", token=app).is_success


def disable(world: Any, app: str) -> None:
    """Disable the account."""
    assert world.graph("PATCH", USER, token=app, body={"accountEnabled": False}).status_code == 204


@pytest.mark.parametrize(
    ("end", "why"), [(sign_out, "TokenIssuedBeforeRevocationTimestamp"), (disable, "UserAccountDisabled")]
)
def test_a_persons_token_ends_with_their_sessions_and_with_their_account(
    world: Any, app: str, end: Any, why: str
) -> None:
    plain, capable = user_token(world), user_token(world, claims=json.dumps(CAPABLE))
    assert world.graph("GET", "/me", token=plain).status_code == 200
    end(world, app)
    refused = world.graph("GET", "/me", token=plain)
    assert (refused.status_code, why in refused.json()["error"]["message"]) == (401, True)
    assert "claims=" not in refused.headers["WWW-Authenticate"]
    assert asked_by(world.graph("GET", "/me", token=capable))["access_token"]["nbf"]["essential"] is True
    body = {"requests": [{"id": "1", "method": "GET", "url": "/me"}]}
    asked_by(world.graph("POST", "/$batch", token=capable, body=body))
    assert world.graph("GET", USER, token=app).status_code == 200


def test_who_signs_in_again_is_let_in_again(world: Any, app: str) -> None:
    sign_out(world, app)
    assert world.graph("GET", "/me", token=user_token(world)).status_code == 200
