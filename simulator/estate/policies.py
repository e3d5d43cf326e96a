"""What a tenant file may say about Conditional Access, and how a policy of it looks in Graph."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from simulator import roles, shapes
from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.ids import stable


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class ListedLocation(_Part):
    """A named location: countries by their two letters, or ranges of addresses."""

    display_name: str = Field(min_length=1)
    id: str | None = None
    ip_ranges: list[str] = []
    is_trusted: bool = False
    countries: list[str] = []


class ListedConditions(_Part):
    """Whom and whence a policy is about; people by sign-in name, groups and roles by display name.

    `allowed` are the countries from where it does not apply.
    """

    include_users: list[str] = ["All"]
    exclude_users: list[str] = []
    include_groups: list[str] = []
    exclude_groups: list[str] = []
    include_roles: list[str] = []
    exclude_roles: list[str] = []
    allowed: list[str] = []


class ListedPolicy(_Part):
    """A Conditional Access policy."""

    display_name: str = Field(min_length=1)
    id: str | None = None
    state: Literal["enabled", "disabled", "enabledForReportingButNotEnforced"] = "enabled"
    conditions: ListedConditions = ListedConditions()
    grant_controls: list[str] | None = None

    def shape(self, directory: Directory, *, key: str, locations: Resource | None) -> Resource:
        """The policy as Graph's `conditionalAccessPolicy`.

        Raises:
            TenantFileError: it names somebody or a group that the file does not have; `key` says where it stands.
        """
        wanted, name = self.conditions, self.display_name.casefold()
        legacy = "legacy" in name
        blocks = "block" in name
        return {
            "id": (self.id or stable("conditional access", directory.tenant_id, self.display_name)).lower(),
            "templateId": None,
            "displayName": self.display_name,
            "createdDateTime": shapes.CREATED_AT,
            "modifiedDateTime": None,
            "deletedDateTime": None,
            "state": self.state,
            "sessionControls": None,
            "conditions": {
                **_NO_CONDITIONS,
                "clientAppTypes": ["exchangeActiveSync", "other"] if legacy else ["all"],
                "locations": locations,
                "users": {
                    "includeUsers": _people(directory, wanted.include_users, key=f"{key}.conditions.includeUsers"),
                    "excludeUsers": _people(directory, wanted.exclude_users, key=f"{key}.conditions.excludeUsers"),
                    "includeGroups": _groups(directory, wanted.include_groups, key=f"{key}.conditions.includeGroups"),
                    "excludeGroups": _groups(directory, wanted.exclude_groups, key=f"{key}.conditions.excludeGroups"),
                    "includeRoles": _roles(wanted.include_roles, key=f"{key}.conditions.includeRoles"),
                    "excludeRoles": _roles(wanted.exclude_roles, key=f"{key}.conditions.excludeRoles"),
                    "includeGuestsOrExternalUsers": None,
                    "excludeGuestsOrExternalUsers": None,
                },
            },
            "grantControls": {
                "operator": "OR",
                "builtInControls": self.grant_controls or (["block"] if blocks else ["mfa"]),
                "customAuthenticationFactors": [],
                "termsOfUse": [],
            },
        }


_NO_CONDITIONS: dict[str, Any] = {
    "applications": {
        "includeApplications": ["All"],
        "excludeApplications": [],
        "includeUserActions": [],
        "includeAuthenticationContextClassReferences": [],
        "applicationFilter": None,
    },
    "clientApplications": None,
    "devices": None,
    "platforms": None,
    "servicePrincipalRiskLevels": [],
    "signInRiskLevels": [],
    "userRiskLevels": [],
}


def _people(directory: Directory, names: list[str], *, key: str) -> list[str]:
    found = [(name, directory.user(name)) for name in names if name != "All"]
    for name, user in found:
        if user is None:
            raise TenantFileError(f"`{key}`: expected a person of this file, got `{name}`")
    return ["All"] * ("All" in names) + [user["id"] for _, user in found if user is not None]


def _groups(directory: Directory, names: list[str], *, key: str) -> list[str]:
    known = {group["displayName"].casefold(): group["id"] for group in directory.groups.values()}
    for name in names:
        if name.casefold() not in known:
            raise TenantFileError(f"`{key}`: expected a group of this file, got `{name}`")
    return [known[name.casefold()] for name in names]


def _roles(names: list[str], *, key: str) -> list[str]:
    for name in names:
        if name not in roles.TEMPLATE_IDS:
            raise TenantFileError(f"`{key}`: expected a built-in directory role, got `{name}`")
    return [roles.TEMPLATE_IDS[name] for name in names]
