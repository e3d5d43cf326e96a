"""A browser for the pages of a local stack: it signs people in at the simulated Entra, and sends forms."""

import re
import ssl
from html import unescape
from types import TracebackType
from typing import Any, Self

import httpx

from devhost.desk import Address


class Front(httpx.BaseTransport):
    """What stands in front of a function app and speaks TLS: a stack's public address leads to its host on loopback."""

    def __init__(self, functions: str) -> None:
        self._host = httpx.URL(functions)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request for the public address to the host."""
        url = request.url.copy_with(scheme="http", host=self._host.host, port=self._host.port)
        # Another request: the browser's own keeps the address to which its cookies belong.
        return self._inner.handle_request(
            httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        )

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class Browser:
    """One person's browser with its cookies; it follows links and sends forms with the origin of their page."""

    def __init__(self, address: Address) -> None:
        trusted = ssl.create_default_context(cafile=address.ca)
        self.origin = address.public_url
        self.client = httpx.Client(
            mounts={self.origin: Front(address.functions)},
            verify=trusted,
            trust_env=False,
            follow_redirects=True,
            timeout=30,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def open(self, address: str) -> httpx.Response:
        """Return the page at an address."""
        return self.client.get(address)

    def sign_in(self, page: httpx.Response, user: str, *, drop: tuple[str, ...] = (), **query: Any) -> httpx.Response:
        """Press `Sign in`, be `user` at Entra, and return where that leads.

        `drop` takes parameters out of Entra's address by hand, and `query` puts some in.
        """
        (link,) = re.findall(r"<a class=button href='([^']+)'>Sign in</a>", page.text)
        begun = self.client.get(page.url.join(unescape(link)), follow_redirects=False)
        asked = httpx.URL(begun.headers["location"])
        edited = {name: value for name, value in asked.params.items() if name not in drop}
        form = self.client.get(asked.copy_with(params={**edited, "sim_user": user, **query}))
        fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form.text)}
        from_entra = {"origin": f"{asked.scheme}://{asked.netloc.decode()}", "sec-fetch-site": "cross-site"}
        return self.client.post(f"{self.origin}/api/sign-in", data=fields, headers=from_entra)

    def answer(self, page: httpx.Response, verb: str) -> httpx.Response:
        """Press a button of an approval's page."""
        return self.send(page, reason="", answer=verb)

    def ask(self, user: str, wish: str, *, whom: str = "") -> httpx.Response:
        """Sign in to the page of requests and file one; where the sign-in does not lead there, return that page."""
        page = self.sign_in(self.open(f"{self.origin}/api/requests"), user)
        return self.send(page, wish=wish, whom=whom) if page.status_code == 200 else page

    def send(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Send the form of a page with what a person put into its `fields`."""
        hidden = dict(re.findall(r"<input type=hidden name=(\w+) value='([^']*)'>", page.text))
        (action,) = re.findall(r"<form method=post action='([^']+)'>", page.text)
        own = {"origin": self.origin, "sec-fetch-site": "same-origin"}
        return self.client.post(page.url.join(unescape(action)), data={**hidden, **fields}, headers=own)
