"""Runbook: people are to have one licence in place of another: many, or the requester alone.

1. Find the one SKU of the tenant that each of the two product names fits.
2. Look up everybody who holds the old one and, if a group is named, who is in it. A list that is not whole is for
   people: whoever is missing on it would be forgotten. Where neither a crowd, a group nor anybody else is named,
   it is for the requester alone, if they speak of themselves.
3. Leave out who has the new licence already and whose account is disabled, and say how many these are.
4. A licence that comes from a group is changed through the group, and one cannot be given without a usage location:
   with a single such person among them the whole is for people, because half of what was asked is not what was asked.
   Only for the requester alone the location is set first, by the same plan, where it can be told.
5. Without enough free seats it is for procurement: nobody is left without a licence half way.
6. Plan one swap a person, in the order of their names. Who may ask, and who must agree, is policy's to say.
"""

from dataclasses import replace
from typing import Any

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.lookups.tenant import ALL, seats_left
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.entities.people import SELF
from agent.planners.question_phrases import OF_ONESELF
from agent.planners.runbooks.licence import one_sku
from agent.planners.runbooks.other_person import other_named
from agent.planners.runbooks.resolving import find_group
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, plan_of
from agent.planners.runbooks.usage_location import location_first
from agent.planners.swap_phrases import names_many
from agent.planners.wording import folded
from agent.ports import Proposal
from agent.stages.plan import MAX_STEPS

Holder = dict[str, Any]


def licence_swap(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    (skus,) = yield (("tenant.skus", ALL),)
    old, new = one_sku(skus, ask.old_parts, name=ask.old_thing), one_sku(skus, ask.parts, name=ask.thing)
    for sku in (old, new):
        if isinstance(sku, Proposal):
            # Which of the two was asked about, an answer could not tell.
            return replace(sku, missing=None)
    assert isinstance(old, dict) and isinstance(new, dict), "a SKU that is no hand-over is a SKU"
    if old["skuId"] == new["skuId"]:
        return hand_over("the request names the same licence twice")
    # (2)
    (seen,) = yield (("sku.holders", old["skuId"]),)
    if problem := _incomplete(seen, "the people who hold this licence"):
        return problem
    holders: list[Holder] = list(seen.facts["holders"])
    if not ask.group and not names_many(ask.words):
        # Whoever speaks of nobody but themselves changes nobody's licence but their own.
        words = folded(ask.words)
        other = yield from other_named(replace(ask, person=""), requester)
        if other is not None or not (OF_ONESELF.search(words) or SELF.search(words)):
            return hand_over("the request does not say whose licences are to be swapped")
        holders = [one for one in holders if one["id"] == requester.id]
    if ask.group:
        group = yield from find_group(ask.group)
        if isinstance(group, Proposal):
            return group
        (members,) = yield (("group.members", group["id"]),)
        if problem := _incomplete(members, "the members of the group"):
            return problem
        inside = {one["id"] for one in members.facts["members"]}
        holders = [one for one in holders if one["id"] in inside]
    yield background(requester)
    first: tuple[Step, ...] = ()
    if [one["id"] for one in holders] == [requester.id] and holders[0].get("usageLocation", "unknown") is None:
        first = yield from location_first(requester, str(new["skuId"]))
    return _planned(old, new, holders=holders, first=first)


def _incomplete(seen: Observation, what: str) -> Proposal | None:
    if seen.state != "known":
        return hand_over(f"{what} could not be looked up ({seen.problem or seen.state})")
    return None if seen.facts.get("complete") else hand_over(f"{what} are too many to name them all")


def _planned(old: dict[str, Any], new: dict[str, Any], *, holders: list[Holder], first: tuple[Step, ...]) -> Proposal:
    # (3)
    disabled = [one for one in holders if one.get("accountEnabled") is not True]
    having = [one for one in holders if new["skuId"] in one["skus"]]
    left_out = {one["id"] for one in (*disabled, *having)}
    people = [one for one in holders if one["id"] not in left_out]
    besides = f" ({len(disabled)} disabled accounts and {len(having)} who have it already are left out)"
    besides = besides if left_out else ""
    if not people:
        text = f"Nobody there has {old['skuPartNumber']} to be swapped for {new['skuPartNumber']}. Nothing was changed."
        return answer(f"nobody has a licence to swap{besides}", text)
    if problem := _obstacle(new, people, is_located=bool(first)):
        return problem
    # (6)
    ordered = sorted(people, key=lambda one: (name_of(one), one["id"]))
    reason = f"{len(ordered)} people are to have {new['skuPartNumber']} in place of {old['skuPartNumber']}{besides}"
    swaps = tuple(parse_step("entra.license.swap", _params(one, old, new=new)) for one in ordered)
    return plan_of(reason, (*first, *swaps))


def _obstacle(new: dict[str, Any], people: list[Holder], *, is_located: bool) -> Proposal | None:
    # (4)
    if len(people) > MAX_STEPS:
        return hand_over(f"the request is about {len(people)} people, more than the {MAX_STEPS} of one plan")
    if through := sum(one["is_from_group"] for one in people):
        return hand_over(f"{through} of {len(people)} people have the licence through a group, which is to be changed")
    nowhere = 0 if is_located else sum(not one.get("usageLocation") for one in people)
    if nowhere:
        return hand_over(f"{nowhere} of {len(people)} people have no usage location, which a licence needs first")
    # (5)
    free = seats_left(new)
    if free is None:
        return hand_over("it could not be learned how many licences are free")
    if free < len(people):
        return hand_over(f"{len(people)} licences are needed and {free} are free", queue="procurement")
    return None


def _params(holder: Holder, old: dict[str, Any], *, new: dict[str, Any]) -> dict[str, object]:
    return {
        "user_id": holder["id"],
        "user_name": name_of(holder),
        "sku_id": new["skuId"],
        "sku_name": new["skuPartNumber"],
        "old_sku_id": old["skuId"],
        "old_sku_name": old["skuPartNumber"],
        "old_disabled_plans": holder["disabledPlans"],
    }
