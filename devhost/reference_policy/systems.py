"""Action layer: devices, mailboxes, calendars and Conditional Access."""

from devhost.reference_policy.families import (
    AUTO_REPLY,
    CONDITIONAL_ACCESS,
    DEVICES,
    ERASE_DEVICE,
    OWN_DEVICE,
    RECOVERY_KEY,
    SHARE_CALENDAR,
    UNSHARE_CALENDAR,
)
from devhost.reference_policy.layer_rules import TENANT_ADMIN, LayerRules
from devhost.reference_policy.people import (
    CONDITIONAL_ACCESS_ROLES,
    DEVICE_ROLES,
    FOR_OTHERS,
    IT_CONSOLE,
    MANAGER,
    ON_SELF,
    OWNER,
    holding,
    hr,
)
from devhost.reference_policy.tenant import Tenant

_FOREIGN = {"requester.owns_target": False}


def device_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-11. A device is one's own when the directory says so (`requester.owns_target`)."""
    rules.permit("action.device.own", OWN_DEVICE, when=OWNER, note="RP-11: sync, restart, and lock when it is lost.")
    rules.ask(
        "action.device.own-erase",
        ERASE_DEVICE,
        of=TENANT_ADMIN,
        when=OWNER,
        note="RP-11: wipe or retire the own device.",
    )
    rules.permit(
        "action.device.own-key",
        [RECOVERY_KEY],
        when={**OWNER, "requester.assurance": "sso"},
        note="RP-11: the recovery key of the own device, over single sign-on.",
    )
    rules.ask(
        "action.device.own-key-otherwise",
        [RECOVERY_KEY],
        of=TENANT_ADMIN,
        when={**OWNER, "requester.assurance": {"not": "sso"}},
        note="RP-11: the same by another way.",
    )
    console = {**IT_CONSOLE, **holding(DEVICE_ROLES)}
    rules.ask(
        "action.device.from-console",
        OWN_DEVICE | ERASE_DEVICE | {RECOVERY_KEY},
        of=TENANT_ADMIN,
        when={**_FOREIGN, **console},
        note="RP-11: somebody else's device, by IT on the console.",
    )
    rules.deny(
        "action.device.of-others",
        DEVICES,
        when=_FOREIGN,
        unless=[console],
        note="RP-11: somebody else's device, or one of which nobody can tell whose it is.",
    )


def mailbox_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-09 and RP-17."""
    reported = [MANAGER, hr(tenant.hr_departments)]
    rules.permit("action.auto-reply.own", [AUTO_REPLY], when=ON_SELF, note="RP-09: one's own.")
    rules.ask(
        "action.auto-reply.report",
        [AUTO_REPLY],
        of=TENANT_ADMIN,
        when=FOR_OTHERS,
        when_any=reported,
        note="RP-09: a direct report's, asked by the manager or HR.",
    )
    rules.deny(
        "action.auto-reply.of-others", [AUTO_REPLY], when=FOR_OTHERS, unless=reported, note="RP-09: others are refused."
    )
    _calendar_rules(rules, tenant)


def _calendar_rules(rules: LayerRules, tenant: Tenant) -> None:
    blocked = {name.lower() for name in tenant.data.guest_domains_blocked}
    known = {*tenant.domains, *(name.lower() for name in tenant.data.guest_domains_allowed)} - blocked
    rules.permit(
        "action.calendar.own",
        SHARE_CALENDAR,
        when={**OWNER, "other_person.mail_domain": sorted(known)},
        note="RP-17: one's own calendar, for an address of the tenant or of an allowed domain.",
    )
    rules.ask(
        "action.calendar.own-outside",
        SHARE_CALENDAR,
        of=TENANT_ADMIN,
        when={**OWNER, "other_person.mail_domain": {"not": sorted(known | blocked)}},
        note="RP-17: one's own calendar, for an address in a domain that nobody has allowed.",
    )
    rules.deny(
        "action.calendar.blocked-domain",
        SHARE_CALENDAR,
        when={"other_person.mail_domain": sorted(blocked)},
        note="RP-17: `guest_domains_blocked`.",
    )
    rules.permit("action.calendar.own-taken", [UNSHARE_CALENDAR], when=OWNER, note="RP-17: from whomever it is taken.")


def conditional_access_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-14: changes of Conditional Access."""
    rules.ask(
        "action.conditional-access.from-console",
        CONDITIONAL_ACCESS,
        of=TENANT_ADMIN,
        when={**IT_CONSOLE, **holding(CONDITIONAL_ACCESS_ROLES)},
        note="RP-14: a holder of the role, on the console; a second administrator approves. Others are handed over.",
    )
