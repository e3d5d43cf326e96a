"""One request to Graph as the routes see it, whether it came alone or as a part of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked. `raw_path` is escaped as sent, `path` is not; names of `headers` match in any case.

    `body` is parsed JSON, None when there was none. The parts of a batch have its `request_id`. `noted` is filled in
    on the way with what Graph's own log will say. `outcome` is a fault's word on how a device ends what it is told.
    """

    method: str
    raw_path: str
    path: str
    query: Mapping[str, str]
    query_string: str
    headers: Mapping[str, str]
    body: Any
    request_id: str
    noted: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""

    @property
    def correlation(self) -> str:
        """The caller's own id of the request; without one it is the service's."""
        return str(self.headers.get("client-request-id") or self.request_id)
