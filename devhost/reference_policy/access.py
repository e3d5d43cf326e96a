"""Action layer: membership of groups, guests and licences.

Who is asked for a membership depends on the group. Groups with terms of their own (open, or open to some
departments) have their own rules, so that no rule needs a long list of exceptions. Every group has rules that
ask, whatever else is known: automatic is what a rule that asks certainly spares. So an unknown department asks.
"""

from collections.abc import Iterator
from typing import Any

from devhost.reference_policy.families import (
    ADD_MEMBER,
    ASSIGN_LICENCE,
    DELETE,
    INVITE,
    PROFILE,
    REMOVE_LICENCE,
    REMOVE_MEMBER,
    SWAP_LICENCE,
)
from devhost.reference_policy.guards import OWNER_ADDS, slugged
from devhost.reference_policy.layer_rules import GROUP_OWNER, TENANT_ADMIN, Condition, LayerRules
from devhost.reference_policy.people import FOR_OTHERS, IT_CONSOLE, MANAGER, NEW_MANAGER, ON_SELF, OWNER, hr
from devhost.reference_policy.tenant import Tenant
from policy.closed_lists import PROPERTIES

_MEMBER = {"beneficiary.kind": "member"}
_GUEST = {"beneficiary.kind": "guest"}
_SOMEBODY = {"target.has_owner_to_ask": True}
_MOVES = {**FOR_OTHERS, "plan.takes_access_away": True}
_LOCATION_ALONE = {"any": ["usageLocation"], "none": sorted({*PROPERTIES} - {"usageLocation"})}
_NOBODY = {"target.has_owner_to_ask": False}


def group_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-05 and RP-33: who joins a group on which terms."""
    rules.permit(
        "action.group.join",
        ADD_MEMBER,
        when=_MEMBER,
        note="RP-05: a member may come into a group; on which terms, the rules `action.group.ask-...` say.",
    )
    for name, groups, excepted in _terms(tenant):
        _ask_for_membership(rules, tenant, name=name, groups=groups, excepted=excepted)
    rules.ask(
        "action.mover",
        ADD_MEMBER,
        of=TENANT_ADMIN,
        when={**_MEMBER, **_MOVES},
        note="RP-33: somebody moves: the same plan takes the old access away. Whoever asks, an administrator approves.",
    )
    rules.permit("action.group.owner-removes", REMOVE_MEMBER, when=OWNER, note="RP-05 (d), RP-12: from the own group.")
    rules.permit("action.group.leave", REMOVE_MEMBER, when=ON_SELF, note="RP-05: one's own membership.")


def _terms(tenant: Tenant) -> Iterator[tuple[str, dict[str, Any], list[Condition]]]:
    """Return (part of a rule id, which groups, who is not asked about) for every kind of group."""
    apart = {*tenant.licence_group_ids, *(group for app in tenant.apps for group in app.group_ids)}
    special = {*tenant.open_ids, *tenant.auto}
    yield "", {"target.id": {"not": sorted(special | apart)}}, []
    yield ".open", {"target.id": sorted({*tenant.open_ids} - {*tenant.auto} - apart)}, [ON_SELF]
    for slug, group in slugged(tenant, tenant.auto, reserved={"open"}):
        own = {**ON_SELF, "beneficiary.department": sorted(tenant.auto[group])}
        if group not in apart:
            yield f".{slug}", {"target.id": [group]}, [ON_SELF if group in tenant.open_ids else own]


def _ask_for_membership(
    rules: LayerRules, tenant: Tenant, *, name: str, groups: Condition, excepted: list[Condition]
) -> None:
    owner_adds = {key: value for key, value in OWNER_ADDS.items() if key != "beneficiary.kind"}
    unless = [*excepted, owner_adds, _MOVES]
    spared = "Spared: who moves (RP-33), whom an owner adds (d)"
    spared += f", and {name.removeprefix('.')} (a), (b)." if name else "."
    rules.ask(
        f"action.group.ask-owner{name}",
        ADD_MEMBER,
        of=GROUP_OWNER,
        when={**groups, **_MEMBER, **_SOMEBODY},
        unless=unless,
        note=f"RP-05 (c), (f), (i): an enabled owner, neither requester nor beneficiary. {spared}",
    )
    rules.ask(
        f"action.group.ask-admin{name}",
        ADD_MEMBER,
        of=TENANT_ADMIN,
        when={**groups, **_MEMBER, **_NOBODY},
        unless=unless,
        note=f"RP-05 (e): no owner could be asked. {spared}",
    )


def guest_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-12: a guest comes in, or into a group, by the domain of their address."""
    allowed = sorted(name.lower() for name in tenant.data.guest_domains_allowed)
    blocked = sorted(name.lower() for name in tenant.data.guest_domains_blocked)
    coming = ADD_MEMBER | {INVITE}
    known = {**_GUEST, "beneficiary.mail_domain": allowed}
    rules.ask(
        "action.guest.ask-owner",
        coming,
        of=GROUP_OWNER,
        when={**known, **_SOMEBODY},
        note="RP-12: an allowed domain, and an owner other than the requester.",
    )
    rules.ask(
        "action.guest.ask-admin",
        coming,
        of=TENANT_ADMIN,
        when={**known, **_NOBODY},
        note="RP-12: an allowed domain, but the requester is the only owner.",
    )
    rules.ask(
        "action.guest.unknown-domain",
        coming,
        of=TENANT_ADMIN,
        when={**_GUEST, "beneficiary.mail_domain": {"not": sorted({*allowed, *blocked})}},
        note="RP-12: a domain on neither list.",
    )
    rules.deny(
        "action.guest.blocked-domain",
        coming,
        when={**_GUEST, "beneficiary.mail_domain": blocked},
        note="RP-12: `guest_domains_blocked`.",
    )
    rules.ask(
        "action.guest.delete",
        [DELETE],
        of=TENANT_ADMIN,
        when={**_GUEST, "requester.sponsors_beneficiary": True},
        note="RP-12: the guest account, asked by the sponsor.",
    )


