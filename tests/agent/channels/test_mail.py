"""E-mail notices, over the wire: who gets one, that nothing of a case stands in it, and that TLS is never left out."""

import asyncio
import email
import email.policy
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.channels import mail_relay
from agent.channels.connector import Connector
from agent.channels.mail import TeamsAndMail
from agent.channels.mail_notice import SUBJECT, mail_notice
from agent.channels.mail_relay import MailRelay, Relay, Tls
from agent.channels.teams import TeamsChannel
from agent.errors import ChannelError, VaultError
from agent.model.case import Case
from agent.model.mail_address import is_mail_address
from agent.port_values import ApprovalNotice, notice_of
from simulator import ca
from simulator.clock import Clock
from simulator.mail_relay import USER, Letters
from simulator.mail_relay import MailRelay as SimulatedRelay
from tests.agent.areas.collected import PARAMS
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.cases import ADMIN, NOW, OWNER, briefing, step, waiting
from tests.agent.channels.fake_teams import FakeTeams
from tests.agent.channels.test_shown_is_permitted import asked_about
from tests.agent.world import ASK_OWNER, BOB, READERS, World, add_member

PASSWORD = "relay-password-7Qx"
SENDER = "remit@contoso.example"
ADDRESSES = {OWNER: "gwen@contoso.example", ADMIN: "ada@contoso.example"}
TEXT = (
    "Something waits for your answer until 2026-11-22 09:00 UTC.\n\n"
    f"{PAGES.approval('approval-1').url}\n\n"
    "The page shows what it is once you have signed in. Without an answer nothing is done, and a person takes over.\n"
    "This mail needs no reply, and nobody will ask you for a password or a code because of it.\n"
)
HOSTILE = "Reset the CFO\r\nBcc: all@evil.example\r\n\r\n<a href=https://evil.example>{{x}}</a> \u202eMegan"


class Post:
    """A relay on loopback, a connector in memory, and the channel that uses both."""

    def __init__(self, folder: Path) -> None:
        self.certificates = ca.ensure(folder)
        self.letters = Letters(Clock())
        self.letters.password = PASSWORD
        self.teams = FakeTeams()
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self.teams))
        self.known_password: str | None = PASSWORD
        self.port = 0

    async def listen(self, **manner: bool) -> SimulatedRelay:
        relay = SimulatedRelay(self.letters, self.certificates.server_context(), **manner)
        self.port = await relay.listen("127.0.0.1", 0)
        return relay

    def channel(self, *, tls: Tls = "starttls", tells_all: bool = False) -> TeamsAndMail:
        connector = Connector(self.client, base_url="https://localhost:7443/teams/", bot_app_id="bot", token=_token)
        relay = MailRelay(Relay("localhost", self.port, tls, USER, SENDER), password=self._password)
        teams = TeamsChannel(connector, pages=PAGES)
        return TeamsAndMail(teams, relay=relay, pages=PAGES, clock=_Noon(), tells_all=tells_all)

    async def _password(self) -> str:
        if self.known_password is None:
            raise VaultError("the vault did not answer")
        return self.known_password

    @property
    def told(self) -> list[list[str]]:
        return [one["to"] for one in self.letters.all]


class _Noon:
    def now(self) -> Any:
        return NOW


async def _token() -> str:
    return "bot-token"


@pytest.fixture
async def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    made = Post(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificates.ca))
    yield made
    await made.client.aclose()


@pytest.fixture
async def relay(post: Post) -> AsyncIterator[SimulatedRelay]:
    running = await post.listen()
    yield running
    await running.close()


def asking(mails: dict[str, str] = ADDRESSES, **changes: Any) -> ApprovalNotice:
    return notice_of(waiting(briefing=briefing(mails=mails), **changes))


def letter(case: Case, to: str = ADDRESSES[OWNER]) -> bytes:
    return letter_of(notice_of(case), to)


