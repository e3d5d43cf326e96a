"""A wake-up as it stands in a queue: `{"case": id, "seq": n}`, trusted for nothing."""

import json
import re

_CASE_ID = re.compile(r"[0-9a-f]{32}")


def parse_wakeup(message: bytes) -> tuple[str, int] | None:
    """Return (case id, seq), or None: anybody who can enqueue can write nonsense, and it must not come back."""
    try:
        parsed = json.loads(message)
        case_id, seq = parsed["case"], parsed["seq"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(case_id, str) or not _CASE_ID.fullmatch(case_id) or type(seq) is not int:
        return None
    return case_id, seq
