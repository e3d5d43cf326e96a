"""What went over the wire since the start: every request in brief, every Graph write in full but for its secrets."""

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

from simulator.clock import Clock, fine_stamp

# Enough for a long test run; the oldest requests fall out first.
_REQUESTS_KEPT = 20_000
_HEADERS_KEPT = ("client-request-id", "consistencylevel", "content-type", "retry-attempt", "user-agent", "webhook-id")
_SECRET_KEYS = frozenset(
    {"password", "temporaryaccesspass", "newpassword", "currentpassword", "client_secret", "value"}
)
_MASK = "***"

Entry = dict[str, Any]


class Arrived(Protocol):
    """What is noted of a request, whether it came over the wire by itself or in a batch."""

    @property
    def method(self) -> str:
        """The method, in capitals."""

    @property
    def path(self) -> str:
        """The path, not escaped."""

    @property
    def query_string(self) -> str:
        """The query, not escaped."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whose names match in any case."""


class Traffic:
    """The logs. Entries are plain JSON; a write's `status` is what the caller was told, None for a cut line."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.requests: deque[Entry] = deque(maxlen=_REQUESTS_KEPT)
        self.writes: list[Entry] = []
        # What Graph's own log says, oldest first (`simulator.graph.activity`).
        self.graph_activity: deque[Entry] = deque(maxlen=_REQUESTS_KEPT)

    def open_request(self, site: str, request: Arrived) -> Entry:
        """Note a request that has arrived; its `status` is filled in when it is answered."""
        headers = {name: request.headers[name] for name in _HEADERS_KEPT if name in request.headers}
        entry: Entry = {
            "at": fine_stamp(self._clock.now()),
            "site": site,
            "method": request.method,
            "path": request.path,
            "query": request.query_string,
            "headers": headers,
            "status": None,
        }
        self.requests.append(entry)
        return entry

    def open_write(self, request: Arrived, body: object) -> Entry:
        """Note a Graph write that has arrived. `applied` becomes true when it changed the tenant."""
        entry: Entry = {
            "at": fine_stamp(self._clock.now()),
            "tenant": None,
            "method": request.method,
            "path": request.path,
            "body": masked(body),
            "status": None,
            "applied": False,
            "client_request_id": request.headers.get("client-request-id"),
            "request_id": None,
            "app": None,
            "actor": None,
        }
        self.writes.append(entry)
        return entry

    def clear(self) -> None:
        """Forget all logs."""
        self.requests.clear()
        self.writes.clear()
        self.graph_activity.clear()


def masked(value: object) -> Any:
    """The same JSON with `***` in the place of every password, pass and secret."""
    if isinstance(value, dict):
        return {
            key: _MASK if key.lower() in _SECRET_KEYS and item is not None else masked(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value
