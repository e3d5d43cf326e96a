"""The simulated mail relay takes mails over TLS from who signs in, from nobody else, and shows what came."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.simulator.conftest import World

PASSWORD = "simulated-relay-1"
LETTER = b"From: a@x.example\r\nTo: b@x.example\r\nSubject: Hello\r\n\r\n.first\r\n..\r\nlast\r\n"


@contextmanager
def line(world: World) -> Iterator[smtplib.SMTP]:
    at = urlsplit(world.ready["smtp"])
    assert at.hostname and at.port
    with smtplib.SMTP(at.hostname, at.port, "x.example", timeout=10) as client:
        yield client


def encrypted(client: smtplib.SMTP, world: World) -> smtplib.SMTP:
    client.starttls(context=ssl.create_default_context(cafile=world.ready["ca"]))
    return client


def test_a_mail_is_kept_as_it_came_until_the_reset(world: World) -> None:
    world.control("POST", "/mail", {"password": PASSWORD, "refused": ["no@x.example"]})
    with line(world) as client:
        encrypted(client, world).login("remit", PASSWORD)
        assert set(client.sendmail("a@x.example", ["b@x.example", "no@x.example"], LETTER)) == {"no@x.example"}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@x.example", ["no@x.example"], LETTER)
    (mail,) = world.control("GET", "/mail?to=b@x.example")["mails"]
    assert (mail["from"], mail["to"], mail["headers"]["Subject"]) == ("a@x.example", ["b@x.example"], "Hello")
    assert mail["raw"] == LETTER.decode() and mail["text"] == ".first\n..\nlast\n"
    assert world.control("GET", "/mail?to=c@x.example")["mails"] == []
    world.control("POST", "/reset")
    assert world.control("GET", "/mail")["mails"] == []


def test_without_tls_nobody_signs_in_and_without_that_nobody_sends(world: World) -> None:
    world.control("POST", "/mail", {"password": PASSWORD})
    with line(world) as client:
        assert client.docmd("AUTH", "PLAIN AHJlbWl0AHg=")[0] == 530
        encrypted(client, world)
        assert client.docmd("MAIL", "FROM:<a@x.example>")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("remit", "another-password")
        assert client.docmd("VRFY", "b@x.example")[0] == 502
        client.login("remit", PASSWORD)
        assert client.docmd("RCPT", "TO:<b@x.example>")[0] == client.docmd("DATA")[0] == 503
    assert world.control("GET", "/mail")["mails"] == []


def test_a_password_is_told_before_anybody_can_sign_in(world: World) -> None:
    world.control("POST", "/mail", {"password": "short"}, expect=400)


def test_the_bot_cannot_write_to_who_has_not_its_app(world: World) -> None:
    person = world.user("gwen.tallow")
    headers = {"Authorization": f"Bearer {world.identity_token('https://api.botframework.com')}"}
    chats = f"{world.ready['connector']}v3/conversations"
    wanted = {"members": [{"id": person["id"]}], "tenantId": world.tenant_id}

    def post(address: str, body: object) -> int:
        return world.client.post(address, headers=headers, json=body).status_code

    opened = world.client.post(chats, headers=headers, json=wanted).json()["id"]
    address = f"{chats}/{opened}/activities"
    for installed, statuses in ((False, (403, 403)), (True, (201, 201))):
        world.control("POST", "/teams/app", {"user": person["userPrincipalName"], "installed": installed})
        assert (post(chats, wanted), post(address, {"type": "message", "text": "x"})) == statuses
