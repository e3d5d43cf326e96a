"""Who a wish is about: the names in its words, whom of the directory they fit, and which of them the wish is for.

1. Names are searched for where people write them: addresses, sign-in names, capitalised words, and after verbs such as
   "add". What the directory does not know is no name, unless it stands where only a name can.
2. A full name or an address is exact. A given name or a surname alone is somebody only if nobody else has it, or one
   that differs by a letter.
3. The wish is for whoever stands where the beneficiary stands ("add Ann", "for Ann", "Ann needs"); else for the
   requester, if they speak of themselves; else for the one who is named.
A name in disguise, of letters that look like others, is nobody's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from agent.planners.entities.lexicon import is_common
from agent.planners.entities.surnames import is_meant_by_surname
from agent.planners.entities.words import Word, is_disguised, same, words_of
from agent.planners.wording import folded

ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+\.[^\s<>()\[\],;:\"]*[^\W_]")
_SIGN_IN_NAME: Final = re.compile(r"(?<![\w@./-])[^\W\d_]{2,}\.[^\W\d_]{2,}(?![\w@./-]|\.[^\W\d_])")

_NEAR: Final = 80
_POSSESSIVE: Final = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s\\b")

# The end of what stands before a name whom something is done to or for. On folded text.
_BEFORE: Final = re.compile(
    r"(?:\b(?:dass|que|want|like|add|put|give|grant|assign|let|invite|include|remove|take|kick|drop|delete|move"
    r"|appoint|make|get"
    r"|fugt?e?n?|nehmt|nimm|nehme?n?|setzt?e?n?|packt?e?|entfern\w*|losch\w*|gebt?|gib|geben"
    r"|berechtigt?\w*|weist?|ladt?"
    r"|ajoute[rz]?|met(?:s|tez|tre)|donne[rz]?|attribue[rz]?|inscri\w+|retire[rz]?|enleve[rz]?|supprime[rz]?|nomme[rz]?"
    r"|invite[rz]?|anad\w+|agreg\w+|pon\w*|da[dr]?|asign\w+|met[ea]d?|quita[dr]?|elimina\w*|saca[dr]?|invita[dr]?"
    r"|nombra\w*|adicion\w+|acrescent\w+|inclu\w+|colo[cq]\w+|poe|deem|atribu\w+|remov\w+|tir[ae]m?|convid\w+|nomei\w+)"
    r"(?: (?:bitte|please|pls|sie|svp))*(?: (?:a|o|to|al|ao|an|das|den|die|der|ms|mr|mrs|frau|herrn|mme|m|sra?))*"
    r"|\b(?:for|fur|pour|para|to|a|ao|an)"
    r"(?: (?:my|our|the|meine\w*|unsere\w*|mon|ma|notre|mi|nuestr\w|o|a|meu|minha))?"
    r"(?: (?:new|neue\w*|nouve\w+|nuev\w|nov\w))?"
    r"(?: (?:colleague|team ?mate|coworker|manager|boss|intern|report|kolleg\w+|chef\w*|praktikant\w*|mitarbeiter\w*"
    r"|collegue|stagiaire|responsable|companer\w|jef[ae]|becari\w|colega|chefe|estagiari\w))?)[ ,:]*$"
)
# What stands before somebody who is only spoken of.
_ONLY_SPOKEN_OF: Final = re.compile(
    r"\b(?:cover\w*|work\w*|stand\w* in|vertret\w*|arbeite\w*|travaille\w*|remplac\w*|trabaj\w*|sustitu\w*|trabalh\w*"
    r"|substitu\w*|according|thanks|danke|merci|gracias|obrigad\w|talk\w*|spoke|reports?)"
    r"(?: (?:in|up|now|jetzt|ich))* (?:for|fur|pour|para|to|a|an)[ ,:]*$"
)
# The end of what stands before somebody who is gone, or in whose place another comes: the wish is for whoever comes.
_BEFORE_THE_GONE: Final = re.compile(
    r"\b(?:(?:le )?depart de|(?:la )?salida de|(?:a )?saida d[eo]|weggang von|(?:took|taken|taking|takes?) over from"
    r"|successor (?:of|to|for)|nachfolg\w+ (?:von|fur)|instead of|statt|anstelle von|au lieu de|a la place de"
    r"|en lugar de"
    r"|em vez d[eo])(?: (?:o|a|el|la|frau|herrn?|mr|mrs|ms|mme|m))?[ ,:]*$"
)
_SINCE: Final = re.compile(r"\b(?:since|seit(?:dem)?|depuis(?: que)?|desde(?: que)?)[ ,:]*$")
_HAS_LEFT: Final = re.compile(
    r"^ (?:has |had |is |ist |hat |est |a |se |ha |foi )?(?:left|gone|retired|away for good|weg|gegangen|ausgeschieden"
    r"|nicht mehr da|parti\w*|fue|ido|marcho|saiu|reformou|no longer (?:here|with us))\b"
)
# The beginning of what stands after somebody whom a wish is for. On folded text.
_AFTER: Final = re.compile(
    r"^(?:'s? |s )?[ ]?(?:needs?|should|must|has to|wants?|would like|to (?:be|have|get|join|see)"
    r"|can't|cannot|is missing"
    r"|lost|forgot"
    r"|starts|braucht|benotigt|soll\w*|mochte|muss|darf|kann nicht|fehlt|hat keinen?|doit|devrait|voudrait|aimerait"
    r"|a besoin|ne peut|n'a|necesita|debe\w*|tiene que|quiere|no puede|le falta|precisa|deve\w*|tem de|tem que|quer"
    r"|nao consegue)\b"
)
# Somebody speaks of themselves as the one whom the wish is for. On folded text.
SELF: Final = re.compile(
    r"\b(?:me|myself|mich|mir|moi|m'a\w*|mim|m'(?:ajout|inscri|donn|met)\w*"
    r"|i (?:need|want|require|lost|can't|cannot|can|could|would|don't|do not|am|have|had|should|must|get|got|keep)"
    r"|i'(?:m|d|ve|ll)|(?:can|could|may|should|when do|why do|am) i"
    r"|ich (?:brauche|benotige|mochte|hatte|komme?|kann|habe|bin|will|muss|soll\w*|sehe|darf|fehle)(?!,? dass)"
    r"|(?:darf|kann|konnte|soll|muss) ich|j'ai|je (?:ne|n'|voudrais|souhaite|dois|veux|peux|suis|n)"
    r"|(?:puis|pourrais)-je|il me|me (?:falta|gustaria)|necesito|quiero(?! que)|quisiera|puedo"
    r"|podria|tengo|estoy|preciso"
    r"|quero(?! que)|queria"
    r"|gostava|gostaria|posso|tenho|estou|consigo|falta-me|\w+-(?:me|moi)"
    r"|(?:agrega|anade|mete|pon|da|quita|saca|incluye|asigna|haz|deja|suscribe|apunta)[dn]?me)\b"
)
# The end of what stands before somebody to whom something is done, and the beginning of what stands after.
_DONE_TO: Final = re.compile(
    r"\b(?:add|put|invite|include|remove|kick|fugt?e?n?|nehmt|nimm|entfern\w*|packt?e?|ajoute[rz]?|met(?:s|tez)"
    r"|invite[rz]?"
    r"|retire[rz]?|enleve[rz]?|anad\w+|agreg\w+|quita[dr]?|saca[dr]?|adicion\w+|acrescent\w+|coloque\w*|remov\w+"
    r"|tirem?)"
    r"(?: (?:bitte|please|pls|sie|svp|a|o|ao|al|den|die|das|herrn|frau))* $"
)
_INTO: Final = re.compile(
    r"^(?: [\w'-]+)? (?:to|into|in|from|onto|zu[rm]?|aus|a|au|aux|dans|du|de|des|al|en|del|ao|no|na|nos|do|da)\b"
)
# Somebody is meant who is not named.
UNNAMED: Final = re.compile(
    r"\b(?:my|our|a|the|meine?[mnr]?|unsere?[mnr]?|eine?[mnr]?|mon|ma|notre|une?|mi|nuestr\w|una?|o|a|meu|minha|uma?)"
    r"(?: (?:new|neue\w*|nouve\w+|nuev\w|nov\w))?"
    r" (?:colleague|team ?mate|coworker|co-worker|intern|trainee|kolleg\w+|praktikant\w*|azubi|collegue|stagiaire"
    r"|companer\w|becari\w|colega|estagiari\w)\b"
    r"|\b(?:someone|somebody|jemand(?:en|em)?|quelqu'un|alguien|alguem)\b(?! (?:to |please |can |could |bitte |kann "
    r"|peut |puede |pode ))"
)
# Somebody is meant who was named before.
BEFORE_NAMED: Final = re.compile(r"\b(?:her|him|she|he|ihm|ihn|lui|elle|ella|ele|ela)\b")


@dataclass(frozen=True, slots=True)
class Mention:
    """Where somebody is named in a text. `people` are those whom the name fits; `is_exact`: it could be no other."""

    said: str
    start: int
    end: int
    people: tuple[Mapping[str, Any], ...]
    is_exact: bool


def terms_for_people(text: str) -> tuple[str, ...]:
    """Return what of a text could name somebody, the likeliest first, for a search."""
    addresses = [one.partition("@")[0] for one in ADDRESS.findall(text)]
    names = _SIGN_IN_NAME.findall(text)
    rest = ADDRESS.sub(lambda one: " " * len(one[0]), text)
    words = [word for word in words_of(rest) if not is_common(word) and len(word.text) > 1 and word.text.isalpha()]
    comparable = folded(rest)
    placed = [word.text for word in words if _BEFORE.search(_near(comparable, word.start))]
    followed = [word.text for word in words if _AFTER.match(comparable[word.end : word.end + _NEAR].lstrip())]
    owned = [word.text for word in words if _POSSESSIVE.match(rest, word.end)]
    capital = [word.text for word in words if word.text[0].isupper() and not _in_a_code(rest, word)]
    found = (*addresses, *names, *placed, *followed, *owned, *capital)
    return tuple(dict.fromkeys(one for one in found if not is_disguised(one)))


def _in_a_code(text: str, word: Word) -> bool:
    """Whether a word is a part of a written code such as `AB-Payroll` or a path."""
    around = text[max(0, word.start - 1) : word.start] + text[word.end : word.end + 1]
    return any(mark in around for mark in "_/\\") or (word.text.isupper() and "-" in around)


def mentions(text: str, people: Sequence[Mapping[str, Any]]) -> tuple[Mention, ...]:
    """Return where people of the directory are named in a text, in order and without overlaps."""
    words = words_of(text)
    found = [*_by_address(text, people), *_by_full_name(words, people)]
    single = [told_apart(_called(one, found), text) for one in _by_single_name(words, people)]
    found += [one for one in single if not any(_overlap(one, other) for other in found)]
    kept: list[Mention] = []
    for one in sorted(found, key=lambda mention: (mention.start, -mention.end)):
        if not any(_overlap(one, other) for other in kept):
            kept.append(one)
    return tuple(kept)


def _called(one: Mention, named: Sequence[Mention]) -> Mention:
    """Return a given name or surname as that of whoever bears it and is named in full beside it: "Ann ... Ann Lee"."""
    whole = {str(full.people[0]["id"]) for full in named if full.is_exact}
    bearers = [person for person in one.people if str(person["id"]) in whole and _bears(person, one.said)]
    return replace(one, people=tuple(bearers)) if len(bearers) == 1 else one


def told_apart(one: Mention, text: str) -> Mention:
    """Return a mention of several as that of the one whose surname is said to be meant elsewhere, if it is one."""
    surnamed = [person for person in one.people if is_meant_by_surname(str(person.get("surname") or ""), text)]
    return replace(one, people=tuple(surnamed)) if len(one.people) > 1 and len(surnamed) == 1 else one


def _bears(person: Mapping[str, Any], name: str) -> bool:
    return folded(name) in {folded(str(person.get(field) or "")) for field in ("givenName", "surname")}


def unknown_addresses(text: str, people: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the addresses in a text that are nobody's of these people."""
    known = {folded(str(one.get(field))) for one in people for field in ("userPrincipalName", "mail") if one.get(field)}
    return tuple(one for one in ADDRESS.findall(text) if folded(one) not in known)


