"""Sign-in names for people who start: given and family name in the letters that mail knows."""

import unicodedata
from typing import Final

# Letters that are written with two where a keyboard has only plain ones.
_WRITTEN_OUT: Final = str.maketrans(
    {
        "\N{LATIN SMALL LETTER A WITH DIAERESIS}": "ae",
        "\N{LATIN SMALL LETTER O WITH DIAERESIS}": "oe",
        "\N{LATIN SMALL LETTER U WITH DIAERESIS}": "ue",
        "\N{LATIN SMALL LETTER SHARP S}": "ss",
        "\N{LATIN SMALL LETTER AE}": "ae",
        "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
        "\N{LATIN SMALL LETTER A WITH RING ABOVE}": "a",
        "\N{LATIN SMALL LETTER L WITH STROKE}": "l",
    }
)
# Before the at sign and its dot there is room for this much of each name (Entra takes 64 in all).
_MAX_CHARS: Final = 30


def sign_in_name(given: str, family: str) -> str:
    """Return `given.family` in plain letters and digits, or nothing where one of them has none."""
    parts = [_plain(given), _plain(family)]
    return ".".join(parts) if all(parts) else ""


def _plain(name: str) -> str:
    written = unicodedata.normalize("NFC", name).lower().translate(_WRITTEN_OUT)
    letters = unicodedata.normalize("NFKD", written)
    return "".join(one for one in letters if one.isascii() and one.isalnum())[:_MAX_CHARS]
