"""Reading what the requester answered when asked back: it fills the one hole that was asked about, and proves nothing.

For each reply, in this order:
1. What the words of a request would send to people (an attack, less protection, "do not") goes to people here too.
2. A reply about what is wanted is read alone, and else together with what was written before.
3. A reply that is a whole request of its own takes the place of the first one.
4. Anything else is a name: of the group, the person or the product that was asked about, read by the patterns that
   read it in a request.
"""

from collections.abc import Iterable
from dataclasses import replace

from agent.model.clarification import MAX_SAID_CHARS, Reply
from agent.model.service_request import Assurance, ServiceRequest
from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.products import part_numbers
from agent.planners.understanding import named_products, understand, wishes
from agent.planners.wording import folded, plain


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
    own = understand("", reply.text, own_names=names)
    # (1)
    if isinstance(own, Unclear) and (own.missing is None or own.missing.doubt == "several"):
        return own
    # (2)
    if isinstance(wanted, Unclear):
        if wanted.missing is None:
            return wanted
        return own if isinstance(own, Ask) else understand("", f"{said} {reply.text}", own_names=names)
    # (3) But a product is named with words that are a wish too ("Visio please"): whether one more or one less was
    # wanted is said by the request, unless the reply says that it is to be given back.
    is_product = reply.missing.about == "product" and wanted.intent is Intent.LICENCE
    if isinstance(own, Ask) and not (is_product and own.intent is Intent.LICENCE and own.change == "add"):
        return own
    # (4)
    return _named(wanted, reply, names=names)


def _named(wanted: Ask, reply: Reply, *, names: tuple[str, ...]) -> Ask | Unclear:
    words = " ".join(plain(reply.text).split())
    bare = words.strip(" .,;:!?'\"")[:MAX_SAID_CHARS]
    match reply.missing.about:
        case "person":
            return replace(wanted, person=bare)
        case "product":
            named = named_products(folded(words))
            name = named[0] if len(named) == 1 else bare
            return replace(wanted, thing=name, parts=part_numbers(name))
        case _:
            # In a sentence of ours, so that articles, courtesy and quotes around a name are read as in any request.
            read = understand("", f"add me to {words}", own_names=names)
            if not isinstance(read, Ask) or not read.thing:
                read = Ask(Intent.GROUP_ACCESS, thing=bare)
            if wanted.intent is Intent.LICENCE_SWAP:
                return replace(wanted, group=read.thing)
            return replace(wanted, intent=read.intent, thing=read.thing, parts=read.parts)
