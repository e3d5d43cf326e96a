"""One action in a tenant where it is needed, for the suite that does, checks and undoes every action."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.directory import Directory


@dataclass(frozen=True)
class Example:
    """`arrange` brings a simulated tenant where the action is needed and returns the action's parameters.

    It may change the directory by hand, as an administrator before us would have. `lost` names what the undo of a
    reversible action does not bring back, as paths into the dumped directory with dots (`objects.groups`), each for
    a reason said beside it. Nothing of an irreversible action is compared.
    """

    action: str
    arrange: Callable[[Directory], dict[str, Any]]
    lost: tuple[str, ...] = ()
