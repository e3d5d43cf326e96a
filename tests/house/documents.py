"""Reads the documents: their tables, code blocks, links and backticked names."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TICKED = re.compile(r"`([^`\n]+)`")


@cache
def tracked() -> frozenset[str]:
    """The names of all files of the project, without what git ignores."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return frozenset(name for name in listed if (ROOT / name).exists())


def documents() -> list[str]:
    """The names of all documents."""
    return sorted(name for name in tracked() if name.endswith(".md"))


def text_of(name: str) -> str:
    """A document's text."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [body for found, body in _FENCE.findall(text_of(name)) if found == language]


def prose(name: str) -> str:
    """A document's text without its fenced blocks."""
    return _FENCE.sub("", text_of(name))


def links(name: str) -> list[str]:
    """The targets of all links that lead to files, without their anchors."""
    found = (target.partition("#")[0] for target in _LINK.findall(prose(name)))
    return [target for target in found if target and "://" not in target]


def ticked(text: str) -> list[str]:
    """Everything that stands in backticks, in order."""
    return _TICKED.findall(text)


def rows(name: str, header: str) -> list[list[str]]:
    """The cells of every row of the tables whose first heading is `header`."""
    found: list[list[str]] = []
    inside = False
    for line in text_of(name).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == header:
            inside = True
        elif inside and set(line) - set("|-: "):
            found.append(cells)
    return found


def only(cell: str) -> str:
    """The one name in backticks of a cell."""
    (name,) = ticked(cell)
    return name
