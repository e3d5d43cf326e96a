"""What can be wrong with a document although each rule and test of it is right by itself."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from policy.decision import Layer


class RuleError(ValueError):
    """A document is wrong because of one of its rules or tests; empty `rule_id` when it is the document's own."""

    def __init__(self, rule_id: str, message: str) -> None:
        self.rule_id = rule_id
        super().__init__(message)


class ConflictError(ValueError):
    """Several parts of a document do not go together."""

    def __init__(self, errors: Iterable[RuleError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in self.errors))


class Named(NamedTuple):
    """What must be known of a rule, limit or test to find conflicts; `elevates`: a permit for some days."""

    id: str
    part: Literal["rules", "limits", "tests"]
    elevates: bool = False


def conflicts(named: Iterable[Named], *, layer: object) -> Iterator[RuleError]:
    """Yield what does not go together in a document of `layer`."""
    sorted_named = sorted(named)
    for one, following in itertools.pairwise(sorted_named):
        if one.id == following.id:
            yield RuleError(
                one.id, "expected one rule, limit or test with this id, got two; give one of them another id"
            )
    limits = [one.id for one in sorted_named if one.part == "limits"]
    if limits and layer in [*Layer] and layer != Layer.RUNTIME:
        yield RuleError(limits[0], f"expected `limits` in the layer `runtime` only, got `{layer}`")
    for one in sorted_named:
        if one.elevates and layer == Layer.GLOBAL:
            yield RuleError(one.id, "expected a permit with `valid` in the layer `action`, got `global`")


def conflicts_in(data: object) -> tuple[RuleError, ...]:
    """Return the conflicts of a document as data, whose rules and tests need not be valid."""
    if not isinstance(data, dict):
        return ()
    tests = data.get("tests")
    inside = tests if isinstance(tests, dict) else {}
    written = (*_named_in(data.get("rules"), "rules"), *_named_in(data.get("limits"), "limits"))
    promised = (*_named_in(inside.get("examples"), "tests"), *_named_in(inside.get("assertions"), "tests"))
    return tuple(conflicts((*written, *promised), layer=data.get("layer")))


def _named_in(entries: Any, part: Literal["rules", "limits", "tests"]) -> Iterator[Named]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            yield Named(entry["id"], part, elevates=entry.get("effect") == "permit" and "valid" in entry)