def letter_of(notice: ApprovalNotice, to: str = ADDRESSES[OWNER]) -> bytes:
    page = PAGES.approval(notice.request.id)
    return bytes(mail_notice(notice, OWNER, page=page, to=to, sender=SENDER, now=NOW))


async def test_who_has_no_teams_gets_a_mail_and_who_has_the_card_gets_none(post: Post, relay: SimulatedRelay) -> None:
    post.teams.unreachable = {OWNER}
    await post.channel().ask(asking(text=HOSTILE))
    assert post.told == [[ADDRESSES[OWNER]]] and len(post.teams.sent_to(ADMIN)) == 1
    (mail,) = post.letters.all
    assert (mail["from"], mail["text"]) == (SENDER, TEXT)
    assert relay.commands == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_a_mail_alone_is_enough_and_nobody_at_all_is_an_error(
    post: Post, relay: SimulatedRelay, caplog: pytest.LogCaptureFixture
) -> None:
    post.teams.unreachable = {OWNER, ADMIN}
    post.letters.refused = frozenset({ADDRESSES[OWNER]})
    await post.channel().ask(asking())
    assert post.told == [[ADDRESSES[ADMIN]]]
    post.letters.refused = frozenset(ADDRESSES.values())
    with caplog.at_level(logging.DEBUG), pytest.raises(ChannelError, match="one of 2 approvers in Teams or by mail"):
        await post.channel().ask(asking(text=HOSTILE))
    assert "SMTPRecipientsRefused" in caplog.text
    assert not any(one in caplog.text for one in (*ADDRESSES.values(), PASSWORD, "evil", "approval-1"))


async def test_with_the_setting_everybody_who_was_asked_gets_one(post: Post, relay: SimulatedRelay) -> None:
    await post.channel(tells_all=True).ask(asking())
    assert sorted(post.told) == sorted([one] for one in ADDRESSES.values())
    assert len(post.teams.sent_to(OWNER)) == len(post.teams.sent_to(ADMIN)) == 1


async def test_a_requester_who_may_not_answer_gets_none(post: Post, relay: SimulatedRelay) -> None:
    await post.channel(tells_all=True).ask(asking(requester_id=OWNER))
    assert post.told == [[ADDRESSES[ADMIN]]]


async def test_tls_from_the_first_byte_works_too(post: Post) -> None:
    relay = await post.listen(implicit=True)
    await post.channel(tls="implicit", tells_all=True).ask(asking())
    assert len(post.told) == 2 and "STARTTLS" not in relay.commands
    await relay.close()


async def test_a_relay_that_offers_no_tls_is_told_no_password(post: Post) -> None:
    relay = await post.listen(offers_tls=False)
    post.teams.unreachable = {OWNER, ADMIN}
    with pytest.raises(ChannelError):
        await post.channel().ask(asking())
    assert post.told == [] and set(relay.commands) <= {"EHLO", "QUIT"}
    await relay.close()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_relay_with_a_strangers_certificate_is_told_no_password(
    post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: Tls
) -> None:
    relay = await post.listen(implicit=tls == "implicit")
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.ensure(tmp_path / "other").ca))
    post.teams.unreachable = {OWNER, ADMIN}
    with pytest.raises(ChannelError):
        await post.channel(tls=tls).ask(asking())
    assert post.told == [] and "AUTH" not in relay.commands
    await relay.close()


@pytest.mark.parametrize("password", ["another-password-3Zk", None, "not ascii \u00fc"])
async def test_without_the_right_password_nothing_is_sent_and_it_is_in_no_log(
    post: Post, relay: SimulatedRelay, caplog: pytest.LogCaptureFixture, password: str | None
) -> None:
    post.known_password = password
    with caplog.at_level(logging.DEBUG):
        await post.channel(tells_all=True).ask(asking())
    assert post.told == [] and "MAIL" not in relay.commands
    assert "2 of 2 people were not told by mail" in caplog.text and str(password) not in caplog.text


