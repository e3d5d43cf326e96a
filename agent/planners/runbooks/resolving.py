"""Finding whom a wish is about, from its own words: the requester, somebody of the directory, or a question who it is.

1. The words that could be names are searched for together, in one look-up.
2. An address that looks like one of the tenant's and is nobody's is asked about, whatever name stands beside it.
3. Of those who are named, the wish is for whoever stands where a beneficiary stands; else for the requester, if they
   speak of themselves; else for the one who is named. The requester's own name is the requester.
   A name in disguise is nobody's, and is asked about.
4. A name that fits more than one person, or almost fits another one, is asked about. So is a colleague without a name.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

from agent.lookups.name_search import MAX_TERMS, any_of
from agent.lookups.quoting import domain_of
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.entities import people
from agent.planners.entities.people import Mention
from agent.planners.entities.words import is_disguised, words_of
from agent.planners.runbooks.named import PersonFound, find_group, find_groups, find_person
from agent.planners.runbooks.runbook import Person, Question, hand_over, lacking, person_of
from agent.planners.wording import folded
from agent.ports import Proposal

__all__ = [
    "MAX_PEOPLE",
    "PeopleFound",
    "PersonFound",
    "find_group",
    "find_groups",
    "find_person",
    "others_named",
    "people_meant",
    "person_meant",
]

PeopleFound = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[Person, ...] | Proposal]
_Seen = Generator[tuple[Question, ...], tuple[Observation, ...], list[dict[str, Any]] | Proposal]

# What the reading of a wish writes where somebody other than the requester is meant and the words do not say who.
_UNSAID: Final = "somebody else"
_NAMELESS: Final = "the request is for somebody whom it does not name"

# Further into one wish no name is looked for: every word is compared with every name that was found.
_MAX_NAMES: Final = 40
_MAX_READ_CHARS: Final = 1_000

# Matched on folded text: the requester's own account, as people say it.
_OWN_ACCOUNT: Final = re.compile(
    r"\b(?:my|mein\w*|mon|ma|mes|mi|mis|(?:o |a |os |as )?(?:meu|minha)s?)(?: [\w-]+){0,2}"
    r" (?:pass\w*|pwd|kennw\w*|mdp|mots?"
    r"|contrasena|clave|senha|palavra|account|konto|compte|cuenta|conta|log-?in|anmeldung|zugang|acc?es\w*|session\w*"
    r"|sitzung\w*|sesion\w*|sess\w+|mfa|2fa|auth\w*|second|zweit\w*|phone|handy|telefon\w*|telephone|portable|movil"
    r"|telemovel|celular|smartphone|iphone|android|device\w*|gerat\w*|appareil\w*|dispositivo\w*)"
    r"|\b(?:sign|log) me out|\bmeld\w* (?:sie )?mich|\bdeconnect\w*[- ]moi"
)

# What is to be done if the wish is not granted: whether it is granted is decided, and a no is handed over anyway.
_OTHERWISE: Final = re.compile(
    r"[,;] (?:sonst|ansonsten|andernfalls|sinon|otherwise|or else|de lo contrario|caso contr[a\u00e1]rio"
    r"|sen[a\u00e3]o)\b"
    r"[^.\n]*",
    re.IGNORECASE,
)

# More people than this in one wish are a project, not a request.
MAX_PEOPLE: Final = 10


def person_meant(ask: Ask, requester: Person) -> PersonFound:
    """Return the one person whom the wish is for or about, the requester when nobody else is, or a question."""
    found = yield from people_meant(ask, requester)
    if isinstance(found, Proposal):
        return found
    if len(found) > 1:
        why = f"the request names {len(found)} people where one is expected"
        return hand_over(why, missing=lacking("person", "several"))
    return found[0]


def people_meant(ask: Ask, requester: Person) -> PeopleFound:
    """Return the people whom the wish is for or about, each once, the requester alone when nobody else is."""
    text = _OTHERWISE.sub("", (ask.words or ask.person)[:_MAX_READ_CHARS])
    named = "" if ask.person == _UNSAID else ask.person
    if strange := next((word.text for word in words_of(named or text) if is_disguised(word.text)), ""):
        why = "a word in the request is written with letters that only look like those of a name"
        return hand_over(why, missing=lacking("person", "unknown", said=strange))
    candidates = yield from _candidates(f"{named} {text}", requester)
    if isinstance(candidates, Proposal):
        return candidates
    # (2)
    if strange := _look_alike(text, candidates, requester=requester):
        why = "the address in the request looks like one of the tenant's and is nobody's"
        return hand_over(why, missing=lacking("person", "unknown", said=strange))
    if named:
        return (yield from _named(named, candidates, requester=requester, text=text))
    # (3)
    others = _others(text, candidates, requester=requester)
    if ask.person == _UNSAID and len({str(who["id"]) for one in others for who in one.people}) > 1:
        return hand_over(_NAMELESS, missing=lacking("person", "several"))
    meant = others if ask.person == _UNSAID else _meant(text, others, is_way_out=ask.change == "remove")
    if not meant and people.BEFORE_NAMED.search(folded(text)) and ask.said not in ("", text):
        return (yield from _before_named(ask.said, requester))
    if not meant and ask.person == _UNSAID:
        return hand_over(_NAMELESS, missing=lacking("person", "missing"))
    return (yield from _each(meant)) if meant else _unnamed(text, requester)


def others_named(ask: Ask, requester: Person) -> Generator[tuple[Question, ...], tuple[Observation, ...], bool]:
    """Return whether the request names somebody else and does not say that the account is the requester's own.

    For what is done to the requester's own account unless it is said whose: of whom nobody can be sure, nothing is
    done to anybody. Nothing is looked up where the words say "my".
    """
    text = (ask.said or ask.words)[:_MAX_READ_CHARS]
    if _OWN_ACCOUNT.search(folded(text)):
        return False
    candidates = yield from _candidates(text, requester)
    return isinstance(candidates, Proposal) or bool(_others(text, candidates, requester=requester))


def _candidates(text: str, requester: Person) -> _Seen:
    """Return the people whom words of `text` could name."""
    # (1)
    own = {folded(word.text) for word in words_of(requester.name)}
    terms = tuple(one for one in people.terms_for_people(text) if folded(one) not in own)
    if len(terms) > _MAX_NAMES:
        # A name that is not looked for is one that would be overlooked.
        return hand_over("the request holds too many words that could be names", missing=lacking("person", "missing"))
    parts = [any_of(terms[at : at + MAX_TERMS]) for at in range(0, len(terms), MAX_TERMS)]
    if not (subjects := tuple(dict.fromkeys(filter(None, parts)))):
        return []
    found: dict[str, dict[str, Any]] = {}
    for seen in (yield tuple(("user.search", one) for one in subjects)):
        if seen.state == "unknown":
            return hand_over(f"the people in the request could not be looked up ({seen.problem})")
        if seen.state == "known" and not seen.facts.get("complete"):
            why = "the names in the request fit too many people to tell who is meant"
            return hand_over(why, missing=lacking("person", "several"))
        found |= {str(one["id"]): one for one in seen.facts.get("candidates", [])}
    return list(found.values())


def _look_alike(text: str, candidates: Sequence[Mapping[str, Any]], *, requester: Person) -> str:
    """Return an address in the requester's own domain, or in one that differs from it by a letter or two."""
    own = domain_of(str(requester.facts.get("userPrincipalName") or ""))
    everybody = (*candidates, requester.facts)
    strange = people.unknown_addresses(text, everybody)
    return next((one for one in strange if own and _is_like(domain_of(one) or "", own)), "")


