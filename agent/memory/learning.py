"""What a case teaches about words, once it ended well.

1. Only what was asked back about and answered is learned, and only of a group, a site, an app or a product.
2. The plan that came of it was carried out whole and read back, and all its steps are about one object of that kind:
   that is what the words stood for. Where they are about several, nobody can tell.
3. One requester's word is one person's: a hint says how many different people meant it.
"""

import logging
from datetime import datetime
from functools import partial
from typing import Final

from agent.errors import StorageError
from agent.memory.book import MeaningBook
from agent.memory.meaning import Kind, meant, said_as
from agent.model.case import Case
from agent.model.plan import Step

_log = logging.getLogger("remit.memory")

#: By which parameter a step names the object of a kind. A site is reached through its group.
_NAMED_BY: Final[dict[Kind, str]] = {"group": "group_id", "site": "group_id", "app": "app_id", "product": "sku_id"}


def lessons_of(case: Case) -> tuple[tuple[Kind, str, str], ...]:
    """Return (kind, words, object id) of all that a case teaches."""
    if case.outcome != "resolved" or case.plan is None or set(case.effects) != {"verified"}:
        return ()
    found = []
    for reply in case.replies:
        for kind in _NAMED_BY:
            object_id = _only_object(case.plan.steps, _NAMED_BY[kind])
            words = said_as(reply.missing.said)
            if reply.missing.about == kind and words and object_id:
                found.append((kind, words, object_id))
    return tuple(dict.fromkeys(found))


async def learn(case: Case, *, book: MeaningBook, now: datetime) -> None:
    """Remember what a case teaches. A memory that is down teaches nothing and keeps no case open."""
    for kind, words, object_id in lessons_of(case):
        to = partial(meant, object_id=object_id, person_id=case.requester_id, case_id=case.id, at=now)
        try:
            await book.change(case.request.tenant_id, kind, words=words, to=to)
        except StorageError as error:
            _log.warning("case %s: what it teaches cannot be remembered: %s", case.id, error)


def _only_object(steps: tuple[Step, ...], parameter: str) -> str:
    ids = {str(step.params[parameter]) for step in steps if parameter in step.params}
    return ids.pop() if len(ids) == 1 else ""
