"""Several wishes in one request: each becomes a case of its own, and all of them belong to one ticket or message.

1. The planner counts them once, at the first plan of the first case, which is about the first wish.
2. The cases of the others are opened before that turn is saved. Their ids follow from the request, so a worker that
   dies in between opens the same ones again.
3. Every case is planned, decided, approved and closed by itself: what becomes of one wish changes nothing of another.
4. A ticket is resolved when all of them are. A case says so when it closes well and every other one has ended well;
   of two that close at the same moment both may say it, and the one that comes last always does.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.model.case import Case, case_id_for
from agent.model.service_request import MAX_PARTS, ServiceRequest
from agent.phrasebook import phrase

#: Returns the outcome of a case, or None if there is no such case.
OutcomeOf = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class StoredSiblings:
    """The other cases of a request, as they are stored."""

    outcome_of: OutcomeOf

    async def all_resolved(self, request: ServiceRequest) -> bool:
        """Whether every other case of the request has ended well; one that does not exist has not.

        Raises:
            StorageError: they cannot be read now.
        """
        outcomes = [await self.outcome_of(case_id) for case_id in ids_of(request) if case_id != id_of(request)]
        return all(one == "resolved" for one in outcomes)


def with_count(case: Case, count: int) -> Case:
    """Return the case of the first wish once its request's wishes are counted: from one to `MAX_PARTS`."""
    parts = max(1, min(count, MAX_PARTS))
    return case.evolve(request=case.request.model_copy(update={"parts": parts}))


def others_of(request: ServiceRequest) -> tuple[ServiceRequest, ...]:
    """Return the same request once for each of its further wishes."""
    return tuple(request.model_copy(update={"part": number}) for number in range(1, request.parts))


def id_of(request: ServiceRequest) -> str:
    """Return the id of the case of this wish of the request."""
    return case_id_for(
        tenant_id=request.tenant_id, source=request.source, external_id=request.external_id, part=request.part
    )


def ids_of(request: ServiceRequest) -> tuple[str, ...]:
    """Return the ids of all cases of the request, that of the first wish first."""
    first = request.model_copy(update={"part": 0})
    return tuple(id_of(one) for one in (first, *others_of(first)))


def labelled(text: str, request: ServiceRequest) -> str:
    """Return what is told, with the wish that it is about where there are several."""
    if request.parts < 2:
        return text
    return phrase("wish", request.language, part=str(request.part + 1), parts=str(request.parts), text=text)
