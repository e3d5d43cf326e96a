"""How people ask into and out of groups: patterns that point at the person and at the group's name.

Matched on folded text like `phrases`; the positions found are then read from the text as written.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from agent.planners.wording import folded

_WHO = r"(?P<who>[^\s,.;:!?][^,;:!?\n]{0,60}?)"
_THING = r"(?P<thing>[^\s,;:!?.][^,;:!?\n]{0,80}?)"

# Where a group's name ends: at a clause mark, at the end, or at a word of courtesy or reason.
_END = (
    r"(?=\s*(?:[,;:!?\n(]|\.(?:\s|$)|$"
    r"|\b(?:please|pls|thanks|thank you|ta|asap|because|so that|since|as i|for my|for the|until|on teams|in teams)\b"
    r"|\b(?:bitte|danke|weil|damit|denn|hinzu\w*|auf|haben|bekommen|erhalten|dazu)\b"
    r"|\b(?:svp|s'il|merci|car|parce|pour|sur teams)\b"
    r"|\b(?:por favor|porfa\w*|para que|gracias|porque|para|en teams|obrigad\w|no teams)\b))"
)

_ADD = (
    rf"\b(?:add|put|move) {_WHO} (?:in|into|to|onto) {_THING}{_END}",
    rf"\b(?:give|grant|get) {_WHO} (?:the )?access (?:to|for) {_THING}{_END}",
    rf"\b(?:need|want|have|get|like|request|require) (?:\w+ ){{0,2}}?access (?:to|for) {_THING}{_END}",
    rf"\blet {_WHO} (?:in|into|in to) {_THING}{_END}",
    rf"\b(?:join|be added to|become a member of) {_THING}{_END}",
    rf"\b(?:fugen?|nimm|nehmen|setzen?) (?:sie )?(?:bitte )?{_WHO} (?:bitte )?(?:zu|zur|zum|in) {_THING}{_END}",
    rf"\b(?P<who>mich) (?:bitte )?(?:zu|zur|zum|in) {_THING}{_END}",
    rf"\bzugriff auf {_THING}{_END}",
    rf"\bm'ajouter (?:aussi |egalement )?(?:a|au|aux|dans) {_THING}{_END}",
    rf"\bje (?:dois|devrais|voudrais|veux|souhaite|aimerais) (?:etre|entrer|aller) dans {_THING}{_END}",
    rf"\b(?:quier\w|quisiera|necesito|quero|queria|preciso de|gostaria de) (?:estar|entrar|participar) (?:en|no|na|em) "
    rf"{_THING}{_END}",
    rf"\b(?:ajoute[rz]?|mettez|mets)[- ](?P<who>moi|nous) (?:a|au|aux|dans) {_THING}{_END}",
    rf"\bajoute[rz]? (?!moi\b){_WHO} (?:a|au|aux|dans) {_THING}{_END}",
    rf"\bacces (?:a|au|aux) {_THING}{_END}",
    rf"\b(?:anad|agreg)\w*me (?:a|al|en) {_THING}{_END}",
    rf"\b(?:anad|agreg)\w*(?<!me) a {_WHO} (?:a|al|en) {_THING}{_END}",
    rf"\b(?:apunt|met|inclu[iy]|un)\w*[- ]?me (?:en|a|al|na|no|ao) {_THING}{_END}",
    rf"\bme (?:met|anad|agreg|inclu|apunt)\w+ (?:en|a|al) {_THING}{_END}",
    rf"\bme (?:pod\w+|pued\w+) (?:meter|anadir|agregar|incluir|apuntar) (?:en|a|al) {_THING}{_END}",
    rf"\bacceso (?:a|al) {_THING}{_END}",
    rf"\b(?:adicion|acrescent)\w*[- ]me (?:a|ao|no|na) {_THING}{_END}",
    rf"\bme (?:adicion|acrescent|inclu)\w* (?:a|ao|em|no|na) {_THING}{_END}",
    rf"\b(?:adicion|acrescent)\w* (?!me\b)(?:o |a )?{_WHO} (?:a|ao) {_THING}{_END}",
    rf"\bacesso (?:a|ao|aos) {_THING}{_END}",
    rf"\bentrar (?:na|no) (?:equipa|equipe|grupo) {_THING}{_END}",
)

_REMOVE = (
    rf"\b(?:remove|take|delete|drop|kick) {_WHO} (?:out of|off|from) {_THING}{_END}",
    rf"\bleave (?:the )?(?:group|team) {_THING}{_END}",
    rf"\b(?:entfern\w*|nimm|nehmen|losch\w*) (?:sie )?(?:bitte )?{_WHO} (?:bitte )?aus {_THING}{_END}",
    rf"\b(?:retire[rz]?|enleve[rz]?|supprime[rz]?)[- ](?P<who>moi) (?:de |du |des |d')\s*{_THING}{_END}",
    rf"\b(?:retire[rz]?|enleve[rz]?|supprime[rz]?) (?!moi\b){_WHO} (?:de|du|des) {_THING}{_END}",
    rf"\b(?:quit|sac|saqu|elimin)\w*me (?:de|del) {_THING}{_END}",
    rf"\b(?:quit|sac|saqu|elimin)\w*(?<!me) a {_WHO} (?:de|del) {_THING}{_END}",
    rf"\b(?:remov|retir|tir)\w*[- ]me (?:de|do|da) {_THING}{_END}",
    rf"\b(?:remov|retir)\w* (?!me\b)(?:o |a )?{_WHO} (?:do|da) {_THING}{_END}",
)

_PATTERNS: tuple[tuple[Literal["add", "remove"], re.Pattern[str]], ...] = (
    *(("add", re.compile(one)) for one in _ADD),
    *(("remove", re.compile(one)) for one in _REMOVE),
)

# Words around a name that are not part of it, at its start and at its end.
_ARTICLE = re.compile(
    r"^(?:the|a|an|my|our|this|der|die|das|den|dem|meine[nmr]?|le|la|les|mon|ma|el|los|las|mi|o|os|as|meu|minha) |^l'"
)
_NOUN = (
    r"(?:teams?|microsoft|security|m365|distribution|group|channel|list|gruppe|team|verteiler|groupe|equipe|liste"
    r"|grupo|equipo|equipa|lista)"
)
_LEADING = re.compile(rf"^{_NOUN} (?=\S)")
_TRAILING = re.compile(rf"(?<=\S) {_NOUN}$")

# Things that people have access to without a group.
_NOT_A_GROUP = re.compile(
    r"^(?:my|mein\w*|mon|ma|mi|o meu|a minha|meu|minha) (?:own )?(?:account|e-?mails?|mailbox|laptop|pc|computer|konto"
    r"|postfach|compte|messagerie|boite|cuenta|correo|conta|caixa)\b|^(?:it|this|that|work|him|her|them)$"
    r"|^(?:(?:the|my|o|meu|el|mi|mon|den|die) )?(?:microsoft )?(?:authenticator|mfa|2fa)\b"
)

_ME = frozenset({"me", "myself", "mich", "moi", "mi", "a mi", "eu"})
#: Stands for a person other than the requester whom these words do not name.
SOMEBODY_ELSE: Final = "somebody else"
# Somebody who is named elsewhere in the text.
_NAMED_BEFORE = frozenset({"him", "her", "them", "ihn", "sie", "lui", "elle", "leur", "ele", "ela", "eles"})


@dataclass(frozen=True, slots=True)
class Mention:
    """One ask into or out of a group: where it stands in the text, who and which group, as written.

    `person` is empty for the one who writes.
    """

    change: Literal["add", "remove"]
    person: str
    thing: str
    span: tuple[int, int]


def group_mentions(text: str) -> tuple[Mention, ...]:
    """Return the asks for group membership in `text`, first pattern first, without overlaps."""
    comparable = folded(text)
    found: list[Mention] = []
    for change, pattern in _PATTERNS:
        for match in pattern.finditer(comparable):
            mention = _mention(text, match, comparable=comparable, change=change)
            if mention is not None and not any(_overlap(mention, one) for one in found):
                found.append(mention)
    return tuple(found)


# Pictures and marks after a name.
_TAIL = re.compile(r"[^\w)'\"\]\N{RIGHT DOUBLE QUOTATION MARK}&+]+$")


def bare_name(name: str) -> str:
    """Return a group's name without quotes, articles and nouns such as `team` around it."""
    bare = (
        _TAIL.sub("", name).strip().strip("'\"`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}").strip()
    )
    while True:
        comparable = folded(bare)
        if match := _ARTICLE.match(comparable) or _LEADING.match(comparable):
            bare = bare[match.end() :].strip()
        elif match := _TRAILING.search(comparable):
            bare = bare[: match.start()].strip()
        else:
            return bare.strip("'\"`")


def _mention(text: str, match: re.Match[str], *, comparable: str, change: Literal["add", "remove"]) -> Mention | None:
    groups = match.re.groupindex
    who = text[slice(*match.span("who"))].strip() if "who" in groups else ""
    thing = bare_name(text[slice(*match.span("thing"))])
    if not thing or _NOT_A_GROUP.match(comparable[slice(*match.span("thing"))]):
        return None
    person = "" if folded(who) in _ME else SOMEBODY_ELSE if folded(who) in _NAMED_BEFORE else who
    return Mention(change=change, person=person, thing=thing, span=match.span())


def _overlap(one: Mention, other: Mention) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]
