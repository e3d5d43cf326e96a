"""Applications as one tenant sees them: their service principal, what they were granted, how they prove themselves."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from simulator.ids import stable

# What the product's deployment asks an administrator to grant (application permissions of Microsoft Graph).
DEFAULT_ROLES = frozenset(
    {
        "AdministrativeUnit.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "Application.Read.All",
        "Application.ReadWrite.All",
        "AuditLog.Read.All",
        "BitlockerKey.Read.All",
        "Channel.Create",
        "Channel.Delete.All",
        "Channel.ReadBasic.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Device.ReadWrite.All",
        "DeviceLocalCredential.Read.All",
        "DeviceManagementApps.Read.All",
        "DeviceManagementApps.ReadWrite.All",
        "DeviceManagementManagedDevices.PrivilegedOperations.All",
        "DeviceManagementManagedDevices.ReadWrite.All",
        "Directory.Read.All",
        "Domain.Read.All",
        "EntitlementManagement.Read.All",
        "EntitlementManagement.ReadWrite.All",
        "Group.Create",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "IdentityRiskEvent.Read.All",
        "IdentityRiskyUser.Read.All",
        "IdentityRiskyUser.ReadWrite.All",
        "LicenseAssignment.ReadWrite.All",
        "Calendars.ReadWrite",
        "ExchangeMessageTrace.Read.All",
        "Files.ReadWrite.All",
        "MailboxSettings.ReadWrite",
        "Sites.FullControl.All",
        "Sites.Read.All",
        "Organization.Read.All",
        "Policy.Read.All",
        "Policy.Read.AuthenticationMethod",
        "Policy.ReadWrite.ConditionalAccess",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "RoleAssignmentSchedule.Read.Directory",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.Read.Directory",
        "SecurityAlert.Read.All",
        "SecurityAlert.ReadWrite.All",
        "SecurityIncident.Read.All",
        "SecurityIncident.ReadWrite.All",
        "ServiceHealth.Read.All",
        "ServiceMessage.Read.All",
        "Team.Create",
        "Team.ReadBasic.All",
        "TeamMember.Read.All",
        "TeamMember.ReadWriteNonOwnerRole.All",
        "TeamSettings.ReadWrite.All",
        "TeamsPolicyUserAssign.ReadWrite.All",
        "TeamsTelephoneNumber.ReadWrite.All",
        "TeamsUserConfiguration.Read.All",
        "User-PasswordProfile.ReadWrite.All",
        "User-Phone.ReadWrite.All",
        "User.DeleteRestore.All",
        "User.EnableDisableAccount.All",
        "User.Invite.All",
        "User.Read.All",
        "User.ReadWrite.All",
        "User.RevokeSessions.All",
        "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",
        "UserAuthMethod-Passkey.ReadWrite.All",
        "UserAuthMethod-Phone.ReadWrite.All",
        "UserAuthMethod-SoftwareOATH.ReadWrite.All",
        "UserAuthMethod-TAP.ReadWrite.All",
        "UserAuthMethod-WindowsHello.ReadWrite.All",
        "UserAuthenticationMethod.Read.All",
    }
)
# The same permissions, consented for the delegated way, and what only people can do.
DEFAULT_SCOPES = DEFAULT_ROLES | {"User.Read", "UserAuthenticationMethod.ReadWrite.All"}
# An app-only password write needs a directory role beside the permission (Graph, "Update user").
DEFAULT_DIRECTORY_ROLES = ("User Administrator",)


@dataclass(frozen=True, slots=True)
class Names:
    """Who is who: the product's app, the managed identity it runs as, and the bot (which is that identity)."""

    app_id: str = stable("application", "remit")
    identity_client_id: str = stable("managed identity", "client", "remit")
    identity_object_id: str = stable("managed identity", "principal", "remit")
    bot_app_id: str = stable("managed identity", "client", "remit")


@dataclass(slots=True)
class Application:
    """One application in one tenant. `roles` are application permissions, `scopes` delegated ones.

    `trusts_identity` is a federated credential: the managed identity's token may stand for a secret.
    Secrets are kept as digests only. `redirect_uris` are where a sign-in may end.
    """

    app_id: str
    display_name: str
    object_id: str
    roles: set[str] = field(default_factory=set)
    scopes: set[str] = field(default_factory=set)
    trusts_identity: bool = False
    secret_digests: set[str] = field(default_factory=set)
    redirect_uris: set[str] = field(default_factory=set)

    def add_secret(self, secret: str) -> None:
        """Accept `secret` as this application's client secret from now on."""
        self.secret_digests.add(_digest(secret))

    def knows_secret(self, secret: str) -> bool:
        """Whether `secret` is one of the registered ones."""
        offered = _digest(secret)
        return any(hmac.compare_digest(offered, known) for known in self.secret_digests)

    def dump(self) -> dict[str, Any]:
        """The application as JSON."""
        return {
            "app_id": self.app_id,
            "display_name": self.display_name,
            "object_id": self.object_id,
            "roles": sorted(self.roles),
            "scopes": sorted(self.scopes),
            "trusts_identity": self.trusts_identity,
            "secret_digests": sorted(self.secret_digests),
            "redirect_uris": sorted(self.redirect_uris),
        }


def load(document: dict[str, Any]) -> Application:
    """An application from what `Application.dump` gave."""
    sets = {name: set(document[name]) for name in ("roles", "scopes", "secret_digests", "redirect_uris")}
    return Application(**{**document, **sets})


def product(tenant_id: str, names: Names) -> Application:
    """The product's application with the default grants, as its deployment leaves it in a tenant."""
    return Application(
        app_id=names.app_id,
        display_name="Remit",
        object_id=service_principal_id(tenant_id, names.app_id),
        roles=set(DEFAULT_ROLES),
        scopes=set(DEFAULT_SCOPES),
        trusts_identity=True,
    )


def service_principal_id(tenant_id: str, app_id: str) -> str:
    """The object id of an application's service principal in a tenant."""
    return stable("service principal", tenant_id, app_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