def stranger(text: str, known: Sequence[str]) -> str:
    """Return what can only be the name of somebody whom the directory does not know; `known` are names of things.

    That is whom something is done to ("add ..."), and a full name: two capitalised words that name nothing else.
    """
    named = {key for name in known for word in words_of(name) for key in word.keys}
    words = [one for one in words_of(text) if one.text.isalpha() and len(one.text) > 1]
    left = [one for one in words if not is_common(one) and not one.keys & named]
    comparable = folded(text)
    for one in left:
        if _DONE_TO.search(_near(comparable, one.start)) and _INTO.match(comparable[one.end : one.end + _NEAR]):
            return one.text
    titled = [one for one in left if one.text[0].isupper() and one.text[1:].islower()]
    pairs = [(one, other) for one, other in pairwise(titled) if text[one.end : other.start] == " "]
    return next((text[one.start : other.end] for one, other in pairs), "")


def is_for(text: str, mention: Mention) -> bool:
    """Whether somebody is named where the one stands whom a wish is for or done to."""
    comparable = folded(text)
    before, after = _near(comparable, mention.start), comparable[mention.end : mention.end + _NEAR]
    if _ONLY_SPOKEN_OF.search(before):
        return False
    return bool(_BEFORE.search(before) or _AFTER.match(after.lstrip()))


