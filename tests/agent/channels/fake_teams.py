"""A bot connector in memory: conversations, their messages, and the faults it is told to have."""

import json
import re
from typing import Any

import httpx

_POST = re.compile(r"/teams/v3/conversations/([^/]+)/activities")
_PUT = re.compile(r"/teams/v3/conversations/([^/]+)/activities/([^/]+)")


class FakeTeams:
    """Answers like the connector. `unreachable` people have no conversation; `status` overrides every answer."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.requests: list[httpx.Request] = []
        self.unreachable: set[str] = set()
        self.status: int | None = None
        self.broken: Exception | None = None
        self.answer: bytes | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.broken:
            raise self.broken
        if self.status:
            return httpx.Response(
                self.status, headers={"location": "https://evil.example/"}, content=self.answer or b""
            )
        if request.headers.get("authorization") != "Bearer bot-token":
            return httpx.Response(401)
        return self._answer(request, json.loads(request.content))

    def _answer(self, request: httpx.Request, body: dict[str, Any]) -> httpx.Response:
        path = request.url.raw_path.decode()
        if request.method == "POST" and path == "/teams/v3/conversations":
            return self._open(body)
        if request.method == "POST" and (found := _POST.fullmatch(path)):
            if found[1] not in self.people:
                return httpx.Response(404)
            self.messages[name := f"m{len(self.messages)}"] = {"to": self.people[found[1]], **body}
            return self._named(name)
        if request.method == "PUT" and (found := _PUT.fullmatch(path)) and found[2] in self.messages:
            self.messages[found[2]] = {"to": self.people[found[1]], **body}
            return self._named(found[2])
        return httpx.Response(404)

    def _open(self, body: dict[str, Any]) -> httpx.Response:
        (member,) = body["members"]
        if member["id"] in self.unreachable or not body["tenantId"]:
            return httpx.Response(403)
        name = f"a%3A{member['id']}"
        self.people[name] = member["id"]
        return self._named(name.replace("%3A", ":"))

    def _named(self, name: str) -> httpx.Response:
        return httpx.Response(
            201, content=self.answer if self.answer is not None else json.dumps({"id": name}).encode()
        )

    def sent_to(self, person_id: str) -> list[dict[str, Any]]:
        """Return the messages that a person has."""
        return [one for one in self.messages.values() if one["to"] == person_id]
