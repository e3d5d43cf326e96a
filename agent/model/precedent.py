"""What somebody has approved before: the terms of one request, and how often they said yes to the same ones."""

from typing import Literal

from agent.model.frozen import Frozen
from policy.decision import RuleRef

#: A value as it is kept: a set stands in order.
Value = bool | int | str | tuple[str, ...]


class Terms(Frozen):
    """Everything of one request that a standing grant could be about, asked of `resolver` by `rules`.

    `values` are by the attributes of `policy.registry`; who asks and who gains are people, and stand beside it.
    """

    action: str
    resolver: str
    rules: tuple[RuleRef, ...]
    values: dict[str, Value]


class Precedent(Frozen):
    """That one person approved these terms `times` times for `people` people within `days`, and nothing went wrong.

    It proposes a grant for the same `who`: the same requester, or anybody of `by_departments` (empty where the
    requester is who gains), for anybody of `for_departments`. All other terms are those of the request at hand.
    """

    who: Literal["requester", "department"]
    for_departments: tuple[str, ...]
    by_departments: tuple[str, ...] = ()
    times: int
    people: int
    days: int
