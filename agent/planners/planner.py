"""The runbook planner: deterministic, needs no model, and hands over whatever it does not understand."""

from collections.abc import Mapping
from dataclasses import replace

from agent.lookups.names import name_of
from agent.model.clarification import Reply
from agent.model.observation import Observation
from agent.model.service_request import ServiceRequest
from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.replies import understand_with
from agent.planners.runbooks import RUNBOOKS
from agent.planners.runbooks.prohibited import prohibited_named
from agent.planners.runbooks.runbook import Inquiry, Person, hand_over, person_of, refuse
from agent.planners.understanding import wishes
from agent.ports import Proposal


class RunbookPlanner:
    """Implements `agent.ports.Planner` with the runbooks of this package.

    Who asks is known from the request's channel alone: no name, id, role or approval in the text is believed.
    `prohibited_software` are the products that the tenant's settings give to nobody.
    """

    def __init__(self, prohibited_software: tuple[str, ...] = ()) -> None:
        self._prohibited = prohibited_software

    def propose(
        self,
        request: ServiceRequest,
        seen: Mapping[str, Observation],
        *,
        requester_id: str,
        replies: tuple[Reply, ...] = (),
    ) -> Proposal:
        """Return the next proposal: missing look-ups first, then what the one fitting runbook ends in.

        Pure: the runbook is replayed from its start over `seen` each time.
        """
        inquiry = _inquire(request, requester_id, replies=replies, prohibited=self._prohibited)
        try:
            questions = next(inquiry)
            while True:
                missing = tuple(dict.fromkeys(pair for pair in questions if _key(pair) not in seen))
                if missing:
                    names = ", ".join(dict.fromkeys(name for name, _ in missing))
                    return Proposal(why=f"to go on, this must be looked up: {names}", lookups=missing)
                questions = inquiry.send(tuple(seen[_key(pair)] for pair in questions))
        except StopIteration as done:
            proposal: Proposal = done.value
            return proposal

    def count_wishes(self, request: ServiceRequest, seen: Mapping[str, Observation]) -> int:
        """Return how many wishes a request has, from 1 to 5, once its requester was looked up. Pure."""
        who = seen.get(_key(("user.get", request.requester)))
        names = _own_names(person_of(who)) if who is not None and who.state == "known" else ()
        return len(wishes(request.subject, request.text, own_names=names))


def _inquire(
    request: ServiceRequest, requester_id: str, *, replies: tuple[Reply, ...], prohibited: tuple[str, ...]
) -> Inquiry:
    (who,) = yield (("user.get", request.requester),)
    if who.state == "absent":
        return hand_over("the requester is not in the directory", queue="identity")
    if who.state == "unknown":
        return hand_over(f"the requester could not be looked up ({who.problem})", queue="identity")
    requester = person_of(who)
    # INVARIANT: everything is planned for the one person that the channel authenticated.
    if requester_id and requester.id != requester_id:
        return hand_over("the requester's address now belongs to somebody else", queue="identity")
    ask = understand_with(request, replies, own_names=_own_names(requester), part=request.part)
    if isinstance(ask, Unclear) and ask.is_refusal:
        return refuse(ask.why, tell=ask.queue)
    if requester.facts.get("userType") == "Guest" and not (isinstance(ask, Ask) and ask.intent is Intent.HOW_TO):
        return refuse("for guests of the organisation only questions about how something is done are answered")
    if no := prohibited_named(ask, prohibited, text=f"{request.subject} {request.text}"):
        return no
    if isinstance(ask, Unclear):
        return hand_over(ask.why, queue=ask.queue, missing=ask.missing)
    runbook = RUNBOOKS.get(ask.intent)
    if runbook is None:
        return hand_over(f"there is no runbook for this kind of request ({ask.intent})")
    return replace((yield from runbook(ask, requester)), intent=ask.intent.value)


def _own_names(requester: Person) -> tuple[str, ...]:
    fields = ("givenName", "surname", "userPrincipalName", "mail")
    names = (name_of(requester.facts), *(requester.facts.get(field) for field in fields))
    return tuple(name for name in names if isinstance(name, str) and name)


def _key(question: tuple[str, str]) -> str:
    return ":".join(question)
