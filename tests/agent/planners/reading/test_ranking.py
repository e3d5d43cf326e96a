"""The ranking is made from the examples as they stand, needs nothing to be read, and asks when it is not sure."""

import subprocess
import sys

import pytest

from agent.planners.asks import Intent
from agent.planners.reading.concepts import Concepts, concepts_text
from agent.planners.reading.examples import BadExamplesError, digest_of, example_files, examples_in
from agent.planners.reading.margin import is_certain, is_sure
from agent.planners.reading.ranking import ranking_model


def test_the_model_was_made_from_the_examples_and_concepts_as_they_are() -> None:
    made_from = digest_of({**example_files(), "concepts": concepts_text()})
    assert ranking_model().digest == made_from, "run `python -m agent.planners.reading.training` and commit its file"


def test_every_intent_has_ten_examples_in_each_language() -> None:
    examples = examples_in(example_files())
    counts = {(one.label, one.language): 0 for one in examples}
    for one in examples:
        counts[one.label, one.language] += 1
    few = {
        f"{intent} {language}": counts.get((intent, language), 0)
        for intent in Intent
        for language in ("en", "de", "fr", "es", "pt")
        if counts.get((intent, language), 0) < 10
    }
    assert not few


def test_reading_the_model_loads_no_library_that_trains() -> None:
    code = (
        "import sys; from agent.planners.reading.ranking import ranking_model; ranking_model().rank('x');"
        "print([one for one in ('sklearn', 'numpy', 'scipy') if one in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("the scanner on floor three only gives black pages", Intent.HARDWARE),
        ("Meine Gehaltsabrechnung stimmt nicht", Intent.NOT_IT),
        ("J'ai perdu mon téléphone dans le bus", Intent.DEVICE_LOST),
        ("quiero instalar Inkscape en mi portátil", Intent.SOFTWARE),
        ("reencaminhem os meus emails para o gmail", Intent.FORWARDING),
    ],
)
def test_what_is_not_among_the_examples_is_ranked_too(text: str, intent: Intent) -> None:
    ranking = ranking_model().rank(text)
    assert ranking[0].intent is intent and is_sure(ranking)
    assert sum(one.likelihood for one in ranking) == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "xyzzy plugh", "Harbour Lines"])
def test_what_says_nothing_is_not_sure(text: str) -> None:
    assert not is_certain(ranking_model().rank(text), is_asking=True)


def test_words_beginnings_ends_and_phrases_stand_for_concepts() -> None:
    known = Concepts("secret: passw* *word\nout: sign_out log_off*\n# none: here")
    assert known.of(("password", "sign", "out", "log", "offline", "pass")) == (
        {"secret"},
        {"out"},
        frozenset(),
        {"out"},
        frozenset(),
        frozenset(),
    )


@pytest.mark.parametrize("text", ["# no_such_intent\nen: x", "en: x", "# how_to\nit: ciao", "# how_to\nen:"])
def test_a_file_of_examples_that_cannot_be_read_names_its_line(text: str) -> None:
    with pytest.raises(BadExamplesError, match="line"):
        examples_in({"x.txt": text})
