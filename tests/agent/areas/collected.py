"""All areas together; what two areas say about one action or look-up stands there once."""

from typing import Any

from tests.agent.areas import accounts, devices, files, first, governance, groups, mail, security, sign_in, teams
from tests.agent.areas.example import Example

_AREAS = (first, accounts, sign_in, groups, governance, security, devices, mail, files, teams)

PARAMS: dict[str, dict[str, Any]] = {name: params for area in _AREAS for name, params in area.PARAMS.items()}
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    name: calls for area in _AREAS for name, calls in area.CALLS.items()
}
SUBJECTS: dict[str, str] = {name: subject for area in _AREAS for name, subject in area.SUBJECTS.items()}
EXAMPLES: tuple[Example, ...] = tuple(one for area in _AREAS for one in area.EXAMPLES)
