"""Policy tests, run: examples by the engine, assertions as plain claims that an analysis proves or refutes.

    for result in run_examples(bundle, tenant_id=tenant_id, catalogue=CATALOGUE):
        print(result.example.id, *result.differences or ("as expected",))
    claims = assertions_of(bundle, tenant_id=tenant_id, catalogue=CATALOGUE)
    for result in prove_assertions(claims, Analysis(bundle, tenant_id=tenant_id, catalogue=CATALOGUE)):
        print(result.sentence())

Tests are those of the documents for all tenants and for the one tenant, just as rules are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy.analysis import Analysis, Proof, prove
from policy.bundle import Bundle
from policy.compile import conjunctions_of
from policy.decision import Decision, Requirement, Verdict
from policy.document import PolicyDocument, RuleDocument, actions_matching
from policy.engine import Engine
from policy.explanation.sentences import sentence
from policy.foreign import shown
from policy.given import LOCAL_TIME, Given
from policy.grammar import nearest
from policy.promise import (
    VERDICT_NAMES,
    VERDICTS,
    ApproverDocument,
    AssertionDocument,
    ExampleDocument,
    ExpectedDecision,
    PolicyTests,
)
from policy.request import AuthorizationRequest, FactValue
from policy.rule import Conjunction


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example with the request that it is, what the engine decided, and how that differs from what it expects.

    `differences` has one sentence for each thing that is not as expected; none means that the example holds.
    """

    example: ExampleDocument
    request: AuthorizationRequest
    decision: Decision
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the decision is the expected one."""
        return not self.differences

    @property
    def deciding(self) -> tuple[str, ...]:
        """The ids of the rules of the layers whose verdict is the decision's."""
        return deciding_rules(self.decision)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A promise as plain values: on `actions`, where one conjunction of `where` is TRUE, `never` does not happen.

    A promise about every request has one empty conjunction.
    """

    document: AssertionDocument
    actions: frozenset[str]
    where: tuple[Conjunction, ...]
    never: frozenset[Verdict]

    @property
    def id(self) -> str:
        """The assertion's id in its bundle."""
        return self.document.id


@dataclass(frozen=True, slots=True)
class AssertionResult:
    """One assertion with its proof, or with the request that contradicts it.

    A vacuous one fails too: no request can ever meet its condition, and somebody meant something by it.
    """

    assertion: Assertion
    proof: Proof

    @property
    def passed(self) -> bool:
        """Whether the promise is kept by every request there can be, and there is such a request."""
        return self.proof.holds

    def sentence(self) -> str:
        """Return the result in one line; for a broken promise with the request that breaks it."""
        name, count = f"`{self.assertion.id}`", len(self.proof.actions)
        if self.proof.vacuous:
            return f"{name} promises nothing: no request can meet its condition"
        if self.proof.proved:
            return f"{name} is proved for `{count}` action{'' if count == 1 else 's'}"
        request, verdict = self.proof.counterexample, self.proof.verdict
        assert request is not None and verdict is not None, "what is not proved has a counterexample"
        facts = ", ".join(f"{fact} is {_shown(value)}" for fact, value in sorted(request.facts.items()))
        gets = f"`{request.action}` gets the verdict `{VERDICT_NAMES[verdict]}`"
        return f"{name} is broken: {gets} when {facts or 'nothing is known'}"


