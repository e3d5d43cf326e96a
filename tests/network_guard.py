"""Keeps in-process tests on loopback: connecting or looking up a name anywhere else fails with a reason."""

import socket
from typing import Any

from devhost.production_guard import is_loopback

_CONNECT, _CONNECT_EX, _SENDTO = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
_GETADDRINFO = socket.getaddrinfo


class NetworkBlockedError(RuntimeError):
    """A test reached for the network. It is no OSError, so that nobody takes it for an outage and goes on."""


def close() -> None:
    """Let this process connect to loopback only. Doing it twice changes nothing."""
    guarded: Any = socket.socket
    guarded.connect = lambda self, address: _CONNECT(self, _allowed(self, address))
    guarded.connect_ex = lambda self, address: _CONNECT_EX(self, _allowed(self, address))
    guarded.sendto = lambda self, data, *rest: _SENDTO(self, data, *rest[:-1], _allowed(self, rest[-1]))
    socket.getaddrinfo = _lookup


def open_again() -> None:
    """Undo `close`."""
    guarded: Any = socket.socket
    guarded.connect, guarded.connect_ex, guarded.sendto = _CONNECT, _CONNECT_EX, _SENDTO
    socket.getaddrinfo = _GETADDRINFO


def _allowed(one: socket.socket, address: Any) -> Any:
    # Sockets of the file system (AF_UNIX) reach this machine only.
    if one.family in (socket.AF_INET, socket.AF_INET6):
        _require_loopback(str(address[0]))
    return address


def _lookup(host: Any, *arguments: Any, **options: Any) -> Any:
    # No host means this machine: that is how servers ask which addresses they may bind.
    if host:
        _require_loopback(host.decode() if isinstance(host, bytes) else str(host))
    return _GETADDRINFO(host, *arguments, **options)


def _require_loopback(host: str) -> None:
    if not is_loopback(host.partition("%")[0]):
        raise NetworkBlockedError(
            f"a test reached for `{host}`: tests talk to loopback only, so start a server there or use a twin"
        )
