"""Our token leaves only for allowed hosts; whatever the connector does wrong is one kind of error."""

import httpx
import pytest

from agent.channels.connector import Connector
from agent.errors import ChannelError, DirectoryError, SettingsError
from tests.agent.channels.cases import OWNER, TENANT
from tests.agent.channels.fake_teams import FakeTeams

BASE = "https://localhost:7443/teams/"


class Tokens:
    """Counts how often a token was asked for, and can be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False

    async def __call__(self) -> str:
        self.asked += 1
        if self.is_down:
            raise DirectoryError("sign-in is down")
        return "bot-token"


def connector(teams: FakeTeams, tokens: Tokens | None = None, *, base_url: str = BASE) -> Connector:
    client = httpx.AsyncClient(transport=httpx.MockTransport(teams), follow_redirects=True)
    return Connector(client, base_url=base_url, bot_app_id="bot", token=tokens or Tokens())


async def test_a_message_is_posted_and_replaced() -> None:
    teams = FakeTeams()
    room = await connector(teams).open_conversation(TENANT, OWNER)
    posted = await connector(teams).post(room, {"type": "message", "text": "one"})
    await connector(teams).update(room, posted, activity={"type": "message", "text": "two"})
    assert [one["text"] for one in teams.sent_to(OWNER)] == ["two"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/teams/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example\\@smba.trafficmanager.net/",
        "http://smba.trafficmanager.net/teams/",
        "https://smba.trafficmanager.net:8443/teams/",
        "https://localhost/teams/",
        "https://localhost:7443@evil.example/",
        "//smba.trafficmanager.net/",
        "https://[::1",
        "https://smba.trafficmanager.net:x/",
        "not an address",
    ],
)
async def test_no_token_is_even_asked_for_when_the_host_is_not_allowed(address: str) -> None:
    teams, tokens = FakeTeams(), Tokens()
    with pytest.raises(ChannelError, match="allowed hosts"):
        await connector(teams, tokens).post("a:1", {"type": "message"}, service_url=address)
    assert (tokens.asked, teams.requests) == (0, [])


@pytest.mark.parametrize(
    "address", ["https://smba.trafficmanager.net/teams", "https://SMBA.trafficmanager.net:443/teams/", BASE]
)
async def test_allowed_hosts_are_spoken_to(address: str) -> None:
    teams = FakeTeams()
    room = await connector(teams).open_conversation(TENANT, OWNER)
    assert await connector(teams).post(room, {"type": "message"}, service_url=address)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 429, 500])
async def test_a_refusal_or_redirect_is_an_error_and_is_not_followed(status: int) -> None:
    teams = FakeTeams()
    teams.status = status
    with pytest.raises(ChannelError, match=str(status)):
        await connector(teams).open_conversation(TENANT, OWNER)
    assert len(teams.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id":5}',
        b'{"id":""}',
        b"\xff",
        b"[" * 50_000,
        b'{"id":"m1","pad":"' + b"x" * 70_000 + b'"}',
    ],
)
async def test_an_answer_without_an_id_is_an_error(answer: bytes) -> None:
    teams = FakeTeams()
    teams.answer = answer
    with pytest.raises(ChannelError):
        await connector(teams).open_conversation(TENANT, OWNER)


@pytest.mark.parametrize(
    "broken", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), TimeoutError()]
)
async def test_a_silent_connector_is_an_error_that_remembers_no_message(broken: Exception) -> None:
    teams = FakeTeams()
    teams.broken = broken
    with pytest.raises(ChannelError) as caught:
        await connector(teams).post("a:1", {"text": "private"})
    assert caught.value.__context__ is None and "private" not in str(caught.value)


async def test_without_a_token_nothing_is_sent() -> None:
    teams, tokens = FakeTeams(), Tokens()
    tokens.is_down = True
    with pytest.raises(ChannelError):
        await connector(teams, tokens).open_conversation(TENANT, OWNER)
    assert teams.requests == []


async def test_ids_cannot_change_the_path() -> None:
    teams = FakeTeams()
    with pytest.raises(ChannelError):
        await connector(teams).post("../../x?y#z", {"type": "message"})
    assert teams.requests[0].url.raw_path == b"/teams/v3/conversations/..%2F..%2Fx%3Fy%23z/activities"


@pytest.mark.parametrize("base_url", ["", "http://localhost/teams/", "https:///teams", "https://user@localhost/"])
def test_a_connector_without_an_https_address_does_not_start(base_url: str) -> None:
    with pytest.raises(SettingsError):
        connector(FakeTeams(), base_url=base_url)
