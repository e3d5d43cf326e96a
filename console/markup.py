"""What every page of the console is made of: a whole document, facts, times. Values are escaped where they are put in.

Names of facts, titles and everything else that is not a parameter called `text` or `moment` is a constant of the pages.
"""

from collections.abc import Mapping
from html import escape

from agent.channels.plain_text import plain_text
from console.style import STYLE


def document(title: str, content: str, *, reload_seconds: int = 0) -> str:
    """Return a whole HTML document around `content`; with `reload_seconds` the browser loads it again by itself."""
    refresh = f"<meta http-equiv=refresh content={reload_seconds}>" if reload_seconds else ""
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"{refresh}<title>{escaped(title)} - Remit</title><style>{STYLE}</style></head>"
        f"<body><main>{content}</main></body></html>"
    )


def facts(found: Mapping[str, str]) -> str:
    """Return a definition list. The values are HTML already; the names are constants."""
    return f"<dl>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in found.items())}</dl>"


def time(moment: str) -> str:
    """Return an ISO 8601 time in UTC as a person reads it."""
    return f"<time datetime='{escaped(moment)}'>{escaped(moment[:19].replace('T', ' '))} UTC</time>"


def escaped(text: str) -> str:
    """Return text for element content and quoted attributes alike."""
    return escape(text, quote=True)


def foreign(text: str) -> str:
    """Return text from outside as one line of element content, uncut.

    Characters that cannot be seen are left out, and what is written from right to left turns nothing around it.
    """
    return f"<bdi>{escaped(plain_text(text, max(1, len(text))))}</bdi>"


def foreign_lines(text: str) -> str:
    """Return text from outside with its line breaks."""
    return f"<pre>{chr(10).join(foreign(line) for line in text.splitlines())}</pre>"
