"""Finding which group, team or site a wish means, from its own words; a site means the group whose members work in it.

1. The words that could be names are searched for together: among groups, and among sites when the wish speaks of one
   or no group fits surely. A word in disguise fits nothing and is asked about.
2. Every object found is measured by how fully its name stands in the words; those that fit best are meant.
3. Several that fit equally well: the kind that was said decides; then groups that are there for people to work in,
   before those that carry an app or a licence or follow from a rule; then the requester's own department. Else it is
   asked which one is meant.
4. Of a site, its group of the directory is looked up: access is given by membership, never directly.
"""

import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

from agent.lookups.name_search import any_of
from agent.model.clarification import About
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.entities.fitting import PREFIX, Candidate, Tier, best, carries_something, fit_of
from agent.planners.entities.lexicon import is_common, translated
from agent.planners.entities.words import Word, alike, is_disguised, words_of
from agent.planners.runbooks.runbook import Person, Question, hand_over, lacking
from agent.ports import Proposal

Group = dict[str, Any]
Kind = Literal["group", "team", "site", "list"]
GroupsMeant = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[Group, ...] | Proposal]

# More than this in one sentence is a project, not a request.
MAX_GROUPS: Final = 5

# Further into one wish no name is looked for: every word is compared with every name that was found.
MAX_READ_CHARS: Final = 1_000

# Of a site one word at a time is searched for, because a search for sites wants all of its words.
_SITE_WORDS: Final = 4
_CODE: Final = re.compile(r"[^\W_]+(?:[-_.][^\W_]+)+")
_OPEN, _CLOSE = '"\N{LEFT DOUBLE QUOTATION MARK}\u201e\u00ab', '"\N{RIGHT DOUBLE QUOTATION MARK}\u201c\u00bb'
_QUOTED: Final = re.compile(f"[{_OPEN}]\\s*([^{_OPEN}{_CLOSE}]{{2,60}}?)\\s*[{_CLOSE}]")
_PATH: Final = re.compile(r"/(?:sites|teams)/([\w-]+)", re.IGNORECASE)
_SITE_SAID: Final = re.compile(
    r"/(?:sites|teams)/|\b(?:sites?|sharepoint|seite|share|sitio|ablage|ordner|folders?|dossier|carpeta|pasta|library"
    r"|bibliothek|biblioteca|bibliotheque|intranet|files?|dateien|fichiers|archivos|ficheiros|documents?|laufwerk)\b",
    re.IGNORECASE,
)
# The shortest beginning of a word that is searched for, so that a slip or an ending behind it is found too.
_STEM: Final = 4
# How many words of no name may stand between two names that are asked for together.
_LARGEST_JOINT: Final = 3
_AND: Final = frozenset({"and", "und", "et", "y", "e"})


@dataclass(frozen=True, slots=True)
class Place:
    """A group, or a site, with the names it goes by and what is said about it; `facts` are those of the search."""

    id: str
    names: tuple[str, ...]
    about: str
    facts: Mapping[str, Any]
    is_site: bool = False


_Places = Generator[tuple[Question, ...], tuple[Observation, ...], list[Place] | Proposal]


def groups_meant(ask: Ask, requester: Person, *, kind: Kind) -> GroupsMeant:
    """Return the facts of `group.get` of each group that the wish means, or a question or hand-over."""
    about: About = "site" if kind == "site" else "group"
    texts = tuple(dict.fromkeys(text[:MAX_READ_CHARS] for text in (ask.thing, ask.words) if text))
    if strange := next((word.text for text in texts[:1] for word in words_of(text) if is_disguised(word.text)), ""):
        why = "a word in the request is written with letters that only look like those of a name"
        return hand_over(why, missing=lacking(about, "unknown", said=strange))
    if not (terms := any_of(_terms(texts, requester))):
        return hand_over(f"the request does not say which {about}", missing=lacking(about, "missing"))
    places = yield from _places(texts, terms, kind=kind)
    if isinstance(places, Proposal):
        return places
    fitting, text = _measured(places, texts)
    if not fitting:
        why = f"nothing in the directory fits the {about} that the request names"
        return hand_over(why, missing=lacking(about, "unknown", said=ask.thing))
    chosen = _chosen(fitting, requester, kind=kind, text=text)
    if chosen and (strange := _unfitting(text, fitting, is_name=bool(ask.thing) and text == texts[0])):
        why = f"of several {about}s that the request names, one is not in the directory"
        return hand_over(why, missing=lacking(about, "unknown", said=ask.thing or strange))
    if not chosen:
        why = f"what the request names fits {len(best(fitting))} objects in the directory"
        return hand_over(why, missing=lacking(about, "several", said=ask.thing))
    return (yield from _groups_of(chosen))


