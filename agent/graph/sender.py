"""One tenant's Microsoft Graph: the only sender of Graph requests in the product.

A write leaves at most once, and only as the call of a permit. In this order:
1. The permit is for this tenant, and a secret is given exactly where the call has a place for it.
2. The token is this tenant's (claim `tid`) and, in a person's name, that person's (claim `oid`).
3. It is this call's turn, where the service takes one request a second; whoever waits has not sent anything yet.
4. The tripwire in the transport compares the request with the permit, byte for byte, and lets it pass once.
5. What comes back is an answer, or it is unknown whether the write happened: never an inferred success.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from azure.core.credentials_async import AsyncTokenCredential

from agent.errors import DirectoryError, SettingsError, WriteUnknownError
from agent.graph import batches, wire
from agent.graph.answers import answer_of, body_of
from agent.graph.batch_reader import BatchReader
from agent.graph.challenge import claims_challenge
from agent.graph.pace import READ_WAIT_SECONDS, WRITE_WAIT_SECONDS, Pace
from agent.graph.persons_token import DelegatedCredentials, challenge, persons_token
from agent.graph.reader import PagedReader
from agent.graph.tenant_token import TenantToken, tenant_token
from agent.graph.tripwire import Tripwire, in_force
from agent.model.graph_call import GraphCall
from agent.model.permit import Permit
from agent.ports import Answer

if TYPE_CHECKING:
    from agent.graph.adapter import RawAdapter

GRAPH = "https://graph.microsoft.com/v1.0"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
USER_AGENT = "Remit/0.1"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Connecting, and one request as a whole. With TOKEN_SECONDS and WRITE_WAIT_SECONDS a write takes 33 seconds at most,
# which must stay well below the loop's lease: after the lease another worker may read the tenant and write again.
CONNECT_SECONDS = 5.0
SEND_SECONDS = 20.0

# After any other 5xx, also those of proxies on the way, and after 408 a write may have happened all the same.
_CERTAIN_STATUS = 501

# Failures from before the first byte of the request was sent.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

Sleep = Callable[[float], Awaitable[None]]


class GraphDirectory:
    """ports.Directory over msgraph-sdk. `base_url` ends with the version segment; plain http is for loopback only.

    `sleep`, `monotonic` and `jitter` (0 to 1) are for tests. `scope` is what tokens are asked for. `delegated` has
    people's own tokens, for permits in a person's name.
    """

    def __init__(
        self,
        tenant_id: str,
        credential: AsyncTokenCredential,
        *,
        base_url: str = GRAPH,
        scope: str = GRAPH_SCOPE,
        delegated: DelegatedCredentials | None = None,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        _check_base_url(base_url)
        self._tenant_id = tenant_id
        self._credential = credential
        self._base_url = base_url.rstrip("/")
        self._scope = scope
        self._delegated = delegated
        self._pace = Pace(sleep=sleep, monotonic=monotonic)
        # What a new token of the agent itself must show; those of people are remembered with their delegations.
        self._challenge = ""
        self._send_seconds = send_seconds
        self._reader = PagedReader(self._base_url, self._get, sleep=sleep, jitter=jitter)
        self._batches = BatchReader(
            self._reader, self._post_batch, pace=self._pace, challenged=self._challenged, sleep=sleep
        )
        self._client: httpx.AsyncClient | None = None
        self._adapter: RawAdapter | None = None

    async def read(self, call: GraphCall) -> Answer:
        """See ports.Directory. Pages are merged; throttling and 5xx are retried three times."""
        _require_plain_read(call)
        return await self._reader.read(call.target, headers=wire.read_headers(call))

    async def read_many(self, calls: Sequence[GraphCall]) -> tuple[Answer | DirectoryError, ...]:
        """See ports.Directory. Reads share requests; each is paged, throttled and retried by itself."""
        if any(call.writes for call in calls):
            raise ValueError("expected GETs only, got a write among them")
        # What a ticket says can make one question look like one for a secret; the others are asked all the same.
        plain = [call for call in calls if not call.reveals]
        answers = iter(await self._batches.read_many(plain))
        return tuple(_kept_secret(call) if call.reveals else next(answers) for call in calls)

    async def write(self, permit: Permit, *, client_request_id: str, secret: str | None) -> Answer:
        """See ports.Directory."""
        call = permit.call
        # (1)
        if permit.tenant_id.lower() != self._tenant_id.lower():
            raise DirectoryError(f"expected a permit for tenant `{self._tenant_id}`, got `{permit.tenant_id}`")
        if not (call.writes or call.reveals):
            raise DirectoryError(f"expected a permit for a write or for a secret, got `{call.method} {call.path}`")
        content = wire.filled(call, secret)
        headers = {"User-Agent": f"{USER_AGENT} (+{permit.case_id})"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if call.eventual:
            headers["ConsistencyLevel"] = "eventual"
        # (2)
        token = await self._token_of(permit)
        # (3) Before the send's own time begins, so that nobody takes a wait for a write whose answer was lost.
        await self._pace.keep(call.path, at_most_seconds=WRITE_WAIT_SECONDS)
        # (4)
        with in_force(permit):
            response = await self._send_once(
                call, token, client_request_id=client_request_id, content=content, headers=headers
            )
        if asked := _challenge_in(response):
            if permit.actor.kind == "workload":
                self._challenged(asked)
            else:
                await challenge(permit, self._delegated, claims=asked)
            # Graph looks at the token before anything else, so nothing was done; the next try has a new one.
            raise DirectoryError(f"`{call.method} {call.path}` was refused: Graph wants a new token")
        # (5)
        return _certain(call, response, token=token, client_request_id=client_request_id)

    async def close(self) -> None:
        """Close the connections. The credential belongs to whoever made it."""
        if self._client is not None:
            await self._client.aclose()

    async def _send_once(
        self,
        call: GraphCall,
        token: TenantToken,
        *,
        client_request_id: str,
        content: bytes | None,
        headers: dict[str, str],
    ) -> httpx.Response:
        lost = f"no answer to `{call.method} {call.path}`, client-request-id `{client_request_id}`"
        try:
            async with asyncio.timeout(self._send_seconds):
                return await self._transmit(
                    call.method,
                    self._base_url + call.target,
                    headers={**headers, **_identity(token, client_request_id)},
                    content=content,
                )
        except _NEVER_LEFT as error:
            raise DirectoryError(f"`{call.method} {call.path}` did not leave: `{type(error).__name__}`") from None
        except (httpx.HTTPError, OSError) as error:  # TimeoutError is an OSError.
            raise WriteUnknownError(f"{lost}: `{type(error).__name__}`") from None

    async def _get(self, url: str, headers: dict[str, str]) -> tuple[httpx.Response, str]:
        await self._pace.keep(url.removeprefix(self._base_url), at_most_seconds=READ_WAIT_SECONDS)
        return await self._looked_up("GET", url, headers=headers, content=None)

    async def _post_batch(self, content: bytes) -> tuple[httpx.Response, str]:
        headers = {"Content-Type": "application/json"}
        return await self._looked_up("POST", self._base_url + batches.PATH, headers=headers, content=content)

    async def _looked_up(
        self, method: str, url: str, *, headers: dict[str, str], content: bytes | None
    ) -> tuple[httpx.Response, str]:
        """Send a request that changes nothing; once more with a new token, if Graph asks for one."""
        for _ in range(2):
            token = await self._token()
            own = {"User-Agent": USER_AGENT, **headers, **_identity(token, str(uuid.uuid4()))}
            response = await self._transmit(method, url, headers=own, content=content)
            asked = _challenge_in(response)
            if not asked:
                break
            self._challenged(asked)
        return response, token.token_id

    async def _transmit(
        self, method: str, url: str, *, headers: dict[str, str], content: bytes | None
    ) -> httpx.Response:
        if self._adapter is None:
            from agent.graph.adapter import RawAdapter

            self._client = _client(self._base_url, self._send_seconds)
            self._adapter = RawAdapter(self._client)
        return await self._adapter.send_raw(method, url, headers=headers, content=content)

    async def _token_of(self, permit: Permit) -> TenantToken:
        """Return a token of the permit's actor, asked for with no more permissions than the step needs."""
        if permit.actor.kind == "workload":
            # Entra gives an application all that was granted to it and no part of that: `.default` is the only scope.
            return await self._token()
        resource = self._scope.removesuffix("/.default")
        return await persons_token(permit, self._delegated, tenant_id=self._tenant_id, resource=resource)

    async def _token(self) -> TenantToken:
        asked = self._challenge
        token = await tenant_token(self._credential, self._scope, tenant_id=self._tenant_id, claims=asked)
        # Met only now: an authority that gave no token is asked for the same again.
        if self._challenge == asked:
            self._challenge = ""
        return token

    def _challenged(self, asked: str) -> None:
        self._challenge = asked


