"""Ports of our own on loopback, which nobody's outgoing connection can take while we are not listening."""

import random
import socket
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"

_LOWEST: Final = 10_000
_TRIES: Final = 200
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_OUTGOING_FROM: Final = 32_768
"""Where Linux begins to take ports for outgoing connections when nobody configured it (kernel docs, ip-sysctl)."""


def free_port() -> int:
    """Return a port that nobody listens on, below those that the kernel hands to outgoing connections.

    A port that the kernel itself proposes is free only for a moment: between asking for it and listening on it, and
    each time that our process is ended and started again, some other program's connection may sit on it.

    Raises:
        OSError: neither 200 ports of that range nor any other could be listened on.
    """
    for _ in range(_TRIES):
        port = random.randrange(_LOWEST, _outgoing_from())
        if _is_free(port):
            return port
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _is_free(port: int) -> bool:
    try:
        with socket.create_server((HOST, port)):
            return True
    except OSError:
        return False


def _outgoing_from() -> int:
    try:
        lowest = int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return _OUTGOING_FROM
    # A machine that hands out nearly all ports leaves none to keep to; then a free one is as good as it gets.
    return lowest if lowest > _LOWEST + 1_000 else _OUTGOING_FROM
