"""The closed list of runbooks: one readable page per kind of request."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agent.planners.asks import Intent
from agent.planners.runbooks.access_pass import access_pass
from agent.planners.runbooks.access_review import access_review
from agent.planners.runbooks.account_lookup import account_lookup
from agent.planners.runbooks.auto_reply import auto_reply
from agent.planners.runbooks.calendar import calendar
from agent.planners.runbooks.creations import group_create, team_create
from agent.planners.runbooks.data_access import data_access
from agent.planners.runbooks.device_care import device_info, device_restart, device_sync
from agent.planners.runbooks.device_gone import device_lost, device_wipe
from agent.planners.runbooks.device_secret import recovery_key
from agent.planners.runbooks.elsewhere import hardware, not_it
from agent.planners.runbooks.group_access import distribution_list, group_access, site_access, team_access
from agent.planners.runbooks.guests import guest_invite, guest_remove
from agent.planners.runbooks.how_to import how_to
from agent.planners.runbooks.joiner import joiner
from agent.planners.runbooks.leaver import leaver
from agent.planners.runbooks.licence import licence
from agent.planners.runbooks.licence_swap import licence_swap
from agent.planners.runbooks.mail_elsewhere import mail_trace, shared_mailbox
from agent.planners.runbooks.mail_rules import forwarding, inbox_rule
from agent.planners.runbooks.mover import mover
from agent.planners.runbooks.ownership import group_owner
from agent.planners.runbooks.password_reset import password_reset
from agent.planners.runbooks.privileges import privileges
from agent.planners.runbooks.profile import profile
from agent.planners.runbooks.protection import conditional_access, travel, weaker_sign_in
from agent.planners.runbooks.returning import returning
from agent.planners.runbooks.runbook import Runbook
from agent.planners.runbooks.security_incident import security_incident
from agent.planners.runbooks.sessions import sessions
from agent.planners.runbooks.software import software
from agent.planners.runbooks.status import status

__all__ = ["RUNBOOKS"]

RUNBOOKS: Final[Mapping[Intent, Runbook]] = MappingProxyType(
    {
        Intent.PASSWORD_RESET: password_reset,
        Intent.SESSIONS: sessions,
        Intent.ACCESS_PASS: access_pass,
        Intent.GROUP_ACCESS: group_access,
        Intent.TEAM_ACCESS: team_access,
        Intent.SITE_ACCESS: site_access,
        Intent.DISTRIBUTION_LIST: distribution_list,
        Intent.GROUP_OWNER: group_owner,
        Intent.GROUP_CREATE: group_create,
        Intent.TEAM_CREATE: team_create,
        Intent.ACCESS_REVIEW: access_review,
        Intent.GUEST_INVITE: guest_invite,
        Intent.GUEST_REMOVE: guest_remove,
        Intent.SOFTWARE: software,
        Intent.LICENCE: licence,
        Intent.LICENCE_SWAP: licence_swap,
        Intent.UNLOCK: password_reset,
        Intent.SECURITY_INCIDENT: security_incident,
        Intent.ADMIN_ROLE: privileges,
        Intent.APP_REGISTRATION: privileges,
        Intent.APP_CONSENT: privileges,
        Intent.PROFILE: profile,
        Intent.JOINER: joiner,
        Intent.MOVER: mover,
        Intent.LEAVER: leaver,
        Intent.ACCOUNT_ENABLE: returning,
        Intent.ACCOUNT_RESTORE: returning,
        Intent.DATA_ACCESS: data_access,
        Intent.AUTO_REPLY: auto_reply,
        Intent.FORWARDING: forwarding,
        Intent.INBOX_RULE: inbox_rule,
        Intent.SHARED_MAILBOX: shared_mailbox,
        Intent.CALENDAR: calendar,
        Intent.MAIL_TRACE: mail_trace,
        Intent.DEVICE_SYNC: device_sync,
        Intent.DEVICE_RESTART: device_restart,
        Intent.DEVICE_LOST: device_lost,
        Intent.DEVICE_WIPE: device_wipe,
        Intent.DEVICE_INFO: device_info,
        Intent.RECOVERY_KEY: recovery_key,
        Intent.CONDITIONAL_ACCESS: conditional_access,
        Intent.WEAKER_SIGN_IN: weaker_sign_in,
        Intent.TRAVEL: travel,
        Intent.HOW_TO: how_to,
        Intent.STATUS: status,
        Intent.ACCOUNT_LOOKUP: account_lookup,
        Intent.HARDWARE: hardware,
        Intent.NOT_IT: not_it,
    }
)
