"""The requester's own words of a message: no quoted or forwarded mail, no signature, no disclaimer, no markup.

What somebody else wrote is nobody's order, so in this order:
1. Characters that nobody can see are dropped, markup of web pages is taken out.
2. From the head of a quoted or forwarded mail on, nothing is the requester's. Lines that are marked as quoted are none
   either, wherever they stand.
3. A signature begins at `--` or at a greeting that ends a letter; a postscript below it is the requester's again.
4. A subject that answers or forwards was worded by somebody else.
"""

import html
import re
from dataclasses import dataclass
from typing import Final

from agent.planners.wording import folded, plain, shown

_TAG: Final = re.compile(
    r"</?(?:p|div|br|span|b|i|u|a|table|tbody|tr|td|th|ul|ol|li|html|body|head|style|font|strong|em|img|h[1-6]"
    r"|blockquote"
    r"|pre|o:p|meta|script|hr|center|link)(?:\s[^<>]{0,400})?/?>",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"\s*[>|]")
_MARKED: Final = re.compile(
    r"\s*(?:[-_=*]{2,} ?(?:(?:original|forwarded|ursprungliche|weitergeleitete|message|mensaje|mensagem|begin"
    r"|anfang|debut)"
    r"\b.{0,60})|_{8,}\s*$|begin forwarded message|anfang der weitergeleiteten|debut du message)"
)
_WROTE: Final = re.compile(
    r"\s*(?:on\b.{4,120}\bwrote|am\b.{4,120}\bschrieb\b.{0,80}|le\b.{4,120}\ba ecrit|el\b.{4,120}\bescribio"
    r"|(?:em|no dia|a)\b.{4,120}\bescreveu)\s*:?\s*$"
)
_FROM: Final = re.compile(r"\s*\*?(?:from|von|de|desde|expediteur|remetente)\*? ?: ?\S")
_HEADER: Final = re.compile(
    r"\s*\*?(?:sent|gesendet|envoye|enviado|date|datum|fecha|data|subject|betreff|objet|asunto|assunto)\*? ?: ?\S"
)
_GREETING: Final = re.compile(
    r"\s*(?:with )?(?:kind |best |warm |kindest )?(?:regards|wishes)|\s*(?:many )?(?:thanks"
    r"|thank you)(?: in advance| a lot)?"
    r"|\s*(?:yours )?sincerely|\s*cheers|\s*(?:mit )?(?:besten|freundlichen|freundliche|schone|viele|liebe|beste"
    r"|herzliche)"
    r"n? gru(?:sse|ßen|ße|ssen|ß)\w*|\s*gru(?:ß|ss|sse|ße)|\s*(?:mfg|lg|vg)|\s*(?:vielen "
    r"|besten )?dank(?:e)?(?: im voraus)?"
    r"|\s*(?:bien )?(?:cordialement|a vous)|\s*(?:salutations|merci(?: d'avance| beaucoup)?)"
    r"|\s*(?:un )?(?:cordial )?saludos?"
    r"|\s*atentamente|\s*(?:muchas )?gracias(?: de antemano)?|\s*(?:os melhores |com os melhores )?cumprimentos"
    r"|\s*atenciosamente|\s*abracos?|\s*(?:muito )?obrigad[oa]"
)
_GREETING_END: Final = re.compile(r"[\s,.!]*+(?:[\w'-][\w.'-]*+(?:[\s,!]++|$)){0,4}$")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=\S)")
# Nothing but names behind a greeting: what is said to somebody has small letters.
_NAMES_ALONE: Final = re.compile(r"[\s,.!]*+(?:[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff][\w'-]*+[\s,.!]*+){0,4}")
_POSTSCRIPT: Final = re.compile(r"\s*(?:p\.? ?s\.?|nb|n\.b\.)[ :.]")
_SENT_FROM: Final = re.compile(
    r"\s*(?:sent from my|get outlook for|von meinem .{1,30} gesendet|gesendet von|envoye de mon|enviado desde mi"
    r"|enviado do meu|obtenir outlook)"
)
_DISCLAIMER: Final = re.compile(
    r"\s*(?:\W{0,3})(?:this (?:e-?mail|message|communication)\b.{0,80}\b(?:confidential|intended)"
    r"|confidentiality notice"
    r"|diese (?:e-?mail|nachricht) .{0,60}vertraulich|ce (?:message|courriel|mail) .{0,60}confidentiel"
    r"|este (?:mensaje|correo) .{0,60}confidencial|esta mensagem .{0,60}confidencia)"
)
_ANSWERS: Final = re.compile(r"\s*(?:(?:re|aw|fwd?|wg|tr|rv|enc|res|antw|sv|ref)\s*:\s*)+", re.IGNORECASE)
#: A line of a signature is short; a longer one is said to somebody.
_SIGNATURE_LINE: Final = 70
_SIGNATURE_LINES: Final = 10


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the requester wrote: `subject` and `body` in lines, and whether somebody else's words were dropped."""

    subject: str
    body: str
    was_quoting: bool

    @property
    def text(self) -> str:
        """Return subject and body, one below the other."""
        return "\n".join(part for part in (self.subject, self.body) if part)


