"""The tests of a policy document as their authors write them: examples and assertions.

An example is one request with the decision that is expected. An assertion is a promise about all requests:
these verdicts never happen there. Neither is a rule: a test permits nothing and denies nothing.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from policy.decision import Layer, Verdict
from policy.field import (
    Blocks,
    Count,
    FactName,
    GivenFacts,
    GivenStep,
    Id,
    Patterns,
    Resolver,
    Standing,
    When,
    Written,
    sorted_once,
)
from policy.given import Given

VerdictName = Literal["allow", "approval", "deny"]
VERDICTS: Final = {"allow": Verdict.ALLOW, "approval": Verdict.APPROVAL, "deny": Verdict.DENY}
VERDICT_NAMES: Final = {verdict: name for name, verdict in VERDICTS.items()}

_Test = TypeVar("_Test", "ExampleDocument", "AssertionDocument")


def _not_every(verdicts: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(verdicts)) == len(VERDICTS):
        raise ValueError("expected one or two verdicts, got all three; one of them always happens")
    return sorted_once(verdicts)


def _as_fields(approver: Any) -> Any:
    return {"from": approver} if isinstance(approver, str) else approver


def _sorted_by_resolver(approvers: tuple["ApproverDocument", ...]) -> tuple["ApproverDocument", ...]:
    sorted_once(tuple(one.resolver for one in approvers))
    return tuple(sorted(approvers, key=lambda one: one.resolver))


def _sorted_by_id(tests: tuple[_Test, ...]) -> tuple[_Test, ...]:
    return tuple(sorted(tests, key=lambda test: test.id))


class ApproverDocument(Written):
    """Somebody who is expected to be asked. `count` and `standing` are compared only when they are written.

    Plain text is short for `from` alone.
    """

    resolver: Annotated[Resolver, Field(alias="from")]
    count: Count | None = None
    standing: Standing | None = None


class ExpectedDecision(Written):
    """The decision that an example expects.

    `rules` must all be among the rules that decide, which are those of the layers whose verdict is the
    decision's. `approvers` are exactly those who are asked. `unmatched` are exactly the layers in which
    nothing matched, so that a deny by default is told from a deny by a rule.
    """

    verdict: VerdictName
    rules: Annotated[tuple[Id, ...], Field(min_length=1), AfterValidator(sorted_once)] | None = None
    approvers: (
        Annotated[
            tuple[Annotated[ApproverDocument, BeforeValidator(_as_fields)], ...],
            Field(min_length=1),
            AfterValidator(_sorted_by_resolver),
        ]
        | None
    ) = None
    unmatched: Annotated[tuple[Layer, ...], Field(min_length=1), AfterValidator(sorted_once)] | None = None

    @field_validator("approvers")
    @classmethod
    def _only_an_approval_asks(cls, approvers: object, info: ValidationInfo) -> object:
        return _only_with("approval", approvers, verdict=info.data.get("verdict"))

    @field_validator("unmatched")
    @classmethod
    def _only_a_deny_is_by_default(cls, unmatched: object, info: ValidationInfo) -> object:
        return _only_with("deny", unmatched, verdict=info.data.get("verdict"))


class ExampleDocument(Written):
    """One request and the decision that is expected.

    `given` is the action and the facts; facts that the document's tests share are known too, unless they
    are given anew or named in `unknown`. What nobody gives is unknown.
    """

    id: Id
    given: GivenStep
    unknown: Annotated[tuple[FactName, ...], Field(min_length=1), AfterValidator(sorted_once)] | None = None
    expect: ExpectedDecision
    note: str = ""

    @field_validator("unknown")
    @classmethod
    def _given_is_known(cls, unknown: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        given = info.data.get("given")
        both = [name for name in unknown or () if isinstance(given, Given) and name in dict(given.facts)]
        if both:
            raise ValueError(f"expected `{both[0]}` in `given` or in `unknown`, got it in both")
        return unknown


class AssertionDocument(Written):
    """A promise: for `actions`, wherever `where` and one block of `where_any` hold, `never` does not happen.

    Without `where` and `where_any` it is a promise about every request. It speaks of what is known: a
    request counts when the conditions are true, not when they cannot be told.
    """

    id: Id
    never: Annotated[tuple[VerdictName, ...], Field(min_length=1), AfterValidator(_not_every)]
    actions: Patterns
    where: When | None = None
    where_any: Blocks | None = None
    note: str = ""


class PolicyTests(Written):
    """What a document promises. `given` are facts that all examples of the document start from."""

    given: GivenFacts | None = None
    examples: Annotated[tuple[ExampleDocument, ...], AfterValidator(_sorted_by_id)] = ()
    assertions: Annotated[
        tuple[AssertionDocument, ...], AfterValidator(_sorted_by_id), Field(validate_default=True)
    ] = ()

    @field_validator("assertions")
    @classmethod
    def _something_is_tested(cls, assertions: object, info: ValidationInfo) -> object:
        if not assertions and info.data.get("examples") == ():
            raise ValueError("expected at least one example or assertion, got none; leave `tests` out instead")
        return assertions

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all tests; they share one space with the ids of rules."""
        return (*(one.id for one in self.examples), *(one.id for one in self.assertions))


def _only_with(wanted: str, value: object, *, verdict: object) -> object:
    if value is not None and verdict is not None and verdict != wanted:
        raise ValueError(f"expected this field with the verdict `{wanted}` only, got `{verdict}`")
    return value
