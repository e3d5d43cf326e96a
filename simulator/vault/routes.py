"""The vault's HTTP face: challenge first, then the bearer token, then the secret.

1. Without a token: 401 with the challenge that names the authority and the resource.
2. The token must be Entra's, for `https://vault.azure.net`.
3. Its tenant and object id must hold a role on this vault.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator.cloud import Cloud
from simulator.errors import TokenError, VaultError
from simulator.site import application, bearer, plain_envelope, read_json
from simulator.vault.secrets import Bundle, Vault

RESOURCE = "https://vault.azure.net"
_AUDIENCES = frozenset({RESOURCE})
_PAGE = 25

Handler = Callable[[web.Request], Awaitable[web.Response]]


def site(cloud: Cloud, tenant_id: str) -> web.Application:
    """The vault of one tenant as a site of its own."""
    face = _Face(cloud, tenant_id)
    routes = [
        web.put("/secrets/{name}", face.guarded(face.put)),
        web.get("/secrets", face.guarded(face.list_names)),
        web.get("/secrets/{name}/versions", face.guarded(face.list_versions)),
        web.get("/secrets/{name}", face.guarded(face.get)),
        web.get("/secrets/{name}/", face.guarded(face.get)),
        web.get("/secrets/{name}/{version}", face.guarded(face.get)),
        web.delete("/secrets/{name}", face.guarded(face.delete)),
        web.get("/deletedsecrets/{name}", face.guarded(face.get_deleted)),
        web.delete("/deletedsecrets/{name}", face.guarded(face.purge)),
    ]
    return application(cloud, "vault", routes=routes, render=plain_envelope)


class _Face:
    def __init__(self, cloud: Cloud, tenant_id: str) -> None:
        self._cloud = cloud
        self._tenant_id = tenant_id

    @property
    def _vault(self) -> Vault:
        return self._cloud.tenants[self._tenant_id].vault

    @property
    def _address(self) -> str:
        return self._cloud.addresses.vaults[self._tenant_id]

    def guarded(self, handler: Handler) -> Handler:
        """`handler`, but only for a caller with a role on this vault."""

        async def checked(request: web.Request) -> web.Response:
            self._authorize(request)
            return await handler(request)

        return checked

    def _authorize(self, request: web.Request) -> None:
        token = bearer(request)
        if not token:  # (1)
            raise self._challenge("AKV10000: Request is missing a Bearer or PoP token.")
        try:  # (2)
            claims = self._cloud.verifier.claims(token, _AUDIENCES, now=self._cloud.clock.unix())
        except TokenError as wrong:
            raise self._challenge(f"AKV10022: Invalid token: {wrong.reason}.") from wrong
        if (claims.get("tid"), claims.get("oid")) not in self._vault.readers:  # (3)
            message = "Caller is not authorized to perform action on resource."
            raise VaultError(403, "Forbidden", message=message)

    def _challenge(self, message: str) -> VaultError:
        authority = f"{self._cloud.addresses.entra}/{self._tenant_id}"
        challenge = {"WWW-Authenticate": f'Bearer authorization="{authority}", resource="{RESOURCE}"'}
        return VaultError(401, "Unauthorized", message=message, headers=challenge)

    async def put(self, request: web.Request) -> web.Response:
        """Set a secret: a new version of it."""
        body = await read_json(request, VaultError)
        name = request.match_info["name"]
        version = self._vault.put(name, body, ids=self._cloud.ids, now=self._cloud.clock.unix())
        return web.json_response(self._bundle(name, version))

    async def get(self, request: web.Request) -> web.Response:
        """Read a secret, the newest version unless one is named."""
        name = request.match_info["name"]
        version = self._vault.get(name, request.match_info.get("version", ""))
        return web.json_response(self._bundle(name, version))

    async def list_names(self, request: web.Request) -> web.Response:
        """List the secrets, without values."""
        latest = [(name, self._vault.versions(name)[0]) for name in self._vault.names()]
        items = [self._item(f"{self._address}/secrets/{name}", version) for name, version in latest]
        return self._page(request, items)

    async def list_versions(self, request: web.Request) -> web.Response:
        """List the versions of a secret, without values."""
        name = request.match_info["name"]
        versions = self._vault.versions(name)
        items = [self._item(f"{self._address}/secrets/{name}/{one['version']}", one) for one in versions]
        return self._page(request, items)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a secret; it can still be recovered."""
        name = request.match_info["name"]
        deleted = self._vault.delete(name, now=self._cloud.clock.unix())
        return web.json_response(self._deleted_bundle(name, deleted))

    async def get_deleted(self, request: web.Request) -> web.Response:
        """Look at a deleted secret."""
        name = request.match_info["name"]
        return web.json_response(self._deleted_bundle(name, self._vault.deleted(name)))

    async def purge(self, request: web.Request) -> web.Response:
        """Forget a deleted secret for good."""
        self._vault.purge(request.match_info["name"])
        return web.Response(status=204)

    def _page(self, request: web.Request, items: list[Bundle]) -> web.Response:
        start = int(request.query.get("$skiptoken", "0"))
        size = min(int(request.query.get("maxresults", _PAGE)), _PAGE)
        more = start + size < len(items)
        following = f"{self._address}{request.path}?api-version=7.5&maxresults={size}&$skiptoken={start + size}"
        return web.json_response({"value": items[start : start + size], "nextLink": following if more else None})

    def _bundle(self, name: str, version: Bundle) -> Bundle:
        item = self._item(f"{self._address}/secrets/{name}/{version['version']}", version)
        return {"value": version["value"], **item}

    def _deleted_bundle(self, name: str, deleted: Bundle) -> Bundle:
        newest = deleted["versions"][-1]
        return {
            **self._item(f"{self._address}/secrets/{name}/{newest['version']}", newest),
            "recoveryId": f"{self._address}/deletedsecrets/{name}",
            "deletedDate": deleted["deleted"],
            "scheduledPurgeDate": deleted["purge"],
        }

    def _item(self, secret_id: str, version: Bundle) -> dict[str, Any]:
        attributes = {name: version[name] for name in ("enabled", "created", "updated")}
        attributes |= {"recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90}
        shown = {"id": secret_id, "attributes": attributes, "tags": version["tags"]}
        return {**shown, "contentType": version["contentType"]} if version["contentType"] else shown
