"""In which of the five languages a short text is written, by how often its words stand in the examples of each."""

import math
from typing import Final

from agent.model.service_request import Language, ServiceRequest
from agent.planners.reading.features import plain_words
from agent.planners.reading.own_words import own_words
from agent.planners.reading.ranking import ranking_model

LANGUAGES: Final[tuple[Language, ...]] = ("en", "de", "fr", "es", "pt")
#: The beginning of a text is enough to know its language.
MAX_READ: Final = 2_000
#: So much likelier than the next a language must be; a single name says nothing.
_CLEAR: Final = 1.0
# Letters that only one of the five writes, or nearly so.
_LETTERS: Final[dict[str, Language]] = {
    "ß": "de",
    "ä": "de",
    "ö": "de",
    "ñ": "es",
    "¿": "es",
    "¡": "es",
    "ã": "pt",
    "õ": "pt",
    "œ": "fr",
    "è": "fr",
    "ù": "fr",
}
_LETTER_COUNTS: Final = 2.0


def language_of(text: str) -> Language | None:
    """Return the language of a text, or None when its words leave it open."""
    known = ranking_model().word_counts
    scores = dict.fromkeys(LANGUAGES, 0.0)
    for word in plain_words(text):
        counts = known.get(word)
        if counts is not None:
            total = sum(counts) + len(LANGUAGES) * 0.5
            for language, count in zip(LANGUAGES, counts, strict=True):
                scores[language] += math.log((count + 0.5) / total * len(LANGUAGES))
    for letter in set(text.lower()) & _LETTERS.keys():
        scores[_LETTERS[letter]] += _LETTER_COUNTS
    first, second = sorted(scores, key=lambda one: -scores[one])[:2]
    return first if scores[first] - scores[second] >= _CLEAR else None


def in_its_language(request: ServiceRequest) -> ServiceRequest:
    """Return the request with the language that it is written in, so that its requester is answered in it."""
    text = own_words(request.subject, request.text[:MAX_READ]).text
    language = language_of(text)
    return request if language is None else request.model_copy(update={"language": language})
