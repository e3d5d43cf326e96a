"""Whether IT is asking on its console, which changes what a runbook tells of other people, and about whom it plans.

Every employee can ask on the console. IT is whoever holds, in the whole tenant, one of the built-in roles that look
after people's accounts or devices. Whether they may have done what they ask for is policy's to say, as for anybody.
Where a role only means that people are asked instead of a refusal (`privileges`, a group that can hold roles), nothing
is told and nothing planned, so any role of whoever asks on the console will do.
"""

from collections.abc import Generator
from typing import Final

from agent.actions.role_names import BUILT_IN_ROLES
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.runbooks.runbook import Person, Question, background

_LOOKING_AFTER: Final = frozenset(
    {
        "Authentication Administrator",
        "Global Administrator",
        "Global Reader",
        "Groups Administrator",
        "Helpdesk Administrator",
        "Intune Administrator",
        "Password Administrator",
        "Privileged Authentication Administrator",
        "Security Administrator",
        "Security Operator",
        "Security Reader",
        "User Administrator",
    }
)
_WHOLE_TENANT: Final = "/"


def is_it(ask: Ask, roles: Observation) -> bool:
    """Whether the requester, of whom `roles` are the directory roles, asks as IT. What is unknown is no."""
    held = roles.facts.get("roles", ()) if roles.state == "known" else ()
    return ask.is_console and any(
        BUILT_IN_ROLES.get(str(one.get("roleDefinitionId"))) in _LOOKING_AFTER
        and one.get("directoryScopeId") == _WHOLE_TENANT
        for one in held
    )


def asked_by_it(ask: Ask, requester: Person) -> Generator[tuple[Question, ...], tuple[Observation, ...], bool]:
    """Look the requester's roles up where it matters, before anything of somebody else is, and return as `is_it`."""
    if not ask.is_console:
        return False
    (_, roles, _) = yield background(requester)
    return is_it(ask, roles)
