"""What no wish may come from, looked for before any wish is: orders to a machine, encoded or forged text.

1. From the first sentence on that speaks to a machine, or claims a result of its policy, nothing is anybody's wish.
2. What is encoded is never decoded; who asks for that is refused.
3. Pieces of a path or a query where a name should be, and letters of two alphabets in one word, are not repaired: the
   requester is asked. The operators of a query are refused.
A claim to be somebody, or to have an approval, is no order to a machine. It changes nothing and is left in the text.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from agent.planners.wording import folded

_SPOKEN_TO: Final = re.compile(
    r"(?:^|[.!?\n;,\[(<*#-] ?|\balso |\band )\W{0,4}(?:dear )?(?:assistant|system|developer|ai|bot|copilot-agent"
    r"|llm|agent"
    r"|assistente?|systeme?|sistema|ki|ia|chatbot|asistente|modelo?|modell|remit)(?: (?:prompt|message|note|override"
    r"|nachricht|mensaje|mensagem))? ?(?:\]|\)|>)?[:>]"
    r"|\b(?:ignore|disregard|forget|override|bypass) (?:all |any |the |your |my |these |those )*(?:previous|prior|above"
    r"|earlier|former|other|safety|system|security|standard)?\W{0,2}(?:instructions?|rules?|prompts?|polic(?:y|ies)"
    r"|guidelines|directives|restrictions|guardrails)"
    r"|\bignorier\w*(?: sie)? (?:\w+ ){0,3}(?:anweisung\w*|regel\w*|vorgaben|richtlinie\w*|vorherig\w*)"
    r"|\b(?:ignore[zr]?|oublie[zr]?|passe outre) (?:\w+ ){0,3}(?:instructions|regles|consignes|directives)"
    r"|\b(?:ignor\w+|olvid\w+|esquec\w+|desconsider\w+|salta\w*) (?:\w+ ){0,3}(?:instrucc?[io]\w+|reglas|regras|normas"
    r"|politicas|diretrizes)"
    r"|\byou are (?:now )?(?:in |an? |the )?(?:\w+ ){0,2}(?:mode|assistant|admin(?:istrator)?|bot|ai|dan|root|agent)\b"
    r"|\b(?:act|behave|pretend|respond|answer) as (?:if you|an? (?:\w+ )?(?:admin|assistant|ai|bot|root|agent))"
    r"|\bas an ai\b|\b(?:admin|developer|debug|maintenance|god|sudo|dan|test|unrestricted|jailbreak) mode\b"
    r"|\bnew (?:instructions|system prompt)\b"
    r"|\bdu bist (?:jetzt|nun|ab sofort) (?:\w+ ){0,3}(?:modus|assistent|admin\w*)|\badmin-?modus\b"
    r"|\btu es (?:maintenant|desormais) |\bvous etes (?:maintenant|desormais) (?:en mode|un assistant|admin)"
    r"|\bmode (?:admin|administrateur|developpeur|debogage|debug|maintenance|test)\b|\b(?:debug|wartungs"
    r"|entwickler)-?modus\b"
    r"|\bmodo (?:de )?(?:admin\w*|desarrollador|programador|depura\w+|debug|manuten\w+|mantenimiento|desenvolvedor)\b"
    r"|\b(?:ahora eres|eres ahora|agora (?:es|voce e|estas))\b|\bagora voce esta em\b"
    r"|\b(?:note|hinweis|attention|instruction|message|instructions) (?:to|for|an|fur|pour) (?:the )?(?:ai"
    r"|assistant|bot"
    r"|agent|model|llm|automation|ki|l'ia)\b"
)
_FORGED: Final = re.compile(
    r"\bpolicy[_ -]?(?:check|result|decision|engine)?\s*(?:=+>?|:|->)\s*\"?(?:allow|permit|pass|ok|true|approved)"
    r"|\b(?:verdict|decision|outcome|authoriz\w+|gate|entscheidung|resultado|decisao)\s*(?:=+>?|:|->)\s*\"?(?:allow"
    r"|permit"
    r"|auto|approved|ok|granted|true)\b|=>\s*(?:allow|permit|approved)\b"
    r"|[{\[]\s*\"(?:action|tool|function|name|role|arguments|params|plan|steps|verdict|decision)\"\s*:"
    r"|</?(?:system|tool|assistant|function|instructions?|plan|admin|policy)[\w -]{0,30}>|\[/?(?:inst|system|tool)\w*\]"
    r"|<\|[\w ]{1,30}\|>|\btool_?call\b|\bfunction_?call\b|```(?:json|tool|system)"
)
_DECODE: Final = re.compile(
    r"\b(?:base ?-?64|rot ?-?13|hexadecimal|url-?encoded|decod\w+|dekodier\w*|entschlussel\w+|entziffer\w*|decrypt\w*"
    r"|decipher\w*|dechiffr\w+|descifr\w+|desencript\w+|descodific\w+|decifr\w+|unscramble)\b"
)
_RUN: Final = re.compile(
    r"\b(?:run|execute|perform|do what|follow|apply|fuhr\w*|ausfuhr\w*|executez?|executer|applique\w*|ejecut\w+"
    r"|execut\w+"
    r"|haz lo|faz o|corre|corran)\b"
)
_BLOB: Final = re.compile(r"(?<![\w/@.-])(?=[\w+/]*[a-z])(?=[\w+/]*[A-Z])[A-Za-z0-9+/]{24,}={0,2}(?![\w@.-])")
_HEX: Final = re.compile(
    r"(?<![\w-])(?:[0-9a-fA-F]{2}[ :]?){16,}(?![\w-])|(?:%[0-9a-fA-F]{2}){4,}|(?:\\x[0-9a-f]{2}){4,}"
)
_PADDED: Final = re.compile(r"(?<!\S)[A-Za-z0-9+/]{12,}={1,2}(?!\S)")
_QUERY: Final = re.compile(
    r"\.\.[/\\]|[/\\]\.\.|%2e%2e|%2f|\$(?:filter|select|batch|expand|value|search|top|ref)\b|\beq '|'\s+(?:or|and)\s+'"
    r"|\bor 1 ?= ?1\b|<script|;\s*(?:drop|delete|update|insert)\s|/(?:wipe|retire|delete|resetpassword|members"
    r"|owners)\b"
    r"|\bgraph\.microsoft\.com\b|\bstartswith\(|\$\{|\{\{"
)
_SENTENCE: Final = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]*\s?")
_BLOCKED_SCRIPTS: Final = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "HEBREW", "ARABIC")


# Operators of a query: nobody writes these by accident, as they may a piece of a path.
_OPERATOR: Final = re.compile(
    r"\$(?:filter|batch|expand|search)\b|\beq '|'\s+(?:or|and)\s+'|\bor 1 ?= ?1\b|<script"
    r"|;\s*(?:drop table|delete from|insert into|update \w+ set)\s"
    r"|\b(?:startswith|contains|endswith)\(|\$\{|\{\{"
)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What of a text may hold wishes, and what was found in it.

    It may have `spoken_to` a machine, hold `encoded` orders, a `forged` name, a `query`'s operators, or letters of a
    `foreign` alphabet.
    """

    text: str
    spoken_to: bool = False
    encoded: bool = False
    forged: bool = False
    query: bool = False
    foreign: bool = False


