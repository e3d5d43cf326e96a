"""Many reads at once, packed into `$batch` by hand; the SDK's own batching would add ids and retries of its own.

1. Parts are asked together, twenty at most, and matched by their ids: answers come in any order.
2. A part that was throttled or failed in passing is asked again, alone with others of its kind; each has its own limit.
3. Later pages of a part are read one by one, as those of a single read.
4. A service that takes no batches is asked one by one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from agent.errors import DirectoryError
from agent.graph import wire
from agent.graph.answers import body_of, retry_after_seconds, seconds_of
from agent.graph.batches import MAX_PARTS, PartAnswer, packed, unpacked
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


class BatchReader:
    """Reads with `post`, which sends the content of a batch, and with `pages` what a batch leaves over."""

    def __init__(self, pages: PagedReader, post: Post, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._pages = pages
        self._post = post
        self._sleep = sleep

    async def read_many(self, calls: Sequence[GraphCall]) -> tuple[Outcome, ...]:
        """Return the answer of each read, in the order of `calls`, or why there is none."""
        found: list[Outcome] = []
        for start in range(0, len(calls), MAX_PARTS):
            found += await self._together(calls[start : start + MAX_PARTS])
        return tuple(found)

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
        waiting, asked = list(range(len(calls))), None
        for tries in range(MAX_RETRIES + 1):
            if tries:
                await self._sleep(self._pages.wait_seconds(asked, tries))
            seen = await self._once({str(place): calls[place] for place in waiting})
            if seen.status in _NO_BATCHES:  # (4)
                found.update({place: await self._alone(calls[place]) for place in waiting})
                return
            for place in tuple(waiting):
                part = seen.parts.get(str(place))
                if part is not None and part.status not in PASSING_STATUSES:
                    waiting.remove(place)
                    found[place] = await self._settled(calls[place], part, seen=seen)
                else:
                    found[place] = _failed(calls[place], part, seen=seen, tries=tries)
            errors = (found[place] for place in waiting)
            times = [one.retry_after_seconds for one in errors if isinstance(one, DirectoryError)]
            asked = max((time for time in times if time is not None), default=None)
            if not waiting or (asked is not None and asked > MAX_WAIT_SECONDS):
                return

    async def _once(self, calls: dict[str, GraphCall]) -> _Round:
        try:
            response, token_id = await self._post(packed(calls))
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
            seen.parts = dict.fromkeys(calls, no)
        return seen

    async def _settled(self, call: GraphCall, part: PartAnswer, *, seen: _Round) -> Outcome:
        request_id = part.headers.get("request-id", seen.request_id)
        body = part.body
        if body is None and part.status < 300:
            return DirectoryError(f"expected a JSON object from `GET {call.path}`, got something else")
        body = body or {}
        if part.status < 300 and "@odata.nextLink" in body:  # (3)
            try:
                body, request_id = await self._pages.merged(wire.target(call), body, headers=wire.read_headers(call))
            except DirectoryError as error:
                return error
        return Answer(status=part.status, body=body, request_id=request_id, token_id=seen.token_id)

    async def _alone(self, call: GraphCall) -> Outcome:
        try:
            return await self._pages.read(wire.target(call), headers=wire.read_headers(call))
        except DirectoryError as error:
            return error


def _failed(call: GraphCall, part: PartAnswer | None, *, seen: _Round, tries: int) -> DirectoryError:
    status = part.status if part is not None else seen.status if seen.asked is not None else None
    what = f"`{status}`" if status is not None else "nothing"
    asked = seconds_of(part.headers.get("retry-after", "")) if part is not None else seen.asked
    return DirectoryError(f"`GET {call.path}` answered {what} after `{tries}` retries", retry_after_seconds=asked)
