"""The closed list of read-only questions. What is not listed here cannot be asked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agent.lookups.groups import GROUP_FIND, GROUP_GET, GROUP_MEMBER, GROUP_OWNERS
from agent.lookups.lookup import Lookup
from agent.lookups.tenant import TENANT_SKUS
from agent.lookups.user_access import (
    USER_AUTH_METHODS,
    USER_DIRECTORY_ROLES,
    USER_GROUPS,
    USER_LICENSES,
    USER_RISK,
)
from agent.lookups.users import USER_FIND, USER_GET, USER_MANAGER

__all__ = ["LOOKUPS", "Lookup"]

LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType(
    {
        "user.get": USER_GET,
        "user.find": USER_FIND,
        "user.groups": USER_GROUPS,
        "user.directory_roles": USER_DIRECTORY_ROLES,
        "user.auth_methods": USER_AUTH_METHODS,
        "user.risk": USER_RISK,
        "user.licenses": USER_LICENSES,
        "user.manager": USER_MANAGER,
        "group.get": GROUP_GET,
        "group.find": GROUP_FIND,
        "group.owners": GROUP_OWNERS,
        "group.member": GROUP_MEMBER,
        "tenant.skus": TENANT_SKUS,
    }
)
