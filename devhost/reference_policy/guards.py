"""The layers that narrow: global, tenant, target and department. None of them grants anything by itself."""

import re
from collections.abc import Iterable
from itertools import count

from devhost.reference_policy.families import (
    ACCOUNTS,
    ADD_MEMBER,
    CREDENTIALS,
    DELETE,
    GROUPS,
    INVITE,
    MAIL_OUT,
    MASTERED,
    PASSWORD,
    POLICY_EXCLUSION,
    POLICY_STATE,
    PRIVILEGES,
    PURGE,
    RELIEVING,
    SHARING,
)
from devhost.reference_policy.layer_rules import TENANT_ADMIN, LayerRules
from devhost.reference_policy.people import (
    CONDITIONAL_ACCESS_ROLES,
    FOR_OTHERS,
    IT_CONSOLE,
    OWNER,
    holding,
)
from devhost.reference_policy.tenant import Tenant

# RP-05 (d): the owner adds somebody else who is an enabled member; RP-21 sees to their risk.
OWNER_ADDS = {**OWNER, **FOR_OTHERS, "beneficiary.kind": "member", "beneficiary.account_enabled": True}


def global_layer(rules: LayerRules, tenant: Tenant) -> None:
    """Write what holds whatever the tenant's departments and groups are."""
    everything = rules.everything
    rules.permit(
        "global.baseline",
        everything,
        when={"requester.kind": "member", "requester.account_enabled": True},
        note="RP-01, RP-02: the identity in the envelope is an enabled member. Grants stand in the action layer.",
    )
    rules.deny("global.guests", everything, when={"requester.kind": "guest"}, note="RP-28: guests get answers only.")
    rules.deny(
        "global.open-risk",
        everything - RELIEVING,
        when_any=[{"requester.at_risk": True}, {"beneficiary.at_risk": True}],
        note="RP-21: an open risk, or one that cannot be read, gets no grant and no credential.",
    )
    rules.deny(
        "global.credentials-of-others",
        CREDENTIALS,
        when=FOR_OTHERS,
        unless=[IT_CONSOLE],
        note="RP-04: credentials of somebody else, even for a manager. IT may ask on the console.",
    )
    rules.deny(
        "global.roles-and-secrets",
        PRIVILEGES,
        unless=[IT_CONSOLE],
        note="RP-34: roles, app secrets, owners and consents. Asked by IT on the console nothing matches: handed over.",
    )
    rules.deny(
        "global.no-deletion",
        [DELETE],
        unless=[{"beneficiary.kind": "guest"}],
        note="RP-08: an account is never deleted. RP-12 lets a sponsor remove a guest.",
    )
    rules.deny("global.no-purge", [PURGE], note="RP-08: nothing is deleted for good.")
    rules.deny("global.mail-outside", MAIL_OUT, note="RP-10: forwarding, and rules that can send mail outside.")
    rules.deny(
        "global.direct-sharing", SHARING, note="RP-05: sites by membership of their group, no direct grant, no link."
    )
    _conditional_access(rules)


def _conditional_access(rules: LayerRules) -> None:
    rules.deny(
        "global.policy-off",
        [POLICY_STATE],
        when={"params.policy_state": ["disabled", "report_only"]},
        note="RP-14: no policy is switched off for everybody.",
    )
    rules.deny(
        "global.out-of-mfa",
        [POLICY_EXCLUSION],
        unless=[{**FOR_OTHERS, **IT_CONSOLE, **holding(CONDITIONAL_ACCESS_ROLES)}],
        note="RP-14: take me out of MFA.",
    )


def tenant_layer(rules: LayerRules, tenant: Tenant) -> None:
    """Write which actions the tenant has switched on (all of the catalogue), and for plans of what size: RP-26."""
    most = tenant.data.bulk_escalate_over
    rules.permit(
        "tenant.enabled",
        rules.everything,
        when={"identity.kind": "workload", "plan.distinct_targets": {"max": most}},
        note=f"RP-26: the stack's own identity may act; plans of more than {most} objects are handed over.",
    )


