"""One simulator for the whole run, as its own process; every test starts from the tenant file again."""

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
TENANT_FILE = ROOT / "samples" / "tenant.json"
GRAPH = "https://graph.microsoft.com"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class World:
    """A running simulator and the tenant it was seeded from."""

    ready: dict[str, Any]
    file: dict[str, Any]
    client: httpx.Client

    @property
    def tenant_id(self) -> str:
        return str(self.ready["tenants"][0])

    def control(self, method: str, path: str, body: object = None, *, expect: int | None = None) -> Any:
        """Call the control site; any 2xx is right unless `expect` says otherwise."""
        answer = self.client.request(method, self.ready["control"] + path, json=body)
        assert answer.status_code == expect if expect else answer.is_success, answer.text
        return answer.json() if answer.content else None

    def identity_token(self, resource: str) -> str:
        """What the managed-identity endpoint gives for a resource."""
        query = {
            "api-version": "2019-08-01",
            "resource": resource,
            "client_id": self.ready["identity_client_id"],
        }
        headers = {"X-IDENTITY-HEADER": self.ready["msi_header"]}
        answer = self.client.get(self.ready["msi"], params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def grant(self, form: dict[str, str], *, tenant: str | None = None) -> httpx.Response:
        """Post a form to the token endpoint, as the product's app with a client assertion unless told otherwise."""
        proof = {"client_assertion_type": ASSERTION_TYPE}
        if "client_secret" not in form and "client_assertion" not in form:
            proof["client_assertion"] = self.identity_token("api://AzureADTokenExchange")
        whole = {"client_id": self.ready["app_id"], **proof, **form}
        return self.client.post(f"{self.ready['entra']}/{tenant or self.tenant_id}/oauth2/v2.0/token", data=whole)

    def app_token(self, resource: str = GRAPH, **form: str) -> str:
        """An app-only token of the product's app."""
        answer = self.grant({"grant_type": "client_credentials", "scope": f"{resource}/.default", **form})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def sign_in(self, user: str, **more: object) -> str:
        """A user's own token for the product's app."""
        return str(self.control("POST", "/sign-in", {"user": user, **more})["access_token"])

    def user_token(self, user: str, scope: str = f"{GRAPH}/.default") -> str:
        """A delegated Graph token for a user, by on-behalf-of."""
        answer = self.grant(
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "requested_token_use": "on_behalf_of",
                "assertion": self.sign_in(user),
                "scope": scope,
            }
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def graph(
        self, method: str, path: str, *, token: str, body: object = None, eventual: bool = False
    ) -> httpx.Response:
        """Call Graph; `path` starts after `/v1.0` unless it is a whole address."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"ConsistencyLevel": "eventual"} if eventual else {}
        address = path if path.startswith("https://") else self.ready["graph"] + path
        return self.client.request(method, address, headers=headers, json=body)

    def get(self, path: str, *, token: str, eventual: bool = False) -> Any:
        """The JSON of a Graph read that must succeed."""
        answer = self.graph("GET", path, token=token, eventual=eventual)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def user(self, name: str) -> dict[str, Any]:
        """A user of the tenant as the control site sees it; `name` without a domain is completed."""
        domain = self.file["organization"]["defaultDomain"]
        return dict(self.control("GET", f"/users/{name if '@' in name else f'{name}@{domain}'}"))

    def group_id(self, name: str) -> str:
        """The id of a group of the tenant file."""
        return next(str(group["id"]) for group in self.file["groups"] if group["displayName"] == name)

    def writes(self) -> list[dict[str, Any]]:
        """The Graph writes since the reset."""
        return list(self.control("GET", "/writes")["writes"])

    def audits(self) -> list[dict[str, Any]]:
        """The native audit log."""
        return list(self.control("GET", "/audits")["audits"])


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The process; it must end by itself with exit code 0 when told to."""
    state = tmp_path_factory.mktemp("simulator")
    command = [sys.executable, "-m", "simulator", "--tenant", str(TENANT_FILE), "--state-dir", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        trusted = ssl.create_default_context(cafile=ready["ca"])
        with httpx.Client(verify=trusted, timeout=10) as client:
            yield World(ready=ready, file=json.loads(TENANT_FILE.read_text()), client=client)
        process.terminate()
        assert process.wait(timeout=10) == 0


@pytest.fixture
def world(running: World) -> World:
    """The simulator, back at the tenant file."""
    running.control("POST", "/reset")
    return running


@pytest.fixture
def app(world: World) -> str:
    """An app-only Graph token of the product's app with its default grants."""
    return world.app_token()
