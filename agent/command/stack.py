"""A running stack as the command line reaches it: its address and function key, both from the environment.

`REMIT_URL` is the address of the function app, such as `https://remit-contoso.azurewebsites.net`; `REMIT_KEY` a
function key of it. The key is never an argument, where other people of the machine could read it.
"""

import os
from collections.abc import Iterator, Mapping
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


class NotAnsweredError(RemitError):
    """The stack did not answer, or did not take the order; nothing is known to have changed."""


class RunningStack:
    """The function app's addresses for orders and cases."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give an order and return what was stored.

        Raises:
            NotAnsweredError: it was refused, with the reason, or the stack did not answer.
        """
        return self._asked("POST", "/api/control", json=dict(body))

    def state(self) -> dict[str, Any]:
        """Return what is ordered now.

        Raises:
            NotAnsweredError: as `order`.
        """
        return self._asked("GET", "/api/controls")

    def cases(self) -> list[dict[str, Any]]:
        """Return the newest cases, each as one row.

        Raises:
            NotAnsweredError: as `order`.
        """
        return list(self._asked("GET", "/api/cases")["cases"])

    def case(self, case_id: str) -> dict[str, Any]:
        """Return one case with its log.

        Raises:
            NotAnsweredError: as `order`.
        """
        return self._asked("GET", f"/api/cases/{case_id}")

    def _asked(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **given)
            found = answer.json()
        except (httpx.HTTPError, ValueError) as problem:
            raise NotAnsweredError(f"the stack gave no answer that can be read: `{type(problem).__name__}`") from None
        if answer.status_code != 200 or not isinstance(found, dict):
            reason = found.get("error", "no reason was given") if isinstance(found, dict) else "no reason was given"
            raise NotAnsweredError(f"the stack answered {answer.status_code}: {reason}")
        return found


@contextmanager
def running_stack(environment: Mapping[str, str] = os.environ) -> Iterator[RunningStack]:
    """Reach the stack that the environment names.

    Raises:
        UsageError: address or key is missing, or the address is neither https nor on loopback.
    """
    url, key = environment.get(URL, ""), environment.get(KEY, "")
    if not url or not key:
        raise UsageError(f"expected the stack's address in `{URL}` and a function key in `{KEY}`; set both")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UsageError(f"expected an https address in `{URL}`, or http on this machine")
    headers = {"x-functions-key": key, "accept": "application/json"}
    with httpx.Client(base_url=url, headers=headers, timeout=_SECONDS, follow_redirects=False) as client:
        yield RunningStack(client)
