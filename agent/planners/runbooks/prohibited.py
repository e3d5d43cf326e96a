"""Software that nobody gets: refused by its name, which the tenant's settings give, before anything is looked up.

1. A wish for software, or one that nobody understands, that names such a product is refused.
2. To have it taken off is no such wish, and neither is any other: a warning about it is not to be refused.
"""

from typing import Final

from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.entities.changes import is_way_out
from agent.planners.entities.fitting import Tier, fit_of
from agent.planners.entities.words import Word, words_of
from agent.planners.runbooks.runbook import refuse
from agent.planners.wording import plain
from agent.ports import Proposal

# Further into a text no name is looked for.
_MAX_READ_CHARS: Final = 1_000
_FOR_SOFTWARE: Final = frozenset({Intent.SOFTWARE, Intent.LICENCE})


def prohibited_named(ask: Ask | Unclear, names: tuple[str, ...], *, text: str) -> Proposal | None:
    """Return the refusal, or None where nothing of the sort is wished for; `text` is what the requester wrote."""
    if isinstance(ask, Ask):
        text, is_wish = f"{ask.thing} {ask.words or text}", ask.intent in _FOR_SOFTWARE
    else:
        is_wish = ask.missing is not None
    words = words_of(plain(text[:_MAX_READ_CHARS]))
    if not is_wish or is_way_out(text) or not any(_is_named(name, words) for name in names):
        return None
    return refuse("the organisation does not allow this software on its devices")


def _is_named(name: str, words: tuple[Word, ...]) -> bool:
    fit = fit_of(words, (name,))
    return fit is not None and fit.tier > Tier.PART
