"""Several wishes in one text: each where it stands clearly by itself, and otherwise one wish of all words.

1. The text is cut into clauses. A clause is a wish when exact phrases or a high likelihood say what it asks for.
2. Wishes that one errand brings along are that errand: whoever joins also needs licences and groups, and whoever was
   attacked a new password.
3. What stands between is background: it goes with the wish before it, or with the first.
"""

from dataclasses import dataclass, replace
from typing import Final

from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.exact import exact_asks
from agent.planners.meaning import meaning_of
from agent.planners.reading.margin import is_certain
from agent.planners.reading.ranking import ranking_model
from agent.planners.reading.splitting import clauses_of, halves_of, is_asking, is_form

_EVERYTHING: Final = frozenset(Intent)
_OF_PEOPLE: Final = _EVERYTHING - {Intent.HARDWARE, Intent.NOT_IT, Intent.STATUS, Intent.HOW_TO}
# What an errand brings along, (2).
_BRINGS: Final = {
    Intent.JOINER: _OF_PEOPLE,
    Intent.MOVER: _OF_PEOPLE,
    Intent.LEAVER: _OF_PEOPLE,
    Intent.SECURITY_INCIDENT: frozenset(
        {Intent.PASSWORD_RESET, Intent.SESSIONS, Intent.UNLOCK, Intent.MAIL_TRACE, Intent.HARDWARE, Intent.DEVICE_WIPE}
    ),
    Intent.DEVICE_LOST: frozenset(
        {Intent.SESSIONS, Intent.DEVICE_WIPE, Intent.DEVICE_INFO, Intent.SECURITY_INCIDENT, Intent.HARDWARE}
    ),
    Intent.PASSWORD_RESET: frozenset({Intent.UNLOCK}),
    Intent.UNLOCK: frozenset({Intent.PASSWORD_RESET}),
    Intent.ACCESS_PASS: frozenset({Intent.UNLOCK, Intent.HARDWARE, Intent.DEVICE_INFO, Intent.HOW_TO}),
    Intent.TEAM_CREATE: frozenset({Intent.TEAM_ACCESS, Intent.GROUP_ACCESS, Intent.GROUP_OWNER}),
    Intent.GROUP_CREATE: frozenset({Intent.TEAM_ACCESS, Intent.GROUP_ACCESS, Intent.GROUP_OWNER}),
    Intent.GUEST_INVITE: frozenset({Intent.TEAM_ACCESS, Intent.GROUP_ACCESS, Intent.SITE_ACCESS}),
    Intent.ADMIN_ROLE: frozenset({Intent.GROUP_CREATE, Intent.GROUP_OWNER, Intent.GROUP_ACCESS}),
    Intent.TRAVEL: frozenset(
        {Intent.HOW_TO, Intent.CONDITIONAL_ACCESS, Intent.STATUS, Intent.ACCOUNT_ENABLE, Intent.UNLOCK}
    ),
    Intent.RECOVERY_KEY: frozenset({Intent.HARDWARE, Intent.DEVICE_INFO}),
    Intent.SOFTWARE: frozenset({Intent.HOW_TO}),
    Intent.AUTO_REPLY: frozenset({Intent.STATUS}),
}
# These name different objects with the same intent often enough to be two wishes.
_REPEATED: Final = frozenset(
    {Intent.GROUP_ACCESS, Intent.TEAM_ACCESS, Intent.SITE_ACCESS, Intent.DISTRIBUTION_LIST, Intent.LICENCE}
)


@dataclass(frozen=True, slots=True)
class Written:
    """What may hold wishes: the title that the requester gave, and what was written below it."""

    title: str
    body: str

    @property
    def words(self) -> str:
        """Return all of it."""
        return "\n".join(part for part in (self.title, self.body) if part)


@dataclass(slots=True)
class _Errand:
    ask: Ask
    clauses: list[str]


def wishes_in(written: Written, names: tuple[str, ...]) -> tuple[Ask | Unclear, ...]:
    """Return the wishes of a text as the numbered list above; `names` are the requester's own.

    A title says what the text below it is about, so it is no wish besides.
    """
    body = written.body
    clauses = [] if is_form(body) else [part for one in clauses_of(body) for part in _parts(one, names)]
    errands = _errands(clauses, names) if len(clauses) > 1 else []
    if len(errands) < 2:
        whole = meaning_of(written.words, names)
        # A question with a story around it is still a question.
        is_clearer = errands and (isinstance(whole, Unclear) or errands[0].ask.intent is Intent.HOW_TO)
        return (replace(errands[0].ask, words=written.words) if is_clearer and not _is_final(whole) else whole,)
    return tuple(_again(one, names) for one in errands)


def _is_final(meant: Ask | Unclear) -> bool:
    """Whether no clause may outvote what all words mean: a refusal, or people who must see it."""
    return isinstance(meant, Unclear) and meant.missing is None


def _parts(clause: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the two halves of a clause that joins two clear wishes by "and", or the clause."""
    for left, right in halves_of(clause):
        # Names are joined by "and" as well, so only phrases count.
        if not exact_asks(left, names) or not exact_asks(right, names):
            continue
        one, other = _clear(left, names), _clear(right, names)
        if one and other and not _is_one(one, other):
            return left, right
    return (clause,)


def _clear(clause: str, names: tuple[str, ...], *, is_first: bool = True) -> Ask | None:
    """Return what a clause asks for if that is beyond doubt, (1).

    Beside a wish, what asks for nothing is background.
    """
    meant = meaning_of(clause, names)
    if isinstance(meant, Unclear):
        return None
    if any(one.intent is meant.intent for one in exact_asks(clause, names)):
        return meant
    asking = is_asking(clause)
    if not asking and not is_first:
        return None
    return meant if is_certain(ranking_model().rank(clause), is_asking=asking) else None


def _is_one(one: Ask, other: Ask) -> bool:
    if one.intent is other.intent:
        named = {one.thing, other.thing}
        return one.intent not in _REPEATED or len(named) == 1 or "" in named
    return _brings(one, other) or _brings(other, one)


def _brings(errand: Ask, other: Ask) -> bool:
    return other.intent in _BRINGS.get(errand.intent, frozenset())


def _errands(clauses: list[str], names: tuple[str, ...]) -> list[_Errand]:
    errands: list[_Errand] = []
    before: list[str] = []
    for clause in clauses:
        ask = _clear(clause, names, is_first=not errands)
        same = next((one for one in errands if ask and _is_one(one.ask, ask)), None)
        if ask is None and not errands:
            before.append(clause)
        elif ask is None:
            errands[-1].clauses.append(clause)
        elif same is None:
            errands.append(_Errand(ask, [*before, clause]))
            before = []
        else:
            same.clauses.append(clause)
            if _brings(ask, same.ask):
                same.ask = ask
    return errands


def _again(errand: _Errand, names: tuple[str, ...]) -> Ask | Unclear:
    """Return what all words of an errand ask for together; they may name what its clause left out."""
    words = "\n".join(errand.clauses)
    meant = meaning_of(words, names)
    if isinstance(meant, Ask) and meant.intent is errand.ask.intent:
        return meant
    return replace(errand.ask, words=words)
