"""Time as the simulated cloud sees it, and the two ways Microsoft's services write it down."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """The cloud's clock. Tests may hand in `source`; it must return aware UTC times."""

    def __init__(self, source: Callable[[], datetime] = _system_now) -> None:
        self._source = source

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return self._source()

    def unix(self) -> int:
        """The present in whole seconds since 1970, as tokens carry it."""
        return int(self.now().timestamp())


def stamp(moment: datetime) -> str:
    """`2026-11-21T09:30:00Z`: how Graph writes the times of directory objects (whole seconds)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fine_stamp(moment: datetime) -> str:
    """`2026-11-21T09:30:00.1234560Z`: how the audit log writes times (seven digits)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def parse(text: str) -> datetime:
    """Read either form back, or any ISO 8601 time with a zone.

    Raises:
        ValueError: the text is no time, or has no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with a zone, got `{text}`")
    return moment
