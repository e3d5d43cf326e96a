"""Hands mails to a tenant's own mail relay (message submission, RFC 6409): by TLS only, with a name and a password.

The library speaks in a thread, and every step of it has an end. What goes wrong is logged by its kind: a relay's own
words may repeat addresses.
"""

import asyncio
import logging
import smtplib
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from agent.errors import VaultError

_log = logging.getLogger("remit.mail")

#: How long the relay may take for one step, and for all mails of one question.
STEP_SECONDS, TOTAL_SECONDS = 10.0, 30.0

Tls = Literal["starttls", "implicit"]


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mails are handed in. `implicit` is TLS from the first byte (port 465), `starttls` before anything else."""

    host: str
    port: int
    tls: Tls
    user_name: str
    sender: str


class _Line:
    """The connection of one delivery, so that it can be cut from outside of the thread that waits on it."""

    client: smtplib.SMTP | None = None

    def cut(self) -> None:
        open_socket = self.client.sock if self.client is not None else None
        if open_socket is not None:
            try:
                open_socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It ended by itself.


class MailRelay:
    """Sends by one relay; `password` reads the password of its user from the tenant's vault."""

    def __init__(self, relay: Relay, *, password: Callable[[], Awaitable[str]]) -> None:
        self._relay = relay
        self._password = password

    @property
    def sender(self) -> str:
        """The address from which mails are sent."""
        return self._relay.sender

    async def send(self, letters: Sequence[EmailMessage]) -> tuple[bool, ...]:
        """Hand in the mails, each to its one recipient, and return which of them the relay took.

        One whose answer was lost counts as not taken, although it may have been.
        """
        taken, line = [False] * len(letters), _Line()
        if not letters:
            return ()
        try:
            password = await self._password()
            async with asyncio.timeout(TOTAL_SECONDS):
                await asyncio.to_thread(self._deliver, letters, password, taken=taken, line=line)
        except (VaultError, TimeoutError) as error:
            _say(error)
        finally:
            line.cut()
        return tuple(taken)

    def _deliver(self, letters: Sequence[EmailMessage], password: str, *, taken: list[bool], line: _Line) -> None:
        try:
            with self._signed_in(password, line) as client:
                for place, letter in enumerate(letters):
                    taken[place] = self._hand_in(client, letter)
        # Some of its complaints about what it is given are ValueErrors.
        except (smtplib.SMTPException, OSError, ValueError) as error:
            _say(error)

    def _signed_in(self, password: str, line: _Line) -> smtplib.SMTP:
        relay, trusted = self._relay, ssl.create_default_context()
        # Otherwise it would look up and tell the name of this machine.
        told = relay.sender.rpartition("@")[2]
        client: smtplib.SMTP
        if relay.tls == "implicit":
            client = smtplib.SMTP_SSL(relay.host, relay.port, told, timeout=STEP_SECONDS, context=trusted)
        else:
            client = smtplib.SMTP(relay.host, relay.port, told, timeout=STEP_SECONDS)
        line.client = client
        try:
            if relay.tls == "starttls":
                # INVARIANT: a relay that offers no TLS, or shows another's certificate, never sees the password.
                client.starttls(context=trusted)
            client.login(relay.user_name, password)
        except BaseException:
            client.close()
            raise
        return client

    def _hand_in(self, client: smtplib.SMTP, letter: EmailMessage) -> bool:
        try:
            client.sendmail(self._relay.sender, [letter["To"].addresses[0].addr_spec], bytes(letter))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            # The others may be taken.
            _say(error)
            return False
        return True


def _say(error: Exception) -> None:
    _log.warning("mail was not handed in: %s", type(error).__name__)
