"""The closed list of read-only questions. What is not listed here cannot be asked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agent.lookups.accounts import (
    DELETED_USER,
    DELETED_USERS,
    USER_DIRECT_REPORTS,
    USER_FILTER,
    USER_REGISTRATION,
    USER_SIGNIN_ACTIVITY,
)
from agent.lookups.administrative_units import UNIT_GET, USER_UNITS
from agent.lookups.applications import APP_ASSIGNED, APP_CLIENT, APP_FIND, APP_GRANTS, APP_SP
from agent.lookups.approvers import GROUP_PEOPLE, USER_APPROVER
from agent.lookups.conditional_access import CA_LOCATION_GET, CA_LOCATIONS, CA_POLICIES, CA_POLICY_GET
from agent.lookups.entitlement import ACCESS_ASSIGNMENTS, ACCESS_PACKAGES
from agent.lookups.entra_devices import DEVICE_ENTRA, USER_DEVICES
from agent.lookups.files import (
    FILE_ITEM,
    FILE_PERMISSIONS,
    FILE_VERSIONS,
    SITE_GROUPS,
    SITE_PERMISSIONS,
    SITE_SEARCH,
    USER_DRIVE,
)
from agent.lookups.group_reach import GROUP_APPROLES, GROUP_MEMBERS, USER_IN_GROUP
from agent.lookups.groups import GROUP_FIND, GROUP_GET, GROUP_MEMBER, GROUP_OWNERS
from agent.lookups.intune_apps import INTUNE_APP_ASSIGNMENTS, INTUNE_APP_GET, INTUNE_APPS, INTUNE_AUDIT
from agent.lookups.licences import GROUP_LICENSE_ERRORS, GROUP_LICENSES, SKU_HOLDERS, USER_LICENSE_DETAILS
from agent.lookups.lookup import Lookup
from agent.lookups.mail_traces import MAIL_TRACE, MAIL_TRACE_DETAIL
from agent.lookups.mailboxes import MAILBOX_CALENDAR_PERMISSIONS, MAILBOX_RULES, MAILBOX_SETTINGS
from agent.lookups.managed_devices import (
    DEVICE_COMPLIANCE,
    MANAGED_DEVICE_FIND,
    MANAGED_DEVICE_GET,
    MANAGED_DEVICE_NAMED,
    USER_MANAGED_DEVICES,
)
from agent.lookups.name_search import GROUP_SEARCH, USER_SEARCH
from agent.lookups.native_logs import RECONCILE_BY_CORRELATION, USER_AUDITS, USER_RISK_DETECTIONS, USER_SIGNINS
from agent.lookups.recovery_keys import BITLOCKER_LIST, LAPS_META
from agent.lookups.roles import ROLE_DEFINITIONS, USER_ROLES_ACTIVE, USER_ROLES_ELIGIBLE
from agent.lookups.security_alerts import SEC_ALERT_GET, SEC_ALERTS, SEC_INCIDENT_GET, SEC_INCIDENTS
from agent.lookups.service_health import HEALTH_ISSUES, HEALTH_MESSAGES, HEALTH_OVERVIEWS
from agent.lookups.sign_in_methods import POLICY_AUTH_METHODS, USER_PHONES
from agent.lookups.teams import OPS_TEAMS, TEAMS_CHANNELS, TEAMS_GET, TEAMS_JOINED, TEAMS_MEMBERS, TEAMS_POLICIES
from agent.lookups.tenant import TENANT_DOMAINS, TENANT_ORG, TENANT_SKUS
from agent.lookups.user_access import (
    USER_AUTH_METHODS,
    USER_DIRECTORY_ROLES,
    USER_GROUPS,
    USER_LICENSES,
    USER_RISK,
)
from agent.lookups.users import USER_CONTACT, USER_FIND, USER_GET, USER_MANAGER, USER_SPONSORS

__all__ = ["LOOKUPS", "Lookup"]

LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType(
    {
        "user.get": USER_GET,
        "user.find": USER_FIND,
        "user.search": USER_SEARCH,
        "user.groups": USER_GROUPS,
        "user.directory_roles": USER_DIRECTORY_ROLES,
        "user.auth_methods": USER_AUTH_METHODS,
        "user.risk": USER_RISK,
        "user.licenses": USER_LICENSES,
        "user.manager": USER_MANAGER,
        "user.sponsors": USER_SPONSORS,
        "user.contact": USER_CONTACT,
        "user.approver": USER_APPROVER,
        "group.people": GROUP_PEOPLE,
        "group.get": GROUP_GET,
        "group.find": GROUP_FIND,
        "group.search": GROUP_SEARCH,
        "group.owners": GROUP_OWNERS,
        "group.member": GROUP_MEMBER,
        "tenant.skus": TENANT_SKUS,
        "sku.holders": SKU_HOLDERS,
        "tenant.org": TENANT_ORG,
        "tenant.domains": TENANT_DOMAINS,
        "user.filter": USER_FILTER,
        "user.signin_activity": USER_SIGNIN_ACTIVITY,
        "user.direct_reports": USER_DIRECT_REPORTS,
        "user.registration": USER_REGISTRATION,
        "deleted.user": DELETED_USER,
        "deleted.users": DELETED_USERS,
        "user.signins": USER_SIGNINS,
        "user.audits": USER_AUDITS,
        "user.risk_detections": USER_RISK_DETECTIONS,
        "reconcile.by_correlation": RECONCILE_BY_CORRELATION,
        "ca.policies": CA_POLICIES,
        "ca.policy.get": CA_POLICY_GET,
        "ca.locations": CA_LOCATIONS,
        "ca.location.get": CA_LOCATION_GET,
        "sec.alerts": SEC_ALERTS,
        "sec.alert.get": SEC_ALERT_GET,
        "sec.incidents": SEC_INCIDENTS,
        "sec.incident.get": SEC_INCIDENT_GET,
        "health.overviews": HEALTH_OVERVIEWS,
        "health.issues": HEALTH_ISSUES,
        "health.messages": HEALTH_MESSAGES,
        "user.roles_active": USER_ROLES_ACTIVE,
        "user.roles_eligible": USER_ROLES_ELIGIBLE,
        "role.definitions": ROLE_DEFINITIONS,
        "app.find": APP_FIND,
        "app.sp": APP_SP,
        "app.client": APP_CLIENT,
        "app.assigned": APP_ASSIGNED,
        "app.grants": APP_GRANTS,
        "access.packages": ACCESS_PACKAGES,
        "access.assignments": ACCESS_ASSIGNMENTS,
        "user.phones": USER_PHONES,
        "user.in_group": USER_IN_GROUP,
        "user.license_details": USER_LICENSE_DETAILS,
        "user.units": USER_UNITS,
        "group.members": GROUP_MEMBERS,
        "group.approles": GROUP_APPROLES,
        "group.licenses": GROUP_LICENSES,
        "group.license_errors": GROUP_LICENSE_ERRORS,
        "policy.auth_methods": POLICY_AUTH_METHODS,
        "unit.get": UNIT_GET,
        "teams.joined": TEAMS_JOINED,
        "teams.get": TEAMS_GET,
        "teams.members": TEAMS_MEMBERS,
        "teams.channels": TEAMS_CHANNELS,
        "teams.policies": TEAMS_POLICIES,
        "ops.teams": OPS_TEAMS,
        "user.devices": USER_DEVICES,
        "user.managed_devices": USER_MANAGED_DEVICES,
        "device.managed.get": MANAGED_DEVICE_GET,
        "device.managed.find": MANAGED_DEVICE_FIND,
        "device.managed.named": MANAGED_DEVICE_NAMED,
        "device.compliance": DEVICE_COMPLIANCE,
        "device.entra": DEVICE_ENTRA,
        "device.bitlocker.list": BITLOCKER_LIST,
        "device.laps.meta": LAPS_META,
        "intune.audit": INTUNE_AUDIT,
        "intune.apps": INTUNE_APPS,
        "intune.app.get": INTUNE_APP_GET,
        "intune.app.assignments": INTUNE_APP_ASSIGNMENTS,
        "mailbox.settings": MAILBOX_SETTINGS,
        "mailbox.rules": MAILBOX_RULES,
        "mailbox.calendar_permissions": MAILBOX_CALENDAR_PERMISSIONS,
        "mail.trace": MAIL_TRACE,
        "mail.trace.detail": MAIL_TRACE_DETAIL,
        "file.item": FILE_ITEM,
        "file.permissions": FILE_PERMISSIONS,
        "file.versions": FILE_VERSIONS,
        "user.drive": USER_DRIVE,
        "site.search": SITE_SEARCH,
        "site.permissions": SITE_PERMISSIONS,
        "site.groups": SITE_GROUPS,
    }
)
