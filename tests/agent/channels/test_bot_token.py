"""Only the bot connector's own token, for our bot and this very activity, makes an activity believed."""

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.channels.activities import Activity
from agent.channels.bot_token import BotTokens
from agent.errors import BadRequestError, SettingsError
from agent.published_keys import PublishedKeys
from tests.agent.channels.cases import NOW, OWNER, TENANT
from tests.agent.channels.signing import (
    BOT,
    FOREIGN,
    GOOD,
    OTHER_TENANT,
    SMALL,
    UNENDORSED,
    Site,
    activity,
    claims,
    keys_of,
    token,
    tokens,
)


def raw_token(header: dict[str, Any], payload: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    text = part(json.dumps(header).encode()) + b"." + part(json.dumps(payload).encode())
    return (text + b"." + part(sign(text))).decode()


def unsigned() -> str:
    return raw_token({"alg": "none", "typ": "JWT", "kid": "good"}, claims(), lambda _: b"")


def confused() -> str:
    """HS256 with the published public key as the shared secret."""
    pem = GOOD.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "kid": "good"}
    return raw_token(header, claims(), lambda text: hmac.new(pem, text, hashlib.sha256).digest())


def tampered() -> str:
    head, _, tail = token().split(".")
    other = token(serviceurl="https://evil.example/").split(".")[1]
    return f"{head}.{other}.{tail}"


async def refused(authorization: str, sent: Activity | None = None) -> int:
    with pytest.raises(BadRequestError) as caught:
        await tokens().verify(authorization, sent or activity(), now=NOW)
    return caught.value.status


async def test_the_connectors_token_is_accepted_and_leaves_evidence_but_no_token() -> None:
    good = token(jti="t-1")
    verified = await tokens().verify(f"Bearer {good}", activity(), now=NOW)
    assert (verified.tenant_id, verified.person_id) == (TENANT, OWNER)
    assert verified.evidence["activity_id"] == "f:1" and verified.evidence["token_id"] == "t-1"
    assert verified.evidence["key_id"] == "good"
    assert all(part not in json.dumps(dict(verified.evidence)) for part in good.split("."))


BAD_TOKENS = {
    "unsigned": (unsigned, 401),
    "signed with the public key as a secret": (confused, 401),
    "altered after signing": (tampered, 401),
    "signed by another key under a published id": (lambda: token(FOREIGN), 401),
    "signed with an unpublished key": (lambda: token(FOREIGN, "foreign"), 401),
    "without a key id": (lambda: token(kid=None), 401),
    "signed with RS512": (lambda: token(alg="RS512"), 401),
    "signed with a short key": (lambda: token(SMALL, "small"), 401),
    "for another bot": (lambda: token(aud="22222222-2222-2222-2222-222222222222"), 401),
    "for several audiences": (lambda: token(aud=[BOT, "22222222"]), 401),
    "without audience": (lambda: token(aud=None), 401),
    "by Entra for the same tenant": (lambda: token(iss=f"https://login.microsoftonline.com/{TENANT}/v2.0"), 401),
    "by Entra for another tenant": (lambda: token(iss=f"https://sts.windows.net/{OTHER_TENANT}/"), 401),
    "a user's": (lambda: token(iss=f"https://login.microsoftonline.com/{TENANT}/v2.0", scp="user", oid=OWNER), 401),
    "by a made-up issuer": (lambda: token(iss="https://api.botframework.com.evil.example"), 401),
    "without issuer": (lambda: token(iss=None), 401),
    "expired": (lambda: token(exp=int(NOW.timestamp()) - 300), 401),
    "without expiry": (lambda: token(exp=None), 401),
    "not valid yet": (lambda: token(nbf=int(NOW.timestamp()) + 301), 401),
    "with a text as expiry": (lambda: token(exp="9999999999"), 401),
    "with NaN as expiry": (lambda: token(exp=float("nan")), 401),
    "for another service host": (lambda: token(serviceurl="https://evil.example/emea/"), 403),
    "for another service path": (lambda: token(serviceurl="https://smba.trafficmanager.net/amer/"), 403),
    "without service address": (lambda: token(serviceurl=None), 403),
    "by a key that is not endorsed": (lambda: token(UNENDORSED, "plain"), 403),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_a_token_is_refused_that_is(name: str) -> None:
    build, status = BAD_TOKENS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The library warns of the short key that is to be refused.
        bad = build()
    assert await refused(f"Bearer {bad}") == status


@pytest.mark.parametrize("seconds", [-299, 299])
async def test_five_minutes_of_skew_are_allowed(seconds: int) -> None:
    at = int(NOW.timestamp()) + seconds
    changes = {"exp": at} if seconds < 0 else {"nbf": at}
    assert await tokens().verify(f"Bearer {token(**changes)}", activity(), now=NOW)


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic x", "Bearer \u00e9", "Bearer a b", "Bearer a.b.c"])
async def test_a_malformed_header_is_refused(value: str) -> None:
    assert await refused(value) == 401


async def test_a_huge_header_is_refused() -> None:
    assert await refused("Bearer " + "a" * 20_000) == 401


async def test_a_deeply_nested_token_is_refused() -> None:
    bomb = base64.urlsafe_b64encode(b"[" * 10_000).decode()
    assert await refused(f"Bearer {bomb}.{bomb}.{bomb}"[:16_000]) == 401


async def test_extensions_that_must_be_understood_are_refused() -> None:
    critical = jwt.encode(claims(), GOOD, algorithm="RS256", headers={"kid": "good", "crit": ["x"], "x": 1})
    assert await refused(f"Bearer {critical}") == 401


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(value=st.text(max_size=120) | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode()))
async def test_hostile_headers_are_refused_and_raise_nothing_else(value: str) -> None:
    assert await refused(value) == 401
    assert await refused(f"Bearer {value}") == 401


async def test_another_channel_is_refused_even_by_an_endorsed_key() -> None:
    assert await refused(f"Bearer {token()}", activity(channelId="webchat")) == 403


async def test_a_tenant_that_is_not_served_is_refused() -> None:
    sent = activity(conversation__tenantId=OTHER_TENANT, channelData__tenant__id=OTHER_TENANT)
    assert await refused(f"Bearer {token()}", sent) == 403


async def test_an_activity_that_names_two_tenants_is_refused() -> None:
    for path in ("conversation__tenantId", "channelData__tenant__id"):
        assert await refused(f"Bearer {token()}", activity(**{path: OTHER_TENANT})) == 403


async def test_a_click_by_nobody_in_particular_is_refused() -> None:
    assert await refused(f"Bearer {token()}", activity(**{"from": {"id": "29:x"}})) == 403


def test_a_bot_without_id_or_tenants_does_not_start() -> None:
    for app, tenants in (("", {TENANT}), (BOT, set()), (BOT, {""})):
        with pytest.raises(SettingsError):
            BotTokens(keys_of(Site()), bot_app_id=app, tenant_ids=frozenset(tenants))
    with pytest.raises(SettingsError):
        PublishedKeys(Site().fetch, metadata_url="http://login.botframework.com/", publisher="the bot connector")
