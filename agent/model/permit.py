"""The proof that one exact call may be sent now. No permit, no write."""

from dataclasses import InitVar, dataclass, field

from agent.model.actor import WORKLOAD, Actor
from agent.model.graph_call import GraphCall
from policy.decision import Decision


class _Mint:
    """The key that `agent.gate` holds; a test checks that no other file imports it."""


MINT = _Mint()


class Use:
    """Whether the one request of a permit has left. It goes with the permit, whoever holds it and however often."""

    __slots__ = ("is_over",)

    def __init__(self) -> None:
        self.is_over = False


@dataclass(frozen=True, slots=True)
class Permit:
    """Made by `agent.gate.grant` only. `Directory.write` takes nothing else.

    `approver_ids` and `grant_ids` are the people and the standing grants whose yes opened the gate.
    `actor` is in whose name the call is sent, and `permissions` are all that its token is asked for. `use` is the one
    thing of it that changes, once, just before the request leaves.

    `dataclasses.replace` fails on it because the mint is not a field, so a permit cannot be altered.

    Raises:
        TypeError: it was made without the gate's mint.
    """

    tenant_id: str
    case_id: str
    step_index: int
    call: GraphCall
    decision: Decision
    approver_ids: tuple[str, ...]
    is_rollback: bool
    mint: InitVar[_Mint]
    actor: Actor = WORKLOAD
    permissions: tuple[str, ...] = ()
    grant_ids: tuple[str, ...] = ()
    use: Use = field(default_factory=Use, repr=False, compare=False)

    def __post_init__(self, mint: _Mint) -> None:
        if mint is not MINT:
            raise TypeError("a Permit is made by `agent.gate.grant` only")

    @property
    def call_digest(self) -> str:
        """SHA-256 of the permitted call, compared with what is about to be sent."""
        return self.call.digest
