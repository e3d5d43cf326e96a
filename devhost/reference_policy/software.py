"""Action layer: software, by assigning an app to a group and by membership of a group that gets one."""

from devhost.reference_policy.families import ADD_MEMBER, ASSIGN_APP
from devhost.reference_policy.guards import unique_slug
from devhost.reference_policy.layer_rules import GROUP_OWNER, TENANT_ADMIN, Condition, LayerRules
from devhost.reference_policy.people import ON_SELF
from devhost.reference_policy.tenant import App, Tenant

# People may choose to install it; on a device that must, others decide.
_OFFERED = {"params.intent": ["available", "availableWithoutEnrollment"]}


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
    taken: set[str] = {"open", "open-for-others", "prohibited", "prohibited-group"}
    for app in tenant.apps:
        slug = unique_slug(app.name, taken)
        taken |= {slug, f"{slug}-otherwise", f"{slug}-owner", f"{slug}-admin"}
        _terms_of(app, rules, slug=slug)
        if app.group_ids:
            _membership_of(app, rules, slug=slug)
    rules.deny(
        "action.app.prohibited",
        [ASSIGN_APP],
        when={"target.id": sorted(tenant.prohibited_app_ids)},
        note="RP-13: `prohibited_software`, as far as the catalogue holds it at all.",
    )
    prohibited = {group for app in tenant.apps if app.id in tenant.prohibited_app_ids for group in app.group_ids}
    rules.deny(
        "action.app.prohibited-group",
        ADD_MEMBER,
        when={"target.id": sorted(prohibited)},
        note="RP-13: `prohibited_software`, by a group whose members get it.",
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


def _membership_of(app: App, rules: LayerRules, *, slug: str) -> None:
    """Write who comes into the groups that get an app: on the terms of the app, and not on those of groups."""
    this: Condition = {"target.id": sorted(app.group_ids), "beneficiary.kind": "member"}
    spared, asks_owner = _spared(app)
    if asks_owner:
        rules.ask(
            f"action.app.{slug}-owner",
            ADD_MEMBER,
            of=GROUP_OWNER,
            when={**this, "target.has_owner_to_ask": True},
            unless=spared,
            note=f"RP-13: {app.name} is licensed; its named approver owns the group.",
        )
        this = {**this, "target.has_owner_to_ask": False}
    rules.ask(
        f"action.app.{slug}-admin",
        ADD_MEMBER,
        of=TENANT_ADMIN,
        when=this,
        unless=spared,
        note=f"RP-13: {app.name}, {app.terms or 'without terms'}, beyond its terms.",
    )


def _spared(app: App) -> tuple[list[Condition], bool]:
    """Return who comes in without being asked about, and whether it is an owner who is asked about others."""
    if app.terms == "open":
        return [dict(ON_SELF)], False
    if app.terms == "department" and app.departments:
        return [{**ON_SELF, "beneficiary.department": sorted(app.departments)}], False
    if app.terms == "licensed" and app.approver_id:
        return [{"requester.id": app.approver_id}], True
    return [], False
