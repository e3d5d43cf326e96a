"""The catalogue: everything that Remit can do to a tenant. What is not listed here is not possible."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from agent.actions.access_packages import AssignAccessPackage, RemoveAccessPackage
from agent.actions.access_passes import CreateAccessPass, DeleteAccessPass
from agent.actions.action import Action, UnknownActionError
from agent.actions.administrative_units import AddUnitMember
from agent.actions.applications import AssignApp, DisableApp, RevokeConsent, UnassignApp
from agent.actions.calendars import GrantCalendarPermission, RevokeCalendarPermission, UpdateCalendarPermission
from agent.actions.conditional_access import ExcludeUser, SetPolicyState
from agent.actions.device_secrets import ReadAdministratorPassword, ReadRecoveryKey
from agent.actions.directory_roles import ActivateRole, AssignRole, MakeEligible, RemoveEligibility, RemoveRole
from agent.actions.elevated_groups import AssignMembership
from agent.actions.entra_devices import DisableDevice, EnableDevice
from agent.actions.group_objects import AssignGroupLicense, CreateGroup, DeleteGroup, RemoveGroupLicense, UpdateGroup
from agent.actions.groups import AddMember, AddOwner, RemoveMember, RemoveOwner
from agent.actions.inbox_rules import DeleteInboxRule, DisableInboxRule
from agent.actions.intune_apps import AssignIntuneApp
from agent.actions.item_versions import RestoreDeletedItem, RestoreItemVersion
from agent.actions.judge import CLOCK_SKEW, Effect, judge, seen
from agent.actions.leavers import DeleteUser, PurgeUser, RestoreUser
from agent.actions.licenses import AssignLicense, RemoveLicense, ReprocessLicenses, SwapLicense
from agent.actions.mailboxes import SetAutoReply, UpdateMailboxSettings
from agent.actions.managed_devices import (
    DeleteDevice,
    LocateDevice,
    LockDevice,
    RebootDevice,
    ResetPasscode,
    RetireDevice,
    ScanDevice,
    SyncDevice,
    WipeDevice,
)
from agent.actions.named_locations import CreateNamedLocation, UpdateNamedLocation
from agent.actions.new_teams import CreateTeam, TeamifyGroup
from agent.actions.newcomers import CreateUser, InviteGuest
from agent.actions.passwords import ForcePasswordChange, ResetPassword, ResetPasswordWithWriteBack
from agent.actions.profiles import UpdatePhones, UpdateProfile
from agent.actions.reporting_lines import RemoveManager, SetManager
from agent.actions.risk import ConfirmCompromised, DismissRisk
from agent.actions.security_alerts import UpdateAlert, UpdateIncident
from agent.actions.sessions import RevokeSessions
from agent.actions.shared_items import CreateItemLink, InviteToItem, RemoveItemPermission
from agent.actions.sign_in_methods import (
    AddPhone,
    DeleteAuthenticator,
    DeletePhone,
    DeleteSecurityKey,
    DeleteSoftwareToken,
    DeleteWindowsHello,
)
from agent.actions.sign_in_states import ChangeSignInName, DisableUser, EnableUser
from agent.actions.site_permissions import GrantSitePermission
from agent.actions.teams import AddTeamMember, ArchiveTeam, CreateChannel, RemoveTeamMember, UnarchiveTeam
from agent.actions.teams_telephony import AssignPhoneNumber, AssignTeamsPolicy
from agent.model.plan import Step

__all__ = [
    "CATALOGUE",
    "CLOCK_SKEW",
    "TARGET_KINDS",
    "Action",
    "Effect",
    "UnknownActionError",
    "judge",
    "parse_step",
    "seen",
]

# One line an action.
_ACTIONS: Final[tuple[type[Action], ...]] = (
    ResetPassword,
    ResetPasswordWithWriteBack,
    ForcePasswordChange,
    DisableUser,
    EnableUser,
    ChangeSignInName,
    UpdateProfile,
    UpdatePhones,
    SetManager,
    RemoveManager,
    CreateUser,
    InviteGuest,
    DeleteUser,
    RestoreUser,
    PurgeUser,
    RevokeSessions,
    CreateAccessPass,
    DeleteAccessPass,
    AddMember,
    RemoveMember,
    AssignLicense,
    RemoveLicense,
    SetPolicyState,
    ExcludeUser,
    UpdateNamedLocation,
    CreateNamedLocation,
    DismissRisk,
    ConfirmCompromised,
    UpdateAlert,
    UpdateIncident,
    AssignRole,
    RemoveRole,
    MakeEligible,
    RemoveEligibility,
    ActivateRole,
    AssignMembership,
    AssignAccessPackage,
    RemoveAccessPackage,
    AssignApp,
    UnassignApp,
    DisableApp,
    RevokeConsent,
    AddPhone,
    DeletePhone,
    DeleteAuthenticator,
    DeleteSecurityKey,
    DeleteSoftwareToken,
    DeleteWindowsHello,
    SwapLicense,
    ReprocessLicenses,
    AssignGroupLicense,
    RemoveGroupLicense,
    AddOwner,
    RemoveOwner,
    CreateGroup,
    UpdateGroup,
    DeleteGroup,
    AddUnitMember,
    AddTeamMember,
    RemoveTeamMember,
    CreateTeam,
    TeamifyGroup,
    CreateChannel,
    ArchiveTeam,
    UnarchiveTeam,
    AssignPhoneNumber,
    AssignTeamsPolicy,
    DisableDevice,
    EnableDevice,
    SyncDevice,
    RebootDevice,
    LockDevice,
    ResetPasscode,
    LocateDevice,
    ScanDevice,
    RetireDevice,
    WipeDevice,
    DeleteDevice,
    AssignIntuneApp,
    ReadRecoveryKey,
    ReadAdministratorPassword,
    SetAutoReply,
    UpdateMailboxSettings,
    GrantCalendarPermission,
    UpdateCalendarPermission,
    RevokeCalendarPermission,
    DisableInboxRule,
    DeleteInboxRule,
    InviteToItem,
    CreateItemLink,
    RemoveItemPermission,
    GrantSitePermission,
    RestoreDeletedItem,
    RestoreItemVersion,
)

CATALOGUE: Final[Mapping[str, type[Action]]] = MappingProxyType({one.id: one for one in _ACTIONS})

# Per action the kind of object that it changes; no step of it can change another kind.
TARGET_KINDS: Final[Mapping[str, str]] = MappingProxyType({name: one.target_kind for name, one in CATALOGUE.items()})


def parse_step(action_id: str, params: Mapping[str, Any]) -> Step:
    """Return the step that the catalogue builds from an action id and its parameters.

    This is the only way from a planner to a Step: same input, same step, so anyone can rebuild and compare.

    Raises:
        UnknownActionError: the action is not in the catalogue, or the parameters do not fit it. The message
            names the parameters at fault but not their values, which may be foreign text.
    """
    action = CATALOGUE.get(action_id)
    if action is None:
        raise UnknownActionError(f"expected an action of the catalogue, got `{action_id[:80]}`")
    try:
        return action.model_validate(dict(params)).step()
    except ValidationError as error:
        faults = sorted({f"`{_place(one['loc'])}` ({one['type']})" for one in error.errors(include_input=False)})
        raise UnknownActionError(f"action `{action_id}` does not take these parameters: {', '.join(faults)}") from None


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)[:80] or "params"
