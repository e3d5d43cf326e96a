"""Reading what the requester answered when asked back: it fills the one hole that was asked about, and proves nothing.

For each reply, in this order:
1. What the words of a request would send to people (an attack, less protection, "do not") goes to people here too.
2. A reply about what is wanted is read alone, and else together with what was written before.
3. A reply that exact phrases know for a whole request of its own takes the place of the first one.
4. Anything else is a name: of the group, the person or the product that was asked about, read by the patterns that
   read it in a request; "mine" names the requester. Days, reasons and addresses are read by the runbook that asked.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from agent.model.clarification import MAX_SAID_CHARS, Reply
from agent.model.service_request import Assurance, ServiceRequest
from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.exact import is_own_name, named_products
from agent.planners.products import part_numbers
from agent.planners.understanding import understand, understand_exactly, wishes
from agent.planners.wording import folded, plain

# Who is meant, said without a name.
_ONESELF = re.compile(
    r"(?:it'?s |for |just |only )?(?:me|i|myself|my own)(?: of course| please)?|(?:fur |nur )?(?:mich|mir"
    r"|ich)(?: selbst)?"
    r"|(?:pour |c'est )?moi(?:-meme)?|(?:para |soy )?(?:mi|yo|mi mismo|mi misma)|(?:para |sou )?(?:mim"
    r"|eu)(?: mesm[oa])?"
)
_MINE = re.compile(
    r"\b(?:mine|my own|for myself|for me|meine?n?s? eigene[nms]?|meines|fur mich|la mienne|le mien|mon propre|pour moi"
    r"|la mia|el mio|para mi|a minha|o meu|para mim)\b"
)


def understand_with(
    request: ServiceRequest, replies: tuple[Reply, ...], *, own_names: Iterable[str], part: int = 0
) -> Ask | Unclear:
    """Return wish number `part` of a request, with what was missing filled in from the replies to it, in order."""
    names = tuple(own_names)
    found = wishes(request.subject, request.text, own_names=names)
    if part >= len(found):
        return Unclear("the request is read as fewer wishes than when its cases were opened")
    wanted = found[part]
    said = f"{request.subject} {request.text}"
    for reply in replies:
        wanted = _filled(wanted, reply, said=said, names=names)
        said = f"{said} {reply.text}" if reply.missing.about == "wish" else said
    if isinstance(wanted, Unclear):
        return wanted
    console = request.channel == "console" and request.assurance is Assurance.SSO
    proven = request.assurance is not Assurance.EMAIL
    dated = replace(wanted, today=request.received_at.date(), language=request.language)
    return replace(dated, is_console=console, is_proven=proven)


def _filled(wanted: Ask | Unclear, reply: Reply, *, said: str, names: tuple[str, ...]) -> Ask | Unclear:
    about_wish = isinstance(wanted, Unclear) or reply.missing.about == "wish"
    own = understand("", reply.text, own_names=names) if about_wish else understand_exactly(reply.text, own_names=names)
    # (1)
    if isinstance(own, Unclear) and (own.missing is None or own.missing.doubt == "several"):
        return own
    # (2)
    if isinstance(wanted, Unclear):
        if wanted.missing is None:
            return wanted
        alone = understand_exactly(reply.text, own_names=names)
        if isinstance(alone, Ask):
            return alone
        together = understand("", f"{said} {reply.text}", own_names=names)
        return together if isinstance(together, Ask) or isinstance(own, Unclear) else own
    # (3) But a product is named with words that are a wish too ("Visio please"): whether one more or one less was
    # wanted is said by the request, unless the reply says that it is to be given back.
    is_product = reply.missing.about == "product" and wanted.intent is Intent.LICENCE
    if isinstance(own, Ask) and not (is_product and own.intent is Intent.LICENCE and own.change == "add"):
        return own
    # (4)
    named = _named(wanted, reply, names=names)
    if isinstance(named, Unclear):
        return named
    # What else a runbook needs, such as days, it reads from the words.
    told = plain(reply.text)
    return replace(named, words=f"{named.words}\n{told}", said=f"{named.said}\n{told}")


def _named(wanted: Ask, reply: Reply, *, names: tuple[str, ...]) -> Ask | Unclear:
    words = " ".join(plain(reply.text).split())
    bare = words.strip(" .,;:!?'\"")[:MAX_SAID_CHARS]
    match reply.missing.about:
        case "person":
            return replace(wanted, person="" if _is_oneself(words, names) else bare)
        case "product":
            named = named_products(folded(words))
            name = named[0] if len(named) == 1 else bare
            return replace(wanted, thing=name, parts=part_numbers(name))
        case "device" | "site" | "app" | "mailbox":
            return replace(wanted, thing=bare)
        case "details" if wanted.intent in (Intent.GROUP_CREATE, Intent.TEAM_CREATE):
            # Of what is to be made nothing but the name is ever asked for.
            return replace(wanted, group=bare.partition(",")[0].strip())
        case "dates" | "reason" | "details" | "address" | "wish":
            return wanted
        case "group":
            # In a sentence of ours, so that articles, courtesy and quotes around a name are read as in any request.
            read = understand_exactly(f"add me to {words}", own_names=names)
            if not isinstance(read, Ask) or not read.thing:
                read = Ask(Intent.GROUP_ACCESS, thing=bare)
            if wanted.intent is Intent.LICENCE_SWAP:
                return replace(wanted, group=read.thing)
            return replace(wanted, intent=_kind(wanted, read), thing=read.thing, parts=read.parts)


def _kind(wanted: Ask, read: Ask) -> Intent:
    # A licence was meant when a product is named; else the reply names an object of the kind that was wanted.
    return read.intent if read.intent is Intent.LICENCE else wanted.intent


def _is_oneself(words: str, names: tuple[str, ...]) -> bool:
    comparable = folded(words).strip(" .,;:!?")
    return (
        is_own_name(comparable, names) or _ONESELF.fullmatch(comparable) is not None or bool(_MINE.search(comparable))
    )
