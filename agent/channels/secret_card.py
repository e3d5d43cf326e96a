"""Builds the card that shows a one-time secret to the one person whose it is."""

import re

from agent.channels.card_elements import Card, RichTextBlock, TextBlock, TextRun
from agent.channels.card_lines import breakable, exact_rows
from agent.channels.card_words import Words
from agent.channels.plain_text import plain_text
from agent.errors import ChannelError

# What a TextRun shows unchanged: printable ASCII without the marks that clients expand.
_SHOWN_EXACTLY = re.compile(r"(?!.*(?:\{\{|\$\{))[!-~]{1,256}")
# So many large characters fit on a phone.
_MOST_LARGE_CHARS = 18


def secret_card(intro: str, secret: str) -> Card:
    """Return the card; a long secret is shown in rows, which put together are the secret.

    Raises:
        ChannelError: the secret could not be shown unchanged.
    """
    if not _SHOWN_EXACTLY.fullmatch(secret):
        raise ChannelError("the secret holds characters that cannot be shown unchanged")
    is_short = len(secret) <= _MOST_LARGE_CHARS
    rows = [
        RichTextBlock((TextRun(text=row, font="Monospace", size="Large" if is_short else "Default"),), spacing="None")
        for row in exact_rows(secret)
    ]
    headline = TextBlock(text=Words.ONE_TIME_SECRET, size="Medium", weight="Bolder")
    said = breakable(plain_text(intro, 1_000)) or "For you only"
    return Card(body=(headline, RichTextBlock((TextRun(text=said),)), *rows))
