"""A running stack as the command line reaches it: its address and function key, both from the environment.

`REMIT_URL` is the address of the function app, such as `https://remit-contoso.azurewebsites.net`, without a path;
`REMIT_KEY` a function key of it. The key is never an argument, where other people of the machine could read it.

An order of which no answer was read may be stored all the same; whoever gave it is told so, and never that it failed.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from agent.errors import RemitError
from policy.command.errors import UsageError

URL: Final = "REMIT_URL"
KEY: Final = "REMIT_KEY"

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
# An order on a case waits for a write to be answered, 40 s at most.
_SECONDS: Final = 60
_UNKNOWN_KEY: Final = frozenset({401, 403})
_NO_REASON: Final = f"no reason was given; expected the address of the function app in `{URL}`"


class NotAnsweredError(RemitError):
    """The stack did not answer, or did not take the order; the message says whether the order may be stored."""


class _NobodyThereError(NotAnsweredError):
    """No connection came about, so nothing was sent."""


class _UnreadAnswerError(NotAnsweredError):
    """The request may have arrived; `problem` is why its answer was not read, in a word or two."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the stack gave no answer that can be read: `{problem}`")
        self.problem = problem


class RunningStack:
    """The function app's addresses for orders and cases."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give an order and return what was stored.

        Raises:
            NotAnsweredError: it was refused, with the reason; or it was not sent; or no answer was read, and then
                it may be stored.
        """
        return self._ordered("/api/control", body, look="state")

    def grant_order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give an order about a standing grant and return what was stored.

        Raises:
            NotAnsweredError: as `order`.
        """
        return self._ordered("/api/grant", body, look="grants list")

    def grants(self) -> dict[str, list[dict[str, Any]]]:
        """Return the standing grants of every tenant.

        Raises:
            NotAnsweredError: as `state`.
        """
        return dict(self._asked("GET", "/api/grants", names=("tenants",))["tenants"])

    def proposals(self) -> dict[str, list[dict[str, Any]]]:
        """Return what people of every tenant approved again and again.

        Raises:
            NotAnsweredError: as `state`.
        """
        return dict(self._asked("GET", "/api/grants/proposals", names=("tenants",))["tenants"])

    def meanings(self) -> dict[str, list[dict[str, Any]]]:
        """Return what the words of every tenant's people meant.

        Raises:
            NotAnsweredError: as `state`.
        """
        return dict(self._asked("GET", "/api/memory", names=("tenants",))["tenants"])

    def forget(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Have a meaning forgotten and return what was stored.

        Raises:
            NotAnsweredError: as `order`.
        """
        return self._ordered("/api/memory/forget", body, look="memory list")

    def _ordered(self, path: str, body: Mapping[str, Any], *, look: str) -> dict[str, Any]:
        try:
            return self._asked("POST", path, names=("order", "stored_at"), json=dict(body))
        except _NobodyThereError as nobody:
            raise NotAnsweredError(f"{nobody}; the order was not sent") from None
        except _UnreadAnswerError as unread:
            raise NotAnsweredError(
                f"nobody knows whether the order is stored (`{unread.problem}`): look with `python -m agent {look}`, "
                "then give it again"
            ) from None

    def state(self) -> dict[str, Any]:
        """Return what is ordered now.

        Raises:
            NotAnsweredError: the stack did not answer, or said that it cannot.
        """
        return self._asked("GET", "/api/controls", names=("stack", "tenants", "cases"))

    def cases(self) -> list[dict[str, Any]]:
        """Return the newest cases, each as one row.

        Raises:
            NotAnsweredError: as `state`.
        """
        return list(self._asked("GET", "/api/cases", names=("cases",))["cases"])

    def case(self, case_id: str) -> dict[str, Any]:
        """Return one case with its log.

        Raises:
            NotAnsweredError: as `state`.
        """
        return self._asked("GET", f"/api/cases/{case_id}", names=("id", "stage", "events"))

    def _asked(self, method: str, path: str, *, names: Sequence[str], **given: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **given)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise _NobodyThereError(f"nobody answers at `{URL}`") from None
        except httpx.HTTPError as problem:
            raise _UnreadAnswerError(type(problem).__name__) from None
        status = answer.status_code
        if status in _UNKNOWN_KEY:
            raise NotAnsweredError(f"the stack does not know the function key in `{KEY}`")
        found = _json_of(answer)
        if status == 200 and all(name in found for name in names):
            return found
        if status == 200 or (status >= 500 and "error" not in found):
            # Somebody between here and the stack speaks, who cannot know what the stack has done.
            raise _UnreadAnswerError(f"status {status}")
        raise NotAnsweredError(f"the stack answered {status}: {found.get('error', _NO_REASON)}")


def _json_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def running_stack(environment: Mapping[str, str] = os.environ) -> Iterator[RunningStack]:
    """Reach the stack that the environment names.

    Raises:
        UsageError: address or key is missing; the address is neither https nor on loopback, or has more than a host
            and a port.
    """
    url, key = environment.get(URL, ""), environment.get(KEY, "")
    if not url or not key:
        raise UsageError(f"expected the stack's address in `{URL}` and a function key in `{KEY}`; set both")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UsageError(f"expected an https address in `{URL}`, or http on this machine")
    if parts.path.strip("/") or parts.query or parts.fragment:
        # What came is not shown: the query of a copied address may hold a key.
        raise UsageError(f"expected only scheme and host in `{URL}`, such as `https://remit-contoso.azurewebsites.net`")
    headers = {"x-functions-key": key, "accept": "application/json"}
    with httpx.Client(base_url=url, headers=headers, timeout=_SECONDS, follow_redirects=False) as client:
        yield RunningStack(client)