def _terms(texts: Sequence[str], requester: Person) -> tuple[str, ...]:
    """Return what is searched for, the surest first: codes, paths, quoted names, then single words and their like."""
    own = {key for word in words_of(requester.name) for key in word.keys}
    sure = [one for text in texts for found in (_QUOTED, _CODE, _PATH) for one in found.findall(text) if "@" not in one]
    single = [word for text in texts for word in words_of(text) if not is_common(word) and not word.keys & own]
    stems = [word.text if len(word.text) <= _STEM else word.text[: max(_STEM, len(word.text) - 4)] for word in single]
    compound = [key for word in single for key in sorted(word.keys) if len(key) < len(word.text)]
    other = [key for word in single for key in sorted(translated(word))]
    # One place is kept for what a department is called elsewhere, whatever else is said.
    return tuple(dict.fromkeys((*sure[:4], *other[:2], *stems, *compound, *other)))


def _places(texts: Sequence[str], terms: str, *, kind: Kind) -> _Places:
    """Return the groups, and if need be the sites, among which the words name one."""
    (found,) = yield (("group.search", terms),)
    if problem := _unread(found):
        return problem
    groups = [_group(one) for one in found.facts.get("candidates", [])]
    fitting, _ = _measured(groups, texts)
    is_sure = any(one.fit.tier > Tier.PART for one in fitting)
    if kind != "site" and (is_sure or not any(map(_SITE_SAID.search, texts))):
        return groups
    words = [word.text for text in texts for word in words_of(text) if not is_common(word)]
    paths = [one for text in texts for one in _PATH.findall(text)]
    searched = tuple(dict.fromkeys((*paths, *words)))[:_SITE_WORDS]
    if not searched:
        return groups
    seen = yield tuple(("site.search", word) for word in searched)
    if problem := next(filter(None, map(_unread, seen)), None):
        return problem
    sites = {str(one["id"]): _site(one) for found in seen for one in found.facts.get("candidates", [])}
    return [*groups, *sites.values()]


def _group(facts: Mapping[str, Any]) -> Place:
    names = tuple(str(facts[name]) for name in ("displayName", "mailNickname", "mail") if facts.get(name))
    return Place(str(facts["id"]), names, str(facts.get("description") or ""), facts)


def _site(facts: Mapping[str, Any]) -> Place:
    names = (str(facts.get("displayName") or ""), str(facts.get("webUrl") or "").rpartition("/")[2])
    return Place(str(facts["id"]), tuple(filter(None, names)), "", facts, is_site=True)


def _unread(found: Observation) -> Proposal | None:
    if found.state == "unknown":
        return hand_over(f"what the request names could not be looked up ({found.problem})")
    if found.state == "known" and not found.facts.get("complete"):
        # A cut list may hide a second fit, so even one fit in it proves nothing.
        why = "the words of the request fit too many objects to tell which one is meant"
        return hand_over(why, missing=lacking("group", "several"))
    return None


def _measured(places: Iterable[Place], texts: Sequence[str]) -> tuple[list[Candidate[Place]], str]:
    """Return how the places fit the first text in which one stands surely, or else in any way, and that text."""
    weak: tuple[list[Candidate[Place]], str] = ([], "")
    for text in texts:
        words = words_of(text)
        fits = [(one, fit_of(words, one.names, about=one.about)) for one in places]
        found = [Candidate(one, fit) for one, fit in fits if fit is not None]
        if any(one.fit.tier > Tier.PART for one in found):
            return found, text
        weak = weak if weak[0] else (found, text)
    return weak


