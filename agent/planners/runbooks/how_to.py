"""Runbook: somebody asks how something is done.

1. Answer with the page that fits, in the language of the question. It is the same for everybody and tells nothing of
   the tenant or of anybody in it, so guests get it too, and so does a mail.
2. Where no page fits, a product that is named has its own help. Else a person answers; a made-up answer is none.
"""

from agent.planners.asks import Ask
from agent.planners.how_to_pages import page_for
from agent.planners.runbooks.runbook import Inquiry, Person, background, general_answer, hand_over


def how_to(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    if text := page_for(ask.words, ask.language):
        # (1)
        return general_answer("the requester asks how something is done, and there is a page about it", text)
    # (2)
    yield background(requester)
    return hand_over("the requester asks how something is done, of which there is no page")
