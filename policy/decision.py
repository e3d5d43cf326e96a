"""The engine's answer: one verdict, what a human must still say, and the rules that decided."""

import enum
from dataclasses import dataclass
from typing import Literal


class Verdict(enum.IntEnum):
    """Ordered by strictness, so that the strictest of several is simply `min`."""

    DENY = 0
    APPROVAL = 1
    ALLOW = 2


class Layer(enum.StrEnum):
    """The six layers, outermost first. Every layer is always consulted."""

    GLOBAL = "global"
    TENANT = "tenant"
    TARGET = "target"
    DEPARTMENT = "department"
    ACTION = "action"
    RUNTIME = "runtime"


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """`count` distinct people named by `resolver` must approve. `never`: no standing grant may stand in.

    `resolver` is `group_owner`, `manager`, `tenant_admin`, `security`, `oncall` or `group:<object id>`.
    """

    resolver: str
    count: int = 1
    standing: Literal["allowed", "never"] = "never"


@dataclass(frozen=True, slots=True, order=True)
class RuleRef:
    """A rule that decided: its id and the SHA-256 of its content, so a later edit is noticed."""

    id: str
    digest: str


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What one layer said. A DENY with no rules is the layer's default: nothing matched."""

    layer: Layer
    verdict: Verdict
    rules: tuple[RuleRef, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The strictest of exactly six layer results, in `Layer` order.

    `requirements` is empty unless `verdict` is APPROVAL. `bundle_digest` names the rules in force.
    It carries no `allowed` flag beside the verdict: two fields could disagree.
    """

    verdict: Verdict
    requirements: frozenset[Requirement]
    layers: tuple[LayerResult, ...]
    bundle_digest: str
