"""Action layer: devices, software, mailboxes, calendars and Conditional Access."""

from devhost.reference_policy.families import (
    ASSIGN_APP,
    AUTO_REPLY,
    CONDITIONAL_ACCESS,
    DEVICES,
    ERASE_DEVICE,
    OWN_DEVICE,
    RECOVERY_KEY,
    SHARE_CALENDAR,
    UNSHARE_CALENDAR,
)
from devhost.reference_policy.guards import unique_slug
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
from devhost.reference_policy.tenant import App, Tenant

_FOREIGN = {"requester.owns_target": False}
# People may choose to install it; on a device that must, others decide.
_OFFERED = {"params.intent": ["available", "availableWithoutEnrollment"]}


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


def software_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-13, one rule or two for each entry of the catalogue that has terms of its own."""
    open_ids = sorted(one.id for one in tenant.apps if one.terms == "open")
    rules.permit(
        "action.app.open",
        [ASSIGN_APP],
        when={**ON_SELF, **_OFFERED, "target.id": open_ids},
        note="RP-13: the open catalogue.",
    )
    rules.ask(
        "action.app.open-for-others",
        [ASSIGN_APP],
        of=TENANT_ADMIN,
        when={"target.id": open_ids},
        unless=[{**ON_SELF, **_OFFERED}],
        note="RP-13: for somebody else, or on devices that must install it.",
    )
    taken: set[str] = {"open", "open-for-others", "prohibited"}
    for app in tenant.apps:
        slug = unique_slug(app.name, taken)
        taken |= {slug, f"{slug}-otherwise"}
        _terms_of(app, rules, slug=slug)
    rules.deny(
        "action.app.prohibited",
        [ASSIGN_APP],
        when={"target.id": sorted(tenant.prohibited_app_ids)},
        note="RP-13: `prohibited_software`, as far as the catalogue holds it at all.",
    )


def _terms_of(app: App, rules: LayerRules, *, slug: str) -> None:
    # An entry without its department or approver, or with terms nobody knows, gets no rule: it is handed over.
    if app.terms == "department" and app.departments:
        granted = {**ON_SELF, **_OFFERED, "beneficiary.department": sorted(app.departments)}
    elif app.terms == "licensed" and app.approver_id:
        granted = {**_OFFERED, "requester.id": app.approver_id}
    else:
        return
    this = {"target.id": [app.id]}
    rules.permit(f"action.app.{slug}", [ASSIGN_APP], when={**this, **granted}, note=f"RP-13: {app.name}, {app.terms}.")
    rules.ask(
        f"action.app.{slug}-otherwise",
        [ASSIGN_APP],
        of=TENANT_ADMIN,
        when=this,
        unless=[granted],
        note=f"RP-13: {app.name} for others.",
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
