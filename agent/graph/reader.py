"""Reads with patience: retries of GETs, and collections merged over all their pages."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from agent.errors import DirectoryError
from agent.graph.answers import answer_of, body_of, retry_after_seconds
from agent.ports import Answer

# One look-up as a whole, retries and pages included.
READ_SECONDS = 30.0
MAX_RETRIES = 3
MAX_PAGES = 50

# A longer wait is given back to the queue, which can wait without holding a worker.
MAX_WAIT_SECONDS = 5.0
FIRST_WAIT_SECONDS = 0.5

# Conditions that pass. 501 is not one: the service will not know the route in a second either.
PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

Get = Callable[[str, dict[str, str]], Awaitable[tuple[httpx.Response, str]]]


class PagedReader:
    """Sends GETs below `base_url` with `get`, which returns the response and the id of the token it used."""

    def __init__(
        self, base_url: str, get: Get, *, sleep: Callable[[float], Awaitable[None]], jitter: Callable[[], float]
    ) -> None:
        self._base_url = base_url
        self._get = get
        self._sleep = sleep
        self._jitter = jitter

    async def read(self, target: str, *, headers: dict[str, str]) -> Answer:
        """Return the answer of one GET; a collection holds the `value` of all its pages.

        Raises:
            DirectoryError: no whole answer; `retry_after_seconds` is set when the service named a time.
        """
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._read(target, headers)
        except TimeoutError:
            raise DirectoryError(f"no answer to `GET {_path(target)}` within `{READ_SECONDS:g}` seconds") from None

    async def _read(self, target: str, headers: dict[str, str]) -> Answer:
        response, token_id = await self._patiently(self._base_url + target, headers)
        body = body_of(response)
        if body is None and response.is_success:
            raise DirectoryError(f"expected a JSON object from `GET {_path(target)}`, got something else")
        body = body or {}
        if response.is_success and "@odata.nextLink" in body:
            body, request_id = await self.merged(target, body, headers=headers)
            return replace(answer_of(response, body, token_id=token_id), request_id=request_id)
        return answer_of(response, body, token_id=token_id)

    async def merged(
        self, target: str, first: dict[str, Any], *, headers: dict[str, str]
    ) -> tuple[dict[str, Any], str]:
        """Return a collection with the items of all pages after the `first` too, and the id of the last request.

        Raises:
            DirectoryError: a page is missing, is somewhere else, or there are too many.
        """
        page, items, request_id = first, _items(first, target), ""
        for _ in range(MAX_PAGES - 1):
            if "@odata.nextLink" not in page:
                break
            # Headers are not part of the link: an advanced query needs its header again on every page.
            response, _token_id = await self._patiently(self._own(page["@odata.nextLink"], target), headers)
            page, request_id = body_of(response) or {}, response.headers.get("request-id", "")
            if not response.is_success:
                raise DirectoryError(f"a later page of `GET {_path(target)}` answered `{response.status_code}`")
            items += _items(page, target)
        if "@odata.nextLink" in page:
            raise DirectoryError(f"expected at most `{MAX_PAGES}` pages from `GET {_path(target)}`, got more")
        merged = {name: value for name, value in first.items() if name != "@odata.nextLink"}
        return {**merged, "value": items}, request_id

    def _own(self, link: object, target: str) -> str:
        """Return the link if it leads to our own service: the token must not go anywhere else."""
        here = urlsplit(self._base_url)
        there = urlsplit(link) if isinstance(link, str) else None
        below = there is not None and there.path.startswith(here.path + "/")
        if there is None or not below or (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise DirectoryError(f"the next page of `GET {_path(target)}` is not on `{here.netloc}`")
        return there.geturl()

    async def _patiently(self, url: str, headers: dict[str, str]) -> tuple[httpx.Response, str]:
        asked: float | None = None
        for tries in range(MAX_RETRIES + 1):
            if tries:
                await self._sleep(self.wait_seconds(asked, tries))
            answered = await self._once(url, headers)
            if answered is None:
                asked = None
                continue
            response, token_id = answered
            if response.status_code not in PASSING_STATUSES:
                return response, token_id
            asked = retry_after_seconds(response)
            if asked is not None and asked > MAX_WAIT_SECONDS:
                break
        what = f"`{answered[0].status_code}`" if answered is not None else "nothing"
        raise DirectoryError(f"`GET {_path(url)}` answered {what} after `{tries}` retries", retry_after_seconds=asked)

    async def _once(self, url: str, headers: dict[str, str]) -> tuple[httpx.Response, str] | None:
        try:
            return await self._get(url, headers)
        except httpx.HTTPError:
            return None

    def wait_seconds(self, asked: float | None, tries: int) -> float:
        """Return how long to wait before a further try: what was `asked`, or twice as long each time."""
        if asked is not None:
            return asked + 0.25 * self._jitter()
        return FIRST_WAIT_SECONDS * 2.0 ** (tries - 1) * (0.5 + self._jitter())


def _items(page: dict[str, Any], target: str) -> list[Any]:
    value = page.get("value")
    if not isinstance(value, list):
        raise DirectoryError(f"expected a list of items in a page of `GET {_path(target)}`, got none")
    return list(value)


def _path(url: str) -> str:
    """Return the path alone: queries may hold names of people."""
    return urlsplit(url).path
