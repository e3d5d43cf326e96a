"""Policy documents as authors write them: the models of `policy/v1` and the one way to read them.

One document holds the rules of one layer for one tenant, or for all (`"*"`), and tests of what they promise.
Order means nothing, so rules and tests are kept sorted by id, and two documents that differ in order only
are equal.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from policy.canonical import MAX_NUMBER
from policy.complaint import conflict_problems, in_document_order, problem_at, problems_in
from policy.conflict import ConflictError, Named, RuleError, conflicts, conflicts_in
from policy.decision import Layer, Requirement
from policy.errors import DocumentError, Problem
from policy.field import (
    RESOLVERS,
    Blocks,
    Count,
    Id,
    Patterns,
    Resolvers,
    Standing,
    TenantId,
    Valid,
    When,
    Written,
    actions_matching,
    lowered,
)
from policy.plain import Path, Unplain, json_text, plain_part, unplain
from policy.predicate import Block, SetHas
from policy.promise import PolicyTests

__all__ = [
    "MAX_APPROVAL_SECONDS",
    "MAX_CONJUNCTIONS",
    "RESOLVERS",
    "ApprovalTerms",
    "LimitDocument",
    "PolicyDocument",
    "RuleDocument",
    "actions_matching",
    "parse_document",
]

# A rule multiplies out into conjunctions; past this it costs more to check than to write as two rules.
MAX_CONJUNCTIONS: Final = 256
# Nobody remembers after a week what was approved, so no answer stays valid for longer.
MAX_APPROVAL_SECONDS: Final = 7 * 24 * 3600

VALID_FOR_PATTERN: Final = r"^[1-9][0-9]{0,3}[mhd]$"

_Entry = TypeVar("_Entry", "RuleDocument", "LimitDocument")

_SECONDS: Final = {"m": 60, "h": 3600, "d": 86400}


def _seconds(valid_for: str) -> int:
    return int(valid_for[:-1]) * _SECONDS[valid_for[-1]]


def _at_most_a_week(valid_for: str) -> str:
    if _seconds(valid_for) > MAX_APPROVAL_SECONDS:
        raise ValueError(f"expected `valid_for` of at most `7d`, got `{valid_for}`")
    return valid_for


def _sorted_by_id(entries: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.id))


class ApprovalTerms(Written):
    """Who must say yes: `count` people of each resolver in `from`, each answer good for `valid_for`.

    `standing` says whether a standing grant may stand in. The default is the strict one. A person
    counts once per requirement; the requester never counts.
    """

    resolvers: Annotated[Resolvers, Field(alias="from")]
    count: Count = 1
    standing: Standing = "never"
    valid_for: Annotated[str, Field(pattern=VALID_FOR_PATTERN), AfterValidator(_at_most_a_week)] = "24h"

    @property
    def requirements(self) -> frozenset[Requirement]:
        """One requirement per resolver: all of them must be met."""
        return frozenset(Requirement(name, count=self.count, standing=self.standing) for name in self.resolvers)

    @property
    def valid_seconds(self) -> int:
        """How long an answer stays valid."""
        return _seconds(self.valid_for)


class RuleDocument(Written):
    """One rule. It matches when `when` holds, one block of `when_any` holds and no block of `unless` holds.

    `actions` are patterns over the catalogue, where `*` stands for any characters. `valid` limits the
    rule to tenant-local days. `note` is for readers.
    """

    id: Id
    effect: Literal["permit", "require_approval", "deny"]
    actions: Patterns
    when: When | None = None
    when_any: Blocks | None = None
    unless: Blocks | None = None
    approval: Annotated[ApprovalTerms | None, Field(validate_default=True)] = None
    valid: Valid | None = None
    note: str = ""

    @field_validator("approval")
    @classmethod
    def _asks_if_it_must(cls, approval: ApprovalTerms | None, info: ValidationInfo) -> ApprovalTerms | None:
        return _asking(approval, field="effect", info=info)

    @property
    def elevates(self) -> bool:
        """Whether the rule permits something for some days only."""
        return self.effect == "permit" and self.valid is not None

    @field_validator("unless")
    @classmethod
    def _can_be_multiplied_out(cls, unless: tuple[Block, ...] | None, info: ValidationInfo) -> Any:
        size = len(info.data.get("when_any") or (1,))
        for block in unless or ():
            size *= sum(_atoms_in(predicate) for _, predicate in block.predicates)
        if size > MAX_CONJUNCTIONS:
            raise ValueError(
                f"expected at most `{MAX_CONJUNCTIONS}` combinations of `when_any` and `unless`, got `{size}`; "
                "write it as several rules"
            )
        return unless


class LimitDocument(Written):
    """A cap: at most `max` of what `count` names, per `per` and `window`, then `over` applies.

    The engine keeps no counters. A limit is a guard on the fact `count.<id>` (already used plus what
    this step adds); while nobody supplies it, it is unknown and the guard bites.
    """

    id: Id
    actions: Patterns
    per: Literal["tenant", "requester", "target", "plan"]
    window: Literal["1h", "24h", "plan"]
    count: Literal["actions", "distinct_targets"] = "actions"
    max: Annotated[int, Field(ge=0, le=MAX_NUMBER)]
    over: Literal["deny", "require_approval"] = "deny"
    approval: Annotated[ApprovalTerms | None, Field(validate_default=True)] = None

    @field_validator("approval")
    @classmethod
    def _asks_if_it_must(cls, approval: ApprovalTerms | None, info: ValidationInfo) -> ApprovalTerms | None:
        return _asking(approval, field="over", info=info)


class PolicyDocument(Written):
    """All that one layer says for one tenant, or for every tenant of the stack (`"*"`).

    A document may hold tests only. It is then no word of its layer, which denies as if it were not there;
    `layer` says whose promises they are.
    """

    api_version: Annotated[Literal["policy/v1"], Field(alias="apiVersion")]
    layer: Layer
    tenant: TenantId
    rules: Annotated[tuple[RuleDocument, ...], AfterValidator(_sorted_by_id)] = ()
    limits: Annotated[tuple[LimitDocument, ...], AfterValidator(_sorted_by_id)] = ()
    tests: Annotated[PolicyTests | None, Field(validate_default=True)] = None

    def is_for(self, tenant_id: str) -> bool:
        """Return whether the document speaks for the tenant: for all, or for this id, in any case of its ASCII."""
        return self.tenant in ("*", lowered(tenant_id))

    @property
    def entries(self) -> tuple[RuleDocument | LimitDocument, ...]:
        """Rules and limits together: what decides."""
        return (*self.rules, *self.limits)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of rules, limits and tests: they share one space, so that an id names one thing."""
        return (*(entry.id for entry in self.entries), *(self.tests.ids if self.tests else ()))

    @field_validator("tests")
    @classmethod
    def _something_is_said(cls, tests: PolicyTests | None, info: ValidationInfo) -> PolicyTests | None:
        if tests is None and info.data.get("rules") == info.data.get("limits") == ():
            message = "expected at least one rule, limit or test, got none; leave the document out instead"
            raise ConflictError([RuleError("", message)])
        return tests

    @model_validator(mode="after")
    def _document_is_whole(self) -> Self:
        rules = (Named(one.id, "rules", elevates=one.elevates) for one in self.rules)
        limits = (Named(one.id, "limits") for one in self.limits)
        tests = (Named(one, "tests") for one in (self.tests.ids if self.tests else ()))
        found = list(conflicts((*rules, *limits, *tests), layer=self.layer))
        if found:
            raise ConflictError(found)
        return self


