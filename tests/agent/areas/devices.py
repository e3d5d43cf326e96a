"""The actions and look-ups of the area "devices"."""

from typing import Any

from tests.agent.areas.example import Example

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {}

# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {}

EXAMPLES: tuple[Example, ...] = ()
