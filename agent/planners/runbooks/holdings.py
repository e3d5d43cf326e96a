"""What somebody holds, as steps that take it away: memberships that Graph can write, and licences given directly.

1. Of every group that has the person in it, find out whether it can be written and whether the membership is direct:
   one that follows from a rule, from on-premises or from another group goes by itself or elsewhere.
2. Of the licences only those go that were given directly; one that comes from a group goes with the group.
3. What could not be learned is not left out in silence: then the whole is for people.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.lookups.tenant import ALL
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.runbooks.runbook import Person, Question, hand_over
from agent.ports import Proposal

# With two look-ups a group, more than these would leave none for anything else.
MAX_GROUPS = 12


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody holds: groups that can be written and have them directly, and what takes their licences away.

    `elsewhere` are the names of mail-enabled groups, which only Exchange can change.
    """

    groups: tuple[dict[str, Any], ...]
    licences: tuple[Step, ...]
    elsewhere: tuple[str, ...]


HeldFound = Generator[tuple[Question, ...], tuple[Observation, ...], Held | Proposal]


def held_by(person: Person) -> HeldFound:
    """Return what the person holds, or a hand-over."""
    listed, licences, skus = yield (
        ("user.groups", person.id),
        ("user.licenses", person.id),
        ("tenant.skus", ALL),
    )
    if problem := _unread((listed, licences, skus)):
        return problem
    ids = tuple(str(one) for one in listed.facts["groups"])
    if len(ids) > MAX_GROUPS:
        return hand_over(f"the person is in {len(ids)} groups, more than are looked through at once", queue="identity")
    seen = yield tuple(("group.get", one) for one in ids)
    if problem := _unread(seen):
        return problem
    writable = [one.facts for one in seen if _is_writable(one.facts)]
    direct = yield tuple(("group.member", f"{group['id']}/{person.id}") for group in writable)
    if problem := _unread(direct):
        return problem
    groups = tuple(dict(one) for one, seen in zip(writable, direct, strict=True) if seen.facts["is_member"])
    # (2)
    given = _licences(person, licences.facts, skus=skus.facts["skus"])
    if isinstance(given, Proposal):
        return given
    mailed = (one.facts for one in seen if _is_for_exchange(one.facts))
    return Held(groups=groups, licences=given, elsewhere=tuple(name_of(one) for one in mailed))


def left(groups: Iterable[dict[str, Any]], person: Person) -> tuple[Step, ...]:
    """Return the steps that take the person out of these groups."""
    return tuple(
        parse_step(
            "entra.group.member.remove",
            {"group_id": one["id"], "group_name": name_of(one), "user_id": person.id, "user_name": person.name},
        )
        for one in groups
    )


def _unread(seen: tuple[Observation, ...]) -> Proposal | None:
    # (3)
    bad = next((one for one in seen if one.state != "known"), None)
    return None if bad is None else hand_over(f"what the person holds could not be read ({bad.problem or bad.state})")


def _is_writable(group: dict[str, Any]) -> bool:
    is_ruled = "DynamicMembership" in group["groupTypes"] or group.get("onPremisesSyncEnabled") is True
    return not is_ruled and not _is_for_exchange(group)


def _is_for_exchange(group: dict[str, Any]) -> bool:
    return group.get("mailEnabled") is True and "Unified" not in group["groupTypes"]


def _licences(person: Person, facts: dict[str, Any], *, skus: list[dict[str, Any]]) -> tuple[Step, ...] | Proposal:
    names = {one["skuId"]: one.get("skuPartNumber", "") for one in skus}
    if facts["assignedLicenses"] and "assignments" not in facts:
        return hand_over("it could not be learned where the person's licences come from")
    plans = {one["skuId"]: one["disabledPlans"] for one in facts["assignedLicenses"]}
    direct = {one["skuId"] for one in facts.get("assignments", ()) if one.get("assignedByGroup") is None}
    return tuple(
        parse_step(
            "entra.license.remove",
            {
                "user_id": person.id,
                "user_name": person.name,
                "sku_id": sku,
                "sku_name": names.get(sku, ""),
                "disabled_plans": disabled,
            },
        )
        for sku, disabled in plans.items()
        if sku in direct
    )
