"""A browser for the pages of a local stack, and the mails that lead there."""

import re
import ssl
from html import unescape
from typing import Any

import httpx

from devhost.desk import Desk
from devhost.stack import LocalStack


class Front(httpx.BaseTransport):
    """What stands in front of a function app and speaks TLS: a stack's public address leads to its host on loopback."""

    def __init__(self, stack: LocalStack) -> None:
        self._host = httpx.URL(stack.url)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme="http", host=self._host.host, port=self._host.port)
        # Another request: the browser's own keeps the address to which its cookies belong.
        return self._inner.handle_request(
            httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        )

    def close(self) -> None:
        self._inner.close()


class Browser:
    """One person's browser with its cookies; it follows links and sends forms with the origin of their page."""

    def __init__(self, stack: LocalStack) -> None:
        trusted = ssl.create_default_context(cafile=str(stack.cloud["ca"]))
        self.origin = stack.public_url
        self.client = httpx.Client(
            mounts={self.origin: Front(stack)}, verify=trusted, trust_env=False, follow_redirects=True, timeout=30
        )

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def open(self, address: str) -> httpx.Response:
        return self.client.get(address)

    def sign_in(self, page: httpx.Response, user: str, *, drop: tuple[str, ...] = (), **query: Any) -> httpx.Response:
        """Press `Sign in`, be `user` at Entra, and return where that leads.

        `drop` takes parameters out of Entra's address by hand, and `query` puts some in.
        """
        (link,) = re.findall(r"<a class=button href='([^']+)'>Sign in</a>", page.text)
        begun = self.client.get(page.url.join(link), follow_redirects=False)
        asked = httpx.URL(begun.headers["location"])
        edited = {name: value for name, value in asked.params.items() if name not in drop}
        form = self.client.get(asked.copy_with(params={**edited, "sim_user": user, **query}))
        fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form.text)}
        from_entra = {"origin": f"{asked.scheme}://{asked.netloc.decode()}", "sec-fetch-site": "cross-site"}
        return self.client.post(f"{self.origin}/api/sign-in", data=fields, headers=from_entra)

    def answer(self, page: httpx.Response, verb: str) -> httpx.Response:
        """Press a button of the page's form."""
        fields = dict(re.findall(r"<input type=hidden name=(\w+) value='([^']*)'>", page.text))
        form = {**fields, "reason": "", "answer": verb}
        return self.client.post(page.url, data=form, headers={"origin": self.origin, "sec-fetch-site": "same-origin"})


def mails_to(desk: Desk, address: str) -> list[dict[str, Any]]:
    """The mails that came for an address, oldest first."""
    return list(desk.control("GET", f"/mail?to={address}")["mails"])


def link_in(mail: dict[str, Any]) -> str:
    """The one address that stands in a mail."""
    (found,) = re.findall(r"https?://\S+", mail["text"])
    return str(found)
