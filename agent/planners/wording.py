"""People's words made comparable: quoted mail dropped, invisible characters dropped, accents and case folded."""

import re
import unicodedata

# A line that starts like this was written by somebody else and only quoted by the requester.
_QUOTED = re.compile(r"^\s*(?:>|\|)")

_BLANKS = re.compile(r"[^\S\n]+")


def plain(text: str) -> str:
    """Return the requester's own words: no quoted lines, no invisible characters, single spaces.

    Format and private characters (zero-width, direction, tag characters) are dropped because nobody can see
    them: what the requester did not see is not asked for. Compatibility forms become plain letters (NFKC).
    """
    own = (line for line in shown(text).splitlines() if not _QUOTED.match(line))
    return _BLANKS.sub(" ", "\n".join(own)).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()


def shown(text: str) -> str:
    """Return what a reader sees of `text`: compatibility forms as plain letters, and nothing that is invisible."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if _is_shown(char))


def folded(text: str) -> str:
    """Return `text` in lower case without accents, of exactly the same length, so that positions agree."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFD", char)[0].lower()[0] for char in text)


def same_words(one: str, other: str) -> bool:
    """Whether two names are the same but for case, accents and blanks."""
    return folded(plain(one)) == folded(plain(other)) != ""


def _is_shown(char: str) -> bool:
    return char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn")
