"""Policy documents as authors write them: the models of `policy/v1` and the one way to read them.

One document holds the rules of one layer for one tenant, or for all (`"*"`). Order means nothing, so
rules are kept sorted by id and two documents that differ in order only are equal.
"""

import fnmatch
import itertools
import re
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    model_validator,
)

from policy.canonical import canonical_json
from policy.complaint import RuleError, plain_json, problems_in
from policy.decision import Layer, Requirement
from policy.errors import DocumentError, Problem
from policy.grammar import nearest, parse_block, parse_dates
from policy.predicate import Block, DateRange, SetHas

# A rule multiplies out into conjunctions; past this it costs more to check than to write as two rules.
MAX_CONJUNCTIONS: Final = 256
# Nobody remembers after a week what was approved, so no answer stays valid for longer.
MAX_APPROVAL_SECONDS: Final = 7 * 24 * 3600
MAX_APPROVERS: Final = 5

RESOLVERS: Final = ("group_owner", "manager", "tenant_admin", "security", "oncall")

_Entry = TypeVar("_Entry", "RuleDocument", "LimitDocument")

_SECONDS: Final = {"m": 60, "h": 3600, "d": 86400}
_GROUP: Final = re.compile(r"group:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _known_resolver(name: str) -> str:
    if name not in RESOLVERS and not _GROUP.fullmatch(name):
        known = ", ".join(f"`{one}`" for one in RESOLVERS)
        raise ValueError(f"expected {known} or `group:<object id>`, got `{name}`{nearest(name, RESOLVERS)}")
    return name


def _sorted_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError(f"expected each name once, got {', '.join(f'`{name}`' for name in names)}")
    return tuple(sorted(names))


def _sorted_blocks(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(sorted(set(blocks), key=lambda block: canonical_json(block.authored())))


def _sorted_by_id(entries: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.id))


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,80}$")]
Pattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.*-]{1,120}$")]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1), AfterValidator(_sorted_once)]
Resolver = Annotated[str, BeforeValidator(_lower), AfterValidator(_known_resolver)]
When = Annotated[Block, PlainValidator(parse_block), PlainSerializer(Block.authored)]
Blocks = Annotated[tuple[When, ...], Field(min_length=1), AfterValidator(_sorted_blocks)]
Valid = Annotated[DateRange, PlainValidator(parse_dates), PlainSerializer(DateRange.authored)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def authored(self) -> dict[str, Any]:
        """Return the canonical written form as plain JSON data: what is hashed, stored and shown."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class ApprovalTerms(_Document):
    """Who must say yes: `count` people of each resolver in `from`, each answer good for `valid_for`.

    `standing` says whether a standing grant may stand in. The default is the strict one. A person
    counts once per requirement; the requester never counts.
    """

    resolvers: Annotated[tuple[Resolver, ...], Field(alias="from", min_length=1), AfterValidator(_sorted_once)]
    count: Annotated[int, Field(ge=1, le=MAX_APPROVERS)] = 1
    standing: Literal["allowed", "never"] = "never"
    valid_for: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[mhd]$")] = "24h"

    @property
    def requirements(self) -> frozenset[Requirement]:
        """One requirement per resolver: all of them must be met."""
        return frozenset(Requirement(name, count=self.count, standing=self.standing) for name in self.resolvers)

    @property
    def valid_seconds(self) -> int:
        """How long an answer stays valid."""
        return int(self.valid_for[:-1]) * _SECONDS[self.valid_for[-1]]

    @model_validator(mode="after")
    def _answer_expires(self) -> Self:
        if self.valid_seconds > MAX_APPROVAL_SECONDS:
            raise ValueError(f"expected `valid_for` of at most `7d`, got `{self.valid_for}`")
        return self


class RuleDocument(_Document):
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
    approval: ApprovalTerms | None = None
    valid: Valid | None = None
    note: str = ""

    @model_validator(mode="after")
    def _rule_is_whole(self) -> Self:
        _check_approval(self.approval, wanted=self.effect == "require_approval", because=f"effect `{self.effect}`")
        size = len(self.when_any or (1,))
        for block in self.unless or ():
            size *= sum(_atoms_in(predicate) for _, predicate in block.predicates)
        if size > MAX_CONJUNCTIONS:
            raise ValueError(
                f"expected at most `{MAX_CONJUNCTIONS}` combinations of `when_any` and `unless`, got `{size}`; "
                "write it as several rules"
            )
        return self


class LimitDocument(_Document):
    """A cap: at most `max` of what `count` names, per `per` and `window`, then `over` applies.

    The engine keeps no counters. A limit is a guard on the fact `count.<id>` (already used plus what
    this step adds); while nobody supplies it, it is unknown and the guard bites.
    """

    id: Id
    actions: Patterns
    per: Literal["tenant", "requester", "target", "plan"]
    window: Literal["1h", "24h", "plan"]
    count: Literal["actions", "distinct_targets"] = "actions"
    max: Annotated[int, Field(ge=0)]
    over: Literal["deny", "require_approval"] = "deny"
    approval: ApprovalTerms | None = None

    @model_validator(mode="after")
    def _limit_is_whole(self) -> Self:
        _check_approval(self.approval, wanted=self.over == "require_approval", because=f"over `{self.over}`")
        return self


class PolicyDocument(_Document):
    """All that one layer says for one tenant, or for every tenant of the stack (`"*"`)."""

    api_version: Annotated[Literal["policy/v1"], Field(alias="apiVersion")]
    layer: Layer
    tenant: Annotated[str, BeforeValidator(_lower), Field(pattern=r"^(\*|[a-z0-9][a-z0-9.-]{0,79})$")]
    rules: Annotated[tuple[RuleDocument, ...], AfterValidator(_sorted_by_id)] = ()
    limits: Annotated[tuple[LimitDocument, ...], AfterValidator(_sorted_by_id)] = ()

    @property
    def entries(self) -> tuple[RuleDocument | LimitDocument, ...]:
        """Rules and limits together: they share one space of ids."""
        return (*self.rules, *self.limits)

    @model_validator(mode="after")
    def _document_is_whole(self) -> Self:
        if not self.entries:
            raise ValueError("expected at least one rule, got none; leave the document out instead")
        for entry, following in itertools.pairwise(sorted(self.entries, key=lambda one: one.id)):
            if entry.id == following.id:
                raise RuleError(entry.id, "expected one rule or limit with this id, got two")
        if self.limits and self.layer is not Layer.RUNTIME:
            raise RuleError(self.limits[0].id, f"expected `limits` in the layer `runtime` only, got `{self.layer}`")
        for rule in self.rules:
            if rule.effect == "permit" and rule.valid and self.layer is Layer.GLOBAL:
                raise RuleError(rule.id, "expected a permit with `valid` in the layer `action`, got `global`")
        return self


def actions_matching(patterns: tuple[str, ...], catalogue: frozenset[str]) -> frozenset[str]:
    """Return the actions of `catalogue` that one of `patterns` names; `*` also spans dots."""
    return frozenset(action for action in catalogue if any(fnmatch.fnmatchcase(action, one) for one in patterns))


def parse_document(data: object, *, source: str, catalogue: frozenset[str]) -> PolicyDocument:
    """Read one document from already parsed YAML or JSON.

    `source` is the file's name, for the error messages. Every action pattern must name something in
    `catalogue`.

    Raises:
        DocumentError: with everything that is wrong, each with the rule's id and the nearest valid name.
    """
    text = plain_json(data, source=source)
    try:
        document = PolicyDocument.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise DocumentError(problems_in(error, data, source=source, fields_at=_fields_at)) from None
    problems = _idle_patterns(document, source=source, catalogue=catalogue)
    if problems:
        raise DocumentError(problems)
    return document


def _idle_patterns(document: PolicyDocument, *, source: str, catalogue: frozenset[str]) -> list[Problem]:
    return [
        Problem(source, entry.id, "actions", f"`{pattern}` matches no action{_nearest_action(pattern, catalogue)}")
        for entry in document.entries
        for pattern in entry.actions
        if not actions_matching((pattern,), catalogue)
    ]


def _nearest_action(pattern: str, catalogue: frozenset[str]) -> str:
    families = {
        f"{action.rsplit('.', parts)[0]}.*" for action in catalogue for parts in range(1, action.count(".") + 1)
    }
    return nearest(pattern, sorted(families if "*" in pattern else catalogue))


def _fields_at(path: tuple[int | str, ...]) -> tuple[str, ...]:
    models: dict[int | str, type[BaseModel]] = {"rules": RuleDocument, "limits": LimitDocument}
    model = models.get(path[0], PolicyDocument) if path else PolicyDocument
    if "approval" in path:
        model = ApprovalTerms
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _check_approval(approval: ApprovalTerms | None, *, wanted: bool, because: str) -> None:
    if wanted and approval is None:
        raise ValueError(f"expected `approval` with {because}, got nothing")
    if approval is not None and not wanted:
        raise ValueError(f"expected no `approval` with {because}; leave it out or change the effect")


def _atoms_in(predicate: object) -> int:
    return bool(predicate.any_of) + bool(predicate.none_of) if isinstance(predicate, SetHas) else 1
