"""Published keys are read when they are needed, kept for a day, and never guessed."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from agent.channels.bot_token import METADATA_URL, BotTokens
from agent.errors import BadRequestError, ChannelError
from agent.published_keys import PublishedKeys, fetch_with
from tests.agent.channels.cases import NOW, TENANT
from tests.agent.channels.signing import BOT, FOREIGN, Site, activity, jwk, token, tokens


async def test_keys_are_read_once_a_day() -> None:
    site = Site()
    verifier = tokens(site)
    for minutes in (0, 10, 30):
        await verifier.verify(f"Bearer {token()}", activity(), now=NOW + timedelta(minutes=minutes))
    assert site.reads == 2
    later = NOW + timedelta(hours=25)
    await verifier.verify(f"Bearer {token(exp=int(later.timestamp()) + 60)}", activity(), now=later)
    assert site.reads == 4


async def test_an_unknown_key_id_makes_us_read_at_most_once_a_minute() -> None:
    site = Site()
    verifier = tokens(site)
    for second in range(0, 59, 7):
        with pytest.raises(BadRequestError):
            await verifier.verify(
                f"Bearer {token(FOREIGN, f'k{second}')}", activity(), now=NOW + timedelta(seconds=second)
            )
    assert site.reads == 2
    site.keys.append(jwk(FOREIGN, "rolled"))
    rolled = f"Bearer {token(FOREIGN, 'rolled')}"
    assert await verifier.verify(rolled, activity(), now=NOW + timedelta(seconds=61))


async def test_without_fresh_keys_the_answer_is_try_again_and_never_yes() -> None:
    site = Site()
    verifier = tokens(site)
    await verifier.verify(f"Bearer {token()}", activity(), now=NOW)
    site.is_down = True
    later = NOW + timedelta(hours=25)
    with pytest.raises(BadRequestError) as caught:
        await verifier.verify(f"Bearer {token(exp=int(later.timestamp()) + 60)}", activity(), now=later)
    assert caught.value.status == 503


@pytest.mark.parametrize(
    "address",
    [
        "http://login.botframework.com/v1/.well-known/keys",
        "https://keys.evil.example/v1/.well-known/keys",
        "https://login.botframework.com@keys.evil.example/keys",
        "https://login.botframework.com:8443/v1/.well-known/keys",
        "https://[keys.evil.example",
        7,
    ],
)
async def test_keys_are_read_over_https_from_the_publishers_own_place_only(address: Any) -> None:
    site = Site()
    site.jwks_uri = address
    with pytest.raises(BadRequestError) as caught:
        await tokens(site).verify(f"Bearer {token()}", activity(), now=NOW)
    assert (caught.value.status, site.reads) == (503, 1)


@pytest.mark.parametrize(
    "junk", [None, "x", {"kty": "RSA"}, {"kty": "RSA", "kid": "j", "endorsements": ["msteams"], "n": "!", "e": 1}]
)
async def test_unreadable_keys_in_the_list_do_not_hide_the_good_ones(junk: Any) -> None:
    site = Site()
    site.keys.insert(0, junk)
    assert await tokens(site).verify(f"Bearer {token()}", activity(), now=NOW)


async def test_keys_are_read_over_http_through_the_metadata() -> None:
    site = Site()

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=dict(await site.fetch(str(request.url))))

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    keys = PublishedKeys(fetch_with(client), metadata_url=METADATA_URL, publisher="the bot connector")
    verifier = BotTokens(keys, bot_app_id=BOT, tenant_ids=frozenset({TENANT}))
    assert await verifier.verify(f"Bearer {token()}", activity(), now=NOW)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"keys": []}),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b'{"x":"' + b"x" * 1_100_000 + b'"}'),
    ],
    ids=["error", "list", "no text", "nested", "huge"],
)
async def test_published_keys_that_are_not_one_small_json_object_are_an_error(answer: httpx.Response) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer), follow_redirects=True)
    with pytest.raises(ChannelError):
        await fetch_with(client)(METADATA_URL)


async def test_published_keys_are_not_read_from_where_a_redirect_points() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        elsewhere = httpx.Response(302, headers={"location": "https://evil.example/"})
        return httpx.Response(200, json={}) if request.url.host == "evil.example" else elsewhere

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=True)
    with pytest.raises(ChannelError):
        await fetch_with(client)(METADATA_URL)
