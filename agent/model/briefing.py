"""What people are told with a question, beside the plan itself: as it was when they were asked. It decides nothing."""

from agent.model.frozen import Frozen
from agent.model.precedent import Precedent, Terms

#: Of a plan of so many steps each is told by itself; of a longer one it is counted.
MAX_TOLD_STEPS = 6


class Present(Frozen):
    """What the tenant showed of a plan's steps before any was written. Steps are numbered from 1.

    `words` say the present state of each step of a short plan; they are foreign text. Steps in `already` are in the
    wanted state, and those in `unread` could not be read. Of all others something else was seen, or they do something
    that is no state, as a restart.
    """

    words: tuple[str, ...] = ()
    already: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()


class Briefing(Frozen):
    """What is told besides the plan. `because` says of each rule that asks what made it ask, by the rule's id.

    `names` are the display names of the people who were asked, by object id, `mails` the mail addresses of those who
    have a plain one: where they are told of the question. `present` is None until it was read.
    Names and sentences may hold foreign text. `terms` are those of the plan by each resolver for whom a standing grant
    may stand in, and `precedents` say who of the people approved the same before, by object id.
    """

    because: dict[str, str] = {}
    names: dict[str, str] = {}
    mails: dict[str, str] = {}
    present: Present | None = None
    terms: tuple[Terms, ...] = ()
    precedents: dict[str, Precedent] = {}
