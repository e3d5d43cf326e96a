"""The HTTP client that MSAL is given: it talks to one authority only, follows nothing, and does not wait for long.

Left to itself MSAL takes `requests`, which knows no limit of time, and other root certificates than all else here.
"""

from typing import Any
from urllib.parse import urlsplit

import httpx

from agent.errors import DirectoryError, SettingsError

# Together with the reading of a row this stays below the time that a token may take (agent/graph/tenant_token.py).
_SECONDS = 4.0


class AuthorityClient:
    """What MSAL asks of a client: `get`, `post` and `close`. It may be used by several threads.

    Raises:
        SettingsError: `authority` is not an https address of a host.
    """

    def __init__(self, authority: str) -> None:
        parts = urlsplit(authority)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
            raise SettingsError("expected the authority as `https://` and a host")
        self._place = parts.netloc
        self._client = httpx.Client(timeout=_SECONDS, follow_redirects=False)

    def get(self, url: str, *, params: Any = None, headers: Any = None, **_options: Any) -> httpx.Response:
        """Send a GET.

        Raises:
            httpx.HTTPError: no answer. DirectoryError: the address is another host's; nothing was sent.
        """
        return self._client.get(self._own(url), params=params, headers=headers)

    def post(
        self, url: str, *, params: Any = None, data: Any = None, headers: Any = None, **_options: Any
    ) -> httpx.Response:
        """Send a POST. Raises as `get`."""
        return self._client.post(self._own(url), params=params, data=data, headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _own(self, url: str) -> str:
        # INVARIANT: what is sent holds assertions and refresh tokens, and where MSAL sends it is read from an answer.
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != ("https", self._place):
            raise DirectoryError(f"expected an address of the authority `{self._place}`, got one of another host")
        return url
