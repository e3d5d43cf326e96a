"""Many reads at once, packed into `$batch` by hand; the SDK's own batching would add ids and retries of its own.

1. Parts are asked together, twenty at most, and matched by their ids: answers come in any order. Of those to a service
   that takes one request a second there is one in each batch, and it waits for its turn like any other request.
2. A part that was throttled or failed in passing is asked again, alone with others of its kind; each has its own limit.
3. Later pages of a part are read one by one, as those of a single read.
4. A service that takes no batches is asked one by one.
5. Parts whose token was refused before its time are asked again once, with a new one: services look at tokens apart.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from agent.errors import DirectoryError
from agent.graph import wire
from agent.graph.answers import body_of, retry_after_seconds, seconds_of
from agent.graph.batches import MAX_PARTS, PartAnswer, packed, unpacked
from agent.graph.challenge import claims_challenge
from agent.graph.pace import READ_WAIT_SECONDS, Pace, is_paced
from agent.graph.reader import MAX_RETRIES, MAX_WAIT_SECONDS, PASSING_STATUSES, READ_SECONDS, PagedReader
from agent.model.graph_call import GraphCall
from agent.ports import Answer

# What a service says that knows no batches, or refuses this one for its form.
_NO_BATCHES = frozenset({400, 404, 405, 501})

Post = Callable[[bytes], Awaitable[tuple[httpx.Response, str]]]
Outcome = Answer | DirectoryError


@dataclass(slots=True)
class _Round:
    """What one batch brought: the answers of its parts, and how long the service asked to be left alone."""

    parts: dict[str, PartAnswer] = field(default_factory=dict)
    request_id: str = ""
    token_id: str = ""
    status: int | None = None
    asked: float | None = None

    def part(self, place: int) -> PartAnswer | None:
        """Return what the part that was asked from `place` was answered."""
        return self.parts.get(str(place))


class BatchReader:
    """Reads with `post`, which sends the content of a batch, and with `pages` what a batch leaves over.

    `challenged` is told what Graph wants a new token to show; the next `post` has one.
    """

    def __init__(
        self,
        pages: PagedReader,
        post: Post,
        *,
        pace: Pace,
        challenged: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._pages = pages
        self._post = post
        self._pace = pace
        self._challenged = challenged
        self._sleep = sleep

    async def read_many(self, calls: Sequence[GraphCall]) -> tuple[Outcome, ...]:
        """Return the answer of each read, in the order of `calls`, or why there is none."""
        found: dict[int, Outcome] = {}
        for places in _batches_of(calls):
            together = await self._together([calls[place] for place in places])
            found.update(zip(places, together, strict=True))
        return tuple(found[place] for place in range(len(calls)))

    async def _together(self, calls: Sequence[GraphCall]) -> list[Outcome]:
        if len(calls) == 1:
            return [await self._alone(calls[0])]
        found: dict[int, Outcome] = {}
        try:
            async with asyncio.timeout(READ_SECONDS):
                await self._fill(found, calls)
        except DirectoryError as error:
            return [found.get(place, error) for place in range(len(calls))]
        except TimeoutError:
            late = DirectoryError(f"no answer to a batch of reads within `{READ_SECONDS:g}` seconds")
            return [found.get(place, late) for place in range(len(calls))]
        return [found[place] for place in range(len(calls))]

    async def _fill(self, found: dict[int, Outcome], calls: Sequence[GraphCall]) -> None:
        waiting = dict(enumerate(calls))
        asked: float | None = None
        for tries in range(MAX_RETRIES + 1):
            if tries:
                await self._sleep(self._pages.wait_seconds(asked, tries))
            left = await self._round(found, waiting, tries=tries)
            waiting = {place: waiting[place] for place in left}
            errors = (found[place] for place in waiting)
            times = [one.retry_after_seconds for one in errors if isinstance(one, DirectoryError)]
            asked = max((time for time in times if time is not None), default=None)
            if not waiting or (asked is not None and asked > MAX_WAIT_SECONDS):
                return

    async def _round(self, found: dict[int, Outcome], calls: Mapping[int, GraphCall], *, tries: int) -> list[int]:
        """Ask for all `calls` and note what each brought; return the places that may be asked again."""
        heard = await self._asked(found, calls)
        refused = {place: calls[place] for place, seen in heard.items() if self._wants_token(seen.part(place))}
        if refused:  # (5)
            heard = {place: seen for place, seen in heard.items() if place not in refused}
            heard |= await self._asked(found, refused)
        left = []
        for place, seen in heard.items():
            part = seen.part(place)
            if place in refused:
                # Once is enough for this read; what is sent next meets what is asked now.
                self._wants_token(part)
            if seen.status in _NO_BATCHES:  # (4)
                found[place] = await self._alone(calls[place])
            elif part is not None and part.status not in PASSING_STATUSES:
                found[place] = await self._settled(calls[place], part, seen=seen)
            else:
                found[place] = _failed(calls[place], part, seen=seen, tries=tries)
                left.append(place)
        return left

    async def _asked(self, found: dict[int, Outcome], calls: Mapping[int, GraphCall]) -> dict[int, _Round]:
        """Ask once for those of `calls` whose turn it is; for the others it stands in `found` when to come back."""
        ready = dict(calls)
        for place, call in calls.items():
            try:
                await self._pace.keep(call.path, at_most_seconds=READ_WAIT_SECONDS)
            except DirectoryError as error:
                found[place] = error
                del ready[place]
        return dict.fromkeys(ready, await self._once(ready)) if ready else {}

    def _wants_token(self, part: PartAnswer | None) -> bool:
        asked = claims_challenge(part.status, part.headers.get("www-authenticate", "")) if part is not None else ""
        if asked:
            self._challenged(asked)
        return bool(asked)

    async def _once(self, calls: Mapping[int, GraphCall]) -> _Round:
        try:
            response, token_id = await self._post(packed({str(place): call for place, call in calls.items()}))
        except httpx.HTTPError:
            return _Round()
        seen = _Round(request_id=response.headers.get("request-id", ""), token_id=token_id, status=response.status_code)
        if response.is_success:
            seen.parts = unpacked(body_of(response) or {})
        elif response.status_code in PASSING_STATUSES:
            seen.asked = retry_after_seconds(response)
        else:
            # The service said no to all of it, as it would have to each part.
            no = PartAnswer(response.status_code, {}, body_of(response) or {})
            seen.parts = {str(place): no for place in calls}
        return seen

    async def _settled(self, call: GraphCall, part: PartAnswer, *, seen: _Round) -> Outcome:
        request_id = part.headers.get("request-id", seen.request_id)
        body = part.body
        if body is None and part.status < 300:
            return DirectoryError(f"expected a JSON object from `GET {call.path}`, got something else")
        body = body or {}
        if part.status < 300 and "@odata.nextLink" in body:  # (3)
            try:
                body, request_id = await self._pages.merged(call.target, body, headers=wire.read_headers(call))
            except DirectoryError as error:
                return error
        return Answer(status=part.status, body=body, request_id=request_id, token_id=seen.token_id)

    async def _alone(self, call: GraphCall) -> Outcome:
        try:
            return await self._pages.read(call.target, headers=wire.read_headers(call))
        except DirectoryError as error:
            return error


def _failed(call: GraphCall, part: PartAnswer | None, *, seen: _Round, tries: int) -> DirectoryError:
    status = part.status if part is not None else seen.status if seen.asked is not None else None
    what = f"`{status}`" if status is not None else "nothing"
    asked = seconds_of(part.headers.get("retry-after", "")) if part is not None else seen.asked
    return DirectoryError(f"`GET {call.path}` answered {what} after `{tries}` retries", retry_after_seconds=asked)


def _batches_of(calls: Sequence[GraphCall]) -> list[list[int]]:
    """Return the places of `calls` in batches: in order, twenty at most, one to a paced service in each."""
    batches: list[list[int]] = []
    for place, call in enumerate(calls):
        paced = is_paced(call.path)
        fitting = (one for one in batches if len(one) < MAX_PARTS and not (paced and _has_paced(one, calls)))
        batch = next(fitting, None)
        if batch is None:
            batches.append([place])
        else:
            batch.append(place)
    return batches


def _has_paced(places: list[int], calls: Sequence[GraphCall]) -> bool:
    return any(is_paced(calls[place].path) for place in places)
