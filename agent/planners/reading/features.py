"""What is weighed of a text: its words, pairs of neighbours, the concepts that they stand for, and pairs of concepts.

The same code makes the features that a model is trained on and those that it is asked about.
"""

import itertools
import math
import re
from collections import Counter
from typing import Final

from agent.planners.reading.concepts import concepts
from agent.planners.reading.slots import masked
from agent.planners.wording import folded

# How much a feature of each kind counts. Concepts are what one language learns from another.
_WEIGHTS: Final = {"w": 1.0, "b": 0.7, "c": 1.5, "p": 0.8, "f": 0.7, "q": 1.0, "n": 0.5, "m": 2.0}
_WORD: Final = re.compile(r"[a-z0-9ß@']+(?:-[a-z0-9ß']+)*")
# The first words say what is wanted; a long story would only make the weighing slow.
_MAX_WORDS: Final = 160
_MAX_PAIRED: Final = 20
_COUNTED: Final = ("zproduct", "zaddress", "zdevice")


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded, with names replaced by words of their kind."""
    return tuple(_WORD.findall(masked(folded(text)))[:_MAX_WORDS])


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded, with names left as they are."""
    return tuple(_WORD.findall(folded(text))[:_MAX_WORDS])


def features_of(text: str) -> dict[str, float]:
    """Return the features of a text with their weights, which have length 1 together once `scaled`."""
    words = words_of(text)
    meant = concepts().of(words)
    everything = sorted(frozenset().union(*meant))
    named = {f"w={word}" for word in words}
    named |= {f"b={one} {other}" for one, other in itertools.pairwise(("^", *words, "$"))}
    named |= {f"c={one}" for one in everything}
    named |= {f"p={one} {other}" for one, other in itertools.combinations(everything[:_MAX_PAIRED], 2)}
    named |= {f"f={one}" for one in (meant[0] if meant else ())}
    named |= {f"m={word}" for word, count in Counter(words).items() if count > 1 and word in _COUNTED}
    named.add(f"n={min(len(words) // 4, 4)}")
    if "?" in text:
        named.add("q=?")
    return {name: _WEIGHTS[name[0]] for name in named}


def scaled(features: dict[str, float]) -> dict[str, float]:
    """Return the features with weights of length 1 together, so that a long text weighs as much as a short one."""
    length = math.sqrt(sum(weight * weight for weight in features.values()))
    return {name: weight / length for name, weight in features.items()} if length else {}
