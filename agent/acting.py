"""Chooses in whose name a step is written: the least powerful of those who can do it.

1. The requester, for a change of their own things that Microsoft lets people make themselves: nobody's rights but
   theirs are used.
2. The agent itself, where Microsoft lets an application make the call.
3. The requester or nobody, for what people can do to themselves only.
4. Else a person who approves it. Until one has, it is some approver without a name; the gate opens for none.
5. INVARIANT: once a step was decided, and shown to people, in one of these names, it is written in that name or not at
   all. A person's token that is gone is never replaced by the agent's own.

The choice is a fact for policy (`identity.kind`), stands in the permit and in the log.
"""

from collections.abc import Iterable

from agent.actions import CATALOGUE
from agent.model.actor import WORKLOAD, Actor, Label, acting_for
from agent.model.plan import Step


def actor_for(step: Step, *, requester_id: str, at_hand: Iterable[Actor], shown: Label | None = None) -> Actor:
    """Return who writes `step`; `at_hand` are the people whose tokens can be had now.

    `shown` is the name in which it was decided before, if it was.
    """
    action = CATALOGUE.get(step.action)
    people = tuple(at_hand)
    own = acting_for(requester_id, whose="requester")
    if shown is not None:  # (5)
        return _again(shown, own if own in people else acting_for("", whose="requester"), people=people)
    if action is None:
        return WORKLOAD
    if own in people and action.serves_me and {step.target.id, step.beneficiary_id} <= {requester_id, ""}:  # (1)
        return own
    if action.application_permissions:  # (2)
        return WORKLOAD
    if action.serves_me:  # (3)
        return acting_for("", whose="requester")
    return _some_approver(people)  # (4)


def _again(shown: Label, requester: Actor, *, people: tuple[Actor, ...]) -> Actor:
    """Return who writes a step that was decided in the name `shown`."""
    if shown == "workload":
        return WORKLOAD
    return requester if shown == "requester-delegated" else _some_approver(people)


def _some_approver(people: tuple[Actor, ...]) -> Actor:
    return next((one for one in people if one.whose == "approver"), acting_for("", whose="approver"))


def may_act_delegated(action: str) -> bool:
    """Whether `actor_for` can ever choose a person's token for `action`."""
    one = CATALOGUE[action]
    return bool(one.delegated_permissions) and (one.serves_me or not one.application_permissions)


def permissions_for(action: str, actor: Actor, *, is_rollback: bool = False) -> tuple[str, ...]:
    """Return the least permissions that a token of `actor` needs for `action` or its undo, to be asked with."""
    one = CATALOGUE[action]
    own = one.application_permissions if actor.kind == "workload" else one.delegated_permissions
    return tuple(dict.fromkeys((*own, *one.undo_permissions))) if is_rollback else own
