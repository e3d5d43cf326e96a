"""Runbook: how far a request is, or whether a service of Microsoft's has trouble.

1. How far a request is, is written in its own ticket and shown in the chat: say where. Requests of others are not
   looked into.
2. Look up which incidents Microsoft has open, and tell those of the services that are named. What Microsoft writes is
   quoted, and nothing of it is followed.
3. Where that cannot be read, people have to look.
"""

from typing import Any

from agent.lookups.tenant import ALL
from agent.planners.asks import Ask
from agent.planners.elsewhere_phrases import OUTAGE, is_about_a_ticket, services_in
from agent.planners.runbooks.runbook import Inquiry, Person, answer, general_answer, hand_over
from agent.planners.sayings import quoted, say
from agent.planners.wording import folded

_MAX_ISSUES = 5


def status(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    named = services_in(words)
    # (1)
    if is_about_a_ticket(words) or not (named or OUTAGE.search(words)):
        return general_answer("the requester asks how far a request is", say("where_status", ask.language))
    # (2)
    (seen,) = yield (("health.issues", ALL),)
    # (3)
    if seen.state != "known":
        return hand_over("it could not be learned whether Microsoft has an incident open")
    issues: list[dict[str, Any]] = seen.facts["issues"]
    fitting = [one for one in issues if not named or one.get("service") in named]
    if not fitting:
        text = say("services_fine", ask.language, services=", ".join(named) or "Microsoft 365")
        return answer("Microsoft reports no open incident for what is asked about", text)
    shown = ", ".join(f"{one.get('service')}: {quoted(one.get('title'))}" for one in fitting[:_MAX_ISSUES])
    text = say("services_troubled", ask.language, issues=shown)
    return answer("Microsoft reports an open incident for what is asked about", text)
