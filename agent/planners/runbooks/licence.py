"""Runbook: somebody wants a licence for themselves, or gives one back.

1. For somebody else, or without a product that can be told, it is for people.
2. Find the one SKU of the tenant that the product's name or part number fits.
3. Look up the requester's risk, roles and groups.
4. To assign: say so if they have it; without a free seat it is for procurement (nobody loses a seat, nothing
   is bought); without a usage location Graph would refuse.
5. To give back: only a licence that was assigned directly; one from a group is changed through the group.
6. Plan the one change. A price, a limit, an approval: that is policy.
"""

from typing import Any

from agent.lookups.tenant import ALL, seats_left
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, lacking, plan
from agent.planners.wording import same_words
from agent.ports import Proposal


def licence(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if ask.person:
        return hand_over("the request asks to change a licence of somebody else")
    if not ask.thing:
        return hand_over("the request does not say which licence", missing=lacking("product", "missing"))
    # (2)
    (skus,) = yield (("tenant.skus", ALL),)
    sku = one_sku(skus, ask.parts, name=ask.thing)
    if isinstance(sku, Proposal):
        return sku
    # (3)
    yield background(requester)
    if ask.change == "add":
        return _assign(sku, requester)
    (licenses,) = yield (("user.licenses", requester.id),)
    return _give_back(sku, requester, licenses=licenses)


def one_sku(seen: Observation, parts: tuple[str, ...], *, name: str) -> dict[str, Any] | Proposal:
    """Return the one SKU of the tenant that a product's name, or one of its part numbers, fits, or a hand-over."""
    if seen.state != "known":
        return hand_over(f"the tenant's licences could not be looked up ({seen.problem or seen.state})")
    fitting = [one for one in seen.facts["skus"] if _fits(str(one.get("skuPartNumber")), parts, name=name)]
    if len(fitting) == 1:
        return dict(fitting[0])
    if not fitting:
        # A product that we know and the tenant has not is to be bought; a name that we do not know may be a slip.
        unknown = None if parts else lacking("product", "unknown", said=name)
        why = "the tenant has no licence of the name in the request"
        return hand_over(why, queue="procurement", missing=unknown)
    why = f"the licence named in the request fits {len(fitting)} licences of the tenant"
    return hand_over(why, missing=lacking("product", "several", said=name))


def _fits(part_number: str, parts: tuple[str, ...], *, name: str) -> bool:
    return part_number in parts or same_words(part_number, name)


def _assign(sku: dict[str, Any], requester: Person) -> Proposal:
    # (4)
    held = requester.facts.get("assignedLicenses")
    if not isinstance(held, list):
        return hand_over("it could not be learned which licences the requester has")
    if sku["skuId"] in held:
        name = sku["skuPartNumber"]
        return answer("the requester has this licence already", f"You already have {name}. Nothing was changed.")
    free = seats_left(sku)
    if free is None:
        return hand_over("it could not be learned whether a licence is free")
    if free == 0:
        return hand_over("every licence of this kind is in use", queue="procurement")
    if not requester.facts.get("usageLocation"):
        return hand_over("the requester's account has no usage location, which a licence needs first")
    # (6)
    return _planned(sku, requester, action="entra.license.assign", disabled_plans=[])


def _give_back(sku: dict[str, Any], requester: Person, *, licenses: Observation) -> Proposal:
    # (5)
    if licenses.state != "known":
        return hand_over("it could not be learned which licences the requester has")
    held = [one for one in licenses.facts["assignedLicenses"] if one["skuId"] == sku["skuId"]]
    if not held:
        name = sku["skuPartNumber"]
        return answer("the requester does not have this licence", f"You do not have {name}. Nothing was changed.")
    sources = [one for one in licenses.facts.get("assignments", []) if one["skuId"] == sku["skuId"]]
    if not sources or any("assignedByGroup" not in one for one in sources):
        return hand_over("it could not be learned where the requester's licence comes from")
    if any(one["assignedByGroup"] for one in sources):
        return hand_over("the requester has this licence through a group, so it is changed through the group")
    # (6)
    return _planned(sku, requester, action="entra.license.remove", disabled_plans=held[0]["disabledPlans"])


def _planned(sku: dict[str, Any], requester: Person, *, action: str, disabled_plans: list[str]) -> Proposal:
    wish = "asks for a licence" if action == "entra.license.assign" else "gives a licence back"
    return plan(
        f"the requester {wish}",
        action=action,
        params={
            "user_id": requester.id,
            "user_name": requester.name,
            "sku_id": sku["skuId"],
            "sku_name": sku["skuPartNumber"],
            "disabled_plans": disabled_plans,
        },
    )
