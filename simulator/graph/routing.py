"""Finds the route of a request in the areas' route tables."""

from collections.abc import Iterable
from urllib.parse import unquote

from simulator.graph import (
    account_facts,
    administrative_units,
    applications,
    authentication,
    calendars,
    conditional_access,
    consents,
    deleted_items,
    drives,
    entitlement,
    entra_devices,
    group_licences,
    group_schedules,
    group_writes,
    groups,
    identity_protection,
    inbox_rules,
    intune_actions,
    intune_apps,
    intune_audits,
    intune_devices,
    invitations,
    leavers,
    licences,
    mailboxes,
    message_traces,
    named_locations,
    password_methods,
    recovery_keys,
    role_management,
    role_schedules,
    security_alerts,
    service_health,
    sharing,
    sign_in_methods,
    sign_ins,
    sites,
    team_work,
    teams,
    teams_telephony,
    tenant_facts,
    user_accounts,
    user_writes,
    users,
)
from simulator.graph.calls import Route

ROUTES: tuple[Route, ...] = (
    *users.ROUTES,
    *user_writes.ROUTES,
    *user_accounts.ROUTES,
    *leavers.ROUTES,
    *deleted_items.ROUTES,
    *invitations.ROUTES,
    *password_methods.ROUTES,
    *account_facts.ROUTES,
    *authentication.ROUTES,
    *licences.ROUTES,
    *groups.ROUTES,
    *sign_in_methods.ROUTES,
    *group_licences.ROUTES,
    *group_writes.ROUTES,
    *administrative_units.ROUTES,
    *mailboxes.ROUTES,
    *calendars.ROUTES,
    *inbox_rules.ROUTES,
    *message_traces.ROUTES,
    *drives.ROUTES,
    *sharing.ROUTES,
    *sites.ROUTES,
    *tenant_facts.ROUTES,
    *role_management.ROUTES,
    *role_schedules.ROUTES,
    *group_schedules.ROUTES,
    *applications.ROUTES,
    *consents.ROUTES,
    *entitlement.ROUTES,
    *conditional_access.ROUTES,
    *named_locations.ROUTES,
    *identity_protection.ROUTES,
    *security_alerts.ROUTES,
    *service_health.ROUTES,
    *sign_ins.ROUTES,
    *teams.ROUTES,
    *team_work.ROUTES,
    *teams_telephony.ROUTES,
    *entra_devices.ROUTES,
    *intune_actions.ROUTES,
    *intune_apps.ROUTES,
    *intune_audits.ROUTES,
    *intune_devices.ROUTES,
    *recovery_keys.ROUTES,
)
_NAMESPACE = "microsoft.graph."

_Pattern = tuple[str | None, ...]


class Router:
    """Routes by method and number of path segments. Fixed segments match without case, as in the service."""

    def __init__(self, routes: Iterable[Route] = ROUTES) -> None:
        self._table: dict[tuple[str, int], list[tuple[_Pattern, Route]]] = {}
        for route in routes:
            pattern = tuple(None if part.startswith("{") else _plain(part) for part in route.path[1:].split("/"))
            self._table.setdefault((route.method, len(pattern)), []).append((pattern, route))

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the path's parameters, or None. `raw_path` is still escaped and starts after `/v1.0`."""
        parts = [unquote(part) for part in raw_path.strip("/").split("/")]
        plain = [_plain(part) for part in parts]
        for pattern, route in self._table.get((method, len(parts)), ()):
            if all(fixed is None or fixed == part for fixed, part in zip(pattern, plain, strict=True)):
                names = [name[1:-1] for name in route.path[1:].split("/") if name.startswith("{")]
                values = [part for part, fixed in zip(parts, pattern, strict=True) if fixed is None]
                return route, dict(zip(names, values, strict=True))
        return None


def _plain(part: str) -> str:
    """A segment as it is compared: a cast may be written `graph.group` or `microsoft.graph.group`."""
    lowered = part.lower()
    return lowered.removeprefix("microsoft.") if lowered.startswith(_NAMESPACE) else lowered
