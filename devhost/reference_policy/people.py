"""Who asks, in conditions: IT on the console, HR, a manager, the person concerned; and the roles of Entra by id."""

from collections.abc import Iterable
from typing import Any, Final

from simulator.roles import TEMPLATE_IDS

ON_SELF: Final = {"request.on_self": True}
FOR_OTHERS: Final = {"request.on_self": False}
MANAGER: Final = {"requester.manages_beneficiary": True}
OWNER: Final = {"requester.owns_target": True}
# The manager that somebody gets by the same plan, whom the directory does not know yet (RP-07, RP-33).
NEW_MANAGER: Final = {"plan.makes_requester_manager": True}
IT: Final = {"requester.role": ["helpdesk", "it_admin", "msp_tech"]}
CONSOLE: Final = {"request.channel": "console"}
# A technician in front of the console: a role, a session of their own, and the channel that only IT has.
IT_CONSOLE: Final = {**IT, **CONSOLE, "requester.assurance": "sso"}
PROVEN: Final = {"requester.assurance": ["sso", "portal"]}
UNDOING: Final = {"is_rollback": True}

# Who may reset passwords, and who may issue and delete sign-in methods (Graph reference, and the roles page of Entra).
PASSWORD_ROLES: Final = (
    "Password Administrator",
    "Helpdesk Administrator",
    "Authentication Administrator",
    "User Administrator",
    "Privileged Authentication Administrator",
    "Global Administrator",
)
METHOD_ROLES: Final = (
    "Authentication Administrator",
    "Privileged Authentication Administrator",
    "Global Administrator",
)
CONDITIONAL_ACCESS_ROLES: Final = ("Conditional Access Administrator", "Security Administrator", "Global Administrator")
DEVICE_ROLES: Final = ("Intune Administrator", "Global Administrator")


def holding(roles: Iterable[str]) -> dict[str, Any]:
    """Return the condition that the requester holds one of these built-in roles directly."""
    return {"requester.directory_roles": {"any": sorted(TEMPLATE_IDS[name] for name in roles)}}


def hr(departments: Iterable[str]) -> dict[str, Any]:
    """Return the condition that the requester works in HR."""
    return {"requester.department": sorted(departments)}
