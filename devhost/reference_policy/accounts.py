"""Action layer: accounts. Passwords and passes, sessions, joining and leaving, profiles."""

from collections.abc import Iterable
from typing import Any

from devhost.reference_policy.families import (
    ACCESS_PASS,
    CREATE,
    CREDENTIALS,
    DISABLE,
    PASSWORD,
    PHONE,
    PROFILE,
    RECOVERY,
    REMOVE_MEMBER,
    RETURN,
    SESSIONS,
    SET_MANAGER,
    SIGN_IN_METHODS,
    UPN,
)
from devhost.reference_policy.layer_rules import TENANT_ADMIN, LayerRules
from devhost.reference_policy.people import (
    FOR_OTHERS,
    IT,
    IT_CONSOLE,
    MANAGER,
    METHOD_ROLES,
    NEW_MANAGER,
    ON_SELF,
    OWNER,
    PASSWORD_ROLES,
    PROVEN,
    holding,
    hr,
)
from devhost.reference_policy.tenant import Tenant
from policy.closed_lists import PROPERTIES

_ORDINARY = {"target.account_enabled": True, "target.is_vip": False}


def credential_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-04, RP-22, RP-23 and RP-27: one's own credentials, and those of others on the console."""
    rules.permit(
        "action.password.own",
        [PASSWORD],
        when={**ON_SELF, **PROVEN, **_ORDINARY},
        note="RP-27: one's own password, when the channel proved who asks. After a mail nothing matches.",
    )
    rules.permit(
        "action.pass.own",
        RECOVERY,
        when={**ON_SELF, "requester.assurance": "sso", **_ORDINARY},
        note="RP-27: one's own sign-in methods, over single sign-on: a one-time pass, and the lost app goes.",
    )
    rules.ask(
        "action.pass.own-from-portal",
        RECOVERY,
        of=TENANT_ADMIN,
        when={**ON_SELF, "requester.assurance": "portal", **_ORDINARY},
        note="RP-27: the same from the portal needs an administrator.",
    )
    rules.ask(
        "action.credentials.vip",
        [PASSWORD, *RECOVERY],
        of=TENANT_ADMIN,
        when={**ON_SELF, **PROVEN, "target.account_enabled": True, "target.is_vip": True},
        note="RP-22: a VIP's credentials, even for oneself.",
    )
    rules.ask(
        "action.password.from-console",
        [PASSWORD],
        of=TENANT_ADMIN,
        when={**FOR_OTHERS, **IT_CONSOLE, **holding(PASSWORD_ROLES), "target.account_enabled": True},
        note="RP-04: on the console, by a holder of a role that may reset passwords.",
    )
    rules.ask(
        "action.methods.from-console",
        SIGN_IN_METHODS,
        of=TENANT_ADMIN,
        when={**FOR_OTHERS, **IT_CONSOLE, **holding(METHOD_ROLES), "target.account_enabled": True},
        note="RP-04: on the console, by a holder of a role that may change sign-in methods.",
    )
    rules.deny(
        "action.credentials.disabled",
        CREDENTIALS,
        when={"target.account_enabled": False},
        note="RP-23, RP-27: a disabled account gets no credential.",
    )
    rules.deny(
        "action.pass.too-long",
        [ACCESS_PASS],
        when={"params.lifetime_minutes": {"min": tenant.data.tap.max_lifetime_minutes + 1}},
        note="RP-27: `tap.maxLifetimeInMinutes`.",
    )


