"""Understanding a request: from prose to exactly one Ask, or to the reason why a person must read it.

Deterministic and modest on purpose. In this order:
1. Quoted and invisible text is dropped; nobody asked for it.
2. How-to questions, refusals ("do not reset") and wishes for less protection are for people.
3. The phrases of the intents are looked for. None, or more than one, is for people.
4. Signs of an attack go to the security team, except when the only wish is to end one's own sessions.

Everything in the text is data: it names what is wanted, and proves nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from agent.model.clarification import Missing
from agent.planners import phrases
from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.group_phrases import Mention, bare_name, group_mentions
from agent.planners.products import mentions, part_numbers
from agent.planners.swap_phrases import swap_mention
from agent.planners.third_party import names_another
from agent.planners.wording import folded, plain

SOMEBODY_ELSE = "somebody else"

# A clear wish is short; a bound also keeps a hostile text from taking the worker's time.
MAX_CHARS = 4_000

_SAY_IT = Missing(about="wish", doubt="unknown")

_LICENCE = re.compile(r"\b(?:licen[cs]es?|lizenz(?:en)?|licencias?|licencas?)\b")
_WANT = re.compile(
    r"\b(?:need|want|assign|give|get|would like|request|may i have|can i have|could i have|order"
    r"|brauche|benotige|hatte gern\w*|mochte|zuweisen|besoin|il me faut|voudrais|aimerais|souhaite"
    r"|necesito|quiero|quisiera|asign\w+|preciso|queria|quero|gostaria|atribu\w+)\b"
)
_GIVE_BACK = re.compile(
    r"\b(?:remove|return|give back|cancel|no longer need|don't need|do not need|take away)\b"
    r"|\bbrauche\b.{0,40}\bnicht mehr\b|\bzuruckgeben\b|\bplus besoin\b|\brend[rs]\b"
    r"|\bya no necesito\b|\bdevolver\b|\bja nao preciso\b"
)
_PLEASE = re.compile(r"\b(?:please|pls|plz|bitte|svp|por favor|s'il)\b")
# Somebody who has the product and a question about it does not ask for a licence.
_TROUBLE = re.compile(
    r"\b(?:help|hilfe|aide|ayuda|ajuda|problem\w*|probleme|issue|error|fehler|erreur|crash\w*|training|schulung"
    r"|report|bericht|rapport|dashboard|slow|langsam|broken|kaputt|file|datei)\b"
)
_FOR_OTHERS = re.compile(
    r"\b(?:assign|give|get) (?!me\b|myself\b|us\b|my\b|an?\b|the\b|one\b)(?P<name>[\w'.-]+) (?:an?|the|one|her|his)\b"
)
# "Copilot please" is a whole request; the same words inside a story are not.
_SHORT_WORDS = 5


def wishes(subject: str, text: str, *, own_names: Iterable[str]) -> tuple[Ask | Unclear, ...]:
    """Return what the requester asks for, one entry a wish, in the order in which they were written; never none.

    `own_names` as for `understand`.
    """
    ask = understand(subject, text, own_names=own_names)
    words = plain(f"{subject}\n{text}") if isinstance(ask, Ask) else ""
    return (replace(ask, words=words, said=words) if isinstance(ask, Ask) else ask,)


def understand(subject: str, text: str, *, own_names: Iterable[str]) -> Ask | Unclear:
    """Return the one thing that the requester asks for, or why it takes a person to tell.

    `own_names` are the requester's names and addresses from the directory, so that "reset Mona" written by
    Mona is not taken for somebody else.
    """
    names = tuple(own_names)
    # Before anything else: folding a long text of combining marks would cost seconds.
    if len(subject) + len(text) > MAX_CHARS:
        return Unclear("the request is too long to be one clear wish", missing=_SAY_IT)
    words = plain(f"{subject}\n{text}")
    comparable = folded(words)
    if not comparable:
        return Unclear("the request has no text", missing=_SAY_IT)
    # Folding can make a text longer.
    if len(comparable) > MAX_CHARS:
        return Unclear("the request is too long to be one clear wish", missing=_SAY_IT)
    if unfit := _unfit(comparable):
        return unfit
    asks = tuple(dict.fromkeys((*_credentials(words, names), *_objects(words, names))))
    if phrases.INCIDENT.search(comparable) and not (len(asks) == 1 and asks[0].intent is Intent.SESSIONS):
        return Unclear("the request speaks of a possible attack or a lost device", queue="security")
    if not asks:
        return Unclear("the request fits none of the runbooks", missing=_SAY_IT)
    if len(asks) > 1:
        kinds = ", ".join(sorted({str(one.intent) for one in asks}))
        one_of = Missing(about="wish", doubt="several")
        return Unclear(f"the request asks for more than one thing ({kinds})", missing=one_of)
    return asks[0]


def _unfit(comparable: str) -> Unclear | None:
    if phrases.WEAKEN.search(comparable):
        return Unclear("the request asks to weaken sign-in protection", queue="security")
    if phrases.NEGATED.search(comparable):
        return Unclear("the request says what should not be done")
    if phrases.HOW_TO.search(comparable):
        return Unclear("the request is a how-to question")
    return None


def _credentials(words: str, names: tuple[str, ...]) -> list[Ask]:
    comparable = folded(words)
    other = SOMEBODY_ELSE if names_another(words, names) else ""
    asks = []
    if phrases.ACCESS_PASS.search(comparable):
        asks.append(Ask(Intent.ACCESS_PASS, person=other))
    if phrases.PASSWORD.search(comparable) and phrases.RESET.search(comparable):
        asks.append(Ask(Intent.PASSWORD_RESET, person=other))
    if phrases.OTHERS_SESSIONS.search(comparable):
        asks.append(Ask(Intent.SESSIONS, person=SOMEBODY_ELSE))
    elif phrases.SESSIONS.search(comparable):
        asks.append(Ask(Intent.SESSIONS, person=other))
    return asks


def _objects(words: str, names: tuple[str, ...]) -> list[Ask]:
    if swap := swap_mention(words):
        # What stands around the sentence of a swap may be a second wish; the sentence itself is none besides.
        start, end = swap.span
        others = _objects(words[:start] + " " * (end - start) + words[end:], names)
        ask = Ask(
            Intent.LICENCE_SWAP,
            thing=swap.new,
            parts=part_numbers(swap.new),
            old_thing=swap.old,
            old_parts=part_numbers(swap.old),
            group=swap.group,
        )
        return [ask, *others]
    found = group_mentions(words)
    asks = [_group_or_product(one, names) for one in found]
    rest = folded(words)
    for start, end in (one.span for one in found):
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return [*asks, *_licences(rest, names)]


def _group_or_product(found: Mention, names: tuple[str, ...]) -> Ask:
    person = "" if _is_own(found.person, names) else found.person
    product = _LICENCE.sub("", folded(found.thing)).strip()
    if parts := part_numbers(bare_name(product)):
        return Ask(Intent.LICENCE, change=found.change, person=person, thing=product, parts=parts)
    return Ask(Intent.GROUP_ACCESS, change=found.change, person=person, thing=found.thing)


def _is_own(person: str, names: tuple[str, ...]) -> bool:
    own = {folded(one) for name in names for one in (name, name.partition("@")[0])}
    return folded(person) in own


def _licences(comparable: str, names: tuple[str, ...]) -> list[Ask]:
    products = named_products(comparable)
    back = _GIVE_BACK.search(comparable) is not None
    named = bool(_LICENCE.search(comparable))
    wanted = back or bool(_WANT.search(comparable)) or _is_short_wish(comparable)
    if not wanted or not (named or products) or (not named and _TROUBLE.search(comparable)):
        return []
    person = _licensee(comparable, names)
    change: Literal["add", "remove"] = "remove" if back else "add"
    if not products:
        return [Ask(Intent.LICENCE, change=change, person=person)]
    return [Ask(Intent.LICENCE, change=change, person=person, thing=one, parts=part_numbers(one)) for one in products]


def _is_short_wish(comparable: str) -> bool:
    lines = (line for line in comparable.splitlines() if mentions(line))
    return any(_PLEASE.search(line) and len(line.split()) <= _SHORT_WORDS for line in lines)


def named_products(comparable: str) -> tuple[str, ...]:
    """Return the products in folded text, without a loose name (`power bi`) beside a fuller one (`power bi pro`)."""
    named = tuple(dict.fromkeys(one.group(0) for one in mentions(comparable)))
    meant = {one: set(part_numbers(one)) for one in named}
    return tuple(one for one in named if not any(meant[other] < meant[one] for other in named))


def _licensee(comparable: str, names: tuple[str, ...]) -> str:
    match = _FOR_OTHERS.search(comparable)
    return match.group("name") if match and not _is_own(match.group("name"), names) else ""
