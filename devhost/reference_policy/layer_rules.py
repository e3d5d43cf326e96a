"""The rules of one layer while they are written, as an author would write them: plain data, in reading order.

Two conventions keep an empty list from ever meaning everything:
1. A rule whose actions are all outside the catalogue is left out.
2. A condition on an empty list matches nothing: it empties a `when`, and a block of `unless` falls away. Its
   negation, `{not: []}`, always holds and is not written.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Condition = Mapping[str, Any]

TENANT_ADMIN = "tenant_admin"
GROUP_OWNER = "group_owner"

# RP-31: an approval is for one pending request, once, so no standing grant may stand in.
_STANDING = "never"


class LayerRules:
    """Collects rules. `catalogue` are the ids of all actions that exist."""

    def __init__(self, catalogue: frozenset[str]) -> None:
        self._catalogue = catalogue
        self.rules: list[dict[str, Any]] = []

    @property
    def everything(self) -> frozenset[str]:
        """All actions of the catalogue."""
        return self._catalogue

    def permit(self, rule_id: str, actions: Iterable[str], *, note: str, **conditions: Any) -> None:
        """Add a permit. `conditions` are `when`, `when_any` and `unless`, as in a document."""
        self._add({"id": rule_id, "effect": "permit"}, actions, conditions=conditions, note=note)

    def deny(self, rule_id: str, actions: Iterable[str], *, note: str, **conditions: Any) -> None:
        """Add a deny, which refuses the request."""
        self._add({"id": rule_id, "effect": "deny"}, actions, conditions=conditions, note=note)

    def ask(self, rule_id: str, actions: Iterable[str], *, of: str, note: str, **conditions: Any) -> None:
        """Add an approval by one person of the resolver `of`."""
        approval = {"from": [of], "count": 1, "standing": _STANDING}
        head = {"id": rule_id, "effect": "require_approval", "approval": approval}
        self._add(head, actions, conditions=conditions, note=note)

    def _add(self, head: dict[str, Any], actions: Iterable[str], *, conditions: Mapping[str, Any], note: str) -> None:
        named = sorted(frozenset(actions) & self._catalogue)
        written = _written(conditions)
        if not named or written is None:
            return
        patterns = ["*"] if frozenset(named) == self._catalogue else named
        approval = {"approval": head["approval"]} if "approval" in head else {}
        ends = {**approval, "note": note}
        self.rules.append({"id": head["id"], "effect": head["effect"], "actions": patterns, **written, **ends})


def _written(conditions: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the conditions without what says nothing; None when the rule could never match."""
    written: dict[str, Any] = {}
    if (when := conditions.get("when")) is not None:
        block = _block(when)
        if block is None:
            return None
        written |= {"when": block} if block else {}
    if (some := conditions.get("when_any")) is not None:
        blocks = _blocks(some)
        if not blocks:
            return None
        written |= {} if {} in blocks else {"when_any": blocks}
    spared = _blocks(conditions.get("unless") or ())
    if {} in spared:
        return None
    return written | ({"unless": spared} if spared else {})


def _blocks(blocks: Sequence[Condition]) -> list[dict[str, Any]]:
    return [written for one in blocks if (written := _block(one)) is not None]


def _block(block: Condition) -> dict[str, Any] | None:
    if any(value == [] or (isinstance(value, Mapping) and value.get("any") == []) for value in block.values()):
        return None
    said = {name: _said(value) for name, value in block.items()}
    return {name: value for name, value in said.items() if value != {}}


def _said(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {part: listed for part, listed in value.items() if part not in ("not", "none") or listed != []}