def protective_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-04 and RP-20: what stops an attack or locks an account."""
    rules.permit("action.sessions.own", [SESSIONS], when=ON_SELF, note="RP-20: contained at once, however it came.")
    rules.ask(
        "action.account.lock",
        [SESSIONS, DISABLE],
        of=TENANT_ADMIN,
        when=FOR_OTHERS,
        when_any=[MANAGER, hr(tenant.hr_departments), IT],
        note="RP-04, RP-08: reported by the manager, HR or IT.",
    )


def joining_and_leaving_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-07, RP-08 and RP-23."""
    from_hr = hr(tenant.hr_departments)
    rules.ask(
        "action.joiner",
        [CREATE],
        of=TENANT_ADMIN,
        when_any=[MANAGER, from_hr, NEW_MANAGER],
        note="RP-07: HR or the new hire's manager.",
    )
    rules.deny(
        "action.joiner.by-others",
        [CREATE],
        unless=[MANAGER, from_hr, NEW_MANAGER],
        note="RP-07: anyone else is refused.",
    )
    rules.ask(
        "action.joiner.manager",
        [SET_MANAGER],
        of=TENANT_ADMIN,
        when={**NEW_MANAGER, "plan.steps": {"min": 2}},
        note="RP-07, RP-33: the new manager asks for more than to be one.",
    )
    rules.ask(
        "action.mover.profile",
        [PROFILE],
        of=TENANT_ADMIN,
        when={**NEW_MANAGER, "plan.takes_access_away": True, **_changing(tenant.data.hr_attributes)},
        note="RP-33: the department and title of whom the new manager takes over.",
    )
    rules.ask(
        "action.leaver.groups",
        REMOVE_MEMBER,
        of=TENANT_ADMIN,
        when=FOR_OTHERS,
        when_any=[MANAGER, from_hr, NEW_MANAGER],
        unless=[OWNER],
        note="RP-08: the groups of a leaver, or of somebody who moves (RP-33). Licences: `action.licence.remove`.",
    )
    rules.deny(
        "action.leaver.by-peers",
        [DISABLE],
        when=FOR_OTHERS,
        unless=[MANAGER, from_hr, IT],
        note="RP-08: peers are refused.",
    )
    rules.ask(
        "action.return", RETURN, of=TENANT_ADMIN, when={**FOR_OTHERS, **from_hr}, note="RP-23: only when HR asks."
    )
    rules.deny("action.return.by-others", RETURN, unless=[from_hr], note="RP-23: otherwise refused.")


def _changing(names: Iterable[str], *, besides: Iterable[str] = ()) -> dict[str, Any]:
    """Return the condition that a step changes some of the properties `names`, and of the others only `besides`."""
    some, others = {*names} & {*PROPERTIES}, {*PROPERTIES} - {*names, *besides}
    return {"params.attributes": {"any": sorted(some), "none": sorted(others)}}


def profile_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-15. A step that changes a property of no list, or of lists that do not go together, is handed over."""
    data, changes = tenant.data, [PROFILE, PHONE]
    rules.permit(
        "action.profile.own",
        changes,
        when={**ON_SELF, **_changing(data.self_attributes)},
        note="RP-15: `self_attributes`.",
    )
    sensitive = {**ON_SELF, **PROVEN}
    rules.ask(
        "action.profile.sensitive",
        changes,
        of=TENANT_ADMIN,
        when={**sensitive, **_changing(data.sensitive_attributes, besides=data.self_attributes)},
        note="RP-15: `sensitive_attributes`, never from e-mail.",
    )
    rules.ask(
        "action.profile.sensitive-actions",
        [UPN] if "userPrincipalName" in data.sensitive_attributes else [],
        of=TENANT_ADMIN,
        when=sensitive,
        note="RP-15: that of `sensitive_attributes` which has an action of its own.",
    )
    from_hr = hr(tenant.hr_departments)
    rules.ask(
        "action.profile.from-hr",
        changes,
        of=TENANT_ADMIN,
        when={**from_hr, **_changing(data.hr_attributes)},
        note="RP-15: `hr_attributes`, asked by HR. Anyone else is handed over.",
    )
    rules.ask(
        "action.manager.from-hr",
        [SET_MANAGER] if "manager" in data.hr_attributes else [],
        of=TENANT_ADMIN,
        when={**from_hr, "other_person.kind": "member", "other_person.account_enabled": True},
        note="RP-15: the manager is one of `hr_attributes`. A guest, or a disabled account, is handed over.",
    )
