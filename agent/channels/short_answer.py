"""Sends one request to a chat service and reads an answer that is short and soon there, or none at all."""

import asyncio

import httpx


async def short_answer(
    client: httpx.AsyncClient, request: httpx.Request, *, timeout_seconds: float, max_bytes: int
) -> tuple[int, bytes]:
    """Return status and answer; status 0 without an answer in time, or with one that is longer than `max_bytes`.

    No redirect is followed: the request carries a token that is for one host. Nothing is raised, so that no exception
    keeps the request, and with it the message.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                return await _read(response, max_bytes)
            finally:
                await response.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return 0, b""


async def _read(response: httpx.Response, max_bytes: int) -> tuple[int, bytes]:
    answer = b""
    async for part in response.aiter_bytes():
        answer += part
        if len(answer) > max_bytes:
            return 0, b""
    return response.status_code, answer
