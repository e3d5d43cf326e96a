"""The closed list of runbooks: one readable page per kind of request."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agent.planners.asks import Intent
from agent.planners.runbooks.access_pass import access_pass
from agent.planners.runbooks.data_access import data_access
from agent.planners.runbooks.group_access import group_access
from agent.planners.runbooks.licence import licence
from agent.planners.runbooks.licence_swap import licence_swap
from agent.planners.runbooks.password_reset import password_reset
from agent.planners.runbooks.privileges import privileges
from agent.planners.runbooks.profile import profile
from agent.planners.runbooks.runbook import Runbook
from agent.planners.runbooks.security_incident import security_incident
from agent.planners.runbooks.sessions import sessions

__all__ = ["RUNBOOKS"]

RUNBOOKS: Final[Mapping[Intent, Runbook]] = MappingProxyType(
    {
        Intent.PASSWORD_RESET: password_reset,
        Intent.SESSIONS: sessions,
        Intent.ACCESS_PASS: access_pass,
        Intent.GROUP_ACCESS: group_access,
        Intent.LICENCE: licence,
        Intent.LICENCE_SWAP: licence_swap,
        Intent.UNLOCK: password_reset,
        Intent.SECURITY_INCIDENT: security_incident,
        Intent.ADMIN_ROLE: privileges,
        Intent.APP_REGISTRATION: privileges,
        Intent.APP_CONSENT: privileges,
        Intent.PROFILE: profile,
        Intent.DATA_ACCESS: data_access,
    }
)
