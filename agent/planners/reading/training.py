"""`python -m agent.planners.reading.training`: make the model of the ranking from the examples, or measure it.

Needs scikit-learn (requirements-dev.txt) and is never imported by the product. `--measure` trains five times without a
fifth of the examples each, in all languages at once, and prints how the rest is ranked: translations of what is asked
were then never seen, so the figures are lower than those of a text like one of the examples.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy
from sklearn.feature_extraction import DictVectorizer
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from agent.planners.reading.concepts import concepts_text
from agent.planners.reading.examples import Example, digest_of, example_files, examples_in
from agent.planners.reading.features import features_of, plain_words
from agent.planners.reading.language import LANGUAGES
from agent.planners.reading.margin import SURE, is_sure
from agent.planners.reading.ranking import MODEL_FILE, RankingModel, packed_model

_FOLDS = 5
# What was seen once only is a name or a slip.
_SEEN_AT_LEAST = 2
# How far the distances of a support vector machine are stretched to be likelihoods: as likely as they are right.
_STRETCH = 4.0
_DEEPEST = 127


def model_digest() -> str:
    """Return what says which examples and concepts a model is made from."""
    return digest_of({**example_files(), "concepts": concepts_text()})


def trained(examples: Sequence[Example], *, digest: str) -> RankingModel:
    """Return the model of these examples."""
    return RankingModel(packed(examples, digest=digest))


def packed(examples: Sequence[Example], *, digest: str) -> bytes:
    """Return the model of these examples as its file holds it. The same examples give the same bytes."""
    columns = DictVectorizer()
    table = columns.fit_transform([features_of(one.text) for one in examples])
    kept = numpy.flatnonzero(numpy.asarray((table > 0).sum(axis=0)).ravel() >= _SEEN_AT_LEAST)
    names = columns.get_feature_names_out()[kept]
    table = normalize(table[:, kept])
    model = LinearSVC(C=1.0, tol=1e-3, random_state=0)
    model.fit(table, [one.label for one in examples])
    slopes = model.coef_.T * _STRETCH
    step = float(numpy.abs(slopes).max()) / _DEEPEST
    weights = numpy.rint(slopes / step).astype(numpy.int8)
    head = {
        "digest": digest,
        "labels": [str(one) for one in model.classes_],
        "features": [str(one) for one in names],
        "bias": [round(float(one) * _STRETCH, 4) for one in model.intercept_],
        "step": step,
        "words": _word_counts(examples),
    }
    return packed_model(head, weights.tobytes())


def _word_counts(examples: Sequence[Example]) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for one in examples:
        for word in set(plain_words(one.text)):
            counts.setdefault(word, [0] * len(LANGUAGES))[LANGUAGES.index(one.language)] += 1
    # What all languages share says nothing of any, and what was seen once is a name.
    return {word: row for word, row in counts.items() if sum(row) > 1 and max(row) > sum(row) / 2}


def measured(examples: Sequence[Example]) -> list[str]:
    """Return the lines that say how well unseen examples are ranked, by language and in all."""
    results: list[tuple[str, bool, bool]] = []
    for fold in range(_FOLDS):
        model = trained([one for one in examples if one.turn % _FOLDS != fold], digest="")
        for one in (one for one in examples if one.turn % _FOLDS == fold):
            ranking = model.rank(one.text)
            best = str(ranking[0].intent) if ranking[0].intent else "nothing"
            results.append((one.language, best == one.label, is_sure(ranking)))
    return [_line(language, [one for one in results if language in (one[0], "all")]) for language in _ROWS]


_ROWS = ("en", "de", "fr", "es", "pt", "all")


def _line(language: str, results: list[tuple[str, bool, bool]]) -> str:
    count = len(results)
    first = sum(is_right for _, is_right, _ in results)
    asked = sum(not is_sure for _, _, is_sure in results)
    wrong = sum(is_sure and not is_right for _, is_right, is_sure in results)
    return (
        f"{language:>4} {count:5} examples  first is right {first / count:6.1%}  "
        f"not sure {asked / count:6.1%}  sure and wrong {wrong / count:6.1%}"
    )


def main(arguments: Sequence[str]) -> int:
    """Write the model, or print its figures."""
    parser = argparse.ArgumentParser(prog="python -m agent.planners.reading.training", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="print figures on examples left out; write nothing")
    options = parser.parse_args(arguments)
    examples = examples_in(example_files())
    if options.measure:
        print(f"sure from a likelihood of {SURE} on")
        print("\n".join(measured(examples)))
        return 0
    written = packed(examples, digest=model_digest())
    Path(__file__).with_name(MODEL_FILE).write_bytes(written)
    print(f"{len(examples)} examples, {len(written) / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
