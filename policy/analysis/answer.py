"""What an analysis answers with: regions of requests in the administrator's words, and findings about rules."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from policy.decision import Layer, Requirement, RuleRef, Verdict
from policy.request import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a region says about one attribute: the descriptions of the allowed `classes`, and all of it as `text`.

    `text` is a clause such as `requester.department is Sales or HR`.
    """

    attribute: str
    classes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Region:
    """A set of requests for one action: every combination of what its constraints allow, and nothing else.

    An attribute without a constraint does not matter. `cells` counts the combinations of classes; `witness`
    is one concrete request of the region, in which a fact that is absent is unknown.
    """

    action: str
    constraints: tuple[Constraint, ...]
    cells: int
    witness: AuthorizationRequest

    def sentence(self) -> str:
        """Return the region in one line, without the action."""
        return ", ".join(one.text for one in self.constraints) or "any request, whatever its facts"


@dataclass(frozen=True, slots=True)
class Cover:
    """A set of requests as maximal regions, which may overlap. No region at all means that no request is in it.

    `cells` counts the whole set. `uncovered` counts what the regions leave out, because the list was cut; it
    is 0 when they are the whole set. Both are None when a solver answered and did not count; `uncovered` is
    then 0 if nothing is left out.
    """

    regions: tuple[Region, ...]
    cells: int | None
    uncovered: int | None

    @property
    def empty(self) -> bool:
        """Whether no request is in the set."""
        return not self.regions

    @property
    def complete(self) -> bool:
        """Whether the regions are the whole set."""
        return self.uncovered == 0

    def sentences(self) -> tuple[str, ...]:
        """Return one line per region, and a last line that says what was left out, if anything was."""
        lines = tuple(region.sentence() for region in self.regions)
        if self.complete:
            return lines
        left = "more" if self.uncovered is None else f"{self.uncovered} more of {self.cells} cells"
        return (*lines, f"and {left}, not listed here")


class Direction(enum.StrEnum):
    """What a change does to the requests of its cover: `MOVED` asks for more of one person and less of another."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """Requests that two bundles decide differently.

    The requirements are given when both verdicts are APPROVAL, else they are None. They are None too for the
    last change of an action whose approvals changed in too many ways to list each.
    """

    action: str
    before: Verdict
    after: Verdict
    direction: Direction
    cover: Cover
    requirements_before: frozenset[Requirement] | None = None
    requirements_after: frozenset[Requirement] | None = None

    @property
    def kind(self) -> str:
        """The verdicts as `DENY->ALLOW`."""
        return f"{self.before.name}->{self.after.name}"


class FindingKind(enum.StrEnum):
    """What is wrong with a rule, or only worth knowing."""

    NEVER_MATCHES = "never_matches"
    NEVER_DECIDES = "never_decides"
    REDUNDANT_GUARD = "redundant_guard"


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One rule that changes no decision on any action it names.

    `never_matches` (error): no request makes it TRUE. `never_decides` (warning): it grants, and without it
    every decision would be the same. `redundant_guard` (info): it denies or asks, and others do so already
    wherever it would, which is defence in depth.
    """

    rule: RuleRef
    layer: Layer
    kind: FindingKind
    severity: Literal["error", "warning", "info"]
    text: str


@dataclass(frozen=True, slots=True)
class Reach:
    """The best verdict that any request for `action` gets, and when that is DENY the layers that see to it.

    `blocking` are the layers that let nothing pass on their own; when each lets something pass, a smallest set
    of layers that have nothing in common. `value` describes the part of an attribute's domain that this is
    about, or is None when it is about all requests.
    """

    action: str
    verdict: Verdict
    blocking: tuple[Layer, ...] = ()
    attribute: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether something never happens. `counterexample` is a request for which it does, by the engine itself.

    `verdict` is what the engine said and `region` the requests around the counterexample that are as bad;
    all three are None when the claim is proved. `actions` are those that were looked at. `vacuous`: no request can
    meet the claim's condition, or there is no action, so that the claim promises nothing.
    """

    actions: tuple[str, ...]
    vacuous: bool = False
    counterexample: AuthorizationRequest | None = None
    verdict: Verdict | None = None
    region: Region | None = None

    @property
    def proved(self) -> bool:
        """Whether no request contradicts the claim."""
        return self.counterexample is None

    @property
    def holds(self) -> bool:
        """Whether the claim is proved and promises something. A vacuous one was meant otherwise, so it fails."""
        return self.proved and not self.vacuous


@dataclass(frozen=True, slots=True)
class Overlap:
    """Requests that a permit of a layer matches and for which an approval of the same layer is asked all the same.

    `cover` shows them for the first of `actions`.
    """

    layer: Layer
    permit: RuleRef
    approval: RuleRef
    actions: tuple[str, ...]
    cover: Cover


@dataclass(frozen=True, slots=True)
class During:
    """What becomes of one action in a span of dates, compared with all other dates.

    `inside` and `outside` are the best verdicts. `affected` says that some request does worse inside than
    on some other date. `passing` are the requests inside that are not denied: of an affected action, the exemptions.
    """

    action: str
    inside: Verdict
    outside: Verdict
    affected: bool
    passing: Cover


@dataclass(frozen=True, slots=True)
class GrantScope:
    """What a standing grant would discharge: per action, the requests whose requirement it may stand in for."""

    covers: Mapping[str, Cover]

    @property
    def inert(self) -> bool:
        """Whether it discharges nothing at all."""
        return all(cover.empty for cover in self.covers.values())
