"""What people call Microsoft's licences, and the part numbers that Graph knows them by.

Source: Microsoft's page "Product names and service plan identifiers for licensing". A name may stand for
several part numbers; which one is meant is settled by what the tenant has, and only if exactly one is left.
"""

import re
from typing import Final

from agent.planners.wording import folded

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "microsoft 365 e5": ("SPE_E5",),
    "m365 e5": ("SPE_E5",),
    "microsoft 365 e3": ("SPE_E3",),
    "m365 e3": ("SPE_E3",),
    "microsoft 365 f3": ("SPE_F1",),
    "m365 f3": ("SPE_F1",),
    "microsoft 365 business premium": ("SPB",),
    "microsoft 365 business standard": ("O365_BUSINESS_PREMIUM",),
    "microsoft 365 business basic": ("O365_BUSINESS_ESSENTIALS",),
    "office 365 e1": ("STANDARDPACK",),
    "office 365 e3": ("ENTERPRISEPACK",),
    "office 365 e5": ("ENTERPRISEPREMIUM",),
    "o365 e1": ("STANDARDPACK",),
    "o365 e3": ("ENTERPRISEPACK",),
    "o365 e5": ("ENTERPRISEPREMIUM",),
    "e1": ("STANDARDPACK",),
    "e3": ("SPE_E3", "ENTERPRISEPACK"),
    "e5": ("SPE_E5", "ENTERPRISEPREMIUM"),
    "f3": ("SPE_F1", "DESKLESSPACK"),
    "microsoft 365 copilot": ("Microsoft_365_Copilot",),
    "m365 copilot": ("Microsoft_365_Copilot",),
    "copilot": ("Microsoft_365_Copilot",),
    "visio plan 1": ("VISIOONLINE_PLAN1",),
    "visio plan 2": ("VISIOCLIENT",),
    "visio": ("VISIOCLIENT", "VISIOONLINE_PLAN1"),
    "planner plan 1": ("PROJECT_P1",),
    "project plan 1": ("PROJECT_P1",),
    "project plan 3": ("PROJECTPROFESSIONAL",),
    "planner and project plan 3": ("PROJECTPROFESSIONAL",),
    "project plan 5": ("PROJECTPREMIUM",),
    "planner and project plan 5": ("PROJECTPREMIUM",),
    "power bi pro": ("POWER_BI_PRO",),
    "power bi premium": ("PBI_PREMIUM_PER_USER",),
    "power bi premium per user": ("PBI_PREMIUM_PER_USER",),
    "power bi": ("POWER_BI_PRO", "PBI_PREMIUM_PER_USER"),
    "powerbi": ("POWER_BI_PRO", "PBI_PREMIUM_PER_USER"),
    "power automate free": ("FLOW_FREE",),
    "power automate premium": ("POWERAUTOMATE_ATTENDED_RPA",),
    "power automate": ("FLOW_FREE", "FLOW_PER_USER", "POWERAUTOMATE_ATTENDED_RPA"),
    "teams phone": ("MCOEV",),
    "teams phone standard": ("MCOEV",),
    "microsoft teams phone standard": ("MCOEV",),
    "audio conferencing": ("MCOMEETADV",),
    "entra id p1": ("AAD_PREMIUM",),
    "entra id p2": ("AAD_PREMIUM_P2",),
    "intune": ("INTUNE_A",),
}

# Part numbers as Graph writes them, when somebody knows and types one.
_PART_NUMBERS: Final = {folded(part): part for parts in _NAMES.values() for part in parts}

# Longest first, so that `power bi pro` is never read as `power bi`.
_MENTION = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(re.escape(one) for one in sorted({*_NAMES, *_PART_NUMBERS}, key=len, reverse=True))
    + r")(?![\w-])"
)


def mentions(text: str) -> tuple[re.Match[str], ...]:
    """Return where the folded `text` names a product or part number, longest first, without overlaps."""
    return tuple(_MENTION.finditer(text))


def part_numbers(name: str) -> tuple[str, ...]:
    """Return the part numbers that a name or part number may stand for; empty when it is neither."""
    wanted = folded(name.strip())
    if wanted in _PART_NUMBERS:
        return (_PART_NUMBERS[wanted],)
    return _NAMES.get(wanted, ())