def parse_document(data: object, *, source: str, catalogue: frozenset[str]) -> PolicyDocument:
    """Read one document from already parsed YAML or JSON.

    `source` is the file's name, for the error messages. Every action pattern must name something in
    `catalogue`.

    Raises:
        DocumentError: with everything that is wrong, each with the rule's id and the nearest valid name.
    """
    foreign = unplain(data)
    rest = plain_part(data, foreign)
    found = [(one.path, problem_at(one.path, data, source=source, message=one.message)) for one in foreign]
    try:
        document = PolicyDocument.model_validate_json(json_text(rest), strict=True, context=catalogue)
    except ValidationError as error:
        # Nothing may be left without the foreign values; that it is nothing would be news to nobody.
        known = [] if rest is None else problems_in(error, rest, source=source, fields_at=_fields_at)
        found += _without_echoes(known, foreign)
    else:
        if not foreign:
            return document
    conflicting = conflict_problems(conflicts_in(rest), rest, source=source)
    raise DocumentError(dict.fromkeys((*in_document_order(found, data), *conflicting)))


def _without_echoes(
    problems: Iterable[tuple[Path, Problem]], foreign: tuple[Unplain, ...]
) -> Iterator[tuple[Path, Problem]]:
    # A complaint about a place where a foreign value stood would only say again that it is not there.
    places = {one.path for one in foreign}
    for path, problem in problems:
        if not any(path[:length] in places for length in range(len(path) + 1)):
            yield path, problem


def _fields_at(path: Path) -> tuple[str, ...]:
    """Return the names of the fields that may stand at `path`."""
    model: type[BaseModel] = PolicyDocument
    for part in path:
        named = (field for name, field in model.model_fields.items() if part in (name, field.alias))
        model = next((inner for field in named for inner in _models_in(field.annotation)), model)
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type(BaseModel)):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _asking(approval: ApprovalTerms | None, *, field: str, info: ValidationInfo) -> ApprovalTerms | None:
    effect = info.data.get(field)
    if effect == "require_approval" and approval is None:
        example = "`approval: {from: [tenant_admin]}`"
        raise ValueError(f"expected `approval` with {field} `{effect}`, got nothing; for example {example}")
    if effect not in (None, "require_approval") and approval is not None:
        raise ValueError(f"expected no `approval` with {field} `{effect}`; leave it out or change the {field}")
    return approval


def _atoms_in(predicate: object) -> int:
    return bool(predicate.any_of) + bool(predicate.none_of) if isinstance(predicate, SetHas) else 1
