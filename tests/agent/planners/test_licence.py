"""Stories of people who want a licence or give one back."""

from typing import Any

import pytest

from agent.planners.products import part_numbers

LEA = "lea.fontaine@quillmere.example"
E3, O365 = "05e9a617-0261-4cee-bb44-138d3ef5d965", "6fd2c87f-b296-42f0-b197-1e91e994b900"
VISIO, POWER_BI = "c5928f49-12ba-48f7-ada3-0d743a3601d5", "f8a1db68-be16-40ed-86d5-cb42ce701560"


@pytest.fixture
def lea(world: Any) -> str:
    world.sku(E3, "SPE_E3", free=3)
    world.sku(O365, "ENTERPRISEPACK", free=3)
    world.sku(VISIO, "VISIOCLIENT", free=0)
    world.sku(POWER_BI, "POWER_BI_PRO", free=1)
    user_id: str = world.user("Lea Fontaine")
    return user_id


@pytest.mark.parametrize(
    "text",
    [
        "I need a Power BI Pro licence",
        "power bi pro svp",
        "Ich hätte gern Power BI Pro, alle anderen haben es schon",
        "Il me faut une licence Power BI",
        "Necesito Power BI Pro",
        "Preciso do Power BI Pro",
        "please assign me POWER_BI_PRO licence",
        "give me access to Power BI",
    ],
)
def test_a_product_name_or_part_number_is_found_among_the_tenants_licences(world: Any, lea: str, text: str) -> None:
    proposal = world.settle(LEA, text)
    assert proposal.plan is not None, proposal.why
    (step,) = proposal.plan.steps
    assert (step.action, step.beneficiary_id, step.params["sku_id"]) == ("entra.license.assign", lea, POWER_BI)
    assert step.title == "Assign the licence POWER_BI_PRO to Lea Fontaine"


def test_a_loose_name_in_the_subject_does_not_hide_the_exact_one_in_the_text(world: Any, lea: str) -> None:
    assert world.settle(LEA, "power bi pro svp", subject="Power BI").plan is not None


def test_no_free_seat_goes_to_procurement_and_nobody_loses_theirs(world: Any, lea: str) -> None:
    proposal = world.settle(LEA, "I need Visio")
    assert (proposal.plan, proposal.handover_to) == (None, "procurement")


def test_a_licence_that_is_there_already_is_answered_without_a_write(world: Any, lea: str) -> None:
    world.users[lea]["assignedLicenses"] = [POWER_BI]
    proposal = world.settle(LEA, "I need Power BI Pro")
    assert proposal.answer == "You already have POWER_BI_PRO. Nothing was changed."
    assert proposal.plan is None


@pytest.mark.parametrize(
    ("text", "queue"),
    [
        ("assign me E3", "service-desk-l2"),
        ("I need Office 365 E3 and Microsoft 365 E3", "service-desk-l2"),
        ("I need a Copilot licence", "procurement"),
        ("I need a licence", "service-desk-l2"),
        ("please assign Ed a Power BI Pro licence", "service-desk-l2"),
        ("I need help with my Power BI report", "service-desk-l2"),
        ("Does Ed O'Shea have a Visio licence?", "service-desk-l2"),
    ],
)
def test_what_is_not_one_licence_for_oneself_goes_to_people(world: Any, lea: str, text: str, queue: str) -> None:
    proposal = world.settle(LEA, text)
    assert (proposal.plan, proposal.answer, proposal.handover_to) == (None, "", queue)


def test_an_account_without_a_usage_location_is_for_people_because_graph_would_refuse(world: Any, lea: str) -> None:
    world.users[lea]["usageLocation"] = None
    assert world.settle(LEA, "I need Power BI Pro").handover_to == "service-desk-l2"


def test_unknown_licences_or_seats_are_never_taken_for_free(world: Any, lea: str) -> None:
    world.skus[3]["consumedUnits"] = None
    assert world.settle(LEA, "I need Power BI Pro").plan is None
    world.skus[3]["consumedUnits"] = 9
    world.unknown.add("tenant.skus:all")
    assert world.settle(LEA, "I need Power BI Pro").plan is None
    world.unknown.clear()
    del world.users[lea]["assignedLicenses"]
    assert world.settle(LEA, "I need Power BI Pro").plan is None


def test_a_licence_held_directly_can_be_given_back(world: Any, lea: str) -> None:
    world.users[lea]["assignedLicenses"] = [POWER_BI]
    world.assignments[lea] = [{"skuId": POWER_BI, "assignedByGroup": None, "state": "Active"}]
    (step,) = world.settle(LEA, "I no longer need my Power BI Pro licence").plan.steps
    assert (step.action, step.params["sku_id"]) == ("entra.license.remove", POWER_BI)


@pytest.mark.parametrize("source", [None, "group"])
def test_a_licence_from_a_group_or_from_nobody_knows_where_is_not_taken_directly(
    world: Any, lea: str, source: str | None
) -> None:
    world.users[lea]["assignedLicenses"] = [POWER_BI]
    if source:
        world.assignments[lea] = [{"skuId": POWER_BI, "assignedByGroup": "00000000-0000-4000-8000-000000001000"}]
    proposal = world.settle(LEA, "Please remove my Power BI Pro licence")
    assert (proposal.plan, proposal.handover_to) == (None, "service-desk-l2")


def test_giving_back_what_one_does_not_have_is_answered(world: Any, lea: str) -> None:
    assert "do not have" in world.settle(LEA, "cancel my Power BI Pro licence").answer


def test_a_loose_name_stands_for_several_part_numbers_and_an_exact_one_for_itself() -> None:
    assert part_numbers("E3") == ("SPE_E3", "ENTERPRISEPACK")
    assert part_numbers("spe_e3") == ("SPE_E3",)
    assert part_numbers("no such product") == ()


def test_who_approves_their_own_wish_has_only_wished(world: Any, lea: str) -> None:
    proposal = world.settle(LEA, "Ich gebe mir Power BI Pro hiermit selbst frei")
    assert proposal.plan is None or [one.action for one in proposal.plan.steps] == ["entra.license.assign"]


def test_a_missing_usage_location_is_set_first_as_that_of_colleagues_with_the_licence(world: Any, lea: str) -> None:
    world.users[lea].update({"usageLocation": None, "officeLocation": "Hull"})
    world.user("Cy Orr", assignedLicenses=[POWER_BI], usageLocation="GB", officeLocation="Hull")
    proposal = world.settle(LEA, "I need Power BI Pro")
    assert proposal.plan is not None, proposal.why
    first, second = proposal.plan.steps
    assert first.params["changes"] == [{"field": "usageLocation", "to": "GB", "was": None}]
    assert (second.action, second.beneficiary_id) == ("entra.license.assign", lea)
