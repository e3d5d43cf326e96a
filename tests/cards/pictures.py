"""`make cards`: takes the pictures of docs/approvals.md, and says what is wrong with any card or page.

`python -m tests.cards.pictures [--check]`; with `--check` nothing is written. Exit code 1 when something is wrong, 2
when the tools cannot be had.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path

from agent.channels.card_elements import to_json
from devhost.errors import ToolError
from tests.agent.channels.card_kinds import KINDS
from tests.cards import console_pages
from tests.cards.browser import ROOT, Json, page_problems, problems, render, show

PICTURES = ROOT / "docs" / "pictures"
# Which cards and pages the pictures were taken of.
TAKEN_OF = PICTURES / "cards.json"
_WIDTH, _PHONE = 480, 300
# The kind that is shown as a phone shows it, too.
_ON_A_PHONE = "asked"
_SCALE = 1.5
# Pages are shown as a phone and as a desk shows them.
_PAGE_WIDTHS = (320, 1280)


def cards() -> dict[str, Json]:
    """Return one card of each kind, as it is sent."""
    return {name: to_json(make()) for name, make in KINDS.items()}


def digests() -> dict[str, str]:
    """Return the SHA-256 of each kind's card, and of each page."""
    texts = {name: json.dumps(card, sort_keys=True) for name, card in cards().items()}
    of_cards = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return of_cards | console_pages.digests()


def names() -> list[str]:
    """Return the file names of the pictures."""
    pages = [f"{name}-{width}.png" for name in console_pages.shown() for width in _PAGE_WIDTHS]
    return [*(f"{kind}.png" for kind in KINDS), f"{_ON_A_PHONE}-{_PHONE}.png", *pages]


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures; return 0, 1 when a card is wrong, 2 when no picture can be taken."""
    parser = argparse.ArgumentParser(prog="python -m tests.cards.pictures", description=__doc__)
    parser.add_argument("--check", action="store_true", help="look at the cards and write nothing")
    is_check = parser.parse_args(arguments).check
    try:
        with tempfile.TemporaryDirectory() as folder:
            wrong = _take(Path(folder), is_check=is_check)
    except ToolError as problem:
        print(f"cards: {problem}", file=sys.stderr)
        return 2
    for one in wrong:
        print(f"cards: {one}", file=sys.stderr)
    count = len(console_pages.kinds() | console_pages.hostile())
    print(f"cards: {len(KINDS)} kinds of cards and {count} pages looked at, {len(wrong)} problem(s)")
    return 1 if wrong else 0


def _take(folder: Path, *, is_check: bool) -> list[str]:
    told = render(cards(), widths=(_PHONE, _WIDTH), scale=_SCALE, pictures=None if is_check else folder)
    if not is_check:
        PICTURES.mkdir(exist_ok=True)
        for kind in KINDS:
            (PICTURES / f"{kind}.png").write_bytes((folder / f"{kind}-{_WIDTH}.png").read_bytes())
        phone = f"{_ON_A_PHONE}-{_PHONE}.png"
        (PICTURES / phone).write_bytes((folder / phone).read_bytes())
        TAKEN_OF.write_text(json.dumps(digests(), indent=2) + "\n", encoding="utf-8")
    return problems(told) + _take_pages(folder, is_check=is_check)


def _take_pages(folder: Path, *, is_check: bool) -> list[str]:
    if not is_check:
        show(console_pages.shown(), widths=_PAGE_WIDTHS, pictures=folder)
        for name in (f"{page}-{width}.png" for page in console_pages.shown() for width in _PAGE_WIDTHS):
            (PICTURES / name).write_bytes((folder / name).read_bytes())
    return page_problems(show(console_pages.kinds() | console_pages.hostile(), widths=_PAGE_WIDTHS))


if __name__ == "__main__":
    sys.exit(main())
