"""A rule as its author wrote it, read on the facts of one request: every condition with its value and its truth.

The compiled form decides; this form explains. `unless` stays `unless` here, and hours stay hours, so that
what is told is what stands in the document. Both forms always come to the same truth.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policy.bundle import Bundle
from policy.compile import compile_document, conjunctions_of
from policy.decision import Layer
from policy.document import LimitDocument, PolicyDocument, RuleDocument, actions_matching
from policy.grammar import DATES
from policy.predicate import Block, Predicate
from policy.registry import check_fact
from policy.request import UNKNOWN, AuthorizationRequest, FactValue, Unknown
from policy.rule import Conjunction, Rule, Truth

# The days of a rule's `valid` are no attribute that the author named, but a condition like the others.
VALID: Final = "valid"


@dataclass(frozen=True, slots=True)
class Reading:
    """One condition as written (`asked`; a limit asks for its own cap), and what was known about it.

    `name` is the author's, such as `time.local_hours`, or VALID; `fact` is the attribute of the registry behind it.
    `value` is checked: UNKNOWN for what was missing and, if `was_given`, for what is no value of the attribute.
    `compiled` holds the one or two atoms that it stands for.
    """

    name: str
    asked: Predicate | LimitDocument
    fact: str
    value: FactValue
    was_given: bool
    compiled: Conjunction
    truth: Truth


@dataclass(frozen=True, slots=True)
class BlockReading:
    """One block of `when_any` or `unless`: all of its conditions must hold."""

    conditions: tuple[Reading, ...]

    @property
    def truth(self) -> Truth:
        """Kleene's AND."""
        return min(one.truth for one in self.conditions)


@dataclass(frozen=True, slots=True)
class RuleReading:
    """One rule or limit with its compiled form. `when` holds the conditions of `when` and `valid`, or the cap."""

    rule: Rule
    entry: RuleDocument | LimitDocument
    when: tuple[Reading, ...]
    when_any: tuple[BlockReading, ...]
    unless: tuple[BlockReading, ...]

    @property
    def layer(self) -> Layer:
        """The layer that the rule stands in."""
        return self.rule.layer

    @property
    def note(self) -> str:
        """The author's note, or nothing."""
        return self.entry.note if isinstance(self.entry, RuleDocument) else ""

    @property
    def matched_blocks(self) -> tuple[BlockReading, ...]:
        """The blocks of `when_any` that hold or, if none does, those that cannot be ruled out."""
        best = max((Truth.UNKNOWN, *(block.truth for block in self.when_any)))
        return tuple(block for block in self.when_any if block.truth is best)

    @property
    def truth(self) -> Truth:
        """Whether the rule matches, in Kleene's logic: `when`, one block of `when_any`, none of `unless`."""
        parts = [one.truth for one in self.when]
        if self.when_any:
            parts.append(max(block.truth for block in self.when_any))
        parts += [Truth(Truth.TRUE - block.truth) for block in self.unless]
        return min(parts, default=Truth.TRUE)


def read_rules(bundle: Bundle, request: AuthorizationRequest, *, tenant_id: str) -> tuple[RuleReading, ...]:
    """Return every rule of the tenant that names the request's action, sorted by layer and then by id.

    An action is read as if it were in the catalogue: whether it is, is for the caller to say.
    """
    readings = [
        one for document in bundle.documents if document.is_for(tenant_id) for one in _read_document(document, request)
    ]
    order = list(Layer)
    return tuple(sorted(readings, key=lambda one: (order.index(one.layer), one.rule.ref)))


def _read_document(document: PolicyDocument, request: AuthorizationRequest) -> Iterator[RuleReading]:
    only = frozenset({request.action})
    # Compiling what does not name the action would cost much and change nothing.
    naming = document.model_copy(
        update={
            "rules": tuple(rule for rule in document.rules if actions_matching(rule.actions, only)),
            "limits": tuple(limit for limit in document.limits if actions_matching(limit.actions, only)),
        }
    )
    compiled = {rule.ref.id: rule for rule in compile_document(naming, catalogue=only)}
    for entry in naming.entries:
        rule = compiled[entry.id]
        when, when_any, unless = _parts(entry, rule, facts=request.facts)
        yield RuleReading(rule=rule, entry=entry, when=when, when_any=when_any, unless=unless)


def _parts(
    entry: RuleDocument | LimitDocument, rule: Rule, *, facts: Mapping[str, FactValue]
) -> tuple[tuple[Reading, ...], tuple[BlockReading, ...], tuple[BlockReading, ...]]:
    if isinstance(entry, LimitDocument):
        (cap,) = rule.conjunctions
        return (_reading(cap[0].attribute, entry, compiled=cap, facts=facts),), (), ()
    when = _block(entry.when, facts) if entry.when else ()
    if entry.valid:
        when += (_reading(VALID, entry.valid, compiled=_compiled(DATES, entry.valid), facts=facts),)
    when_any, unless = (
        tuple(BlockReading(_block(block, facts)) for block in blocks or ()) for blocks in (entry.when_any, entry.unless)
    )
    return when, when_any, unless


def _block(block: Block, facts: Mapping[str, FactValue]) -> tuple[Reading, ...]:
    return tuple(
        _reading(name, asked, compiled=_compiled(name, asked), facts=facts) for name, asked in block.predicates
    )


def _compiled(name: str, asked: Predicate) -> Conjunction:
    """Return one condition as the compiler writes it, by compiling a rule that holds nothing else."""
    alone = RuleDocument.model_construct(id="alone", effect="permit", actions=(), when=Block(((name, asked),)))
    (conjunction,) = conjunctions_of(alone)
    return conjunction


def _reading(
    name: str, asked: Predicate | LimitDocument, *, compiled: Conjunction, facts: Mapping[str, FactValue]
) -> Reading:
    fact = compiled[0].attribute
    value = check_fact(fact, facts.get(fact))
    return Reading(
        name=name,
        asked=asked,
        fact=fact,
        value=value,
        was_given=not isinstance(facts.get(fact, UNKNOWN), Unknown),
        compiled=compiled,
        truth=min(one.truth({fact: value}) for one in compiled),
    )
