"""Only a token that Entra signed for this person, our app and our tenant proves that the person is there."""

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization

from agent.errors import BadRequestError, SettingsError
from agent.identity.user_tokens import UserTokens
from agent.published_keys import fetch_with
from simulator.entra import mint
from simulator.server import Options, Simulator
from tests.agent.identity.entra import (
    APP,
    FOREIGN,
    FOREIGN_TENANT,
    GOOD,
    NOW,
    PERSON,
    ROLLED,
    SECOND_TENANT,
    TENANT,
    Entra,
    access_token,
    claims,
    id_token,
    issuer,
    user_tokens,
)

SAMPLE = Path(__file__).parents[3] / "samples" / "tenant.json"
AT = int(NOW.timestamp())
Check = Callable[[UserTokens, str], Any]


def raw(header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    text = part(json.dumps(header).encode()) + b"." + part(json.dumps(claims(scp="access_as_user")).encode())
    return (text + b"." + part(sign(text))).decode()


def confused() -> str:
    pem = GOOD.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return raw({"alg": "HS256", "kid": "good"}, lambda text: hmac.new(pem, text, hashlib.sha256).digest())


def altered() -> str:
    head, _, tail = access_token().split(".")
    return f"{head}.{access_token(oid=PERSON.replace('11', '12')).split('.')[1]}.{tail}"


async def test_a_persons_token_names_them_and_leaves_evidence_but_no_token() -> None:
    good = access_token(auth_time=AT - 90)
    found = await user_tokens().verify(good, now=NOW)
    assert (found.tenant_id, found.person_id, found.token_id) == (TENANT, PERSON, "uti-1")
    assert (found.auth_time, found.expires_at) == (NOW - timedelta(seconds=90), NOW + timedelta(hours=1))
    assert found.evidence["user_client"] == "client-1"
    assert all(part not in json.dumps(dict(found.evidence)) for part in good.split("."))


async def test_when_a_token_does_not_say_when_the_person_signed_in_nothing_is_concluded() -> None:
    for said in (None, "0", True, float(AT), 10**18):
        found = await user_tokens().verify_id_token(id_token(auth_time=said), nonce=None, now=NOW)
        assert found.auth_time is None


# What proves nobody, whether an access token or an ID token is wanted.
BAD: dict[str, Callable[[], str]] = {
    "unsigned": lambda: raw({"alg": "none", "kid": "good"}, lambda _: b""),
    "signed with the public key as a secret": confused,
    "altered after signing": altered,
    "signed by another key under a published id": lambda: access_token(FOREIGN),
    "signed with an unpublished key": lambda: access_token(FOREIGN, "foreign"),
    "signed with a key that is published for another issuer": lambda: access_token(FOREIGN, "elsewhere"),
    "without a key id": lambda: access_token(kid=None),
    "signed with RS512": lambda: access_token(alg="RS512"),
    "by another issuer": lambda: access_token(iss="https://login.evil.example/v2.0"),
    "by the tenant's issuer of version 1.0": lambda: access_token(iss=f"https://sts.windows.net/{TENANT}/", ver="1.0"),
    "of version 1.0": lambda: access_token(ver="1.0"),
    "without issuer": lambda: access_token(iss=None),
    "by another tenant's issuer under our tenant's name": lambda: access_token(iss=issuer(FOREIGN_TENANT)),
    "of another tenant": lambda: access_token(tid=FOREIGN_TENANT, iss=issuer(FOREIGN_TENANT)),
    "without tenant": lambda: access_token(tid=None),
    "for Microsoft Graph": lambda: access_token(aud="https://graph.microsoft.com"),
    "for several audiences": lambda: access_token(aud=[APP, "x"]),
    "without audience": lambda: access_token(aud=None),
    "expired": lambda: access_token(exp=AT - 300),
    "without expiry": lambda: access_token(exp=None),
    "with an expiry beyond all years": lambda: access_token(exp=10**18),
    "not valid yet": lambda: access_token(nbf=AT + 301),
    "without a person": lambda: access_token(oid=None),
    "with a name as person": lambda: access_token(oid="bob@contoso.example"),
    "a guest's by account type": lambda: access_token(acct=1),
    "a guest's by account type in text": lambda: access_token(acct="1"),
    "a guest's by identity provider": lambda: access_token(idp=f"https://sts.windows.net/{FOREIGN_TENANT}/"),
    "a consumer's": lambda: access_token(idp="live.com"),
    "empty": lambda: "",
    "no token": lambda: "a.b.c",
    "not ASCII": lambda: "\u00e9.\u00e9.\u00e9",
    "huge": lambda: "a" * 20_000,
    "deeply nested": lambda: ".".join([base64.urlsafe_b64encode(b"[" * 5_000).decode()] * 2 + ["x"]),
}
# What is good of its kind, but no person's access token for our app.
NOT_ACCESS: dict[str, Callable[[], str]] = {
    "an ID token": id_token,
    "the app's own": lambda: access_token(scp=None, roles=["User.ReadWrite.All"], idtyp="app"),
    "the app's own with a scope": lambda: access_token(idtyp="app"),
    "with another scope": lambda: access_token(scp="User.Read openid"),
    "with a scope that only begins alike": lambda: access_token(scp="access_as_user_readonly"),
    "with scopes in a list": lambda: access_token(scp=["access_as_user"]),
    **BAD,
}
NOT_ID: dict[str, Callable[[], str]] = {
    "an access token": lambda: access_token(nonce="n"),
    "an access token that hides its client": lambda: access_token(nonce="n", azp=None),
    "the app's own": lambda: access_token(nonce="n", scp=None, azp=None, idtyp="app"),
    "the app's own that hides it": lambda: access_token(nonce="n", scp=None),
    "with another nonce": lambda: id_token(nonce="m"),
    "without the nonce": id_token,
    "expired": lambda: id_token(nonce="n", exp=AT - 300),
    "for another app": lambda: id_token(nonce="n", aud="22222222-2222-4222-8222-222222222222"),
    "a guest's": lambda: id_token(nonce="n", idp="live.com"),
}


async def refused(token: str, *, as_id: bool = False) -> int:
    tokens = user_tokens()
    with pytest.raises(BadRequestError) as caught:
        if as_id:
            await tokens.verify_id_token(token, nonce="n", now=NOW)
        else:
            await tokens.verify(token, now=NOW)
    assert not token or token not in str(caught.value)
    return caught.value.status


@pytest.mark.parametrize("name", NOT_ACCESS)
async def test_it_is_no_persons_access_token_when_it_is(name: str) -> None:
    assert await refused(NOT_ACCESS[name]()) == (403 if name.startswith(("a guest", "a consumer")) else 401)


@pytest.mark.parametrize("name", NOT_ID)
async def test_it_reports_no_sign_in_when_it_is(name: str) -> None:
    assert await refused(NOT_ID[name](), as_id=True) == (403 if name.startswith("a guest") else 401)


async def test_a_sign_in_is_reported_by_an_id_token_with_its_nonce() -> None:
    found = await user_tokens().verify_id_token(id_token(nonce="n", auth_time=AT), nonce="n", now=NOW)
    assert (found.person_id, found.auth_time) == (PERSON, NOW)


async def test_an_empty_nonce_was_never_sent_so_no_token_has_it() -> None:
    with pytest.raises(BadRequestError):
        await user_tokens().verify_id_token(id_token(nonce=""), nonce="", now=NOW)


@pytest.mark.parametrize("key, kid", [(GOOD, "good"), (ROLLED, "own")])
async def test_a_key_of_all_tenants_and_a_key_of_this_one_are_both_entras(key: Any, kid: str) -> None:
    home = {"idp": f"https://sts.windows.net/{TENANT}/", "acct": 0}
    assert await user_tokens().verify(access_token(key, kid, tid=TENANT.upper(), **home), now=NOW)


async def test_one_tenants_keys_are_read_at_our_authority_and_no_others() -> None:
    entra = Entra()
    both = user_tokens(entra, tenant_ids=frozenset({TENANT, SECOND_TENANT}))
    for tenant_id in (FOREIGN_TENANT, "../../evil"):
        with pytest.raises(BadRequestError):
            await both.verify(access_token(tid=tenant_id), now=NOW)
    assert not entra.read, "nothing is fetched because a caller names a tenant"
    second = {"tid": SECOND_TENANT, "iss": issuer(SECOND_TENANT)}
    assert (await both.verify(access_token(**second), now=NOW)).tenant_id == SECOND_TENANT
    assert {url.split("/")[3] for url in entra.read} == {SECOND_TENANT}


async def test_without_fresh_keys_the_answer_is_try_again_and_never_yes() -> None:
    entra = Entra()
    entra.is_down = True
    with pytest.raises(BadRequestError) as caught:
        await user_tokens(entra).verify(access_token(), now=NOW)
    assert caught.value.status == 503


def test_without_an_app_or_tenants_or_over_plain_http_nothing_starts() -> None:
    app, tenants = frozenset({APP}), frozenset({TENANT})
    empty: frozenset[str] = frozenset()
    for audiences, tenant_ids, authority in (
        (empty, tenants, "https://login.microsoftonline.com"),
        (app, empty, "https://login.microsoftonline.com"),
        (app | {""}, tenants, "https://login.microsoftonline.com"),
        (app, tenants, "http://login.microsoftonline.com"),
        (app, tenants, "https://login.microsoftonline.com/common"),
    ):
        with pytest.raises(SettingsError):
            UserTokens(Entra().fetch, audiences=audiences, tenant_ids=tenant_ids, authority=authority)


async def test_tokens_of_the_simulated_entra_are_verified_with_the_keys_it_publishes(tmp_path: Path) -> None:
    async with Simulator(Options(tenants=[SAMPLE], state_dir=tmp_path)) as simulator:
        cloud = simulator.cloud
        tenant_id, tenant = next(iter(cloud.tenants.items()))
        dominic = tenant.directory.user("dominic.kirk@quillmere.example") or next(iter(tenant.directory.users.values()))
        trusting = ssl.create_default_context(cafile=simulator.ready["ca"])
        async with httpx.AsyncClient(verify=trusting) as client:
            tokens = UserTokens(
                fetch_with(client),
                audiences=frozenset({cloud.names.app_id}),
                tenant_ids=frozenset({tenant_id}),
                authority=cloud.addresses.entra,
            )
            app_id = cloud.names.app_id
            signed = mint.user_token(cloud, tenant, app_id=app_id, user=dominic, lifetime_seconds=600)
            found = await tokens.verify(signed, now=datetime.now(UTC))
            sign_in = mint.id_token(cloud, tenant, app_id=app_id, user=dominic, nonce="n")
            reported = await tokens.verify_id_token(sign_in, nonce="n", now=datetime.now(UTC))
    assert found.person_id == reported.person_id == dominic["id"]
