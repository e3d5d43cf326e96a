"""A directory with state in memory: reads see what earlier writes did, and a write can be lost on the way.

Not a simulator: a test says what there is (`put`) and what a write does (`on`); anything else answers 404 or 501.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.errors import DirectoryError, WriteUnknownError
from agent.model.graph_call import GraphCall
from agent.model.permit import Permit
from agent.ports import Answer

Body = dict[str, Any]
# What a write does: it is given the body as sent (secret filled in), may change the fake's state, and answers.
Effect = Callable[[Body], tuple[int, Body]]


@dataclass(frozen=True, slots=True)
class Sent:
    """One write that reached the directory. `body` has the secret filled in; that is for tests only."""

    method: str
    path: str
    body: Body
    client_request_id: str
    permit: Permit


class FakeDirectory:
    """ports.Directory of one tenant in memory.

    `objects` maps a path (or `path?name=value&...` for one exact query) to the body that a GET answers.
    `written` lists every write that reached it, also those whose answer was lost.
    """

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.objects: dict[str, Body] = {}
        self.written: list[Sent] = []
        self.read_paths: list[str] = []
        self._effects: dict[tuple[str, str], Effect] = {}
        self._refusals: dict[tuple[str, str], Answer | DirectoryError] = {}
        self._losses: list[Literal["before", "after"]] = []
        self._count = 0

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Make GETs of `path` answer 200 with a copy of `body`."""
        self.objects[path] = copy.deepcopy(dict(body))

    def on(self, method: str, path: str, effect: Effect) -> None:
        """Make this write call `effect`. PATCH needs none: it merges its body into the object at `path`."""
        self._effects[method, path] = effect

    def refuse(self, method: str, path: str, refusal: Answer | DirectoryError) -> None:
        """Make this call answer `refusal`, or raise it, until `allow` is called; nothing is changed."""
        self._refusals[method, path] = refusal

    def allow(self, method: str, path: str) -> None:
        """End a `refuse`."""
        self._refusals.pop((method, path), None)

    def lose_next_answer(self, *, when: Literal["before", "after"]) -> None:
        """Make the next write raise WriteUnknownError, lost before or after it took effect."""
        self._losses.append(when)

    async def read(self, call: GraphCall) -> Answer:
        """See ports.Directory."""
        if call.writes:
            raise ValueError(f"expected a GET, got `{call.method}`")
        self.read_paths.append(call.path)
        if (refused := self._refused(call)) is not None:
            return refused
        query = "&".join(f"{name}={value}" for name, value in call.query)
        found = self.objects.get(f"{call.path}?{query}", self.objects.get(call.path))
        if found is None:
            return self._answer(404, _error("Request_ResourceNotFound"))
        return self._answer(200, copy.deepcopy(found))

    async def read_many(self, calls: Sequence[GraphCall]) -> tuple[Answer | DirectoryError, ...]:
        """See ports.Directory."""
        if any(call.writes for call in calls):
            raise ValueError("expected GETs only")
        return tuple([await self._read_or_error(call) for call in calls])

    async def _read_or_error(self, call: GraphCall) -> Answer | DirectoryError:
        try:
            return await self.read(call)
        except DirectoryError as error:
            return error

    async def write(self, permit: Permit, *, client_request_id: str, secret: str | None) -> Answer:
        """See ports.Directory."""
        call = permit.call
        if permit.tenant_id != self.tenant_id:
            raise DirectoryError(f"expected a permit for tenant `{self.tenant_id}`, got `{permit.tenant_id}`")
        if not call.writes or (secret is not None) != bool(call.secret_at):
            raise DirectoryError("expected a write with a secret exactly where the call has a place for it")
        body = _filled(call, secret)
        if (refused := self._refused(call)) is not None:
            return refused
        loss = self._losses.pop(0) if self._losses else None
        if loss == "before":
            raise WriteUnknownError(f"no answer to `{call.method} {call.path}`")
        answer = self._apply(permit, client_request_id, body)
        if loss == "after":
            raise WriteUnknownError(f"no answer to `{call.method} {call.path}`")
        return answer

    def _apply(self, permit: Permit, client_request_id: str, body: Body) -> Answer:
        call = permit.call
        self.written.append(Sent(call.method, call.path, copy.deepcopy(body), client_request_id, permit))
        if effect := self._effects.get((call.method, call.path)):
            status, answer = effect(body)
            return self._answer(status, answer)
        if call.method == "PATCH" and call.path in self.objects:
            self.objects[call.path].update(body)
            return self._answer(204, {})
        return self._answer(501, _error("NotImplemented"))

    def _refused(self, call: GraphCall) -> Answer | None:
        refusal = self._refusals.get((call.method, call.path))
        if isinstance(refusal, DirectoryError):
            raise refusal
        return refusal

    def _answer(self, status: int, body: Body) -> Answer:
        self._count += 1
        return Answer(status=status, body=body, request_id=f"request-{self._count}", token_id="token-1")


def _filled(call: GraphCall, secret: str | None) -> Body:
    body: Body = copy.deepcopy(call.body) if call.body is not None else {}
    if secret is None:
        return body
    place: Any = body
    for key in call.secret_at[:-1]:
        place = place.get(key) if isinstance(place, dict) else None
    if not isinstance(place, dict) or call.secret_at[-1] in place:
        raise DirectoryError(f"`{call.method} {call.path}` has no free place for its secret")
    place[call.secret_at[-1]] = secret
    return body


def _error(code: str) -> Body:
    return {"error": {"code": code, "message": code}}
