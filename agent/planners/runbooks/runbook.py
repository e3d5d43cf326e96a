"""What a runbook is: a generator that asks for look-ups, is given their answers, and ends in a Proposal.

A runbook reads like the page a technician would follow. It never decides what somebody may have: it finds
out, and plans; policy decides. When it cannot find out, it hands over and says why.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.model.clarification import MAX_SAID_CHARS, About, Doubt, Missing
from agent.model.observation import Observation
from agent.model.plan import Plan, Step, summary_of
from agent.planners.asks import Ask
from agent.ports import Proposal

Question = tuple[str, str]

# Yields questions (look-up name, subject), is sent their observations in the same order, returns the proposal.
Inquiry = Generator[tuple[Question, ...], tuple[Observation, ...], Proposal]

DEFAULT_QUEUE = "service-desk-l2"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the directory knows. `name` is for people; `facts` are those of `user.get`."""

    id: str
    name: str
    enabled: bool
    facts: dict[str, object]


Runbook = Callable[[Ask, Person], Inquiry]


def person_of(seen: Observation) -> Person:
    """Return the person of a known `user.get` observation."""
    return Person(
        id=str(seen.facts["id"]),
        name=name_of(seen.facts),
        enabled=seen.facts.get("accountEnabled") is True,
        facts=dict(seen.facts),
    )


def background(person: Person) -> tuple[Question, ...]:
    """Return what is looked up about a requester before anything is planned for them."""
    return (("user.risk", person.id), ("user.directory_roles", person.id), ("user.groups", person.id))


def hand_over(why: str, *, queue: str = DEFAULT_QUEUE, missing: Missing | None = None) -> Proposal:
    """Propose that a team takes over, for a reason in one sentence, unless the requester can say what is `missing`."""
    return Proposal(why=why, handover_to=queue, missing=missing)


def lacking(about: About, doubt: Doubt, *, said: str = "") -> Missing:
    """Return what is missing; of what the requester wrote in its place as much as is ever repeated."""
    return Missing(about=about, doubt=doubt, said=said[:MAX_SAID_CHARS])


def refuse(why: str, *, tell: str = "") -> Proposal:
    """Propose to say no, for a reason in one sentence; `tell` names the team that must hear of it."""
    return Proposal(why=why, refuse=True, handover_to=tell)


def answer(why: str, text: str) -> Proposal:
    """Propose a final answer to the requester that changes nothing."""
    return Proposal(why=why, answer=text)


def general_answer(why: str, text: str) -> Proposal:
    """Propose a final answer that is the same for everybody who asks, and so tells nothing of anybody."""
    return replace(answer(why, text), is_general=True)


def plan(reason: str, *, action: str, params: dict[str, object]) -> Proposal:
    """Propose one step of the catalogue, for a reason in one sentence."""
    return plan_of(reason, (parse_step(action, params),))


def plan_of(reason: str, steps: tuple[Step, ...]) -> Proposal:
    """Propose steps of the catalogue in this order, for a reason in one sentence."""
    return Proposal(why=reason, plan=Plan(summary=summary_of(steps), reason=reason, steps=steps))


def then_hand_over(planned: Proposal, queue: str, *, why: str) -> Proposal:
    """Propose the same plan, and that a team goes on once all of it is verified, for a reason in one sentence."""
    return replace(planned, then_hand_over=queue, then_why=why)
