"""The question put to the engine: may this action happen, given these facts?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


class Unknown:
    """The value of a fact that could not be learned. It is not False, not null and not empty."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

FactValue = str | bool | int | frozenset[str] | Unknown


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One planned step as the engine sees it: an action id and the facts about it.

    `facts` maps attribute names of `policy.registry.ATTRIBUTES` to values of the attribute's type.
    A name that is absent is UNKNOWN; so is a value of the wrong type. Names outside the registry
    are ignored by the engine, because no rule can mention them.
    """

    action: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)