def licence_rules(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-06. Without a free seat, or without a usage location, nothing matches and the case is handed over."""
    free, from_groups = sorted(tenant.data.free_skus), sorted(tenant.group_skus)
    ready = {"params.seats_left": {"min": 1}, "beneficiary.has_usage_location": True}
    costless = {**ON_SELF, "params.sku": sorted({*free} - {*from_groups})}
    rules.permit("action.licence.free", [ASSIGN_LICENCE], when={**ready, **costless}, note="RP-06: free, for oneself.")
    rules.ask(
        "action.licence.assign",
        [ASSIGN_LICENCE],
        of=TENANT_ADMIN,
        when={**ready, "params.sku": {"not": from_groups}},
        unless=[costless],
        note="RP-06: it costs money, or is for somebody else. A licence that groups carry comes from the group.",
    )
    rules.ask(
        "action.licence.swap",
        [SWAP_LICENCE],
        of=TENANT_ADMIN,
        when={**ready, "params.sku": {"not": from_groups}, "params.old_sku": {"not": from_groups}},
        when_any=[ON_SELF, IT_CONSOLE],
        note="RP-06: one licence in place of another, one's own or asked by IT on the console.",
    )
    rules.ask(
        "action.licence.location",
        [PROFILE],
        of=TENANT_ADMIN,
        when={**ON_SELF, "plan.steps": {"min": 2}, "params.attributes": _LOCATION_ALONE},
        note="RP-06: the usage location comes first, in the plan that needs it.",
    )
    rules.ask(
        "action.licence.remove",
        [REMOVE_LICENCE],
        of=TENANT_ADMIN,
        when={"params.sku": {"not": from_groups}},
        when_any=[ON_SELF, MANAGER, NEW_MANAGER, hr(tenant.hr_departments), IT_CONSOLE],
        note="RP-06, RP-08, RP-33: one's own, a leaver's or a mover's.",
    )
    rules.ask(
        "action.licence.by-group",
        ADD_MEMBER,
        of=TENANT_ADMIN,
        when={"target.id": sorted(tenant.licence_group_ids)},
        note=f"RP-06: a paid licence comes with {tenant.named(tenant.licence_group_ids)}.",
    )
