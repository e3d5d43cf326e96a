"""A tenant file of schema `corpus-tenant/1`, parsed and typed; it says who and what exists in one tenant.

Optional keys may be missing and unknown keys are kept (a newer file may know more properties of a person),
so the models forbid nothing but what they need to be wrong. References are resolved by `simulator.seed`.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from simulator.errors import TenantFileError

SCHEMA = "corpus-tenant/1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, alias_generator=to_camel)

    def extras(self) -> dict[str, Any]:
        """The keys of the file that this model does not name."""
        return dict(self.model_extra or {})


class Organization(_Part):
    """The tenant itself; `id` is its tenant id."""

    id: Annotated[
        str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"), AfterValidator(str.lower)
    ]
    display_name: str
    default_domain: str
    initial_domain: str | None = None
    password_writeback: bool = False


class Risk(_Part):
    """A person's standing in Identity Protection."""

    risk_level: str = "none"
    risk_state: str = "none"
    risk_detail: str | None = None


class Person(_Part):
    """A user, special account or guest. People are named by UPN elsewhere in the file, guests also by mail."""

    user_principal_name: str = Field(min_length=1)
    display_name: str = Field(min_length=1)
    id: str | None = None
    mail: str | None = None
    user_type: Literal["Member", "Guest"] = "Member"
    account_enabled: bool = True
    manager: str | None = None
    sponsor: str | None = None
    usage_location: str | None = None
    on_premises_sync_enabled: bool | None = None
    assigned_licenses: list[str] = []
    authentication_methods: list[dict[str, Any]] = []
    risk: Risk = Risk()
    directory_roles: list[str] = []


class Group(_Part):
    """A group, team or list; owners and members are people or, by display name, other groups."""

    display_name: str = Field(min_length=1)
    id: str | None = None
    type: str | None = None
    description: str | None = None
    group_types: list[str] | None = None
    mail: str | None = None
    mail_enabled: bool | None = None
    security_enabled: bool | None = None
    is_assignable_to_role: bool = False
    on_premises_sync_enabled: bool | None = None
    membership_rule: str | None = None
    visibility: str | None = None
    team: bool = False
    owners: list[str] = []
    members: list[str] = []
    assigned_licenses: list[str] = []
    assigned_role: str | None = None


class Sku(_Part):
    """A product bought; `consumed` seats of `enabled` are taken. Without `consumed` they are counted."""

    sku_part_number: str
    sku_id: Annotated[str, AfterValidator(str.lower)]
    enabled: int = Field(ge=0)
    consumed: int | None = Field(default=None, ge=0)


class Role(_Part):
    """A directory role with the people who hold it directly."""

    display_name: str
    members: list[str] = []
    eligible_members: list[str] = []


class AdministrativeUnit(_Part):
    """A unit with the people under it; one with a `membershipRule` is dynamic."""

    display_name: str = Field(min_length=1)
    id: str | None = None
    description: str | None = None
    is_member_management_restricted: bool = False
    membership_rule: str | None = None
    members: list[str] = []


class Application(_Part):
    """An enterprise application; `owners` are assigned to it, `permissions` are consented to it for everybody."""

    display_name: str = Field(min_length=1)
    id: str | None = None
    app_id: str | None = None
    account_enabled: bool = True
    app_roles: list[str] = []
    owners: list[str] = []
    permissions: list[str] = []


class TenantFile(_Part):
    """The whole file. Sections that the simulated routes do not need are kept as they are."""

    schema_: Literal["corpus-tenant/1"] = Field(alias="schema")
    organization: Organization
    users: list[Person]
    special_accounts: list[Person] = []
    guests: list[Person] = []
    groups: list[Group] = []
    subscribed_skus: list[Sku] = []
    directory_roles: list[Role] = []
    applications: list[Application] = []
    administrative_units: list[AdministrativeUnit] | None = None

    def people(self) -> list[tuple[str, Person]]:
        """Everybody, each with the key of the file under which the person stands."""
        sections = (("users", self.users), ("specialAccounts", self.special_accounts), ("guests", self.guests))
        return [(f"{name}[{place}]", person) for name, people in sections for place, person in enumerate(people)]


def read(path: Path) -> TenantFile:
    """Parse the file at `path`.

    Raises:
        TenantFileError: the file is missing, not JSON, of another schema, or a key is wrong; the key is named.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as missing:
        raise TenantFileError(f"expected a tenant file at `{path}`: {missing.strerror}") from missing
    except ValueError as broken:
        raise TenantFileError(f"expected JSON in `{path.name}`: {broken}") from broken
    return parse(document)


def parse(document: object) -> TenantFile:
    """Type a parsed document.

    Raises:
        TenantFileError: a wrong schema or key; the message lists each key with what was expected.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise TenantFileError(f"`schema`: expected `{SCHEMA}`, got `{found}`")
    try:
        return TenantFile.model_validate(document)
    except ValidationError as wrong:
        faults = [f"`{_key(fault['loc'])}`: {fault['msg'].lower()}" for fault in wrong.errors()]
        raise TenantFileError("; ".join(faults)) from wrong


def _key(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".")
