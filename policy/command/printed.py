"""The last net under everything that is printed: no foreign text can move the cursor, clear the screen or hide lines.

Names and notes are made printable where sentences are built (`policy.foreign`); what slips through ends here.
"""

import argparse
from collections.abc import Iterable
from typing import Final, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# C0 but the line feed, DEL, and C1 (ECMA-48): terminals obey them instead of showing them.
_CONTROLS: Final = (*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0))
# The marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9) and the two separators: what
# stands between them is shown in another order or place than it is written.
_REORDERING: Final = (0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
# Spaces without width, and the tags: nobody sees that they are there.
_UNSEEN: Final = (0x200B, 0x2060, 0xFEFF, *range(0xE0000, 0xE0080))
# Halves of surrogate pairs are no characters, and no terminal can be sent them.
_HALVES: Final = range(0xD800, 0xE000)
_DROPPED: Final = dict.fromkeys((*_CONTROLS, *_REORDERING, *_UNSEEN, *_HALVES))


def without_controls(text: str) -> str:
    """Return `text` without what terminals obey, reorder, hide or cannot take; line feeds stay."""
    return text.translate(_DROPPED)


class SafeConsole(Console):
    """A console that prints text without control characters; its own colours and cursor moves stay."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of `renderable`, those of text without control characters."""
        for one in super().render(renderable, options):
            yield one if one.control else Segment(without_controls(one.text), one.style)


class SafeParser(argparse.ArgumentParser):
    """A parser that repeats no control characters of the words that it refuses."""

    def error(self, message: str) -> NoReturn:
        """End the command with the usage and `message`."""
        super().error(without_controls(message))
