"""Runbook: somebody wants a licence for themselves or for somebody else, or gives one back.

1. An open risk of either gets no licence. Without a product that can be told, it is asked for.
2. Find whom it is for, and the one SKU of the tenant that the product's name or part number fits.
3. To assign: say so if they have it; without a free seat it is for procurement (nobody loses a seat, nothing is
   bought).
4. Without a usage location Graph would refuse, so it is set first, by the same plan, where it can be told.
5. A licence that a group carries is had by joining that group, whose members get it.
6. To give back: only a licence that was assigned directly; one from a group is changed through the group.
7. Plan the one change. A price, a limit, an approval, and who may ask for others: that is policy.
"""

from typing import Any, Final

from agent.lookups.name_search import any_of
from agent.lookups.names import name_of
from agent.lookups.tenant import ALL, seats_left
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.entities.changes import is_way_out
from agent.planners.products import mentions, part_numbers
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, lacking, plan, plan_of
from agent.planners.runbooks.usage_location import location_first
from agent.planners.wording import folded, same_words
from agent.ports import Proposal

# Groups that are looked at for the licence they carry.
_MAX_CARRIERS: Final = 5


def licence(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    change = "remove" if ask.change == "remove" or is_way_out(ask.words) else "add"
    seen = yield background(requester)
    if change == "add" and (problem := at_risk(*seen)):
        return problem
    name, parts = (ask.thing, ask.parts) if ask.thing else _said(ask.words)
    if not name:
        return hand_over("the request does not say which licence", missing=lacking("product", "missing"))
    # (2)
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return person
    (skus,) = yield (("tenant.skus", ALL),)
    sku = one_sku(skus, parts, name=name)
    if isinstance(sku, Proposal):
        return sku
    if change == "remove":
        (licenses,) = yield (("user.licenses", person.id),)
        return _give_back(sku, person, requester=requester, licenses=licenses)
    if person.id != requester.id and (problem := at_risk(*(yield (("user.risk", person.id),)))):
        return problem
    if problem := _obstacle(sku, person, requester=requester):
        return problem
    # (4)
    first: tuple[Step, ...] = ()
    if not person.facts.get("usageLocation") and not (first := (yield from location_first(person, str(sku["skuId"])))):
        return hand_over("the account has no usage location, which a licence needs first")
    given = yield from _assigned(sku, person, name=name)
    return plan_of(given.why, (*first, *given.plan.steps)) if first and given.plan else given


def _said(words: str) -> tuple[str, tuple[str, ...]]:
    """Return the one product that the words name, and its part numbers; nothing when there is none or more."""
    named = tuple(dict.fromkeys(one.group(0) for one in mentions(folded(words))))
    meant = {one: set(part_numbers(one)) for one in named}
    fullest = [one for one in named if not any(meant[other] < meant[one] for other in named)]
    return (fullest[0], part_numbers(fullest[0])) if len(fullest) == 1 else ("", ())


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


def _obstacle(sku: dict[str, Any], person: Person, *, requester: Person) -> Proposal | None:
    # (3)
    held = person.facts.get("assignedLicenses")
    if not isinstance(held, list):
        return hand_over("it could not be learned which licences are held already")
    if sku["skuId"] in held and person.id != requester.id:
        return hand_over("nothing would change, and what others have is not told to the requester")
    if sku["skuId"] in held:
        name = sku["skuPartNumber"]
        return answer("the requester has this licence already", f"You already have {name}. Nothing was changed.")
    free = seats_left(sku)
    if free is None:
        return hand_over("it could not be learned whether a licence is free")
    if free == 0:
        return hand_over("every licence of this kind is in use", queue="procurement")
    return None


def _assigned(sku: dict[str, Any], person: Person, *, name: str) -> Inquiry:
    # (5)
    (found,) = yield (("group.search", any_of((name, *name.split()[:1], str(sku["skuPartNumber"])))),)
    groups = found.facts.get("candidates", []) if found.state == "known" else []
    carriers = yield tuple(("group.licenses", str(one["id"])) for one in groups[:_MAX_CARRIERS])
    carrying = [
        group
        for group, seen in zip(groups, carriers, strict=False)
        if sku["skuId"] in {one["skuId"] for one in seen.facts.get("assignedLicenses", [])}
        and "DynamicMembership" not in group["groupTypes"]
    ]
    if not carrying:
        # (7)
        return _planned(sku, person, action="entra.license.assign", disabled_plans=[])
    if len(carrying) > 1:
        return hand_over(f"{len(carrying)} groups carry this licence, so which one is to be joined is not told")
    names = {"group_name": name_of(carrying[0]), "user_name": person.name}
    params = {"group_id": carrying[0]["id"], "user_id": person.id, **names}
    return plan(
        "the request asks for a licence that comes with a group", action="entra.group.member.add", params=params
    )


def _give_back(sku: dict[str, Any], person: Person, *, requester: Person, licenses: Observation) -> Proposal:
    # (6)
    if licenses.state != "known":
        return hand_over("it could not be learned which licences are held already")
    held = [one for one in licenses.facts["assignedLicenses"] if one["skuId"] == sku["skuId"]]
    if not held and person.id != requester.id:
        return hand_over("nothing would change, and what others have is not told to the requester")
    if not held:
        name = sku["skuPartNumber"]
        return answer("the requester does not have this licence", f"You do not have {name}. Nothing was changed.")
    sources = [one for one in licenses.facts.get("assignments", []) if one["skuId"] == sku["skuId"]]
    if not sources or any("assignedByGroup" not in one for one in sources):
        return hand_over("it could not be learned where the licence comes from")
    if any(one["assignedByGroup"] for one in sources):
        return hand_over("the licence comes through a group, so it is changed through the group")
    # (7)
    return _planned(sku, person, action="entra.license.remove", disabled_plans=held[0]["disabledPlans"])


def _planned(sku: dict[str, Any], person: Person, *, action: str, disabled_plans: list[str]) -> Proposal:
    wish = "asks for a licence" if action == "entra.license.assign" else "gives a licence back"
    return plan(
        f"the request {wish}",
        action=action,
        params={
            "user_id": person.id,
            "user_name": person.name,
            "sku_id": sku["skuId"],
            "sku_name": sku["skuPartNumber"],
            "disabled_plans": disabled_plans,
        },
    )
