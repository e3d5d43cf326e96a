"""The runtime layer: when. It stays open but for the freezes.

It has no rule that asks: a rule that asks also grants, and would so open a frozen time.
"""

from collections.abc import Iterable

from devhost.reference_policy.freezes import Freeze, open_rules
from devhost.reference_policy.layer_rules import LayerRules
from devhost.reference_policy.people import UNDOING
from devhost.reference_policy.tenant import Tenant


def runtime_layer(rules: LayerRules, tenant: Tenant) -> None:
    """Write RP-25."""
    by_freezes = _by_freezes(rules.everything, tenant.freezes)
    never_frozen = by_freezes.pop((), [])
    rules.permit("runtime.baseline", never_frozen, note="No freeze of this tenant concerns these actions.")
    for place, (freezes, actions) in enumerate(sorted(by_freezes.items(), key=lambda one: one[1]), start=1):
        reasons = "; ".join(dict.fromkeys(one.reason for one in freezes if one.reason)) or "no reason given"
        for part, conditions in open_rules(freezes):
            note = f"RP-25: open outside of the freeze ({reasons})."
            rules.permit(f"runtime.{part}.{place}", actions, **conditions, note=note)
        rules.permit(f"runtime.undo.{place}", actions, when=UNDOING, note="RP-25: what was begun may be undone.")


def _by_freezes(actions: Iterable[str], freezes: tuple[Freeze, ...]) -> dict[tuple[Freeze, ...], list[str]]:
    """Return the actions by the freezes that stop them."""
    found: dict[tuple[Freeze, ...], list[str]] = {}
    for action in sorted(actions):
        found.setdefault(tuple(one for one in freezes if one.stops(action)), []).append(action)
    return found
