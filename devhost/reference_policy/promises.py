"""What the reference policy promises, written as assertions that are proved before it is published."""

from typing import Any

from devhost.reference_policy.families import CREDENTIALS, GROUPS, PRIVILEGES, PURGE, RELIEVING
from devhost.reference_policy.layer_rules import LayerRules
from devhost.reference_policy.people import FOR_OTHERS
from devhost.reference_policy.tenant import Tenant
from policy import Layer

_ANYTHING = ["allow", "approval"]


def promises(layer: Layer, rules: LayerRules, *, tenant: Tenant) -> dict[str, Any]:
    """Return the `tests` of a layer's document, or nothing for a layer that promises nothing of its own."""
    made = {Layer.GLOBAL: _of_everybody, Layer.TARGET: _of_what_is_protected}.get(layer)
    assertions = made(rules, tenant) if made else []
    return {"tests": {"assertions": assertions}} if assertions else {}


def _of_everybody(rules: LayerRules, tenant: Tenant) -> list[dict[str, Any]]:
    grants = rules.everything - RELIEVING
    return [
        *_never("assert.guests", rules.everything, rules=rules, of=_ANYTHING, where={"requester.kind": "guest"}),
        *_never("assert.credentials-of-others", CREDENTIALS, rules=rules, of=["allow"], where=FOR_OTHERS),
        # Two promises, not one with `where_any`: what one attribute alone rules out is proved without counting cells.
        *_never("assert.requester-at-risk", grants, rules=rules, of=_ANYTHING, where={"requester.at_risk": True}),
        *_never("assert.beneficiary-at-risk", grants, rules=rules, of=_ANYTHING, where={"beneficiary.at_risk": True}),
        *_never("assert.roles-and-secrets", PRIVILEGES | {PURGE}, rules=rules, of=_ANYTHING),
    ]


def _of_what_is_protected(rules: LayerRules, tenant: Tenant) -> list[dict[str, Any]]:
    anybody = rules.everything
    made = [
        *_never("assert.break-glass", anybody, rules=rules, of=_ANYTHING, where={"target.is_break_glass": True}),
        *_never(
            "assert.role-groups",
            GROUPS,
            rules=rules,
            of=_ANYTHING,
            where={"target.is_role_assignable": True},
        ),
    ]
    for name, ids in (("groups", tenant.protected_group_ids), ("apps", tenant.protected_app_ids)):
        where = {"target.id": sorted(ids)}
        if ids:
            made += _never(f"assert.protected-{name}", anybody, rules=rules, of=_ANYTHING, where=where)
    return made


def _never(
    test_id: str, actions: frozenset[str], *, rules: LayerRules, of: list[str], **conditions: object
) -> list[dict[str, Any]]:
    named = sorted(actions & rules.everything)
    if not named:
        return []
    patterns = ["*"] if frozenset(named) == rules.everything else named
    return [{"id": test_id, "never": of, "actions": patterns, **conditions}]