def own_words(subject: str, text: str) -> OwnWords:
    """Return the requester's own words of a message, as the numbered list above."""
    # (1)
    lines = html.unescape(_TAG.sub("\n", shown(text))).splitlines()
    # (2)
    own, was_quoting = _unquoted(lines)
    # (3)
    body = plain("\n".join(_unsigned(own)))
    # (4)
    title = plain(shown(subject))
    answered = _ANSWERS.match(title)
    if answered:
        was_quoting = True
        title = ""
    return OwnWords(subject=title, body=body, was_quoting=was_quoting)


def _unquoted(lines: list[str]) -> tuple[list[str], bool]:
    own: list[str] = []
    was_quoting = False
    for at, line in enumerate(lines):
        comparable = folded(line[:300])
        if _QUOTED.match(line):
            was_quoting = True
        elif _MARKED.match(comparable) or _is_header(lines, at):
            return own, True
        elif _WROTE.match(comparable):
            was_quoting = True
            following = next((one for one in lines[at + 1 :] if one.strip()), "")
            if not _QUOTED.match(following):
                return own, True
        else:
            own.append(line)
    return own, was_quoting


def _is_header(lines: list[str], at: int) -> bool:
    if not _FROM.match(folded(lines[at][:300])):
        return False
    return any(_HEADER.match(folded(line[:300])) for line in lines[at + 1 : at + 5])


def _unsigned(lines: list[str]) -> list[str]:
    own: list[str] = []
    for at, line in enumerate(lines):
        comparable = folded(line[:300]).strip()
        if _SENT_FROM.match(comparable):
            continue
        if comparable == "--" or _DISCLAIMER.match(comparable):
            return own + _postscript(lines[at + 1 :])
        has_begun = any(one.strip() for one in own)
        if has_begun and _ends_letter(comparable) and _is_signature(lines[at + 1 :]):
            return [*own, *_postscript(lines[at + 1 :])]
        own.append(line)
    return _without_farewell(own)


def _without_farewell(own: list[str]) -> list[str]:
    """Return the lines without a greeting and a name at the end of the last one: "... please. Regards, Ann B."."""
    last = next((at for at in reversed(range(len(own))) if own[at].strip()), 0)
    for end in _SENTENCE_END.finditer(own[last] if own else ""):
        said = own[last][end.end() :][:300].strip()
        greeting = _GREETING.match(folded(said))
        if greeting and _NAMES_ALONE.fullmatch(said, greeting.end()):
            return [*own[:last], own[last][: end.start()]]
    return own


def _ends_letter(comparable: str) -> bool:
    greeting = _GREETING.match(comparable)
    return greeting is not None and _GREETING_END.match(comparable, greeting.end()) is not None


def _is_signature(below: list[str]) -> bool:
    written = [line for line in below if line.strip()]
    before = []
    for line in written:
        if _POSTSCRIPT.match(folded(line[:20])) or _DISCLAIMER.match(folded(line[:300])):
            break
        before.append(line)
    return len(before) <= _SIGNATURE_LINES and all(len(line) <= _SIGNATURE_LINE for line in before)


def _postscript(below: list[str]) -> list[str]:
    return [line for line in below if _POSTSCRIPT.match(folded(line[:20]))]