def is_of_the_past(text: str, mention: Mention) -> bool:
    """Whether somebody is named as the one who left, or in whose place another comes."""
    comparable = folded(text)
    before = _near(comparable, mention.start)
    if _SINCE.search(before):
        return _HAS_LEFT.match(comparable[mention.end : mention.end + _NEAR]) is not None
    return _BEFORE_THE_GONE.search(before) is not None


def _near(text: str, end: int) -> str:
    """Return what stands right before a place: what decides stands near, and a long text stays cheap to read."""
    return text[max(0, end - _NEAR) : end]


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _by_address(text: str, people: Sequence[Mapping[str, Any]]) -> list[Mention]:
    found = []
    for match in (*ADDRESS.finditer(text), *_SIGN_IN_NAME.finditer(text)):
        said = folded(match[0])
        fits = tuple(one for one in people if said in _addresses(one, local="@" not in said))
        found += [Mention(match[0], match.start(), match.end(), fits, is_exact=len(fits) == 1)] if fits else []
    return found


def _addresses(person: Mapping[str, Any], *, local: bool) -> set[str]:
    whole = {folded(str(person.get(field))) for field in ("userPrincipalName", "mail") if person.get(field)}
    return {one.partition("@")[0] for one in whole} if local else whole


def _by_full_name(words: Sequence[Word], people: Sequence[Mapping[str, Any]]) -> list[Mention]:
    found: dict[tuple[int, int], list[Mapping[str, Any]]] = {}
    for person in people:
        for names in _spellings(person):
            for start in range(len(words) - len(names) + 1):
                window = words[start : start + len(names)]
                if all(map(same, window, names)) and not any(is_disguised(word.text) for word in window):
                    fits = found.setdefault((window[0].start, window[-1].end), [])
                    fits += [person] if person not in fits else []
    return [_mention(span, fits, is_exact=len(fits) == 1) for span, fits in found.items()]


