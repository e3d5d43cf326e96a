"""Whose directory role lets them make a change of the catalogue with their own rights: per action, by built-in role.

Whoever approves in IT's name must be able to do it without Remit (`agent.own_right`), so an approval never reaches
further than its approver does. The roles are the least privileged ones that Microsoft names for the task, those that it
lists beside them, and always Global Administrator. A role is left out where Microsoft's pages differ: too few people
are asked then, never too many.

Two kinds of target take other roles: an account that holds a directory role, or belongs to a group that can hold one,
where a step changes how somebody signs in or whether; and a group that can hold roles.

Source: Entra documentation, "Least privileged roles by task", "Microsoft Entra built-in roles", "Who can reset
passwords" and "Who can perform sensitive actions" (there the limited administrators count as administrators here);
Graph reference, the roles on the page of each operation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from agent.actions.role_names import BUILT_IN_ROLES

_IDS: Final = MappingProxyType({name: role_id for role_id, name in BUILT_IN_ROLES.items()})
_ALWAYS: Final = "Global Administrator"


@dataclass(frozen=True, slots=True)
class AbleRoles:
    """The names of the roles that can make a change, least privileged ones first; Global Administrator can always.

    `over_administrators` are those who can where the target is an administrator, or a group that can hold roles;
    empty where that makes no difference.
    """

    usual: tuple[str, ...]
    over_administrators: tuple[str, ...] = ()

    @property
    def depends_on_target(self) -> bool:
        """Whether it must be known what the target is, to know whose role is enough."""
        return bool(self.over_administrators)

    def names(self, *, is_administrator: bool) -> tuple[str, ...]:
        """Return the names of all roles that can."""
        strict = self.over_administrators if is_administrator and self.depends_on_target else self.usual
        return (*strict, _ALWAYS)

    def ids(self, *, is_administrator: bool) -> frozenset[str]:
        """Return the ids of the same roles, which are the same in every tenant."""
        return frozenset(_IDS[name] for name in self.names(is_administrator=is_administrator))


_ABOVE_ADMINISTRATORS = ("Privileged Authentication Administrator",)
_ROLES_OF_PRIVILEGE = ("Privileged Role Administrator",)

_SESSIONS = AbleRoles(
    ("Helpdesk Administrator", "Authentication Administrator", "User Administrator", *_ABOVE_ADMINISTRATORS),
    _ABOVE_ADMINISTRATORS,
)
_PASSWORDS = AbleRoles(("Password Administrator", *_SESSIONS.usual), _ABOVE_ADMINISTRATORS)
_METHODS = AbleRoles(("Authentication Administrator", *_ABOVE_ADMINISTRATORS), _ABOVE_ADMINISTRATORS)
_SIGN_IN = AbleRoles(
    ("Authentication Administrator", "User Administrator", *_ABOVE_ADMINISTRATORS), _ABOVE_ADMINISTRATORS
)
_LEAVERS = AbleRoles(("User Administrator", *_ABOVE_ADMINISTRATORS), _ABOVE_ADMINISTRATORS)
_USERS = AbleRoles(("User Administrator",))
_GUESTS = AbleRoles(("Guest Inviter", "User Administrator"))
_LICENCES = AbleRoles(("License Administrator", "User Administrator"))
_GROUP_LICENCES = AbleRoles(("License Administrator", "Groups Administrator", "User Administrator"))
_NEW_GROUPS = AbleRoles(("Groups Administrator", "User Administrator"))
_GROUPS = AbleRoles(_NEW_GROUPS.usual, _ROLES_OF_PRIVILEGE)
_TIMED_GROUPS = AbleRoles(("Identity Governance Administrator", *_NEW_GROUPS.usual), _ROLES_OF_PRIVILEGE)
_ROLES = AbleRoles(_ROLES_OF_PRIVILEGE)
_PACKAGES = AbleRoles(("Identity Governance Administrator",))
_APPS = AbleRoles(("Cloud Application Administrator", "Application Administrator"))
_APP_USERS = AbleRoles((*_APPS.usual, "User Administrator"))
_ACCESS_POLICIES = AbleRoles(("Conditional Access Administrator", "Security Administrator"))
_RISK = AbleRoles(("Security Administrator",))
_ALERTS = AbleRoles(("Security Operator", "Security Administrator"))
_DEVICES = AbleRoles(("Cloud Device Administrator", "Intune Administrator"))
_INTUNE = AbleRoles(("Intune Administrator",))
_RECOVERY_KEYS = AbleRoles((*_DEVICES.usual, "Helpdesk Administrator", "Security Administrator", "Security Reader"))
_MAILBOXES = AbleRoles(("Exchange Administrator",))
_FILES = AbleRoles(("SharePoint Administrator",))
_TEAMS = AbleRoles(("Teams Administrator",))
_TEAM_MEMBERS = AbleRoles(("Teams Administrator", *_NEW_GROUPS.usual), _ROLES_OF_PRIVILEGE)
_TELEPHONY = AbleRoles(("Teams Telephony Administrator", "Teams Communications Administrator", "Teams Administrator"))

# One line an action.
ABLE_ROLES: Final[Mapping[str, AbleRoles]] = MappingProxyType(
    {
        "entra.accesspackage.assign": _PACKAGES,
        "entra.accesspackage.remove": _PACKAGES,
        "entra.app.consent.revoke": _APPS,
        "entra.app.disable": _APPS,
        "entra.app.role.assign": _APP_USERS,
        "entra.app.role.remove": _APP_USERS,
        "entra.au.member.add": _ROLES,
        "entra.auth.method.authenticator.delete": _METHODS,
        "entra.auth.method.fido2.delete": _METHODS,
        "entra.auth.method.phone.add": _METHODS,
        "entra.auth.method.phone.delete": _METHODS,
        "entra.auth.method.softwareoath.delete": _METHODS,
        "entra.auth.method.whfb.delete": _METHODS,
        "entra.auth.tap.create": _METHODS,
        "entra.auth.tap.delete": _METHODS,
        "entra.ca.namedlocation.create": _ACCESS_POLICIES,
        "entra.ca.namedlocation.update": _ACCESS_POLICIES,
        "entra.ca.policy.exclude_user": _ACCESS_POLICIES,
        "entra.ca.policy.state": _ACCESS_POLICIES,
        "entra.device.disable": _DEVICES,
        "entra.device.enable": _DEVICES,
        "entra.group.create": _NEW_GROUPS,
        "entra.group.delete": _GROUPS,
        "entra.group.license.assign": _GROUP_LICENCES,
        "entra.group.license.remove": _GROUP_LICENCES,
        "entra.group.member.add": _GROUPS,
        "entra.group.member.remove": _GROUPS,
        "entra.group.owner.add": _GROUPS,
        "entra.group.owner.remove": _GROUPS,
        "entra.group.update": _GROUPS,
        "entra.guest.invite": _GUESTS,
        "entra.license.assign": _LICENCES,
        "entra.license.remove": _LICENCES,
        "entra.license.reprocess": _LICENCES,
        "entra.license.swap": _LICENCES,
        "entra.pim.group.assign": _TIMED_GROUPS,
        "entra.pim.role.activate_self": _ROLES,
        "entra.pim.role.eligible.assign": _ROLES,
        "entra.pim.role.eligible.remove": _ROLES,
        "entra.risk.user.confirm_compromised": _RISK,
        "entra.risk.user.dismiss": _RISK,
        "entra.role.assign_direct": _ROLES,
        "entra.role.remove_direct": _ROLES,
        "entra.user.create": _USERS,
        "entra.user.delete": _LEAVERS,
        "entra.user.disable": _SIGN_IN,
        "entra.user.enable": _SIGN_IN,
        "entra.user.manager.remove": _USERS,
        "entra.user.manager.set": _USERS,
        "entra.user.password.force_change": _PASSWORDS,
        "entra.user.password.reset": _PASSWORDS,
        "entra.user.password.reset_admin": _METHODS,
        "entra.user.phone.update": _SIGN_IN,
        "entra.user.profile.update": _USERS,
        "entra.user.purge": _LEAVERS,
        "entra.user.restore": _LEAVERS,
        "entra.user.sessions.revoke": _SESSIONS,
        "entra.user.upn.change": _SIGN_IN,
        "exo.autoreply.set": _MAILBOXES,
        "exo.calendar.permission.grant": _MAILBOXES,
        "exo.calendar.permission.revoke": _MAILBOXES,
        "exo.calendar.permission.update": _MAILBOXES,
        "exo.inboxrule.delete": _MAILBOXES,
        "exo.inboxrule.disable": _MAILBOXES,
        "exo.mailbox.settings.update": _MAILBOXES,
        "intune.app.assign": _INTUNE,
        "intune.device.defender.scan": _INTUNE,
        "intune.device.delete": _INTUNE,
        "intune.device.locate": _INTUNE,
        "intune.device.passcode.reset": _INTUNE,
        "intune.device.reboot": _INTUNE,
        "intune.device.remotelock": _INTUNE,
        "intune.device.retire": _INTUNE,
        "intune.device.sync": _INTUNE,
        "intune.device.wipe": _INTUNE,
        "sec.alert.update": _ALERTS,
        "sec.incident.update": _ALERTS,
        "secret.bitlocker.read": _RECOVERY_KEYS,
        "secret.laps.read": _DEVICES,
        "spo.item.invite": _FILES,
        "spo.item.link.create": _FILES,
        "spo.item.permission.remove": _FILES,
        "spo.item.restore": _FILES,
        "spo.item.version.restore": _FILES,
        "spo.site.permission.grant": _FILES,
        "teams.channel.create": _TEAMS,
        "teams.group.teamify": _TEAMS,
        "teams.member.add": _TEAM_MEMBERS,
        "teams.member.remove": _TEAM_MEMBERS,
        "teams.phone.assign": _TELEPHONY,
        "teams.policy.assign": _TEAMS,
        "teams.team.archive": _TEAMS,
        "teams.team.create": _TEAMS,
        "teams.team.unarchive": _TEAMS,
    }
)
