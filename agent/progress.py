"""What the requester of a chat is told on the way: that people are asked. The outcome is told by the stage `close`."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from agent.errors import PortError
from agent.model.case import Case
from agent.model.service_request import CHATS, Language
from agent.phrasebook import phrase, ref_of
from agent.ports import Ports

_log = logging.getLogger("remit.progress")

# In general words: who they are by name is on the approval alone, so that nobody is pressed for an answer.
_WHO: Final[Mapping[str, Mapping[Language, str]]] = {
    "group_owner": {
        "en": "an owner of the group",
        "de": "jemand, dem die Gruppe gehört",
        "fr": "un propriétaire du groupe",
        "es": "un propietario del grupo",
        "pt": "um proprietário do grupo",
    },
    "manager": {
        "en": "the manager",
        "de": "die Führungskraft",
        "fr": "le responsable hiérarchique",
        "es": "el responsable directo",
        "pt": "o responsável direto",
    },
    "tenant_admin": {
        "en": "an administrator",
        "de": "die Administration",
        "fr": "un administrateur",
        "es": "un administrador",
        "pt": "um administrador",
    },
    "security": {
        "en": "the security team",
        "de": "das Sicherheitsteam",
        "fr": "l'équipe de sécurité",
        "es": "el equipo de seguridad",
        "pt": "a equipa de segurança",
    },
    "oncall": {
        "en": "the team on call",
        "de": "die Rufbereitschaft",
        "fr": "l'équipe d'astreinte",
        "es": "el equipo de guardia",
        "pt": "a equipa de prevenção",
    },
}
_OTHERS: Final[Mapping[Language, str]] = {
    "en": "the people responsible",
    "de": "die Zuständigen",
    "fr": "les personnes responsables",
    "es": "las personas responsables",
    "pt": "as pessoas responsáveis",
}


async def tell_progress(before: Case, after: Case, *, ports_for: Callable[[str], Awaitable[Ports]]) -> None:
    """Tell the requester where the case came to, if that is of interest.

    Only whoever saved `after` calls this, after it was saved: so a requester hears of each state once at most, and what
    a crash keeps from being told is not told again.
    """
    text = progress_text(before, after)
    if not text:
        return
    try:
        channel = (await ports_for(after.request.tenant_id)).channel
        await channel.tell(after.request.tenant_id, after.requester_id, text=text, reply_to=after.request.reply_to)
    except PortError:
        # The outcome is told at the end and must arrive; what comes before it is a courtesy.
        _log.info("case %s: its requester could not be told how it stands", after.id)


def progress_text(before: Case, after: Case) -> str:
    """Return what to tell the requester now that `before` was saved as `after`; empty when there is nothing."""
    request = after.approval_request
    has_asked = after.approval_asked and not before.approval_asked
    if after.request.channel not in CHATS or not has_asked or request is None or not after.requester_id:
        return ""
    language = after.request.language
    named = (_WHO.get(one.requirement.resolver, _OTHERS)[language] for one in request.asked)
    return phrase("waiting", language, ref=ref_of(after.id), who=", ".join(dict.fromkeys(named)))
