"""Makes foreign text safe to show: one line, nothing that is not seen or draws over others, no template marks."""

import unicodedata

# Shown where text was cut, so that a reader knows there is more.
_CUT = "\u2026"
# Control, format (direction marks, zero width), surrogate, private use and unassigned characters.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Letters and marks that are drawn as nothing (Unicode 15, `Default_Ignorable_Code_Point` outside of the above), and the
# braille pattern without a dot, which looks like a blank.
_UNSEEN = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0, 0x1D159),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
_BLANK_BRAILLE = "\u2800"
# Marks above, below and around a letter. No script needs more on one; a pile of them draws over the lines beside it.
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 4


def plain_text(text: str, limit: int) -> str:
    """Return `text` as one visible line of at most `limit` characters (limit >= 1).

    `{{` and `${` are broken up: clients expand `{{DATE(...)}}` even inside a TextRun.
    """
    # Work is bounded before it starts: what lies far behind the limit cannot be shown anyway.
    text = text[: limit * 8 + 64]
    text = _unpiled("".join(_visible(char) for char in text))
    text = " ".join(text.split())
    # Replacing can join what was apart, so it is repeated until nothing is left to replace.
    while "{{" in text or "${" in text:
        text = text.replace("{{", "{").replace("${", "{")
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _CUT


def _visible(char: str) -> str:
    if char.isspace() or char == _BLANK_BRAILLE:
        return " "
    return "" if char in _UNSEEN or unicodedata.category(char) in _HIDDEN else char


def _unpiled(text: str) -> str:
    if text.isascii():
        return text
    shown, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in _MARKS else 0
        if marks <= _MOST_MARKS:
            shown.append(char)
    return "".join(shown)
