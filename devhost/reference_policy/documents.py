"""The six documents of the reference policy for one tenant file and one catalogue of actions."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from devhost.reference_policy.access import group_rules, guest_rules, licence_rules
from devhost.reference_policy.accounts import (
    credential_rules,
    joining_and_leaving_rules,
    profile_rules,
    protective_rules,
)
from devhost.reference_policy.guards import department_layer, global_layer, target_layer, tenant_layer
from devhost.reference_policy.layer_rules import LayerRules
from devhost.reference_policy.promises import promises
from devhost.reference_policy.runtime import runtime_layer
from devhost.reference_policy.software import software_rules
from devhost.reference_policy.systems import conditional_access_rules, device_rules, mailbox_rules
from devhost.reference_policy.tenant import Tenant, tenant_of
from policy import Layer, PolicyDocument, parse_document


def _action_layer(rules: LayerRules, tenant: Tenant) -> None:
    for write in (
        credential_rules,
        protective_rules,
        joining_and_leaving_rules,
        profile_rules,
        group_rules,
        guest_rules,
        licence_rules,
        device_rules,
        software_rules,
        mailbox_rules,
        conditional_access_rules,
    ):
        write(rules, tenant)


_LAYERS: Final[Mapping[Layer, Callable[[LayerRules, Tenant], None]]] = {
    Layer.GLOBAL: global_layer,
    Layer.TENANT: tenant_layer,
    Layer.TARGET: target_layer,
    Layer.DEPARTMENT: department_layer,
    Layer.ACTION: _action_layer,
    Layer.RUNTIME: runtime_layer,
}


def authored_for(file: Mapping[str, Any], *, catalogue: frozenset[str]) -> dict[Layer, dict[str, Any]]:
    """Return the documents as an author would write them, in layer order: plain data for `parse_document`.

    Rules for actions outside `catalogue` are left out, and so is a layer for which no rule remains: without
    it everything is denied.

    Raises:
        StartError: `file` is no tenant file, or a name in it is nobody's; the message names the key.
    """
    tenant = tenant_of(file)
    found: dict[Layer, dict[str, Any]] = {}
    for layer, write in _LAYERS.items():
        rules = LayerRules(catalogue)
        write(rules, tenant)
        if rules.rules:
            head = {"apiVersion": "policy/v1", "layer": layer.value, "tenant": tenant.id}
            found[layer] = {**head, "rules": rules.rules, **promises(layer, rules, tenant=tenant)}
    return found


def documents_for(file: Mapping[str, Any], *, catalogue: frozenset[str]) -> tuple[PolicyDocument, ...]:
    """Return the documents of the reference policy for a tenant file, checked as any author's.

    Raises:
        StartError: as `authored_for`.
        DocumentError: the file holds something that no rule can say; the message names the rule.
    """
    authored = authored_for(file, catalogue=catalogue)
    return tuple(
        parse_document(one, source=f"reference policy, {layer}", catalogue=catalogue) for layer, one in authored.items()
    )
