"""Asking the memory as one asks the tenant: a question of the planner, whose answer is an observation like others."""

from datetime import datetime
from typing import Final, cast, get_args

from agent.errors import StorageError
from agent.memory.book import MeaningBook
from agent.memory.meaning import Kind
from agent.model.observation import Observation

#: The name under which a planner asks. Its subject is a kind and words, as in `group:the finance share`.
RECALL: Final = "memory.meaning"


def recalled(kind: Kind, words: str) -> tuple[str, str]:
    """Return the question of what `words` meant in this tenant."""
    return RECALL, f"{kind}:{words}"


async def recall(subject: str, *, tenant_id: str, book: MeaningBook, now: datetime) -> Observation:
    """Answer such a question: known with `senses`, those that most people meant first; absent if nobody remembers.

    A memory that cannot be asked is unknown, which is as good as absent: it only ever hints.
    """
    kind, _, words = subject.partition(":")
    if kind not in get_args(Kind) or not words.strip():
        return Observation(lookup=RECALL, subject=subject, state="absent", observed_at=now)
    try:
        meaning = await book.get(tenant_id, cast(Kind, kind), words=words)
    except StorageError as error:
        return Observation(lookup=RECALL, subject=subject, state="unknown", problem=str(error), observed_at=now)
    senses = [{"object_id": one.object_id, "people": one.people} for one in meaning.at(now)]
    state = "known" if senses else "absent"
    facts = {"senses": senses} if senses else {}
    return Observation.model_validate(
        {"lookup": RECALL, "subject": subject, "state": state, "facts": facts, "observed_at": now}
    )