def _kept_secret(call: GraphCall) -> DirectoryError:
    return DirectoryError(f"expected a read that reveals no secret, got `GET {call.path}`")


def _require_plain_read(call: GraphCall) -> None:
    if call.writes or call.reveals:
        raise ValueError(f"expected a GET that reveals no secret, got `{call.method} {call.path}`")


def _challenge_in(response: httpx.Response) -> str:
    return claims_challenge(response.status_code, response.headers.get("www-authenticate", ""))


def _may_have_happened(status: int) -> bool:
    return status == 408 or (status >= 500 and status != _CERTAIN_STATUS)


def _certain(call: GraphCall, response: httpx.Response, *, token: TenantToken, client_request_id: str) -> Answer:
    """Return what certainly happened, or say that it is unknown."""
    seen = f"`{call.method} {call.path}` answered `{response.status_code}`, client-request-id `{client_request_id}`"
    if _may_have_happened(response.status_code):
        raise WriteUnknownError(f"{seen}: it may have been done")
    body = body_of(response)
    if body is None and response.is_success:
        raise WriteUnknownError(f"{seen} with an unreadable body")
    return answer_of(response, body or {}, token_id=token.token_id)


def _identity(token: TenantToken, client_request_id: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token.bearer}",
        "Accept": "application/json",
        "client-request-id": client_request_id,
    }


def _client(base_url: str, send_seconds: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=Tripwire(base_url, httpx.AsyncHTTPTransport(retries=0)),
        timeout=httpx.Timeout(send_seconds, connect=CONNECT_SECONDS),
        follow_redirects=False,
    )


def _check_base_url(base_url: str) -> None:
    parts = urlsplit(base_url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.scheme == "https" or plain) or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise SettingsError("expected the Graph endpoint as an https address, or http on loopback")
