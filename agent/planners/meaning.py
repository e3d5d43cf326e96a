"""What one wish means: one Ask for its words, or why nobody can tell.

In this order; the first that speaks decides:
1. Less protection at sign-in is one intent, whatever else is said of it; "do not" is for people.
2. The bare "reset <name>" of somebody else.
3. Signs of an attack or a loss: which of the two is said by the ranking, unless the one wish is to end one's sessions.
4. What exact phrases found, and the ranking where it is sure of another intent that such words may have too.
5. The ranking alone, where it is sure.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, Literal

from agent.model.clarification import Missing
from agent.planners import phrases
from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.exact import TROUBLE, bare_reset, exact_asks, is_own_name, named_products
from agent.planners.group_phrases import SOMEBODY_ELSE
from agent.planners.products import part_numbers
from agent.planners.reading.margin import close_intents, is_sure, likelihood_of
from agent.planners.reading.ranking import Ranked, ranking_model
from agent.planners.reading.slots import programs_in
from agent.planners.reading.splitting import is_asking
from agent.planners.third_party import is_said_by_another, names_another
from agent.planners.wish_phrases import (
    ADDRESS,
    CREATES,
    FROM,
    GIVEN,
    INSTALLS,
    INVITES,
    LEAVES,
    LISTED,
    ON_MY_DEVICE,
    OWNS_ALREADY,
    POLICY,
    PUBLIC_LINK,
    RECOVERS,
    REVERSED,
    TAKEN_AWAY,
    TO,
)
from agent.planners.wording import folded

# A clear wish is short; a bound also keeps a hostile text from taking the worker's time.
MAX_CHARS: Final = 4_000

SAY_IT: Final = Missing(about="wish", doubt="unknown")

_CREDENTIALS: Final = frozenset({Intent.PASSWORD_RESET, Intent.ACCESS_PASS, Intent.UNLOCK, Intent.SESSIONS})
_ACCESS: Final = frozenset(
    {
        Intent.GROUP_ACCESS,
        Intent.TEAM_ACCESS,
        Intent.SITE_ACCESS,
        Intent.DISTRIBUTION_LIST,
        Intent.SHARED_MAILBOX,
        Intent.CALENDAR,
    }
)
_JOINED: Final = frozenset({Intent.GROUP_ACCESS, Intent.TEAM_ACCESS, Intent.SITE_ACCESS})
_LICENCES: Final = frozenset({Intent.LICENCE, Intent.LICENCE_SWAP})
_ALARMS: Final = (Intent.SECURITY_INCIDENT, Intent.DEVICE_LOST)
# An attack that is told of beside these words is what people must see.
_AFTER_ALARMS: Final = frozenset(
    {
        *(Intent.ACCOUNT_ENABLE, Intent.ACCOUNT_LOOKUP, Intent.PROFILE, Intent.DATA_ACCESS),
        *(Intent.GROUP_CREATE, Intent.TEAM_CREATE),
    }
)
# How likely another intent must be to outvote an exact phrase.
_OUTVOTES: Final = 0.6
_OUTVOTES_IN_FAMILY: Final = 0.3
_OUTVOTES_SEVERAL: Final = 0.7
# What people decide even when it is understood, with the team that does.
_GRAVE: Final = {
    Intent.DATA_ACCESS: "legal",
    Intent.DEVICE_WIPE: "endpoint",
    Intent.LEAVER: "identity",
    Intent.ACCOUNT_ENABLE: "identity",
    Intent.ACCOUNT_RESTORE: "identity",
    Intent.ADMIN_ROLE: "identity",
    Intent.APP_REGISTRATION: "identity",
    Intent.APP_CONSENT: "security",
    Intent.FORWARDING: "exchange",
    Intent.SHARED_MAILBOX: "exchange",
    Intent.INBOX_RULE: "exchange",
    Intent.MAIL_TRACE: "exchange",
    Intent.CONDITIONAL_ACCESS: "security",
    Intent.WEAKER_SIGN_IN: "security",
    Intent.SECURITY_INCIDENT: "security",
    Intent.DEVICE_LOST: "security",
    Intent.GROUP_OWNER: "identity",
    Intent.DISTRIBUTION_LIST: "exchange",
    Intent.SOFTWARE: "endpoint",
    Intent.NOT_IT: "service-desk-l2",
    Intent.HARDWARE: "service-desk-l2",
}
# Read as the name of a group (`reading/slots.py`).
_SOME_GROUP: Final = "grp-some"
# So few words are more often a vague wish than one that nobody foresaw.
_VAGUE_WORDS: Final = 8
_CREATING: Final = frozenset({Intent.GROUP_CREATE, Intent.TEAM_CREATE})


def meaning_of(words: str, names: tuple[str, ...]) -> Ask | Unclear:
    """Return what `words`, taken as one wish, ask for; `names` are the requester's own."""
    comparable = folded(words)
    ranking = ranking_model().rank(_without_own_domain(words, names))
    found = _meaning(words, names, ranking=ranking, comparable=comparable)
    if isinstance(found, Unclear):
        return found
    filled = _filled(found, words, names=names, comparable=comparable)
    return replace(filled, words=words)


