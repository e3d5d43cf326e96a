"""What runbooks answer of their own accord, in the five languages that people write in.

Values in braces come from the tenant or from the request. They are shown as data: one plain line, bounded, in quotes
where somebody could have written them (`quoted`), and never read again.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Final

from agent.model.service_request import Language
from agent.planners.said_about_people import ABOUT_PEOPLE
from agent.planners.said_about_things import ABOUT_THINGS

_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {**ABOUT_THINGS, **ABOUT_PEOPLE}
#: Foreign text in an answer is cut here: a name is shorter, and a story is not for the reader.
MAX_QUOTED: Final = 60

_MONTHS: Final[Mapping[Language, str]] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_DAY: Final[Mapping[Language, str]] = {
    "en": "{day} {month} {year}",
    "de": "{day}. {month} {year}",
    "fr": "{day} {month} {year}",
    "es": "{day} de {month} de {year}",
    "pt": "{day} de {month} de {year}",
}


def say(key: str, language: Language, **values: str) -> str:
    """Return a sentence of ours in a language, with its values filled in."""
    return _TEXTS[key][language].format(**values)


def day_in(day: date, language: Language) -> str:
    """Return a day as people of that language write it out."""
    month = _MONTHS[language].split()[day.month - 1]
    return _DAY[language].format(day=day.day, month=month, year=day.year)


def moment_in(text: object, language: Language) -> str:
    """Return the day of a moment that Graph wrote, written out; empty when it is none, or Graph's way to say never."""
    try:
        day = date.fromisoformat(str(text)[:10])
    except ValueError:
        return ""
    return day_in(day, language) if day.year > 1 else ""


def quoted(foreign: object) -> str:
    """Return foreign text as one short plain line in quotes, without quotes of its own; empty stays empty."""
    text = foreign if isinstance(foreign, str) else ""
    shown = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text)
    for mark in '"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}':
        shown = shown.replace(mark, "'")
    line = " ".join(shown.split())
    cut = line if len(line) <= MAX_QUOTED else line[: MAX_QUOTED - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return f"\N{LEFT DOUBLE QUOTATION MARK}{cut}\N{RIGHT DOUBLE QUOTATION MARK}" if cut else ""