def _is_like(domain: str, own: str) -> bool:
    if domain == own:
        return True
    pairs = zip(domain, own, strict=False)
    return abs(len(domain) - len(own)) <= 1 and sum(one != other for one, other in pairs) <= 2


def _others(text: str, candidates: Sequence[Mapping[str, Any]], *, requester: Person) -> list[Mention]:
    """Return where people other than the requester are named. Who signs, or names themselves, is no other."""
    found = people.mentions(text, [*candidates, requester.facts])
    return [one for one in found if requester.id not in {person["id"] for person in one.people}]


def _meant(text: str, named: Sequence[Mention], *, is_way_out: bool) -> list[Mention]:
    # Whoever has left is the one whom something is taken from.
    if len(named) > 1 and not is_way_out and (left := [one for one in named if not people.is_of_the_past(text, one)]):
        named = left
    placed = [one for one in named if people.is_for(text, one)]
    if placed or people.SELF.search(folded(text)):
        return _joined(text, placed, named=named)
    return list(named)


def _joined(text: str, placed: Sequence[Mention], *, named: Sequence[Mention]) -> list[Mention]:
    """Return those who stand in the place of a beneficiary, with whoever is joined to one: `add Ann and Ben`."""
    kept = list(placed)
    for one in named:
        between = [text[other.end : one.start].strip().casefold() for other in kept if other.end <= one.start]
        if one not in kept and any(gap in _AND for gap in between):
            kept.append(one)
    return kept


_AND: Final = frozenset({"and", "&", "+", ",", "und", "et", "y", "e", "/"})


def _named(name: str, candidates: Sequence[Mapping[str, Any]], *, requester: Person, text: str) -> PeopleFound:
    found = tuple(people.told_apart(one, text) for one in people.mentions(name, [*candidates, requester.facts]))
    if any(requester.id == person["id"] for one in found for person in one.people if len(one.people) == 1):
        return (requester,)
    if found:
        return (yield from _each(found))
    if people.UNNAMED.search(folded(name)):
        return _unnamed(name, requester)
    only = yield from find_person(name)
    return only if isinstance(only, Proposal) else (only,)


def _before_named(said: str, requester: Person) -> PeopleFound:
    candidates = yield from _candidates(said, requester)
    if isinstance(candidates, Proposal):
        return candidates
    found = _others(said, candidates, requester=requester)
    if len({str(person["id"]) for one in found for person in one.people}) != 1:
        why = "the request speaks of somebody whom it does not name clearly"
        return hand_over(why, missing=lacking("person", "missing"))
    return (yield from _each(found[:1]))


def _unnamed(text: str, requester: Person) -> tuple[Person, ...] | Proposal:
    comparable = folded(text)
    if people.UNNAMED.search(comparable) and not people.SELF.search(comparable):
        return hand_over(_NAMELESS, missing=lacking("person", "missing"))
    return (requester,)


def _each(meant: Sequence[Mention]) -> PeopleFound:
    # (4)
    for one in meant:
        if len(one.people) != 1:
            why = f"a name in the request fits, or almost fits, {len(one.people)} people"
            return hand_over(why, missing=lacking("person", "several", said=one.said))
    ids = tuple(dict.fromkeys(str(one.people[0]["id"]) for one in meant))
    if len(ids) > MAX_PEOPLE:
        return hand_over(f"the request is about {len(ids)} people, more than {MAX_PEOPLE}")
    seen = yield tuple(("user.get", one) for one in ids)
    if lost := next((one for one in seen if one.state != "known"), None):
        return hand_over(f"somebody in the request could not be looked up ({lost.problem or lost.state})")
    return tuple(map(person_of, seen))
