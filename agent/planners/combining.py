"""Several wishes in one text: each where it stands clearly by itself, and otherwise one wish of all words.

1. The text is cut into clauses. A clause is a wish when exact phrases or a high likelihood say what it asks for.
2. Wishes that one errand brings along are that errand: whoever joins also needs licences and groups, and whoever was
   attacked a new password.
3. What stands between is background: it goes with the wish before it, or with the first.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.exact import exact_asks, named_products
from agent.planners.group_phrases import group_mentions
from agent.planners.meaning import SAY_IT, meaning_of
from agent.planners.profile_phrases import OF_HR, profile_wish
from agent.planners.reading.features import words_of
from agent.planners.reading.margin import is_certain
from agent.planners.reading.ranking import ranking_model
from agent.planners.reading.splitting import Clause, clauses_of, halves_of, is_asking, is_form, is_ruled_out
from agent.planners.wish_phrases import PUTS_IN, TAKES_OUT
from agent.planners.wording import folded

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
_PLAIN: Final = 0.85
_CAPITAL: Final = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff][\w'-]+"
# "Replace Ann with Ben in Sales". Products are replaced by the runbook of their own.
_REPLACES: Final = re.compile(
    rf"\b(?:[Rr]eplace|[Ee]rsetz(?:e|t|en)?(?: [Ss]ie)?|[Rr]emplace[rz]?|[Ss]ustitu\w+|[Ss]ubstitu\w+) (?:bitte |a "
    rf"|o )?"
    rf"(?P<gone>{_CAPITAL}(?: {_CAPITAL}){{0,2}}) (?:with|by|durch|par|por|pel[oa]) (?:a |o )?"
    rf"(?P<comes>{_CAPITAL}(?: {_CAPITAL}){{0,2}}) (?:in|on|im|in der|dans|en|no|na|em)"
    r" (?:the |der |dem |group |team |le |la |el |o |a )*(?P<group>[^\s,.;!?][^,.;!?\n]{1,60})"
)
# What may stand before such a sentence of ours is made: "do not" and "did you" must not be lost.
_COURTESY: Final = re.compile(
    r"\W*(?:(?:hi|hello|hallo|bonjour|hola|ola|please|pls|bitte|svp|por favor|could|can|would|will|you|kindly|and"
    r"|und|et|y|e"
    r"|merci de|pouvez-vous|podeis|podem|konnten?|konntet|konnt|ihr|sie)\W+)*"
)
_NEGATION: Final = re.compile(r"\b(?:not|\w+n't|dont|never|nicht|nie|kein\w*|ne|pas|jamais|no|nunca|nao)\b")
_NOTHING_ELSE: Final = re.compile(
    r"(?: (?:back|again|wieder|out|off|raus|heraus|dehors|fuera|fora|in|rein|dazu|hinzu|too|auch|aussi|tambien"
    r"|instead|please"
    r"|bitte|svp|thanks|afterwards|now|jetzt|as well))*\s*(?:$|[-\N{EN DASH},.;!(])"
)
_WHO: Final = re.compile(rf"\s+(?:(?:a|o|den|die|le|la) )?(?P<name>{_CAPITAL}(?: {_CAPITAL}){{0,2}})")
# What else is said in one breath with these is part of them.
_WHOLE: Final = frozenset({Intent.WEAKER_SIGN_IN, Intent.SECURITY_INCIDENT, Intent.DEVICE_LOST, Intent.ADMIN_ROLE})
# What was said before is meant: such a sentence gives the reason of a wish.
_POINTS_BACK: Final = re.compile(
    r"\b(?:in|from|on|with|for) (?:there|it)\b[.!?]*$|\b(?:dort|darin|drin|damit|dafur|la-dedans|dedans|ahi|alli"
    r"|nele|nela|com ele"
    r"|com ela|con ello)\b[.!?]*$"
)
# What `features.words_of` writes for a program and for a licensed product.
_THINGS: Final = frozenset({"zprogram", "zproduct"})
# These name different objects with the same intent often enough to be two wishes.
_REPEATED: Final = frozenset(
    {
        Intent.GROUP_ACCESS,
        Intent.TEAM_ACCESS,
        Intent.SITE_ACCESS,
        Intent.DISTRIBUTION_LIST,
        Intent.LICENCE,
        Intent.SOFTWARE,
    }
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
    if is_ruled_out(body):
        return (Unclear("the request says what should not be done"),)
    clauses = [] if is_form(body) else _all_parts(body, names)
    if any(_replaced_in(one.words) for one in clauses):
        return (Unclear("one person is named in another's place, and not clearly that this is wished", missing=SAY_IT),)
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


def _all_parts(body: str, names: tuple[str, ...]) -> list[Clause]:
    return [Clause(part, one.is_item) for one in clauses_of(body) for part in _parts(one.words, names)]


def _parts(clause: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the two halves of a clause that joins two clear wishes by "and", or the clause."""
    replaced = _replaced_in(clause)
    if replaced and _COURTESY.fullmatch(folded(clause[: replaced.start()])):
        gone, comes, group = (replaced[name] for name in ("gone", "comes", "group"))
        return f"remove {gone} from {group}", f"add {comes} to {group}"
    for left, right in halves_of(clause):
        if (opposite := _opposite(left, right)) and not _NEGATION.search(folded(clause)):
            return left, opposite
        # Names are joined by "and" as well, so only phrases count, or a program beside a product of the tenant.
        is_worded = exact_asks(left, names) and exact_asks(right, names)
        are_things = _are_two_things(left, right) and is_asking(right)
        are_plain = not (is_worded or are_things) and _is_plain(left) and _is_plain(right)
        if not (is_worded or are_things or are_plain):
            continue
        one, other = _clear(left, names), _clear(right, names)
        if not one or not other or not _WHOLE.isdisjoint({one.intent, other.intent}):
            continue
        if not _is_one(one, other) and not (are_plain and one.intent is other.intent):
            return left, right
    return (clause,)


