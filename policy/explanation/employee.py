"""An explanation for the person who asked: one or two sentences without rules, attributes or other people's data.

What is told depends on whom a fact is about:

1. About the request (the time, the channel, the licence) or about the reader: the reason in everyday words.
2. About anybody or anything else: that policy protects it, whatever the fact, the rule or the value. So nobody
   learns from a refusal who is an administrator, at risk or on a list.
3. A rule with a single condition of the second kind says nothing else, and no advice comes from it: whether it says
   something more would tell how that condition turned out.
"""

from collections.abc import Sequence
from typing import Final

from policy.decision import Layer, Requirement, Verdict
from policy.explanation.blame import Bite, Uncatalogued
from policy.explanation.nearest import nearest_grants
from policy.explanation.reading import Reading, RuleReading
from policy.explanation.topics import Concern, Topic, topic_of
from policy.explanation.why import Explanation
from policy.explanation.wording import listed
from policy.field import lowered
from policy.registry import check_fact
from policy.rule import Truth

_PEOPLE: Final = {
    "group_owner": "an owner of the group",
    "manager": "the manager",
    "tenant_admin": "an administrator",
    "security": "the security team",
    "oncall": "the technician on call",
}
_OTHERS: Final[dict[Concern, str]] = {
    "requester": "the person who asked",
    "target": "the account or group that would be changed",
    "beneficiary": "the person whom this is for",
    "other_person": "the other person whom this is about",
}
# A mail proves nobody (as in `agent.gate`, rule 5).
_PROVEN: Final = ("sso", "portal")
_ASK: Final = "A technician can tell you more."


def for_employee(explanation: Explanation, *, reader_id: str = "") -> str:
    """Return why, in one or two sentences for one person.

    `reader_id` is that person's object id, and the caller answers for it. Without one the reader is the person
    who asked, who hears nothing personal unless the channel proved who asks: anybody can write a mail.
    """
    decision = explanation.decision
    if decision.verdict is Verdict.ALLOW:
        return "Policy allows this."
    if decision.verdict is Verdict.APPROVAL:
        people = listed(_people(one) for one in sorted(decision.requirements))
        return f"Policy allows this with the approval of {people}."
    if any(isinstance(one, Uncatalogued) for one in explanation.reasons):
        return "This is nothing that the automatic service can do, so a technician will look at it."
    yours = _concerns_of(explanation, reader_id)
    if explanation.is_explicit:
        return f"{_refused(explanation, yours)} {_ASK}"
    advice = _advice(explanation, yours)
    return f"No rule of policy permits this as it was asked, so a technician will look at it.{advice}"


def _people(requirement: Requirement) -> str:
    one = _PEOPLE.get(requirement.resolver, "a member of the approvers' group")
    return one if requirement.count == 1 else f"{one} ({requirement.count} people)"


def _concerns_of(explanation: Explanation, reader_id: str) -> frozenset[Concern]:
    """Return whose facts the reader may hear: the request's always, a person's when the reader is that person."""
    facts = explanation.request.facts
    reader: object = lowered(reader_id.strip())
    if not reader and check_fact("requester.assurance", facts.get("requester.assurance")) in _PROVEN:
        reader = check_fact("requester.id", facts.get("requester.id"))
    people: tuple[Concern, ...] = ("requester", "target", "beneficiary", "other_person")
    own = {one for one in people if isinstance(reader, str) and _id_of(one, explanation) == reader}
    return frozenset({"request", *own})


def _id_of(person: Concern, explanation: Explanation) -> object:
    return check_fact(f"{person}.id", explanation.request.facts.get(f"{person}.id"))


def _refused(explanation: Explanation, yours: frozenset[Concern]) -> str:
    """Word the first rule that denies, in layer order, by the condition that says most."""
    bitten = {one.rule for one in explanation.reasons if isinstance(one, Bite)}
    rules = (one for story in explanation.layers for one in story.deciding if one.rule.ref in bitten)
    rule = next(rules)
    others = [one for one in _conditions(rule) if topic_of(one.fact).concern not in yours]
    telling = _most_telling(others or _telling(rule))
    if telling is None:
        return "Policy does not allow this."
    topic = topic_of(telling.fact)
    if others:
        return _about_others(telling.truth if rule.truth is Truth.UNKNOWN else rule.truth, topic)
    if telling.truth is Truth.UNKNOWN:
        return f"Policy does not allow this, because something could not be checked: {topic.words}."
    return f"Policy does not allow this, because {_clause(telling, topic)}."


def _about_others(truth: Truth, topic: Topic) -> str:
    whom = _OTHERS[topic.concern]
    if truth is Truth.UNKNOWN:
        return f"Policy does not allow this, because something about {whom} could not be checked."
    return f"Policy does not allow this for {whom}."


def _clause(reading: Reading, topic: Topic) -> str:
    # Only flags have clauses, so for every other value there is nothing but the topic to name.
    said = topic.when_true if reading.value is True else topic.when_false
    return said or f"it depends on {topic.words}"


def _conditions(reading: RuleReading) -> list[Reading]:
    blocks = (one for block in (*reading.when_any, *reading.unless) for one in block.conditions)
    return [*reading.when, *blocks]


def _telling(reading: RuleReading) -> list[Reading]:
    """Return the conditions for which a rule matches, or cannot be ruled out."""
    blocks = (one for block in reading.matched_blocks for one in block.conditions)
    failing = (one for block in reading.unless for one in block.conditions if one.truth is block.truth)
    return [*blocks, *reading.when, *failing]


def _most_telling(conditions: Sequence[Reading]) -> Reading | None:
    """Return one condition: in doubt before known, and what only narrows the rule last."""
    doubtful = [one for one in conditions if one.truth is Truth.UNKNOWN]
    return min(doubtful or conditions, key=lambda one: topic_of(one.fact).narrows, default=None)


def _advice(explanation: Explanation, yours: frozenset[Concern]) -> str:
    """Return what the reader could do, if the nearest grant of every silent layer fails at such things only.

    INVARIANT: permits and approvals with a condition about anybody else count neither as granting nor as near, so
    that the answer is the same whatever the facts about others are.
    """
    grants = [
        one
        for one in explanation.readings
        if one.rule.effect is not Verdict.DENY
        and all(topic_of(each.fact).concern in yours for each in _conditions(one))
    ]
    by_layer = ([one for one in grants if one.layer is layer] for layer in Layer)
    silent = (here for here in by_layer if not any(one.truth is Truth.TRUE for one in here))
    nearest = [nearest_grants(here)[:1] for here in silent]
    topics = [topic_of(change.fact) for some in nearest for one in some for change in one.changes]
    helps = all(nearest) and all(topic.advice for topic in topics)
    return "".join(dict.fromkeys(f" {topic.advice}" for topic in topics)) if helps else ""