def target_layer(rules: LayerRules, tenant: Tenant) -> None:
    """Write what may be touched: RP-03 and RP-05 (g), (h). What cannot be read is not touched."""
    mastered = MASTERED - {PASSWORD} if tenant.password_writeback else MASTERED
    unprotected = {
        "target.is_break_glass": False,
        "target.holds_directory_role": False,
        "target.id": {"not": sorted({*tenant.special_ids, *tenant.role_people_ids})},
    }
    rules.permit(
        "target.accounts",
        ACCOUNTS - mastered,
        when=unprotected,
        note="RP-03: not emergency and service accounts, and nobody with a role or a group that can hold one.",
    )
    rules.permit(
        "target.cloud-accounts",
        mastered,
        when={**unprotected, "target.is_synced": False},
        note="RP-15, RP-27: what an on-premises directory would overwrite is handed over.",
    )
    entered = {
        "target.is_break_glass": False,
        "target.id": {"not": sorted(tenant.exempting_ids)},
        "target.is_role_assignable": False,
        "target.is_dynamic": False,
        "target.is_synced": False,
        "target.is_exchange_managed": False,
    }
    rules.permit(
        "target.groups",
        GROUPS,
        when={**entered, "beneficiary.id": {"not": sorted(tenant.special_ids)}},
        note="RP-05 (g), (h), RP-14, RP-16: dynamic, synchronised, Exchange and exempting groups are handed over.",
    )
    rules.permit("target.invitations", [INVITE], when=entered, note="RP-12: as for groups; the guest has no id yet.")
    rules.permit(
        "target.others",
        rules.everything - ACCOUNTS - GROUPS - {INVITE},
        when={"target.is_break_glass": False},
        note="Devices, software, calendars and new objects: what is protected among them is denied below.",
    )
    _protected(rules, tenant)


def _protected(rules: LayerRules, tenant: Tenant) -> None:
    rules.deny(
        "target.protected-groups",
        rules.everything,
        when={"target.id": sorted(tenant.protected_group_ids)},
        note=f"RP-03: {tenant.named(tenant.protected_group_ids)}.",
    )
    rules.deny(
        "target.role-groups",
        GROUPS | {INVITE},
        when={"target.is_role_assignable": True},
        unless=[IT_CONSOLE],
        note="RP-03, RP-34: membership of such a group is a role. Asked by IT on the console it is handed over.",
    )
    rules.deny(
        "target.protected-apps",
        rules.everything,
        when={"target.id": sorted(tenant.protected_app_ids)},
        note="RP-03: the applications in `protected_apps`.",
    )


def department_layer(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-26 for plans of many objects, and RP-05 (f): groups that are closed to other departments."""
    rules.permit("department.baseline", rules.everything, note="Departments narrow nothing but what follows.")
    # It stands here because this layer's baseline grants all: elsewhere a rule that asks would grant as well.
    rules.ask(
        "department.second-admin",
        rules.everything,
        of=TENANT_ADMIN,
        when={"plan.distinct_targets": {"min": tenant.data.bulk_second_admin_over + 1}},
        note="RP-26: an administrator other than the requester, who never counts.",
    )
    for slug, group in slugged(tenant, tenant.closed):
        listed = {*tenant.closed[group], *tenant.auto.get(group, ()), *tenant.peers.get(group, ())}
        rules.deny(
            f"department.closed.{slug}",
            ADD_MEMBER | {INVITE},
            when={"target.id": [group]},
            unless=[{"beneficiary.department": sorted(listed)}, OWNER_ADDS],
            note=f"RP-05 (f): {tenant.named([group])} is closed to departments that are not listed.",
        )


def slugged(tenant: Tenant, ids: Iterable[str], *, reserved: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return (part of a rule id, group id), by name; a group whose name is taken or `reserved` gets a number."""
    taken = set(reserved)
    found = []
    for group in sorted(ids, key=lambda one: (tenant.group_names[one].casefold(), one)):
        slug = unique_slug(tenant.group_names[group], taken)
        taken.add(slug)
        found.append((slug, group))
    return found


def unique_slug(name: str, taken: Iterable[str]) -> str:
    """Return `name` as a part of a rule id: ASCII letters and digits, at most 40, and none of `taken`."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold().encode("ascii", "ignore").decode()).strip("-")[:40] or "group"
    return next(slug for number in count(1) if (slug := plain if number == 1 else f"{plain}-{number}") not in taken)
