"""The review of a draft as data: closed, frozen, with one digest that signatures are bound to."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from policy.canonical import canonical_json, digest

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def catalogue_digest(catalogue: frozenset[str]) -> str:
    """Return the SHA-256 over the action ids with which a draft was reviewed."""
    return digest(sorted(catalogue))


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_Found):
    """One example or assertion. `text` says what was expected and what was found when it does not hold.

    `counterexample` is the action and the recorded facts of a request that an assertion forbids.
    """

    id: str
    held: bool
    text: str = ""
    counterexample: dict[str, Any] | None = None


class Finding(_Found):
    """A rule that changes no decision; `text` names it and says why. An `error` is a rule that can never match."""

    rule: str
    severity: Literal["error", "warning", "info"]
    text: str


class Effect(_Found):
    """Requests for one action that the draft decides otherwise, in the administrator's words, one region each.

    `kind` is `DENY->ALLOW` and the like. Who is asked is told when approval stays approval.
    """

    action: str
    kind: str
    direction: Literal["widened", "narrowed", "moved"]
    asked_before: tuple[str, ...]
    asked_after: tuple[str, ...]
    requests: tuple[str, ...]


class Shadow(_Found):
    """What the draft would have decided otherwise on recorded requests than the bundle in force.

    `flips` counts verdicts by `ALLOW->DENY` and the like; `examples` says where the first of them were read and
    `not_shown` how many more there are. `foreign` records are other tenants' and were not decided.
    """

    records: int
    foreign: int
    flips: dict[str, int]
    other_approvers: int
    other_rules: int
    examples: tuple[str, ...]
    not_shown: int


class Review(_Found):
    """Everything that the stages found about one draft, with one catalogue, against one bundle in force.

    `invalid` lists what is wrong with its documents; then no other stage ran. `dropped_tests` are tests in force
    that the draft lacks or words otherwise. `terms` are changes that no decision shows, of limits and validities.
    `unanalysed` says what could not be computed, and why; `unknown_changes` are those of it that leave open what the
    draft changes.
    """

    draft: Digest
    catalogue: Digest
    changes_global_layer: bool
    invalid: tuple[str, ...] = ()
    examples: tuple[Check, ...] = ()
    assertions: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    effects: tuple[Effect, ...] = ()
    dropped_tests: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    unanalysed: tuple[str, ...] = ()
    unknown_changes: tuple[str, ...] = ()
    shadow: Shadow | None = None

    @property
    def blockers(self) -> tuple[str, ...]:
        """What stands in the way of publication, one sentence each; nobody's signature lifts it."""
        return (
            *self.invalid,
            *(f"example `{one.id}` fails: {one.text}" for one in self.examples if not one.held),
            *(f"assertion `{one.id}` does not hold: {one.text}" for one in self.assertions if not one.held),
            *(one.text for one in self.findings if one.severity == "error"),
        )

    def canonical_json(self) -> str:
        """Return the stored form."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """The SHA-256 of the stored form: what a signature is bound to."""
        return digest(self.model_dump(mode="json"))
