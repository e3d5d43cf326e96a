"""The decision point: one bundle, one tenant, one catalogue, one question at a time."""

from collections.abc import Iterable

from policy.bundle import Bundle
from policy.collector import collector_paused
from policy.compile import compile_bundle
from policy.decision import Decision, RuleRef, Verdict
from policy.errors import EngineError
from policy.explanation.why import Explanation, why
from policy.index import ActionIndex
from policy.request import AuthorizationRequest
from policy.rule import Rule


class Engine:
    """Decides for one tenant. Pure and immutable: the same question always gets the same answer.

    The rules of an action are indexed when it is first asked about, because a process meets few of the actions.
    An action that no rule names, or that is not in the catalogue, is denied.

    Raises:
        EngineError: `tenant_id` is empty or `*`. A tenant that no document names is no error: its
            layers have no rules, so everything is denied.
    """

    __slots__ = (
        "_bundle",
        "_bundle_digest",
        "_by_action",
        "_by_ref",
        "_catalogue",
        "_denied",
        "_indexes",
        "_tenant_id",
    )

    @collector_paused()
    def __init__(self, bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> None:
        if not tenant_id.strip() or "*" in tenant_id:
            raise EngineError(f"expected the id of one tenant, got `{tenant_id}`")
        rules = compile_bundle(bundle, tenant_id=tenant_id, catalogue=catalogue)
        self._bundle, self._tenant_id, self._catalogue = bundle, tenant_id, catalogue
        self._bundle_digest = bundle.digest
        self._by_ref: dict[RuleRef, Rule] = {rule.ref: rule for rule in rules}
        self._by_action = _grouped(rules)
        self._indexes: dict[str, ActionIndex] = {}
        self._denied = ActionIndex((), bundle_digest=bundle.digest)

    @property
    def bundle_digest(self) -> str:
        """The digest of the bundle in force, as every decision carries it."""
        return self._bundle_digest

    def decide(self, request: AuthorizationRequest) -> Decision:
        """Return the decision on `request`, with the rules that decided in each of the six layers."""
        index = self._indexes.get(request.action) or self._index(request.action)
        return index.decide(request.facts)

    def why(self, request: AuthorizationRequest) -> Explanation:
        """Return why `decide(request)` is what it is, in the terms of the rules as they were written.

        Far slower than deciding: it reads every rule that names the action once more.
        """
        return why(self._bundle, request, tenant_id=self._tenant_id, catalogue=self._catalogue)

    def approval_seconds(self, decision: Decision) -> int:
        """Return how long an answer to this decision's question stays valid: the shortest of its rules.

        Raises:
            EngineError: `decision` asks for no approval, or was made with other rules.
        """
        if decision.verdict is not Verdict.APPROVAL or decision.bundle_digest != self._bundle_digest:
            raise EngineError("expected an APPROVAL by the bundle in force, got another decision; decide again")
        asking = (result for result in decision.layers if result.verdict is Verdict.APPROVAL)
        return min(self._by_ref[ref].approval_seconds for result in asking for ref in result.rules)

    def rules_of(self, decision: Decision) -> tuple[Rule, ...]:
        """Return the rules that decided, in the order of the layers.

        Raises:
            EngineError: `decision` was made with other rules.
        """
        if decision.bundle_digest != self._bundle_digest:
            raise EngineError("expected a decision by the bundle in force, got another one; decide again")
        return tuple(self._by_ref[ref] for layer in decision.layers for ref in layer.rules)

    def _index(self, action: str) -> ActionIndex:
        rules = self._by_action.get(action)
        if rules is None:
            return self._denied
        found = self._indexes[action] = ActionIndex(rules, bundle_digest=self._bundle_digest)
        return found


def _grouped(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Return the rules of each action that any of them names."""
    groups: dict[str, list[Rule]] = {}
    for rule in rules:
        for action in rule.actions:
            groups.setdefault(action, []).append(rule)
    return groups
