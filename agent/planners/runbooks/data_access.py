"""Runbook: somebody wants to read what is somebody else's, or to keep it for the law.

Mail, chats and files of another person, searches through them, and what must be kept for a court: whether there is a
reason for it is known to the legal team alone. Nothing is looked up, so nothing is told.
"""

from agent.planners.asks import Ask
from agent.planners.runbooks.runbook import Inquiry, Person, hand_over


def data_access(ask: Ask, requester: Person) -> Inquiry:
    """As above."""
    yield ()
    return hand_over("somebody else's content, or its retention, is asked about", queue="legal")