def _replaced_in(clause: str) -> re.Match[str] | None:
    """Return where a clause says that one person takes another's place in a group."""
    return None if named_products(folded(clause)) else _REPLACES.search(clause)


def _opposite(left: str, right: str) -> str:
    """Return the second half in a sentence of ours where somebody comes and somebody else goes; else nothing.

    "Put Ann in Sales and take Ben out" names the group once, so the second half is "remove Ben from Sales".
    """
    named = group_mentions(left)
    if len(named) != 1:
        return ""
    change, group = named[0].change, named[0].thing
    turned = (TAKES_OUT if change == "add" else PUTS_IN).match(folded(right))
    who = _WHO.match(right, turned.end()) if turned and not group_mentions(right) else None
    # "Drop Ann a line" and "let Ben know" are courtesies: nothing else may be said of who comes or goes.
    if who is None or not _NOTHING_ELSE.match(folded(right), who.end()):
        return ""
    return f"remove {who['name']} from {group}" if change == "add" else f"add {who['name']} to {group}"


def _is_plain(half: str) -> bool:
    """Whether half of a sentence says so plainly what it asks for that no name could be taken for it."""
    ranking = ranking_model().rank(half)
    return ranking[0].intent is not None and ranking[0].likelihood >= _PLAIN and len(half.split()) > 2


def _are_two_things(left: str, right: str) -> bool:
    """Whether both halves name a program or a product; two products may be one wish, of the one for the other."""
    named = [_THINGS.intersection(words_of(half)) for half in (left, right)]
    return all(named) and "zprogram" in named[0] | named[1]


def _clear(clause: str, names: tuple[str, ...], *, is_first: bool = True, is_item: bool = False) -> Ask | None:
    """Return what a clause asks for if that is beyond doubt, (1).

    Beside a wish, what asks for nothing is background.
    """
    meant = meaning_of(clause, names)
    if isinstance(meant, Unclear) or (not is_first and not is_item and _POINTS_BACK.search(folded(clause))):
        return None
    if any(one.intent is meant.intent for one in exact_asks(clause, names)):
        return meant
    if is_item:
        # Nobody numbers what is only background.
        return meant
    asking = is_asking(clause)
    if not asking and not is_first:
        return None
    return meant if is_certain(ranking_model().rank(clause), is_asking=asking) else None


def _is_one(one: Ask, other: Ask) -> bool:
    if one.intent is other.intent is Intent.PROFILE:
        return _is_of_hr(one) == _is_of_hr(other)
    if one.intent is other.intent:
        named = {one.thing, other.thing}
        if one.intent in _REPEATED and one.change != other.change:
            return False
        return one.intent not in _REPEATED or len(named) == 1 or "" in named
    return _brings(one, other) or _brings(other, one)


def _is_of_hr(ask: Ask) -> bool:
    wanted = profile_wish(ask.words)
    return wanted is None or wanted.attribute in OF_HR


def _brings(errand: Ask, other: Ask) -> bool:
    return other.intent in _BRINGS.get(errand.intent, frozenset())


def _errands(clauses: list[Clause], names: tuple[str, ...]) -> list[_Errand]:
    errands: list[_Errand] = []
    before: list[str] = []
    for clause, is_item in clauses:
        ask = _clear(clause, names, is_first=not errands, is_item=is_item)
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
