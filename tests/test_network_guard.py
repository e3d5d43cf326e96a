"""The guard of the test run itself: loopback is open, everything else is closed."""

import asyncio
import socket

import httpx
import pytest

from tests.network_guard import NetworkBlockedError

# TEST-NET-1 of RFC 5737: it belongs to nobody, so not even a broken guard would disturb anybody.
NOBODY = ("192.0.2.1", 9)


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_test_cannot_connect_off_loopback(method: str) -> None:
    with socket.socket() as one, pytest.raises(NetworkBlockedError, match=r"192\.0\.2\.1"):
        getattr(one, method)(NOBODY)


def test_a_test_cannot_send_a_datagram_off_loopback() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(NetworkBlockedError, match="loopback only"):
        one.sendto(b"x", NOBODY)


def test_a_test_cannot_look_up_a_foreign_name() -> None:
    with pytest.raises(NetworkBlockedError, match=r"graph\.microsoft\.com"):
        socket.getaddrinfo("graph.microsoft.com", 443)


async def test_an_event_loop_cannot_connect_off_loopback() -> None:
    with pytest.raises(NetworkBlockedError):
        await asyncio.open_connection(*NOBODY)


async def test_an_http_client_cannot_leave_either() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(NetworkBlockedError):
            await client.get("https://graph.microsoft.com/v1.0/me")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_stays_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection((host, server.getsockname()[1])):
        pass