def run_examples(bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> tuple[ExampleResult, ...]:
    """Return the results of all examples that concern a tenant, sorted by id.

    Raises:
        EngineError: `tenant_id` is not the id of one tenant.
    """
    engine = Engine(bundle, tenant_id=tenant_id, catalogue=catalogue)
    known = frozenset(entry.id for document in bundle.documents for entry in document.entries)
    results = (
        _result(example, request_of(example, shared=tests.given), engine=engine, known=known)
        for tests in _tests_for(bundle.documents, tenant_id)
        for example in tests.examples
    )
    return tuple(sorted(results, key=lambda result: result.example.id))


def assertions_of(bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> tuple[Assertion, ...]:
    """Return all assertions that concern a tenant, sorted by id, their patterns expanded over `catalogue`."""
    written = (one for tests in _tests_for(bundle.documents, tenant_id) for one in tests.assertions)
    return tuple(_assertion(one, catalogue) for one in sorted(written, key=lambda one: one.id))


def prove_assertions(assertions: Iterable[Assertion], analysis: Analysis) -> tuple[AssertionResult, ...]:
    """Return the results of `assertions`, each proved on every request there can be or contradicted by one.

    Raises:
        TooLargeError: an action has too many cells and `analysis` has no solver.
    """
    return tuple(
        AssertionResult(
            assertion=one,
            proof=prove(analysis, actions=sorted(one.actions), where=one.where, never=one.never),
        )
        for one in assertions
    )


def request_of(example: ExampleDocument, *, shared: Given | None) -> AuthorizationRequest:
    """Return the request of an example: the shared facts, without those it takes away, with those it gives."""
    facts: dict[str, FactValue] = shared.known() if shared else {}
    for name in example.unknown or ():
        for attribute in ("time.day", "time.minute_of_week") if name == LOCAL_TIME else (name,):
            facts.pop(attribute, None)
    return AuthorizationRequest(example.given.action, facts | example.given.known())


def deciding_rules(decision: Decision) -> tuple[str, ...]:
    """Return the ids of the rules of the layers whose verdict is the decision's, sorted."""
    made = (result for result in decision.layers if result.verdict is decision.verdict)
    return tuple(sorted(ref.id for result in made for ref in result.rules))


def _tests_for(documents: Iterable[PolicyDocument], tenant_id: str) -> Iterator[PolicyTests]:
    for document in documents:
        if document.tests and document.is_for(tenant_id):
            yield document.tests


def _assertion(written: AssertionDocument, catalogue: frozenset[str]) -> Assertion:
    # `where` and `where_any` say what `when` and `when_any` of a rule say, so they are compiled as one.
    rule = RuleDocument.model_construct(
        id=written.id, effect="deny", actions=written.actions, when=written.where, when_any=written.where_any
    )
    return Assertion(
        document=written,
        actions=actions_matching(written.actions, catalogue),
        where=conjunctions_of(rule),
        never=frozenset(VERDICTS[name] for name in written.never),
    )


def _result(
    example: ExampleDocument, request: AuthorizationRequest, *, engine: Engine, known: frozenset[str]
) -> ExampleResult:
    decision = engine.decide(request)
    strangers = [
        f"expected the rule `{name}`, which is not in the bundle{nearest(name, sorted(known))}"
        for name in example.expect.rules or ()
        if name not in known
    ]
    return ExampleResult(example, request, decision, (*strangers, *_differences(example.expect, decision)))


def _differences(expect: ExpectedDecision, decision: Decision) -> Iterator[str]:
    if VERDICTS[expect.verdict] is not decision.verdict:
        # Rules and approvers of another verdict would only say it again.
        yield f"expected the verdict `{expect.verdict}`, got {sentence(decision)}"
        return
    deciding = deciding_rules(decision)
    if not set(expect.rules or ()) <= set(deciding):
        yield f"expected the rules {_listed(expect.rules)} to decide, got {_listed(deciding)}"
    if expect.approvers is not None and not _asked(expect.approvers, decision.requirements):
        wanted = _listed(map(_approver, expect.approvers))
        yield f"expected {wanted} to be asked, got {_listed(map(_requirement, sorted(decision.requirements)))}"
    silent = [result.layer for result in decision.layers if not result.rules]
    if expect.unmatched is not None and set(expect.unmatched) != set(silent):
        yield f"expected that nothing matches in the layers {_listed(expect.unmatched)}, got {_listed(silent)}"


def _asked(expected: Iterable[ApproverDocument], requirements: frozenset[Requirement]) -> bool:
    asked = {one.resolver: one for one in requirements}
    wanted = {one.resolver: one for one in expected}
    return asked.keys() == wanted.keys() and all(_agrees(wanted[name], asked[name]) for name in wanted)


def _agrees(expected: ApproverDocument, asked: Requirement) -> bool:
    return expected.count in (None, asked.count) and expected.standing in (None, asked.standing)


def _approver(expected: ApproverDocument) -> str:
    count = "" if expected.count is None else f"{expected.count} x "
    return f"{count}{expected.resolver}{'' if expected.standing is None else f' (standing {expected.standing})'}"


def _requirement(asked: Requirement) -> str:
    return f"{asked.count} x {asked.resolver} (standing {asked.standing})"


def _listed(names: Iterable[str] | None) -> str:
    return ", ".join(f"`{name}`" for name in names or ()) or "none"


def _shown(value: FactValue) -> str:
    return shown(sorted(value) if isinstance(value, frozenset) else value)
