"""The work file: one size of the workload in every language that an engine of the benchmark reads.

`rules` are flat and `requests` plain; `canonical_json` is our stored bundle; `cedar` is one policy set and
`cedar_by_action` one an action. `expected` are the verdicts of `policy.reference` on the first requests.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.policy import workload
from bench.policy.cedar import policies
from policy import reference
from policy.bundle import Bundle
from policy.compile import compile_bundle
from policy.decision import Layer
from policy.request import AuthorizationRequest
from policy.rule import Rule

REQUESTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Work:
    """One size of the workload: the bundle, the requests, and the right verdicts on the first of them."""

    drawn: tuple[workload.DrawnRule, ...]
    bundle: Bundle
    rules: tuple[Rule, ...]
    requests: tuple[AuthorizationRequest, ...]
    expected: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Write the work file."""
        own = [one for one in self.bundle.documents if one.layer is Layer.ACTION]
        cedar = [found for one in own for found in policies(one, catalogue=workload.CATALOGUE)]
        by_action: dict[str, str] = defaultdict(str)
        for actions, text in cedar:
            for action in actions:
                by_action[action] += text
        data = {
            "tenant": workload.TENANT,
            "catalogue": sorted(workload.CATALOGUE),
            "rules": [rule.flat() for rule in self.drawn],
            "requests": [{"action": one.action, "facts": one.facts} for one in self.requests],
            "canonical_json": self.bundle.canonical_json(),
            "cedar": "".join(text for _, text in cedar),
            "cedar_by_action": by_action,
        }
        path.write_text(json.dumps(data), encoding="utf-8")


def work_of(size: int, *, checked: int) -> Work:
    """Return the workload of `size` rules; the reference judges the first `checked` requests."""
    drawn = workload.draw_rules(size)
    bundle = workload.bundle_of(drawn)
    rules = compile_bundle(bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    requests = workload.draw_requests(drawn, REQUESTS)
    expected = _expected(rules, requests[:checked], digest=bundle.digest)
    return Work(drawn, bundle, rules, requests, expected)


def disagreements(expected: Sequence[str], verdicts: Sequence[str]) -> int:
    """Return how many verdicts are wrong. An engine without approvals may call whatever is no DENY permitted."""
    pairs = zip(expected, verdicts, strict=True)
    return sum(said != right and (said != "PERMITTED" or right == "DENY") for right, said in pairs)


def _expected(rules: Sequence[Rule], requests: Sequence[AuthorizationRequest], *, digest: str) -> tuple[str, ...]:
    decisions = (reference.decide(rules, one, catalogue=workload.CATALOGUE, bundle_digest=digest) for one in requests)
    return tuple(decision.verdict.name for decision in decisions)
