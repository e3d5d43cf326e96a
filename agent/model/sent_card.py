"""A card of a question that stands in somebody's chat, and what it shows there."""

from typing import Literal

from agent.model.frozen import Frozen

#: What a card shows: the open question, to its own answerer that others are awaited, or how it ended.
CardState = Literal["open", "answered", "approved", "refused", "expired", "changed"]


class SentCard(Frozen):
    """One posted card: of which question, to whom, where it is, what it shows, and how many answers it shows.

    `conversation_id` and `activity_id` are the channel's own ids, at most 512 characters each.
    """

    request_id: str
    person_id: str
    conversation_id: str
    activity_id: str
    shows: CardState = "open"
    answers: int = 0

    @property
    def is_final(self) -> bool:
        """Whether nothing that can still happen changes what it should show."""
        return self.shows not in ("open", "answered")
