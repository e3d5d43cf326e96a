"""The last net under everything that is printed: no foreign text can move the cursor, clear the screen or hide lines.

Names and notes are made printable where sentences are built (`policy.foreign`); what slips through ends here.
"""

import argparse
from collections.abc import Iterable
from typing import Final, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# C0 but the line feed, DEL, and C1 (ECMA-48): terminals obey them instead of showing them.
_OBEYED: Final = dict.fromkeys((*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0)))


def without_controls(text: str) -> str:
    """Return `text` without control characters; line feeds stay."""
    return text.translate(_OBEYED)


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
