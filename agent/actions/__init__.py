"""The catalogue: everything that Remit can do to a tenant. What is not listed here is not possible."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from agent.actions.access_passes import CreateAccessPass, DeleteAccessPass
from agent.actions.action import Action, UnknownActionError
from agent.actions.groups import AddMember, RemoveMember
from agent.actions.judge import CLOCK_SKEW, Effect, judge, seen
from agent.actions.licenses import AssignLicense, RemoveLicense
from agent.actions.passwords import ResetPassword
from agent.actions.sessions import RevokeSessions
from agent.model.plan import Step

__all__ = [
    "CATALOGUE",
    "CLOCK_SKEW",
    "TARGET_KINDS",
    "Action",
    "Effect",
    "UnknownActionError",
    "judge",
    "parse_step",
    "seen",
]

# One line an action.
_ACTIONS: Final[tuple[type[Action], ...]] = (
    ResetPassword,
    RevokeSessions,
    CreateAccessPass,
    DeleteAccessPass,
    AddMember,
    RemoveMember,
    AssignLicense,
    RemoveLicense,
)

CATALOGUE: Final[Mapping[str, type[Action]]] = MappingProxyType({one.id: one for one in _ACTIONS})

# Per action the kind of object that it changes; no step of it can change another kind.
TARGET_KINDS: Final[Mapping[str, str]] = MappingProxyType({name: one.target_kind for name, one in CATALOGUE.items()})


def parse_step(action_id: str, params: Mapping[str, Any]) -> Step:
    """Return the step that the catalogue builds from an action id and its parameters.

    This is the only way from a planner to a Step: same input, same step, so anyone can rebuild and compare.

    Raises:
        UnknownActionError: the action is not in the catalogue, or the parameters do not fit it. The message
            names the parameters at fault but not their values, which may be foreign text.
    """
    action = CATALOGUE.get(action_id)
    if action is None:
        raise UnknownActionError(f"expected an action of the catalogue, got `{action_id[:80]}`")
    try:
        return action.model_validate(dict(params)).step()
    except ValidationError as error:
        faults = sorted({f"`{_place(one['loc'])}` ({one['type']})" for one in error.errors(include_input=False)})
        raise UnknownActionError(f"action `{action_id}` does not take these parameters: {', '.join(faults)}") from None


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)[:80] or "params"
