"""An escalation: everything a person needs to go on, readable in under a minute."""

from agent.model.frozen import Frozen

# The teams that a case can be handed to. A closed list: a planner cannot make one up.
QUEUES = frozenset(
    {
        "service-desk-l2",
        "identity",
        "security",
        "endpoint",
        "exchange",
        "hr",
        "facilities",
        "legal",
        "procurement",
    }
)


class Handoff(Frozen):
    """`seen`, `would_have_done` and `done` are sentences; `queue` names the team that takes over.

    `left_to_do` is what that team was to do anyway, once the plan was in effect.
    """

    case_id: str
    asked: str
    requester: str
    seen: tuple[str, ...]
    would_have_done: tuple[str, ...]
    done: tuple[str, ...]
    why_stopped: str
    left_to_do: str = ""
    queue: str
    urgent: bool = False
