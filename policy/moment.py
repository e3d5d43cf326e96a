"""A moment in a stored record: an aware time, kept in UTC, so that equal moments are equal bytes."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"expected a time of the years 1 to 9999 in UTC, got `{at}`") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
