"""A concrete request in words, so that a person can try it: the action, every known fact, the clock as a clock."""

import datetime
from typing import Any, Final

from policy.foreign import unquotable
from policy.history.recorded import facts_data
from policy.predicate import DAYS
from policy.request import AuthorizationRequest

_MINUTES_PER_DAY: Final = 24 * 60


def request_in_words(request: AuthorizationRequest) -> str:
    """Return one line such as "`a.one`, with requester.department `Sales`, everything else unknown"."""
    facts = facts_data(request.facts)
    known = [f"{name} `{_value(name, value)}`" for name, value in facts.items()]
    return f"`{request.action}`, with {', '.join([*known, 'everything else unknown'])}"


def _value(name: str, value: Any) -> str:
    if name == "time.day":
        return datetime.date.fromordinal(value).isoformat()
    if name == "time.minute_of_week":
        day, minute = divmod(value, _MINUTES_PER_DAY)
        return f"{DAYS[day]} {minute // 60:02}:{minute % 60:02}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(unquotable, value)) or "empty"
    return unquotable(str(value))
