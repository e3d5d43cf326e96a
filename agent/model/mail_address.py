"""What counts as a mail address: one that can end neither a header nor a command of a mail."""

import re

# RFC 5321, section 4.1.2, without quoted names: no blank, no line break and no other letter than ASCII.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_MAX_CHARS = 254


def is_mail_address(text: object) -> bool:
    """Return whether `text` is a plain mail address, and nothing else beside it."""
    return isinstance(text, str) and len(text) <= _MAX_CHARS and _ADDRESS.fullmatch(text) is not None
