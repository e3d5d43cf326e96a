"""Continuous access evaluation: Graph refuses a token before its time and says what a new one must show.

https://learn.microsoft.com/entra/identity-platform/claims-challenge
"""

import base64
import binascii
import json
import re

_CLAIMS = re.compile(r'\bclaims="([A-Za-z0-9+/=_-]+)"')
# What is asked for is a small JSON object; anything larger is no challenge.
_MAX_CHARS = 4096


def claims_challenge(status: int, header: str) -> str:
    """Return the claims that a new token must show, as JSON text; empty when the answer is no such challenge.

    `header` is the answer's `WWW-Authenticate`; the parts of a batch have their own.
    """
    found = _CLAIMS.search(header) if status == 401 and len(header) <= _MAX_CHARS else None
    if found is None or "insufficient_claims" not in header:
        return ""
    coded = found[1].replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode()
        asked = json.loads(text)
    except (binascii.Error, ValueError):
        return ""
    return text if isinstance(asked, dict) else ""