def _meaning(words: str, names: tuple[str, ...], *, ranking: Sequence[Ranked], comparable: str) -> Ask | Unclear:
    asks = exact_asks(words, names)
    # (1)
    if phrases.WEAKEN.search(comparable) and not _is_question(ranking):
        return Ask(Intent.WEAKER_SIGN_IN)
    if phrases.NEGATED.search(comparable):
        return Unclear("the request says what should not be done")
    was_tricked = phrases.TYPED.search(comparable) and (
        phrases.DOUBTED.search(comparable) or phrases.LED_ASTRAY.search(comparable)
    )
    is_alarming = bool(was_tricked or phrases.INCIDENT.search(comparable))
    fixed = _fixed(comparable)
    if fixed is not None and not (is_alarming and fixed in _AFTER_ALARMS):
        return Ask(fixed)
    if PUBLIC_LINK.search(comparable) and not _is_question(ranking):
        why = "the request wants a link that opens something to everybody who has it"
        return Unclear(why, queue="security", is_refusal=True)
    # (2)
    whom = "" if asks else bare_reset(words)
    if whom:
        return Ask(Intent.PASSWORD_RESET, person="" if is_own_name(whom, names) else whom)
    # (3)
    if was_tricked:
        return Ask(Intent.SECURITY_INCIDENT)
    if is_alarming and (fixed is not None or not _is_question(ranking)):
        return _alarm(asks, ranking)
    if phrases.HOW_TO.search(comparable) and (not asks or _is_question(ranking)):
        return Ask(ranking[0].intent if _is_question(ranking) and ranking[0].intent else Intent.HOW_TO)
    # (4)
    if asks:
        # What a group is called says nothing of what is wanted of it.
        named = words.replace(asks[0].thing, _SOME_GROUP) if asks[0].intent in _ACCESS and asks[0].thing else ""
        is_grave = ranking[0].intent in _GRAVE and ranking[0].likelihood >= _OUTVOTES_SEVERAL
        ranking = ranking_model().rank(_without_own_domain(named, names)) if named and not is_grave else ranking
        return _of_phrases(asks, ranking, comparable=comparable)
    # (5)
    if is_sure(ranking):
        if ranking[0].intent in _LICENCES and TROUBLE.search(comparable):
            return Ask(Intent.HARDWARE)
        if ranking[0].intent in _CREATING and not CREATES.search(comparable):
            return Ask(Intent.GUEST_INVITE if INVITES.search(comparable) else Intent.TEAM_ACCESS)
        return Ask(ranking[0].intent) if ranking[0].intent else _nothing()
    if INSTALLS.search(comparable) or (ON_MY_DEVICE.search(comparable) and is_asking(words)):
        return Ask(Intent.SOFTWARE)
    return _unsure(ranking, comparable=comparable)


def _unsure(ranking: Sequence[Ranked], *, comparable: str) -> Ask | Unclear:
    """Return the question what is meant; but what may be a matter for people goes to people.

    Whoever is asked back expects that it can be done then. Where nothing but joining comes near, the directory says
    best whether something of that name can be joined: if there is none, that is asked about.
    """
    close = close_intents(ranking)
    if close and _JOINED.issuperset(close):
        return Ask(Intent(close[0]))
    grave = next((one for one in close if one in _GRAVE), None)
    if grave is not None:
        return Unclear(f"it is not clear what is wanted (perhaps {', '.join(close)})", queue=_GRAVE[grave])
    if not close and len(comparable.split()) > _VAGUE_WORDS:
        return Unclear("nothing is asked for that is known here")
    return Unclear(f"it is not clear what is wanted (perhaps {', '.join(close) or 'nothing known'})", missing=SAY_IT)


def exact_meaning_of(words: str, names: tuple[str, ...]) -> Ask | Unclear:
    """Return what exact phrases find in `words`, or why nobody can tell; no likelihood counts."""
    comparable = folded(words)
    if phrases.WEAKEN.search(comparable):
        return Ask(Intent.WEAKER_SIGN_IN, words=words)
    if phrases.NEGATED.search(comparable):
        return Unclear("the request says what should not be done")
    if phrases.INCIDENT.search(comparable):
        return Ask(Intent.SECURITY_INCIDENT, words=words)
    if phrases.HOW_TO.search(comparable):
        return Unclear("the reply is a question")
    asks = exact_asks(words, names)
    if not asks:
        return _nothing()
    return replace(asks[0], words=words) if len(asks) == 1 else _several({one.intent for one in asks})


def _several(kinds: Iterable[Intent]) -> Unclear:
    one_of = Missing(about="wish", doubt="several")
    return Unclear(f"the request asks for more than one thing ({', '.join(sorted(set(kinds)))})", missing=one_of)


