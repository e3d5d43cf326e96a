"""How well a name of the directory stands in somebody's words, and which of several names stands there best.

From the surest to the weakest, as in `Tier`:
1. The whole name, as it is, with whatever stands between its words.
2. The name without a naming convention's prefix (`AB-`) and without words for its kind (`Team`).
3. All its words, with an ending, a slip, or another language's word for a department.
4. Some of its words, or what its description says; only where nothing fits better and nothing else fits as well.
Words of grammar alone are no name, and a word in disguise fits nothing.
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Generic, TypeVar

from agent.planners.entities.lexicon import is_common, is_grammar, translated
from agent.planners.entities.words import Word, alike, camel_words, same, words_of

# A naming convention's prefix: up to five capitals or digits and a mark, as in `AB-Payroll` or `SG_Finance`.
PREFIX: Final = re.compile(r"^[A-Z][A-Z0-9]{0,4}[-_.](?=\w)")
# Prefixes of names of groups that are no team of people but carry something: an app, a licence, a rule's members.
_MARKERS: Final = frozenset(("app", "apps", "lic", "licence", "license", "licensing", "role", "intune"))
_JOINT_WORDS: Final = "and und et y e the of de des du der die das la le el los las do da dos"
_JOINTS: Final = frozenset(_JOINT_WORDS.split())
# Further apart than this, words of a name were not written as one name.
_LARGEST_GAP: Final = 3

Found = TypeVar("Found")


class Tier(enum.IntEnum):
    """How a name stands in a text; more is surer."""

    PART = 1
    LOOSE = 2
    BARE = 3
    FULL = 4


@dataclass(frozen=True, slots=True)
class Fit:
    """`size` is how many letters of the name stand there, `first` and `last` the words of the text that do."""

    tier: Tier
    size: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Found]):
    """An object with the names it goes by, what is said about it, and how it fits."""

    what: Found
    fit: Fit


def fit_of(text: Sequence[Word], names: Sequence[str], *, about: str = "") -> Fit | None:
    """Return how well any of an object's names stands in `text`, or its description where no name does."""
    found = [one for name in names for one in (_of_name(text, name),) if one is not None]
    if found:
        return max(found, key=lambda one: (one.tier, one.size))
    return _of_description(text, words_of(about))


def carries_something(name: str) -> bool:
    """Whether a group's name says that it is there for an app, a licence or a rule, and not for people to work in."""
    return any(word.keys & _MARKERS for word in words_of(name))


def best(candidates: Sequence[Candidate[Found]]) -> list[Candidate[Found]]:
    """Return those that fit best at each place of the text, and equally well there; of weak ones the strongest only."""
    sure = [one for one in candidates if one.fit.tier > Tier.PART]
    if not sure:
        size = max((one.fit.size for one in candidates), default=0)
        return [one for one in candidates if one.fit.size == size]
    return [one for one in sure if not any(_is_covered(one.fit, other.fit) for other in sure)]


def _is_covered(one: Fit, other: Fit) -> bool:
    """Whether a surer or longer name stands at the same place."""
    overlaps = one.first <= other.last and other.first <= one.last
    return overlaps and (other.last - other.first, other.tier, other.size) > (one.last - one.first, one.tier, one.size)


def _of_name(text: Sequence[Word], name: str) -> Fit | None:
    whole = [word for word in words_of(name) if not word.keys & _JOINTS] or list(words_of(name))
    if not whole:
        return None
    if not all(map(is_common, whole)) and (fit := _run(text, whole, tier=Tier.FULL)):
        return fit
    core = _core(name)
    if fit := _run(text, core, tier=Tier.BARE):
        return fit
    parts = [one for one in camel_words(PREFIX.sub("", name)) if not is_common(one)]
    if len(parts) > 1 and (fit := _run(text, parts, tier=Tier.BARE)):
        return fit
    return _glued(text, core) or _loose(text, core) or _part(text, core)


def _core(name: str) -> list[Word]:
    bare = [word for word in words_of(PREFIX.sub("", name)) if not word.keys & _JOINTS]
    return [word for word in bare if not is_common(word)] or ([] if all(map(is_common, bare)) else bare)


def _run(text: Sequence[Word], wanted: Sequence[Word], *, tier: Tier) -> Fit | None:
    """Return where all the words stand one after the other, over joints such as `and`."""
    places = [place for place, word in enumerate(text) if not word.keys & _JOINTS]
    for start in range(len(places) - len(wanted) + 1) if wanted else ():
        window = places[start : start + len(wanted)]
        if all(same(text[place], word) for place, word in zip(window, wanted, strict=True)):
            return Fit(tier, _letters(wanted), window[0], window[-1])
    return None


def _glued(text: Sequence[Word], wanted: Sequence[Word]) -> Fit | None:
    """Return where the words stand written as one, as in `TradeFair`."""
    glued = frozenset({"".join(sorted(word.keys, key=len)[-1] for word in wanted)}) if len(wanted) > 1 else frozenset()
    place = next((place for place, word in enumerate(text) if word.keys & glued), None)
    return None if place is None else Fit(Tier.BARE, _letters(wanted), place, place)


def _loose(text: Sequence[Word], wanted: Sequence[Word]) -> Fit | None:
    found = [_place_of(word, text) for word in wanted]
    places = sorted(place for place in found if place is not None)
    if not wanted or len(places) < len(wanted) or len(set(places)) < len(places):
        return None
    if any(later - earlier > _LARGEST_GAP for earlier, later in pairwise(places)):
        return None
    return Fit(Tier.LOOSE, _letters(wanted), places[0], places[-1])


def _part(text: Sequence[Word], wanted: Sequence[Word]) -> Fit | None:
    """Return what of a longer name stands there, if its words that do tell anything."""
    pairs = [(word, place) for word in wanted if (place := _place_of(word, text)) is not None]
    if not pairs or len(wanted) == 1:
        return None
    places = [place for _, place in pairs]
    return Fit(Tier.PART, _letters([word for word, _ in pairs]), min(places), max(places))


def _of_description(text: Sequence[Word], about: Sequence[Word]) -> Fit | None:
    """Return what of a description stands there: all of it, or all that was asked for in few words."""
    told = [word for word in about if not is_common(word)]
    asked = [word for word in text if not is_common(word)]
    places = [place for place, word in enumerate(text) if not is_common(word) and any(alike(word, one) for one in told)]
    is_told = len(told) > 1 and all(any(alike(word, one) for one in asked) for word in told)
    is_asked = 0 < len(places) == len(asked)
    if not (is_told or is_asked):
        return None
    return Fit(Tier.PART, _letters([text[place] for place in places]), places[0], places[-1])


def _place_of(word: Word, text: Sequence[Word]) -> int | None:
    exact = [place for place, one in enumerate(text) if same(one, word)]
    near = [place for place, one in enumerate(text) if not is_grammar(one) and alike(one, word)]
    other = [place for place, one in enumerate(text) if one.keys & translated(word)]
    return next(iter((*exact, *near, *other)), None)


def _letters(words: Sequence[Word]) -> int:
    return sum(len(word.text) for word in words)
