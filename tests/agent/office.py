"""A world in which many people hold a licence that is to be swapped for another: the example of bulk work."""

from typing import Any

from agent.actions import parse_step
from agent.model.plan import Step
from tests.agent.world import World, user

OLD = "05e9a617-0261-4cee-bb44-138d3ef5d965"
NEW = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"

ASK_ADMIN = {
    "layer": "action",
    "rules": [
        {
            "id": "action.ask-admin",
            "effect": "require_approval",
            "actions": ["entra.license.*"],
            "approval": {"from": ["tenant_admin"], "count": 1, "standing": "never"},
        }
    ],
}


def person(number: int) -> str:
    return f"cccccccc-0000-4000-8000-{number:012d}"


def held(sku: str) -> list[dict[str, Any]]:
    return [{"skuId": sku, "disabledPlans": []}]


def swap(number: int) -> Step:
    return parse_step(
        "entra.license.swap",
        {"user_id": person(number), "user_name": f"person {number}", "sku_id": NEW, "old_sku_id": OLD},
    )


def office(people: int) -> World:
    """A world in which so many people hold the old licence."""
    world = World()
    skus = [
        {"skuId": sku, "skuPartNumber": name, "prepaidUnits": {"enabled": 999}, "consumedUnits": 0}
        for sku, name in ((OLD, "SPE_E3"), (NEW, "SPE_E5"))
    ]
    world.directory.put("/subscribedSkus", {"value": skus})
    for number in range(people):
        _employ(world, number)
    world.plan(*(swap(number) for number in range(people)))
    return world


def _employ(world: World, number: int) -> None:
    who = person(number)
    profile = {**user(who, f"person {number}"), "usageLocation": "DE", "assignedLicenses": held(OLD)}
    world.directory.put(f"/users/{who}", profile)
    world.directory.put(f"/users/{who}/transitiveMemberOf/graph.group", {"value": []})

    def assign(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        taken = set(body["removeLicenses"])
        shown = world.directory.objects[f"/users/{who}"]
        kept = [one for one in shown["assignedLicenses"] if one["skuId"] not in taken]
        shown["assignedLicenses"] = kept + body["addLicenses"]
        return 200, {"id": who}

    world.directory.on("POST", f"/users/{who}/assignLicense", assign)


def licences(world: World, people: int) -> list[str]:
    """Who has the old licence, who the new one, as one letter each."""
    letters = {OLD: "o", NEW: "n"}
    found = [world.directory.objects[f"/users/{person(number)}"]["assignedLicenses"] for number in range(people)]
    return ["".join(letters[one["skuId"]] for one in each) for each in found]
