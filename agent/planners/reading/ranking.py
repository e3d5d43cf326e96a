"""How likely a text asks for each kind of request: a small model of words and concepts, made from the examples.

The model is one linear support vector machine for each label, trained where scikit-learn is (`training.py`) and kept
as bytes, so that the running product needs neither that library nor any arithmetic but sums. It ranks, and decides
nothing.
"""

import json
import math
import zlib
from array import array
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from agent.planners.asks import Intent
from agent.planners.reading.examples import NOTHING
from agent.planners.reading.features import features_of, scaled

MODEL_FILE: Final = "ranking.bin"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One intent, or None for talk that asks for nothing, with how likely it is meant (0 to 1)."""

    intent: Intent | None
    likelihood: float


class RankingModel:
    """Weights by feature and label. `digest` says from which examples and concepts they were made."""

    def __init__(self, packed: bytes) -> None:
        size = int.from_bytes(packed[:4], "big")
        head = json.loads(zlib.decompress(packed[4 : 4 + size]))
        weights = array("b")
        weights.frombytes(zlib.decompress(packed[4 + size :]))
        self.digest: str = head["digest"]
        self.labels: tuple[str, ...] = tuple(head["labels"])
        #: How many examples of each language (en, de, fr, es, pt) hold a word.
        self.word_counts: dict[str, list[int]] = head["words"]
        self._bias: list[float] = head["bias"]
        self._step: float = head["step"]
        width = len(self.labels)
        names: list[str] = head["features"]
        self._rows = {name: weights[at * width : (at + 1) * width] for at, name in enumerate(names)}

    def rank(self, text: str) -> tuple[Ranked, ...]:
        """Return all labels, likeliest first."""
        features = scaled({name: weight for name, weight in features_of(text).items() if name in self._rows})
        sums = [0.0] * len(self.labels)
        for name, weight in features.items():
            for at, value in enumerate(self._rows[name]):
                sums[at] += weight * value
        scores = [bias + self._step * one for bias, one in zip(self._bias, sums, strict=True)]
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        total = sum(powers)
        ranked = (
            Ranked(None if label == NOTHING else Intent(label), power / total)
            for label, power in zip(self.labels, powers, strict=True)
        )
        return tuple(sorted(ranked, key=lambda one: -one.likelihood))


def packed_model(head: dict[str, object], weights: bytes) -> bytes:
    """Return a model as it is kept in its file."""
    written = zlib.compress(json.dumps(head, ensure_ascii=False, sort_keys=True).encode(), 9)
    return len(written).to_bytes(4, "big") + written + zlib.compress(weights, 9)


@cache
def ranking_model() -> RankingModel:
    """Return the model of the product, read once."""
    return RankingModel(files("agent.planners.reading").joinpath(MODEL_FILE).read_bytes())
