"""The fields that policy documents are made of: ids, patterns, resolvers, blocks, dates and facts.

Whoever validates a model gives the catalogue as pydantic's context, so that a pattern that names nothing is
refused with all other mistakes. Lists that mean a set are kept sorted: order means nothing.
"""

import fnmatch
import functools
import re
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
)

from policy.canonical import canonical_json
from policy.foreign import shown
from policy.given import Given, parse_given, parse_shared, parse_unknown
from policy.grammar import SeveralError, nearest, parse_block, parse_dates
from policy.predicate import Block, DateRange

RESOLVERS: Final = ("group_owner", "manager", "tenant_admin", "security", "oncall")
MAX_APPROVERS: Final = 5

ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{2,80}$"
ACTION_PATTERN: Final = r"^[A-Za-z0-9_.*-]{1,120}$"
TENANT_PATTERN: Final = r"^(\*|[a-z0-9][a-z0-9.-]{0,79})$"
GROUP_PATTERN: Final = r"group:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_GROUP: Final = re.compile(GROUP_PATTERN, re.ASCII)


class Written(BaseModel):
    """A part of a document as its author writes it: frozen, and closed to fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def authored(self) -> dict[str, Any]:
        """Return the canonical written form as plain JSON data: what is hashed, stored and shown."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def actions_matching(patterns: tuple[str, ...], catalogue: frozenset[str]) -> frozenset[str]:
    """Return the actions of `catalogue` that one of `patterns` names; `*` also spans dots."""
    if len(patterns) == 1:
        return _named_by(patterns[0], catalogue)
    return frozenset().union(*(_named_by(one, catalogue) for one in patterns))


# A big bundle repeats few patterns, so each is matched against the catalogue once.
@functools.lru_cache(maxsize=4096)
def _named_by(pattern: str, catalogue: frozenset[str]) -> frozenset[str]:
    return frozenset(action for action in catalogue if fnmatch.fnmatchcase(action, pattern))


def nearest_action(pattern: str, catalogue: frozenset[str]) -> str:
    """Return `; did you mean ...?` with the closest action, or family of actions for a pattern with `*`."""
    families = {
        f"{action.rsplit('.', parts)[0]}.*" for action in catalogue for parts in range(1, action.count(".") + 1)
    }
    return nearest(pattern, sorted(families if "*" in pattern else catalogue))


def sorted_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return `names` sorted.

    Raises:
        ValueError: a name stands in it twice.
    """
    if len(set(names)) != len(names):
        raise ValueError(f"expected each name once, got {', '.join(map(shown, names))}")
    return tuple(sorted(names))


def _in_catalogue(given: Given, info: ValidationInfo) -> Given:
    catalogue = info.context
    if isinstance(catalogue, frozenset) and given.action not in catalogue:
        near = nearest(given.action, sorted(catalogue))
        raise ValueError(f"expected an action of the catalogue, got {shown(given.action)}{near}")
    return given


def _that_match(patterns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    catalogue = info.context
    if isinstance(catalogue, frozenset):
        idle = [one for one in patterns if not _named_by(one, catalogue)]
        if idle:
            raise SeveralError(f"{shown(one)} matches no action{nearest_action(one, catalogue)}" for one in idle)
    return sorted_once(patterns)


def _known_resolver(name: str) -> str:
    if name not in RESOLVERS and not _GROUP.fullmatch(name):
        known = ", ".join(f"`{one}`" for one in RESOLVERS)
        raise ValueError(f"expected {known} or `group:<object id>`, got {shown(name)}{nearest(name, RESOLVERS)}")
    return name


def _sorted_blocks(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(sorted(set(blocks), key=lambda block: canonical_json(block.authored())))


def lowered(value: Any) -> Any:
    """Return text of ASCII only in lower case, and everything else as it is.

    Some letters beyond ASCII become ASCII in lower case; a name in them is a typing mistake or a trick, so it stays
    what it is and no pattern of ours takes it.
    """
    return value.lower() if isinstance(value, str) and value.isascii() else value


Id = Annotated[str, Field(pattern=ID_PATTERN)]
Pattern = Annotated[str, Field(pattern=ACTION_PATTERN)]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1), AfterValidator(_that_match)]
Resolver = Annotated[str, BeforeValidator(lowered), AfterValidator(_known_resolver)]
Resolvers = Annotated[tuple[Resolver, ...], Field(min_length=1), AfterValidator(sorted_once)]
Count = Annotated[int, Field(ge=1, le=MAX_APPROVERS)]
Standing = Literal["allowed", "never"]
When = Annotated[Block, PlainValidator(parse_block), PlainSerializer(Block.authored)]
Blocks = Annotated[tuple[When, ...], Field(min_length=1), AfterValidator(_sorted_blocks)]
Valid = Annotated[DateRange, PlainValidator(parse_dates), PlainSerializer(DateRange.authored)]
TenantId = Annotated[str, BeforeValidator(lowered), Field(pattern=TENANT_PATTERN)]
GivenStep = Annotated[
    Given, PlainValidator(parse_given), AfterValidator(_in_catalogue), PlainSerializer(Given.authored)
]
GivenFacts = Annotated[Given, PlainValidator(parse_shared), PlainSerializer(Given.authored)]
FactName = Annotated[str, AfterValidator(parse_unknown)]
