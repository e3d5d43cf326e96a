"""Makes foreign text safe to show: one line, no control or direction characters, no template marks."""

import unicodedata

# Shown where text was cut, so that a reader knows there is more.
_CUT = "\u2026"
# Control, format (direction marks, zero width), surrogate, private use and unassigned characters.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain_text(text: str, limit: int) -> str:
    """Return `text` as one visible line of at most `limit` characters (limit >= 1).

    `{{` and `${` are broken up: clients expand `{{DATE(...)}}` even inside a TextRun.
    """
    # Work is bounded before it starts: what lies far behind the limit cannot be shown anyway.
    text = text[: limit * 8 + 64]
    text = "".join(_visible(char) for char in text)
    text = " ".join(text.split())
    # Replacing can join what was apart, so it is repeated until nothing is left to replace.
    while "{{" in text or "${" in text:
        text = text.replace("{{", "{").replace("${", "{")
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _CUT


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _HIDDEN else char
