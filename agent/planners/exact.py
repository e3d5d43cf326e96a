"""What the exact phrases find in a request: wishes about credentials, groups and licences, with the names in them.

Where a phrase is found it is more certain than any likelihood; most of what people write fits none.
"""

import re
from typing import Literal

from agent.planners import phrases
from agent.planners.asks import Ask, Intent
from agent.planners.group_phrases import SOMEBODY_ELSE, Mention, bare_name, group_mentions
from agent.planners.products import mentions, part_numbers
from agent.planners.swap_phrases import swap_mention
from agent.planners.third_party import names_another
from agent.planners.wording import folded

_LICENCE = re.compile(r"\b(?:licen[cs]es?|lizenz(?:en)?|licencias?|licencas?)\b")
_WANT = re.compile(
    r"\b(?:need|want|assign|give|get|would like|request|may i have|can i have|could i have|order"
    r"|brauche|benotige|hatte gern\w*|mochte|zuweisen|besoin|il me faut|il me faudrait|voudrais|aimerais|souhaite"
    r"|necesito|quiero|quisiera|asign\w+|preciso|queria|quero|gostaria|atribu\w+)\b"
)
_GIVE_BACK = re.compile(
    r"\b(?:remove|return|give back|cancel|no longer need|don't need|do not need|take away)\b"
    r"|\bbrauche\b.{0,40}\bnicht mehr\b|\bzuruckgeben\b|\bplus besoin\b|\brend[rs]\b"
    r"|\bya no necesito\b|\bdevolver\b|\bja nao preciso\b"
)
_PLEASE = re.compile(r"\b(?:please|pls|plz|bitte|svp|por favor|s'il)\b")
#: Somebody who has the product and a question about it does not ask for a licence.
TROUBLE = re.compile(
    r"\b(?:help|hilfe|aide|ayuda|ajuda|problem\w*|probleme|issue|error|fehler|erreur|crash\w*|training|schulung"
    r"|report|bericht|rapport|dashboard|slow|langsam|broken|kaputt|file|datei)\b"
)
_FOR_OTHERS = re.compile(
    r"\b(?:assign|give|get) (?!me\b|myself\b|us\b|my\b|an?\b|the\b|one\b)(?P<name>[\w'.-]+) (?:an?|the|one|her|his)\b"
)
# "Copilot please" is a whole request; the same words inside a story are not.
_SHORT_WORDS = 5
_BARE_RESET = re.compile(
    r"(?:^|[\s:,;(])(?i:re-?set|setzt?(?: sie)?(?: bitte)?|reinitialise[rz]?|restablec\w+|resete\w*|redefin\w+)"
    r"(?i: bitte| please| svp)?(?: a| o| al)? (?P<name>[^\W\d][\w'-]*(?:\.[\w'-]+|(?: [A-Z][\w'-]+)|@[\w.-]+)?)"
    r"(?=(?i: please| pls| plz| bitte| zur[uü]ck| svp| por favor| asap| now| thanks| ta| for me)?\s*(?:[.,;!?)\n]|$))"
)
_NO_NAME = re.compile(
    r"(?:it|this|that|me|my|mine|myself|mich|moi|all|everything|password|pw|pass|mfa|account|laptop|pc|phone|device|app"
    r"|please|pls|bitte|sie|das|es|mein\w*|mon|ma|mi|minha|meu|teams|outlook|windows|link|request|reset|needed|back"
    r"|again"
    r"|the|a|an|der|die|le|la|el|o|kennwort|passwort|contrasena|senha|mdp|authenticator|konto|compte|cuenta|conta|login"
    r"|teams app|settings|zuruck\w*|handy|gerat|rechner|mobile|printer|router|mailbox|calendar)"
)


def exact_asks(words: str, names: tuple[str, ...]) -> tuple[Ask, ...]:
    """Return what the phrases find in `words`, each once. `names` are the requester's own."""
    return tuple(dict.fromkeys((*_credentials(words, names), *_objects(words, names))))


def bare_reset(words: str) -> str:
    """Return who or what is to be reset when nothing more is said ("reset so-and-so"), or nothing."""
    match = _BARE_RESET.search(words)
    if match is None or _NO_NAME.fullmatch(folded(match.group("name"))):
        return ""
    return match.group("name").strip(" .,;:!?")


def is_own_name(person: str, names: tuple[str, ...]) -> bool:
    """Whether a name or address is one of the requester's."""
    own = {folded(one) for name in names for one in (name, name.partition("@")[0], *name.split())}
    return folded(person) in own


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
    person = "" if is_own_name(found.person, names) else found.person
    if given := part_numbers(person):
        # "Remove Visio from Ann": what stands where somebody is named first is the product.
        whose = "" if is_own_name(found.thing, names) else found.thing
        return Ask(Intent.LICENCE, change=found.change, person=whose, thing=folded(person), parts=given)
    product = _LICENCE.sub("", folded(found.thing)).strip()
    if parts := part_numbers(bare_name(product)):
        return Ask(Intent.LICENCE, change=found.change, person=person, thing=product, parts=parts)
    return Ask(Intent.GROUP_ACCESS, change=found.change, person=person, thing=found.thing)


def _licences(comparable: str, names: tuple[str, ...]) -> list[Ask]:
    products = named_products(comparable)
    back = _GIVE_BACK.search(comparable) is not None
    named = bool(_LICENCE.search(comparable))
    wanted = back or bool(_WANT.search(comparable)) or _is_short_wish(comparable)
    if not wanted or not (named or products) or (not named and TROUBLE.search(comparable)):
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
    return match.group("name") if match and not is_own_name(match.group("name"), names) else ""
