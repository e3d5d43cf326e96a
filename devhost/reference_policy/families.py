"""Families of actions, by what they do to a tenant; ids are those of the catalogue, also of actions still to come.

Microsoft Graph v1.0 knows an operation for each id here but the few marked as such: they are named so that
the refusal is written before anybody adds the action.
"""

from typing import Final

PASSWORD: Final = "entra.user.password.reset"
ACCESS_PASS: Final = "entra.auth.tap.create"
SESSIONS: Final = "entra.user.sessions.revoke"
DISABLE: Final = "entra.user.disable"
CREATE: Final = "entra.user.create"
DELETE: Final = "entra.user.delete"
PURGE: Final = "entra.user.purge"
INVITE: Final = "entra.guest.invite"
PROFILE: Final = "entra.user.profile.update"
PHONE: Final = "entra.user.phone.update"
UPN: Final = "entra.user.upn.change"
SET_MANAGER: Final = "entra.user.manager.set"
AUTO_REPLY: Final = "exo.autoreply.set"
ASSIGN_LICENCE: Final = "entra.license.assign"
REMOVE_LICENCE: Final = "entra.license.remove"
SWAP_LICENCE: Final = "entra.license.swap"
ASSIGN_APP: Final = "intune.app.assign"
RECOVERY_KEY: Final = "secret.bitlocker.read"
POLICY_STATE: Final = "entra.ca.policy.state"
POLICY_EXCLUSION: Final = "entra.ca.policy.exclude_user"

ADD_MEMBER: Final = frozenset({"entra.group.member.add", "teams.member.add"})
REMOVE_MEMBER: Final = frozenset({"entra.group.member.remove", "teams.member.remove"})
LICENCES: Final = frozenset({ASSIGN_LICENCE, REMOVE_LICENCE, SWAP_LICENCE})
GROUPS: Final = frozenset(
    {
        *ADD_MEMBER,
        *REMOVE_MEMBER,
        "entra.group.owner.add",
        "entra.group.owner.remove",
        "entra.group.update",
        "entra.group.delete",
        "entra.group.license.assign",
    }
)
RETURN: Final = frozenset({"entra.user.enable", "entra.user.restore"})

# Whoever holds these can sign in as somebody else (RP-04). Withdrawing a pass or a method can lock somebody out.
SIGN_IN_METHODS: Final = frozenset(
    {
        ACCESS_PASS,
        "entra.auth.tap.delete",
        "entra.auth.method.phone.add",
        "entra.auth.method.phone.delete",
        "entra.auth.method.authenticator.delete",
        "entra.auth.method.fido2.delete",
        "entra.auth.method.softwareoath.delete",
        "entra.auth.method.whfb.delete",
    }
)
# Getting back in without the old phone: a pass, and the app that was on it is no proof any more (RP-27).
RECOVERY: Final = frozenset({ACCESS_PASS, "entra.auth.method.authenticator.delete"})
CREDENTIALS: Final = SIGN_IN_METHODS | {PASSWORD, "entra.user.password.reset_admin", "entra.user.password.force_change"}

# Written to a user object that an on-premises directory overwrites when the user is synchronised.
MASTERED: Final = frozenset({PASSWORD, DISABLE, *RETURN, PROFILE, PHONE, UPN, SET_MANAGER, "entra.user.manager.remove"})
ACCOUNTS: Final = MASTERED | CREDENTIALS | LICENCES | {SESSIONS, DELETE, PURGE, AUTO_REPLY}

OWN_DEVICE: Final = frozenset({"intune.device.sync", "intune.device.reboot", "intune.device.remotelock"})
ERASE_DEVICE: Final = frozenset({"intune.device.wipe", "intune.device.retire"})
DEVICES: Final = OWN_DEVICE | ERASE_DEVICE | {RECOVERY_KEY, "intune.device.delete", "intune.device.passcode.reset"}

UNSHARE_CALENDAR: Final = "exo.calendar.permission.revoke"
SHARE_CALENDAR: Final = frozenset({"exo.calendar.permission.grant", "exo.calendar.permission.update"})
# Graph v1.0 has no operation for the first two (Exchange); a rule of a mailbox may also send mail outside.
MAIL_OUT: Final = frozenset({"exo.mailbox.forwarding.set", "exo.mailbox.redirect.set", "exo.inboxrule.create"})
SHARING: Final = frozenset({"spo.item.invite", "spo.item.link.create", "spo.site.permission.grant"})
CONDITIONAL_ACCESS: Final = frozenset(
    {POLICY_STATE, POLICY_EXCLUSION, "entra.ca.namedlocation.create", "entra.ca.namedlocation.update"}
)
# Roles, secrets, owners and consents. The last four are named ahead of any action for them.
PRIVILEGES: Final = frozenset(
    {
        "entra.role.assign_direct",
        "entra.pim.role.eligible.assign",
        "entra.pim.role.activate_self",
        "entra.pim.group.assign",
        "entra.app.secret.add",
        "entra.app.owner.add",
        "entra.app.consent.grant",
        "entra.group.create_role_assignable",
    }
)

# What takes something away or only tidies up: good also while an account is at risk. All else counts as a grant.
RELIEVING: Final = frozenset(
    {
        SESSIONS,
        DISABLE,
        *REMOVE_MEMBER,
        REMOVE_LICENCE,
        "entra.auth.tap.delete",
        "exo.inboxrule.disable",
        UNSHARE_CALENDAR,
        "entra.app.disable",
        "entra.app.consent.revoke",
        "entra.risk.user.confirm_compromised",
        *OWN_DEVICE,
        *ERASE_DEVICE,
    }
)
# What stops an attack stays possible in every freeze.
CONTAINMENT: Final = frozenset({SESSIONS, DISABLE, "intune.device.remotelock", "exo.inboxrule.disable"})