def _spellings(person: Mapping[str, Any]) -> list[tuple[Word, ...]]:
    """Return the full name, both ways around, and with the initial of the given name."""
    given, family = words_of(str(person.get("givenName") or "")), words_of(str(person.get("surname") or ""))
    whole = words_of(str(person.get("displayName") or ""))
    initial = words_of(given[0].text[0]) if given else ()
    spelt = [whole, (*given, *family), (*family, *given), (*initial, *family) if family else ()]
    return [one for one in dict.fromkeys(spelt) if len(one) > 1]


def _by_single_name(words: Sequence[Word], people: Sequence[Mapping[str, Any]]) -> list[Mention]:
    found = []
    for word in words:
        if is_common(word) and not word.text[0].isupper():
            continue
        fits = [one for one in people if any(same(word, name) for name in _singles(one))]
        near = [one for one in people if one not in fits and _is_nearly(word, one, fits=fits)]
        # An account without a given name and a surname may be a service's: it makes a name doubtful, and is never the
        # only one whom a single word names.
        near += [one for one in people if one not in (*fits, *near) and _is_shown_as(word, one)]
        if fits and not is_disguised(word.text):
            found.append(_mention((word.start, word.end), [*fits, *near], is_exact=False))
    return found


def _singles(person: Mapping[str, Any]) -> list[Word]:
    """Return the names by which somebody is called alone: one word each."""
    names = (words_of(str(person.get(field) or "")) for field in ("givenName", "surname"))
    return [one for name in names for one in name if len(one.text) > 1]


def _is_shown_as(word: Word, person: Mapping[str, Any]) -> bool:
    shown = words_of(str(person.get("displayName") or ""))
    return not _singles(person) and any(same(word, name) for name in shown)


def _is_nearly(word: Word, person: Mapping[str, Any], *, fits: Sequence[Mapping[str, Any]]) -> bool:
    """Whether somebody of the same surname is called almost so: who writes one may mean the other."""
    surnames = {folded(str(one.get("surname"))) for one in fits if one.get("surname")}
    given = folded(str(person.get("givenName") or ""))
    wanted = folded(word.text)
    close = given != wanted and (given.startswith(wanted) or wanted.startswith(given)) and bool(given)
    return close and abs(len(given) - len(wanted)) == 1 and folded(str(person.get("surname"))) in surnames


def _mention(span: tuple[int, int], people: Sequence[Mapping[str, Any]], *, is_exact: bool) -> Mention:
    return Mention("", span[0], span[1], tuple(people), is_exact)
