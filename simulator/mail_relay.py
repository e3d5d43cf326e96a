"""A mail relay on loopback: takes mails by SMTP from whoever signs in over TLS, keeps them, and sends none on.

It speaks what message submission needs (RFC 5321, 3207, 4954, 6409) and answers 502 to the rest.
"""

import asyncio
import base64
import contextlib
import email
import email.policy
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.clock import Clock, fine_stamp

Letter = dict[str, Any]
_IDLE_SECONDS = 30.0
_MAX_LETTER_BYTES = 1024 * 1024
USER = "remit"


class Letters:
    """The mails that came, oldest first. `password` opens the relay for `USER`; nothing does while it is None.

    Mails to an address of `refused` are not taken. Both belong to the deployment and outlive `clear`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.password: str | None = None
        self.refused: frozenset[str] = frozenset()
        self.all: list[Letter] = []

    def clear(self) -> None:
        """Forget every mail."""
        self.all.clear()

    def add(self, sender: str, recipients: list[str], *, raw: bytes) -> None:
        """Keep a mail as it came, with what a mail program would show of it."""
        read = email.message_from_bytes(raw, policy=email.policy.default)
        body = read.get_body(("plain",))
        self.all.append(
            {
                "at": fine_stamp(self._clock.now()),
                "from": sender,
                "to": recipients,
                "headers": {name: str(value) for name, value in read.items()},
                "text": body.get_content().replace("\r\n", "\n") if body is not None else "",
                "raw": raw.decode("latin-1"),
            }
        )


@dataclass(slots=True)
class _Talk:
    """One connection: what was agreed so far, and the mail that is being given."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_private: bool
    is_signed_in: bool = False
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)

    async def say(self, line: str) -> None:
        self.writer.write(f"{line}\r\n".encode())
        await self.writer.drain()


class MailRelay:
    """Listens until it is closed. `implicit`: TLS from the first byte, otherwise by STARTTLS if `offers_tls`."""

    def __init__(
        self, letters: Letters, tls: ssl.SSLContext, *, implicit: bool = False, offers_tls: bool = True
    ) -> None:
        self._letters = letters
        self._tls = tls
        self._implicit = implicit
        self._offers_tls = offers_tls and not implicit
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        #: Every command that came, without what belongs to it: no name and no password.
        self.commands: list[str] = []
        self._answers: dict[str, Callable[[_Talk, str], Awaitable[bool]]] = {
            "EHLO": self._hello,
            "STARTTLS": self._start_tls,
            "AUTH": self._sign_in,
            "MAIL": self._mail,
            "RCPT": self._recipient,
            "DATA": self._data,
            "RSET": self._reset,
            "QUIT": self._quit,
        }

    async def listen(self, host: str, port: int) -> int:
        """Begin to listen and return the port.

        Raises:
            OSError: it is taken.
        """
        tls = self._tls if self._implicit else None
        self._server = await asyncio.start_server(self._serve, host, port, ssl=tls)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        talk = _Talk(reader, writer, is_private=self._implicit)
        try:
            await talk.say("220 localhost ESMTP simulator")
            # Who is not understood, cuts the line or says nothing for long is not listened to any more.
            with contextlib.suppress(OSError, ValueError, TimeoutError, EOFError):
                while await self._turn(talk):
                    pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _turn(self, talk: _Talk) -> bool:
        """Answer one command; False when the connection is over."""
        line = (await asyncio.wait_for(talk.reader.readuntil(b"\r\n"), _IDLE_SECONDS)).decode("ascii").strip()
        name, _, rest = line.partition(" ")
        self.commands.append(name.upper())
        answer = self._answers.get(name.upper())
        if answer is None:
            await talk.say("502 5.5.1 Command not implemented")
            return True
        return await answer(talk, rest)

    async def _hello(self, talk: _Talk, _rest: str) -> bool:
        offers = ["AUTH PLAIN"] if talk.is_private else ["STARTTLS"] if self._offers_tls else []
        lines = ["localhost", *offers]
        for place, line in enumerate(lines):
            await talk.say(f"250{' ' if place == len(lines) - 1 else '-'}{line}")
        return True

    async def _start_tls(self, talk: _Talk, _rest: str) -> bool:
        if not self._offers_tls or talk.is_private:
            await talk.say("502 5.5.1 Command not implemented")
            return True
        await talk.say("220 2.0.0 Ready to start TLS")
        await talk.writer.start_tls(self._tls)
        talk.is_private = True
        return True

    async def _sign_in(self, talk: _Talk, rest: str) -> bool:
        mechanism, _, told = rest.partition(" ")
        if not talk.is_private:
            await talk.say("530 5.7.0 Must issue a STARTTLS command first")
            return True
        given = base64.b64decode(told).decode().split("\0") if mechanism == "PLAIN" else []
        password = self._letters.password
        talk.is_signed_in = password is not None and given[1:] == [USER, password]
        await talk.say("235 2.7.0 Authenticated" if talk.is_signed_in else "535 5.7.8 Authentication failed")
        return True

    async def _mail(self, talk: _Talk, rest: str) -> bool:
        if not talk.is_signed_in:
            await talk.say("530 5.7.0 Authentication required")
            return True
        talk.sender, talk.recipients = _address_in(rest), []
        await talk.say("250 2.1.0 OK")
        return True

    async def _recipient(self, talk: _Talk, rest: str) -> bool:
        address = _address_in(rest)
        if talk.sender is None:
            await talk.say("503 5.5.1 MAIL first")
        elif address in self._letters.refused:
            await talk.say("550 5.1.1 No such user here")
        else:
            talk.recipients.append(address)
            await talk.say("250 2.1.5 OK")
        return True

    async def _data(self, talk: _Talk, _rest: str) -> bool:
        if talk.sender is None or not talk.recipients:
            await talk.say("503 5.5.1 RCPT first")
            return True
        await talk.say("354 End with <CRLF>.<CRLF>")
        raw = bytearray()
        while (line := await asyncio.wait_for(talk.reader.readuntil(b"\r\n"), _IDLE_SECONDS)) != b".\r\n":
            # A dot that begins a line is doubled on the way (RFC 5321, section 4.5.2).
            raw += line[1:] if line.startswith(b".") else line
            if len(raw) > _MAX_LETTER_BYTES:
                return False
        self._letters.add(talk.sender, talk.recipients, raw=bytes(raw))
        talk.sender, talk.recipients = None, []
        await talk.say("250 2.0.0 Taken")
        return True

    async def _reset(self, talk: _Talk, _rest: str) -> bool:
        talk.sender, talk.recipients = None, []
        await talk.say("250 2.0.0 OK")
        return True

    async def _quit(self, talk: _Talk, _rest: str) -> bool:
        await talk.say("221 2.0.0 Bye")
        return False


def _address_in(rest: str) -> str:
    """The address between `<` and `>` of `FROM:<...>` or `TO:<...>`."""
    return rest.partition("<")[2].partition(">")[0]
