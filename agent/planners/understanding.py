"""Understanding a request: from prose to its wishes, or to the reason why somebody must be asked.

Deterministic, and modest on purpose. In this order:
1. Only the requester's own words count: what is quoted, forwarded or invisible is nobody's order.
2. What speaks to a machine, is encoded or forged holds no wish (`reading/guards.py`).
3. A text of several wishes is cut into them, but only where each stands clearly by itself.
4. Of each: less protection, an attack and "do not" are seen first; then exact phrases; then the ranking of intents, if
   it is sure. What is left unclear is asked back about.

Everything in the text is data: it names what is wanted, and proves nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from agent.model.clarification import Missing
from agent.planners.asks import Ask, Unclear
from agent.planners.combining import Written, wishes_in
from agent.planners.group_phrases import SOMEBODY_ELSE, group_mentions
from agent.planners.meaning import MAX_CHARS, SAY_IT, exact_meaning_of, meaning_of
from agent.planners.reading.guards import guarded
from agent.planners.reading.own_words import own_words
from agent.planners.wording import folded

__all__ = ["MAX_CHARS", "MAX_WISHES", "SOMEBODY_ELSE", "understand", "understand_exactly", "wishes"]

#: Whoever wants more at once wants a project.
MAX_WISHES = 5


def wishes(subject: str, text: str, *, own_names: Iterable[str]) -> tuple[Ask | Unclear, ...]:
    """Return what the requester asks for, one entry a wish, in the order in which they were written; never none.

    `own_names` are the requester's names and addresses from the directory, so that "reset Mona" written by Mona is not
    taken for somebody else.
    """
    names = tuple(own_names)
    written = _readable(subject, text)
    if isinstance(written, Unclear):
        return (written,)
    found = wishes_in(written, names)
    if len(found) > MAX_WISHES:
        one_of = Missing(about="wish", doubt="several")
        return (Unclear(f"the request asks for more than {MAX_WISHES} things", missing=one_of),)
    return tuple(replace(one, said=written.words) if isinstance(one, Ask) else one for one in found)


def understand(subject: str, text: str, *, own_names: Iterable[str]) -> Ask | Unclear:
    """Return the one thing that all of the text asks for, or why nobody can tell; `own_names` as for `wishes`."""
    written = _readable(subject, text)
    return written if isinstance(written, Unclear) else meaning_of(written.words, tuple(own_names))


def understand_exactly(text: str, *, own_names: Iterable[str]) -> Ask | Unclear:
    """Return what exact phrases find in a reply, or why it may not be followed; no likelihood counts.

    A reply is short, and whatever it is likely to mean, it was given to a question.
    """
    written = _readable("", text)
    return written if isinstance(written, Unclear) else exact_meaning_of(written.words, tuple(own_names))


def _readable(subject: str, text: str) -> Written | Unclear:
    """Return the words that may hold wishes, or why there are none."""
    # Before anything else: folding a long text of combining marks would cost seconds.
    if len(subject) + len(text) > MAX_CHARS:
        return Unclear("the request is too long to be one clear wish")
    # (1)
    own = own_words(subject, text)
    if own.was_quoting and not own.body:
        return Unclear("the request only quotes or forwards what somebody else wrote", missing=SAY_IT)
    # Folding can make a text longer.
    if len(folded(own.text)) > MAX_CHARS:
        return Unclear("the request is too long to be one clear wish")
    if not own.text:
        return Unclear("the request has no text", missing=SAY_IT)
    # (2)
    body, title = guarded(own.body), guarded(own.subject)
    both = guarded(own.text)
    if both.encoded:
        return Unclear("the request asks to carry out something encoded", queue="security", is_refusal=True)
    if both.query:
        return Unclear("the request holds the operators of a query", queue="security", is_refusal=True)
    if both.forged:
        return Unclear("the request holds pieces of a path or a query where a name should be", missing=SAY_IT)
    # Into which group is a question of its own, and no name in two alphabets ever fits one.
    if both.foreign and not group_mentions(both.text):
        return Unclear("the request is written in letters of another alphabet", missing=SAY_IT)
    if (body.spoken_to and not body.text.strip()) or (title.spoken_to and not body.text.strip()):
        return Unclear("the request gives orders to a machine instead of asking", queue="security", is_refusal=True)
    if not f"{title.text}{body.text}".strip():
        return Unclear("the request has no text", missing=SAY_IT)
    return Written(title=title.text.strip(), body=body.text.strip())
