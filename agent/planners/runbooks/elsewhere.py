"""Runbooks: what no setting mends, and what is no business of IT's.

1. What is broken, or a network or a service that is down, goes to people: what somebody carries to the endpoint team,
   all else to the service desk.
2. Pay, leave and complaints go to HR, buildings to facilities, purchases to procurement. Where the words name none of
   them the service desk knows whom to tell.
"""

from agent.planners.asks import Ask
from agent.planners.elsewhere_phrases import OWN_EQUIPMENT, TEAMS
from agent.planners.runbooks.runbook import DEFAULT_QUEUE, Inquiry, Person, background, hand_over
from agent.planners.wording import folded


def hardware(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    yield background(requester)
    queue = "endpoint" if OWN_EQUIPMENT.search(folded(ask.words)) else DEFAULT_QUEUE
    return hand_over("something is broken or down, which a person has to look at", queue=queue)


def not_it(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (2)
    yield background(requester)
    words = folded(ask.words)
    queue = next((team for team, pattern in TEAMS if pattern.search(words)), DEFAULT_QUEUE)
    return hand_over("this is not a matter of IT, and another team takes care of it", queue=queue)
