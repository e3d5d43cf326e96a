"""The pages that answer how something is done: what they are about, and their texts in five languages.

They are files of this package (`pages/`), so that whoever knows a language can read and mend one of them alone:
`topics.txt` says by which words people ask for a page, one file a language says what it answers. Read once, at the
first question.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from agent.model.service_request import Language
from agent.planners.wording import folded

_FOLDER: Final = Path(__file__).parent / "pages"
#: The page for a product of which we have no page of its own.
GENERAL: Final = "in_general"

_PRODUCTS: Final[Mapping[str, str]] = {
    "excel": "Excel",
    "word": "Word",
    "power ?point": "PowerPoint",
    "one ?note": "OneNote",
    "outlook": "Outlook",
    "teams": "Teams",
    "share ?point": "SharePoint",
    "one ?drive": "OneDrive",
    "forms": "Forms",
    "planner": "Planner",
    "power ?bi": "Power BI",
    "power ?automate": "Power Automate",
    "visio": "Visio",
    "copilot": "Copilot",
    "whiteboard": "Whiteboard",
    "bookings": "Bookings",
    "loop": "Loop",
    "edge": "Edge",
    "windows": "Windows",
}


def page_for(words: str, language: Language) -> str:
    """Return the text of the page that words ask for, or of the product that they name; empty when there is none."""
    comparable = folded(words)
    if topic := _topic_in(comparable):
        return _texts(language)[topic]
    named = [shown for name, shown in _PRODUCTS.items() if re.search(rf"\b{name}\b", comparable)]
    return _texts(language)[GENERAL].format(product=named[0]) if named else ""


def _topic_in(comparable: str) -> str:
    """Return the topic with the longest words that all stand in a text, in any order; empty for none."""
    fitting = [
        (len(phrase), topic)
        for topic, phrases in _topics().items()
        for phrase in phrases
        if all(re.search(rf"\b{re.escape(stem)}", comparable) for stem in phrase.split())
    ]
    return max(fitting, key=lambda one: one[0], default=(0, ""))[1]


@cache
def _topics() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for topic, lines in _sections("topics").items():
        found[topic] = tuple(folded(phrase.strip()) for line in lines for phrase in line.split(",") if phrase.strip())
    return found


@cache
def _texts(language: Language) -> Mapping[str, str]:
    return {topic: " ".join(lines) for topic, lines in _sections(language).items()}


def _sections(name: str) -> dict[str, list[str]]:
    """Return the lines of a file below each of its `# topic` lines."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            lines = sections.setdefault(line[2:].strip(), [])
        elif line.strip():
            lines.append(line.strip())
    return sections