def _chosen(fitting: Sequence[Candidate[Place]], requester: Person, *, kind: Kind, text: str) -> list[Place]:
    """Return what is meant: the best at its place, and what is joined to it; nothing when that cannot be told."""
    # (2)
    kept = best(fitting)
    top = max(one.fit.tier for one in kept)
    spans = sorted({(one.fit.first, one.fit.last) for one in kept})
    sure = {(one.fit.first, one.fit.last) for one in kept if one.fit.tier is top}
    runs = [run for run in _runs(text, spans) if sure & set(run)]
    if len(runs) != 1 or len(runs[0]) > MAX_GROUPS:
        return []
    found = [
        _one([one.what for one in kept if (one.fit.first, one.fit.last) == span], requester, kind=kind)
        for span in runs[0]
    ]
    return [] if None in found else list({one.id: one for one in found if one is not None}.values())


def _unfitting(text: str, fitting: Sequence[Candidate[Place]], *, is_name: bool) -> str:
    """Return what is named beside that which fits, and fits nothing: a part of a list of names, or a written code."""
    sure = [one for one in fitting if one.fit.tier > Tier.PART]
    spans = [(one.fit.first, one.fit.last) for one in sure]
    words = words_of(text)
    parts: list[list[Word]] = [[]]
    for place, word in enumerate(words):
        before = text[words[place - 1].end : word.start] if place else ""
        parts += [[]] if set(",&+") & set(before) or word.text.casefold() in _AND else []
        parts[-1] += [] if is_common(word) else [word]
    lost = [part for part in parts if part and not any(fit_of(part, one.what.names) for one in sure)]
    if sure and is_name and len(parts) > 1 and lost:
        return lost[0][0].text
    prefixes = {match[0] for one in fitting for match in (PREFIX.match(one.what.names[0]),) if match}
    codes = [one for one in _CODE.finditer(text) if any(one[0].startswith(prefix) for prefix in prefixes)]
    inside = [(words[first].start, words[last].end) for first, last in spans]
    return next(
        (one[0] for one in codes if not any(one.start() < end and start < one.end() for start, end in inside)), ""
    )


def _runs(text: str, spans: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Return the spans in runs: names between which only joints and words of no name stand were asked for together."""
    words = words_of(text)
    runs = [[spans[0]]]
    for one, other in pairwise(spans):
        gap = words[one[1] + 1 : other[0]]
        if len(gap) <= _LARGEST_JOINT and all(map(is_common, gap)):
            runs[-1].append(other)
        else:
            runs.append([other])
    return runs


def _one(places: Sequence[Place], requester: Person, *, kind: Kind) -> Place | None:
    """Return the one object among several that fit equally well at one place of the text."""
    # (3)
    department = words_of(str(requester.facts.get("department") or ""))
    ways: tuple[Callable[[Place], bool], ...] = (
        lambda one: _is_kind(one, kind),
        lambda one: not _serves_a_purpose(one),
        lambda one: any(alike(mine, word) for mine in department for name in one.names[:1] for word in words_of(name)),
    )
    left = list(places)
    for fits in ways:
        left = [one for one in left if fits(one)] or left
    return left[0] if len(left) == 1 else None


def _serves_a_purpose(place: Place) -> bool:
    return carries_something(place.names[0]) or "DynamicMembership" in place.facts.get("groupTypes", ())


def _is_kind(place: Place, kind: Kind) -> bool:
    is_unified = "Unified" in place.facts.get("groupTypes", ())
    match kind:
        case "team":
            return is_unified
        case "site":
            return place.is_site
        case "list":
            return bool(place.facts.get("mailEnabled")) and not is_unified
        case "group":
            return not place.is_site


def _groups_of(chosen: Sequence[Place]) -> GroupsMeant:
    # (4)
    ids = [one.id for one in chosen if not one.is_site]
    sites = [one for one in chosen if one.is_site]
    seen = yield tuple(("site.groups", one.id) for one in sites)
    for answer in seen:
        if answer.state != "known":
            return hand_over(f"who works in the site could not be looked up ({answer.problem or answer.state})")
        working = [str(one["id"]) for one in answer.facts["groups"] if "write" in one["roles"]]
        if len(working) != 1:
            return hand_over(f"the site has {len(working)} groups of people who work in it, and not one")
        ids += working
    found = yield tuple(("group.get", one) for one in dict.fromkeys(ids))
    if lost := next((one for one in found if one.state != "known"), None):
        return hand_over(f"a group could not be looked up ({lost.problem or lost.state})")
    return tuple(dict(one.facts) for one in found)
