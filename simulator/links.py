"""Links between people, applications and what those may do, with ids made of the ids of what is linked."""

import base64
from uuid import UUID

from simulator.directory import Resource
from simulator.ids import stable


def link_key(*ids: str) -> str:
    """One id out of several GUIDs; upper and lower case are different ids, as with the service's own."""
    whole = b"".join(UUID(one).bytes_le for one in ids)
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def app_role_assignment(tenant_id: str, principal: Resource, *, app: Resource, role_id: str, at: str) -> Resource:
    """A user's assignment to an application in one of its roles, made `at` a time."""
    own = stable("app role assignment", tenant_id, principal["id"], app["id"], role_id)
    return {
        "id": link_key(principal["id"], own),
        "createdDateTime": at,
        "deletedDateTime": None,
        "appRoleId": role_id,
        "principalDisplayName": principal["displayName"],
        "principalId": principal["id"],
        "principalType": "User",
        "resourceDisplayName": app["displayName"],
        "resourceId": app["id"],
    }


def permission_grant(client_id: str, resource_id: str, *, principal_id: str | None, scope: str) -> Resource:
    """A delegated consent, of everybody when there is no principal. The three ids make only one possible."""
    linked = (client_id, resource_id, *([principal_id] if principal_id else []))
    return {
        "id": link_key(*linked),
        "clientId": client_id,
        "consentType": "Principal" if principal_id else "AllPrincipals",
        "principalId": principal_id,
        "resourceId": resource_id,
        "scope": scope,
    }