async def test_a_relay_that_never_comes_to_an_end_is_hung_up_on(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_relay, "TOTAL_SECONDS", 0.3)
    gone = asyncio.Event()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        try:
            # Each line comes in time, and more are always announced.
            while True:
                writer.write(b"250-more\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)
        except OSError:
            gone.set()
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    await post.channel(tells_all=True).ask(asking())
    await asyncio.wait_for(gone.wait(), 20)
    server.close()


@pytest.mark.parametrize("action", sorted(PARAMS))
def test_of_no_action_of_the_catalogue_anything_stands_in_a_mail(action: str) -> None:
    assert letter(asked_about(action, PARAMS[action])) == letter(waiting())


@settings(max_examples=40)
@given(st.text(max_size=200), st.text(max_size=50), st.text(max_size=40))
def test_whatever_a_ticket_and_names_say_the_mail_is_the_same_byte_for_byte(text: str, subject: str, name: str) -> None:
    case = waiting(text=text, steps=(step(user_name="Megan"),))
    request = case.request.model_copy(update={"subject": subject, "requester": HOSTILE, "external_id": name})
    notice = ApprovalNotice(case.evolve(request=request), case.approval_request, requester_label=name)
    assert letter_of(notice) == letter(waiting())


def test_a_mail_has_a_constant_subject_and_wants_no_answer() -> None:
    read = email.message_from_bytes(letter(waiting(text=HOSTILE)), policy=email.policy.default)
    own = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"}
    assert set(read.keys()) == own | {"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert (read["Subject"], read["From"], read["To"]) == (SUBJECT, f"Remit <{SENDER}>", ADDRESSES[OWNER])
    assert read["Auto-Submitted"] == "auto-generated" and read["Content-Type"] == 'text/plain; charset="us-ascii"'


async def test_asked_again_a_person_gets_the_same_mail_so_that_doubles_can_be_dropped(
    post: Post, relay: SimulatedRelay
) -> None:
    channel = post.channel(tells_all=True)
    for sign_in_of in ((), (), (OWNER,)):
        await channel.ask(asking(sign_in_of=sign_in_of))
    ids = [(*one["to"], one["headers"]["Message-ID"]) for one in post.letters.all]
    first, second, again = ids[:2], ids[2:4], ids[4:]
    assert first == second and len(set(ids)) == 3
    # Whose sign-in it waits for is told anew, and nobody else.
    assert [to for to, _ in again] == [ADDRESSES[OWNER]]


NO_ADDRESSES = [
    "",
    "gwen",
    "gwen@contoso.example\r\nBcc: all@evil.example",
    "gwen@contoso.example\n",
    "gwen@contoso.example>\r\nRCPT TO:<all@evil.example",
    "gwen@contoso.example, all@evil.example",
    "gwen@contoso.example;all@evil.example",
    "<gwen@contoso.example>",
    '"Gwen" <gwen@contoso.example>',
    '"a b"@contoso.example',
    "gw\u00e9n@contoso.example",
    "gwen@c\u043entoso.example",
    "gwen@contoso",
    "gwen@@contoso.example",
    f"{'g' * 65}@contoso.example",
    f"gwen@{'c.' * 130}example",
]


@pytest.mark.parametrize("address", NO_ADDRESSES, ids=repr)
async def test_what_is_no_plain_address_gets_nothing(post: Post, relay: SimulatedRelay, address: str) -> None:
    await post.channel(tells_all=True).ask(asking(mails={**ADDRESSES, OWNER: address}))
    assert post.told == [[ADDRESSES[ADMIN]]] and not is_mail_address(address)
    with pytest.raises(ValueError, match="plain mail addresses"):
        letter(waiting(), to=address)


async def test_addresses_are_those_that_the_tenant_gave_for_the_people_who_were_asked() -> None:
    world = World()
    world.directory.objects[f"/users/{BOB}"]["mail"] = "bob@contoso.example"
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    assert case.briefing is not None and case.briefing.mails == {BOB: "bob@contoso.example"}
