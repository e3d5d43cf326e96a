"""Continuous access evaluation: Graph refuses a token before its time and says what a new one must show.

https://learn.microsoft.com/entra/identity-platform/claims-challenge
"""

import base64
import binascii
import json
import re

import httpx

_CLAIMS = re.compile(r'\bclaims="([A-Za-z0-9+/=_-]+)"')
# What is asked for is a small JSON object; anything larger is no challenge.
_MAX_CHARS = 4096


def claims_challenge(response: httpx.Response) -> str:
    """Return the claims that a new token must show, as JSON text; empty when the response is no such challenge."""
    header = response.headers.get("www-authenticate", "")
    found = _CLAIMS.search(header) if response.status_code == 401 and len(header) <= _MAX_CHARS else None
    if found is None or "insufficient_claims" not in header:
        return ""
    coded = found[1].replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode()
        asked = json.loads(text)
    except (binascii.Error, ValueError):
        return ""
    return text if isinstance(asked, dict) else ""