def _without_own_domain(words: str, names: tuple[str, ...]) -> str:
    """Return the words with colleagues' addresses as names: an address looks like a stranger's."""
    domains = {name.rpartition("@")[2].lower() for name in names if "@" in name}
    return ADDRESS.sub(
        lambda found: found["local"].replace(".", " ") if found["domain"].lower() in domains else found.group(), words
    )


def _fixed(comparable: str) -> Intent | None:
    """Return the intent of words that hardly mean anything else."""
    return next((intent for intent, pattern in phrases.FIXED if pattern.search(comparable)), None)


def _nothing() -> Unclear:
    return Unclear("the request asks for nothing", missing=SAY_IT)


def _is_question(ranking: Sequence[Ranked]) -> bool:
    asking = (Intent.HOW_TO, Intent.STATUS, Intent.ACCOUNT_LOOKUP)
    return is_sure(ranking) and ranking[0].intent in asking


def _alarm(asks: tuple[Ask, ...], ranking: Sequence[Ranked]) -> Ask:
    if len(asks) == 1 and asks[0].intent is Intent.SESSIONS:
        return asks[0]
    incident, lost = (likelihood_of(ranking, one) for one in _ALARMS)
    return Ask(Intent.DEVICE_LOST if lost > incident else Intent.SECURITY_INCIDENT)


def _of_phrases(asks: tuple[Ask, ...], ranking: Sequence[Ranked], *, comparable: str) -> Ask | Unclear:
    best, likelihood = ranking[0].intent, ranking[0].likelihood
    kinds = {one.intent for one in asks}
    first = asks[0]
    if len(asks) > 1:
        if best is not None and best not in kinds and likelihood >= _OUTVOTES:
            return _several(kinds) if best is Intent.LICENCE_SWAP and LISTED.search(comparable) else Ask(best)
        chosen = [one for one in asks if one.intent is best]
        if len(chosen) != 1 or likelihood < _OUTVOTES_SEVERAL:
            return _several(kinds)
        first = chosen[0]
    if first.intent in _ACCESS and POLICY.search(comparable):
        return Ask(Intent.CONDITIONAL_ACCESS)
    if best is None or best is first.intent:
        return first
    if best is Intent.RECOVERY_KEY and first.intent is Intent.PASSWORD_RESET and not RECOVERS.search(comparable):
        return first
    if (best in _CREATING and not CREATES.search(comparable)) or (
        best is Intent.GROUP_OWNER and OWNS_ALREADY.search(comparable)
    ):
        return first
    is_family = best in _ACCESS and first.intent in _ACCESS
    if likelihood >= (_OUTVOTES_IN_FAMILY if is_family else _OUTVOTES):
        return replace(first, intent=best)
    return first


def _filled(ask: Ask, words: str, *, names: tuple[str, ...], comparable: str) -> Ask:
    """Return the ask with what the words say besides: whose credentials, which products, and whether to take away."""
    if (
        ask.intent in _CREDENTIALS
        and not ask.person
        and (names_another(words, names) or is_said_by_another(words, names))
    ):
        return replace(ask, person=SOMEBODY_ELSE)
    if ask.intent in (Intent.GUEST_INVITE, Intent.GUEST_REMOVE):
        leaves = TAKEN_AWAY.search(comparable) or LEAVES.search(comparable)
        return replace(ask, intent=Intent.GUEST_REMOVE if leaves else Intent.GUEST_INVITE)
    if ask.intent is Intent.SOFTWARE and not ask.thing and len(named := programs_in(comparable)) == 1:
        return replace(ask, thing=named[0])
    if ask.intent in _LICENCES:
        return _with_products(ask, comparable)
    if ask.change == "add" and TAKEN_AWAY.search(comparable) and not GIVEN.search(comparable):
        return replace(ask, change="remove")
    return ask


def _with_products(ask: Ask, comparable: str) -> Ask:
    change: Literal["add", "remove"] = "remove" if TAKEN_AWAY.search(comparable) else ask.change
    products = named_products(comparable)
    if ask.old_thing:
        return ask
    if len(products) != 2:
        thing = ask.thing or (products[0] if len(products) == 1 else "")
        return replace(ask, intent=Intent.LICENCE, thing=thing, parts=part_numbers(thing), change=change)
    first, second = products
    between = comparable[comparable.index(first) + len(first) : comparable.rindex(second)]
    is_swap = TO.search(between) or REVERSED.search(between)
    if ask.intent is not Intent.LICENCE_SWAP and not is_swap:
        return replace(ask, change=change)
    given_up = [
        one for one in products if re.search(rf"\b{FROM} (?:my |mein\w* |mon |mi |o meu )?{re.escape(one)}", comparable)
    ]
    old, new = (second, first) if REVERSED.search(between) or given_up == [second] else (first, second)
    swap = replace(ask, intent=Intent.LICENCE_SWAP, change="add", thing=new, parts=part_numbers(new))
    return replace(swap, old_thing=old, old_parts=part_numbers(old))
