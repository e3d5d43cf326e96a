"""What a message to the bot says: one of a few words that are meant for the bot itself, or a request.

A word counts only when it is the whole message, so that "please cancel my Visio licence" is a request. The language
is only for the eye: the message's own where a few common words show it, else that of the person's client.
"""

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from agent.channels.activities import Message
from agent.model.service_request import Language

Kind = Literal["help", "status", "cancel", "complaint", "approval", "thanks", "request"]

#: Longer texts are cut. The planner reads half of it, so one that was cut is still seen to be too long.
MAX_CHARS: Final = 8_000

_WORDS: Final[Mapping[Kind, str]] = {
    "help": "help|hi|hello|hey|good morning|good afternoon|start|hallo|hilfe|guten (?:tag|morgen|abend)|servus|moin"
    "|bonjour|salut|aide|hola|ayuda|buen(?:os|as) (?:dias|tardes)|ola|ajuda|bom dia|boa tarde",
    "status": "status|my (?:requests|cases)|stand|statut|etat|estado",
    "cancel": "cancel|stop|abort|never ?mind|forget it|abbrechen|abbruch|stopp|stornieren|annuler|annule|arrete"
    "|cancelar|cancela|anular|parar",
    "complaint": "(?:(?:this|that|it) was )?wrong|(?:das war )?falsch|(?:c'etait )?faux|(?:fue )?incorrecto|errado",
    "approval": "(?:i )?approved?|approve (?:it|this)|refused?|den(?:y|ied)|genehmigt|genehmigen|ablehnen|abgelehnt"
    "|approuver|approuve|refuser|aprobar|aprobado|rechazar|aprovar|aprovado|recusar",
    "thanks": "(?:many )?thanks|thank you(?: very much)?|thx|ok|okay|great|perfect|danke(?: schon)?|vielen dank|super"
    "|merci(?: beaucoup)?|(?:muchas )?gracias|(?:muito )?obrigad[oa]",
}
# Taking a request back in so many words. What may follow is thanks and that it is settled, and nothing else: whatever
# else is said may be another wish, or an attack that people must hear of.
_TAKEN_BACK: Final = re.compile(
    r"(?:(?:oh|ok|okay|actually|sorry|no|nah|please|ah|doch|nein|ach|non|finalement|en fait|pardon|nao|afinal"
    r"|desculpa),? )*"
    r"(?:never ?mind|forget (?:it|about it|that)|scrap that|cancel (?:it|that|this|my request)"
    r"|(?:it'?s|it is|that'?s|it has been) (?:all |now |already |been )*(?:sorted|solved|fixed|resolved)"
    r"|all (?:sorted|solved|fixed)"
    r"|(?:no longer|don'?t) need (?:it|that)"
    r"|vergi(?:ss|\u00df|ssen sie) (?:es|das)|(?:das |es )?hat sich (?:schon )?erledigt|ist (?:schon "
    r"|inzwischen )?(?:erledigt|gelost)"
    r"|brauche? (?:ich )?(?:es |das )?(?:doch )?nicht mehr"
    r"|laisse[zr]? tomber|oublie[zr]?(?: ca)?|c'est (?:regle|resolu|arrange)|(?:je n'en ai )?plus besoin"
    r"|olvidalo|dejalo(?: estar)?|nada(?=,? ya\b)|ya (?:lo (?:he )?(?:arregl|solucion|resolv)\w+|esta (?:arreglado"
    r"|resuelto|solucionado))"
    r"|no hace falta|ya no (?:lo )?necesito|esquece(?:-o|m)?|deixa (?:la|estar)|ja (?:esta resolvido|resolvi)"
    r"|ja nao (?:e )?preciso)"
    r"(?:[ ,.;:!-]+(?:thanks?|thank you|thx|cheers|now|again|myself|any ?more|all good|(?:i )?(?:found|got|solved"
    r"|fixed|sorted) it"
    r"|it works|works|(?:the |my )?(?:trip|journey|meeting)(?: is| was|'?s)? (?:off|cancelled|canceled)"
    r"|danke|jetzt|wieder|schon|alles gut|hab(?:e)? (?:es|ihn|sie) (?:schon |selbst |inzwischen )?(?:gefunden|gelost"
    r"|geschafft)|geht"
    r"|merci|maintenant|j'ai trouve|ca marche|tout va bien|gracias|ahora|ya (?:lo (?:he )?(?:arregl|encontr"
    r"|solucion)\w+|funciona)"
    r"|todo bien|obrigad[oa]|agora|ja (?:encontrei|resolvi|funciona)|encontrei|tudo bem))*"
)
_KINDS: Final = tuple((kind, re.compile(words)) for kind, words in _WORDS.items())
# A case may be named by the first characters of its id, as in the bot's own messages.
_REF = re.compile(r"(?P<words>.+?)(?: (?:case|vorgang|dossier|caso))? (?P<ref>[0-9a-f]{8})")
_EDGES = " \t.,;:!?\u00a1\u00bf'\"()"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Common words, folded. Those of several languages help none of them.
_MARKS: Final[Mapping[Language, frozenset[str]]] = {
    "en": _set("i my me the please need to and is am have add help thanks hello"),
    "de": _set("ich mein meine mich bitte brauche zu zur der die das und ist nicht hilfe danke hallo stand"),
    "fr": _set("je mon ma moi le la les besoin au aux et est ne pas svp merci bonjour aide statut annuler"),
    "es": _set("mi me el la los necesito al y es por favor gracias hola ayuda quiero una"),
    "pt": _set("eu meu minha o os preciso ao uma e por favor obrigado obrigada ola ajuda quero nao"),
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody wrote. `text` is untrusted prose; `ref` names a case after a word for the bot, or is empty."""

    kind: Kind
    text: str
    language: Language
    ref: str = ""


def read_utterance(message: Message) -> Utterance:
    """Return what a message in Teams says, without its mentions. See `utterance_of`."""
    return utterance_of(message.said, message.locale or "")


def utterance_of(said: str, locale: str = "") -> Utterance:
    """Return what `said` says, without marks that nobody sees and what is beyond `MAX_CHARS`.

    `locale` is that of the person's client, where the chat tells it.
    """
    # Chats write some characters as HTML entities even in plain text.
    text = "".join(char for char in html.unescape(said[: 2 * MAX_CHARS]) if _is_shown(char)).strip()[:MAX_CHARS]
    language = _language(text, locale)
    words = " ".join(_folded(text).split()).strip(_EDGES)
    if not words:
        return Utterance("help", text, language)
    named = _REF.fullmatch(words)
    for kind, pattern in _KINDS:
        # Without its case "wrong" may be about anything, such as what the bot asked.
        if kind != "complaint" and pattern.fullmatch(words):
            return Utterance(kind, text, language)
        if named and kind in ("status", "cancel", "complaint") and pattern.fullmatch(named["words"]):
            return Utterance(kind, text, language, ref=named["ref"])
    if _TAKEN_BACK.fullmatch(words):
        return Utterance("cancel", text, language)
    return Utterance("request", text, language)


def _language(text: str, locale: str) -> Language:
    own: Language = next((one for one in _MARKS if one == locale[:2].lower()), "en")
    words = frozenset(re.findall(r"\w+", _folded(text[:1_000])))
    counts: dict[Language, int] = {one: len(words & marks) for one, marks in _MARKS.items()}
    best = max(counts, key=lambda one: (counts[one], one == own))
    return best if counts[best] > counts[own] else own


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")


def _is_shown(char: str) -> bool:
    return char == "\n" or char == "\t" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn")
