"""Licences that come with a group, licences for others, and links that are never made."""

from typing import Any

from agent.planners.asks import Intent
from agent.planners.runbooks.group_access import site_access
from agent.planners.runbooks.licence import licence
from tests.agent.planners.asked import actions, ask, ended, person

ANNE, TOMAS = person(1, "Anne Roy"), person(2, "Tomas Novak")
SKU, GROUP = "00000000-0000-4000-8000-000000000700", "00000000-0000-4000-8000-000000001000"


def wanted(words: str, *, carried: bool) -> Any:
    sku = {
        "skuId": SKU,
        "skuPartNumber": "VISIOCLIENT",
        "capabilityStatus": "Enabled",
        "enabled": 3,
        "consumedUnits": 1,
    }
    group = {"id": GROUP, "displayName": "GX-Visio-Lic", "groupTypes": []}
    held = {"assignedLicenses": [{"skuId": SKU, "disabledPlans": []}] if carried else []}
    seen: dict[tuple[str, str], Any] = {
        ("tenant.skus", "all"): {"skus": [sku]},
        ("group.search", "visio|VISIOCLIENT"): {"candidates": [group], "complete": True},
        ("group.licenses", GROUP): held,
    }
    return ended(licence, ask(Intent.LICENCE, words), ANNE, TOMAS, seen=seen)


def test_a_licence_that_a_group_carries_is_had_by_joining_it_and_any_other_directly() -> None:
    assert actions(wanted("I need visio", carried=True)) == ["entra.group.member.add"]
    assert actions(wanted("I need visio", carried=False)) == ["entra.license.assign"]


def test_a_licence_for_somebody_else_is_planned_for_them_and_never_for_the_requester() -> None:
    (step,) = wanted("Tomas needs visio", carried=False).plan.steps
    assert (step.beneficiary_id, step.action) == (TOMAS.id, "entra.license.assign")
    taken = wanted("take the visio licence from Tomas", carried=False)
    assert taken.plan is None and "You" not in taken.answer


def test_a_link_that_opens_a_site_for_whoever_has_it_is_refused() -> None:
    words = "please send me a public link to the tenders site"
    assert ended(site_access, ask(Intent.SITE_ACCESS, words), ANNE).refuse
