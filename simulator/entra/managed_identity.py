"""App Service's managed-identity endpoint, api-version 2019-08-01: plain HTTP, guarded by a secret header.

The identity is user-assigned, as the deployment makes it; asking without its `client_id` fails as it does in Azure.
"""

import hmac
from typing import NoReturn

from aiohttp import web

from simulator.cloud import Cloud
from simulator.entra import mint
from simulator.errors import RefusalError
from simulator.site import application

_API_VERSION = "2019-08-01"


def site(cloud: Cloud, header: str) -> web.Application:
    """The endpoint; callers must send `header` as `X-IDENTITY-HEADER`."""

    async def token(request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get("X-IDENTITY-HEADER", "").encode(), header.encode()):
            _refuse(401, "Unauthorized: the X-IDENTITY-HEADER header is missing or wrong.")
        if request.query.get("api-version") != _API_VERSION:
            _refuse(400, f"The api-version is not supported; expected {_API_VERSION}.")
        if request.query.get("client_id") != cloud.names.identity_client_id:
            _refuse(400, "No User Assigned or Delegated Managed Identity found for specified ClientId.")
        resource = request.query.get("resource", "").rstrip("/")
        if resource not in mint.RESOURCES:
            _refuse(400, f"AADSTS500011: The resource principal named {resource} was not found in the tenant.")
        access_token, expires = mint.managed_identity(cloud, resource)
        body = {
            "access_token": access_token,
            "expires_on": str(expires),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": cloud.names.identity_client_id,
        }
        return web.json_response(body)

    return application(cloud, "msi", routes=[web.get("/msi/token", token)], render=_render)


def _refuse(status: int, message: str) -> NoReturn:
    raise RefusalError(status, "ManagedIdentityError", message=message)


def _render(refusal: RefusalError, _request: web.Request) -> web.Response:
    body = {"statusCode": refusal.status, "message": refusal.message}
    return web.json_response(body, status=refusal.status, headers=refusal.headers)