def guarded(text: str) -> Guarded:
    """Return what of the requester's own words may hold a wish, as the numbered list above."""
    # (1)
    harmless = _before_orders(text)
    spoken_to = harmless != text
    # (2)
    encoded = _asks_to_decode(folded(harmless), has_code=_holds_code(harmless))
    bare = _HEX.sub(" ", _BLOB.sub(" ", harmless))
    # (3)
    forged = _QUERY.search(folded(bare)) is not None
    query = _OPERATOR.search(folded(bare)) is not None
    return Guarded(
        bare, spoken_to=spoken_to, encoded=encoded, forged=forged, query=query, foreign=_mixes_alphabets(bare)
    )


def _before_orders(text: str) -> str:
    kept = 0
    for match in _SENTENCE.finditer(text):
        if not match.group():
            break
        comparable = folded(match.group())
        if _SPOKEN_TO.search(comparable) or _FORGED.search(comparable):
            return text[:kept].rstrip()
        kept = match.end()
    return text


def _asks_to_decode(comparable: str, *, has_code: bool) -> bool:
    decodes, runs = _DECODE.search(comparable) is not None, _RUN.search(comparable) is not None
    return (decodes and runs) or (has_code and (decodes or runs))


def _holds_code(text: str) -> bool:
    return bool(_BLOB.search(text) or _HEX.search(text) or _PADDED.search(text))


def _mixes_alphabets(text: str) -> bool:
    return any(_is_foreign(char) for char in text if ord(char) > 0x2FF)


def _is_foreign(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith(_BLOCKED_SCRIPTS)
