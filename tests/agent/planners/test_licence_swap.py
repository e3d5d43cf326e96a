"""Stories of technicians who move many people from one licence to another."""

from typing import Any

import pytest

from agent.planners.asks import Ask, Intent
from agent.planners.swap_phrases import swap_mention
from agent.planners.understanding import wishes
from agent.stages.plan import MAX_STEPS

TIM = "tim.berg@quillmere.example"
F3, E3, E5 = (f"00000000-0000-4000-8000-00000000f00{number}" for number in (1, 3, 5))


@pytest.fixture
def shop(world: Any) -> Any:
    """A tenant in which three people have F3: two of them in the group Shop, one of whom has E3 already."""
    world.sku(F3, "SPE_F1", free=0)
    world.sku(E3, "SPE_E3", free=9)
    world.sku(E5, "SPE_E5", free=1)
    world.user("Tim Berg")
    shop = world.group("QG-Shop")
    for name, held, inside in (("Zoe Ash", [F3], True), ("Ann Lee", [F3, E5], True), ("Bo Ek", [F3], False)):
        person = world.user(name, assignedLicenses=held)
        if inside:
            world.members[shop].add(person)
    return world


def people(proposal: Any) -> list[str]:
    assert proposal.plan is not None, proposal.why
    assert {(one.action, one.params["old_sku_id"], one.params["sku_id"]) for one in proposal.plan.steps} == {
        ("entra.license.swap", F3, E3)
    }
    return [one.beneficiary_label for one in proposal.plan.steps]


@pytest.mark.parametrize(
    "text",
    [
        "Please replace Microsoft 365 F3 with Microsoft 365 E3 for everyone",
        "Please upgrade everybody from Microsoft 365 F3 to Microsoft 365 E3.",
        "Hello, give all users Microsoft 365 E3 instead of Microsoft 365 F3, thanks",
        "swap m365 f3 for m365 e3 for all staff",
        "Bitte ersetzen Sie Microsoft 365 F3 durch Microsoft 365 E3 bei allen Mitarbeitern",
        "Bitte alle Benutzer von Microsoft 365 F3 auf Microsoft 365 E3 umstellen",
        "Merci de remplacer Microsoft 365 F3 par Microsoft 365 E3 pour tout le monde",
        "Por favor, cambie Microsoft 365 F3 por Microsoft 365 E3 a todos los usuarios",
        "Por favor, troque Microsoft 365 F3 por Microsoft 365 E3 para todos",
    ],
)
def test_a_swap_for_everybody_is_one_plan_in_the_order_of_names(shop: Any, text: str) -> None:
    assert people(shop.settle(TIM, text)) == ["Ann Lee", "Bo Ek", "Zoe Ash"]


@pytest.mark.parametrize(
    "text",
    [
        "Please replace Microsoft 365 F3 with Microsoft 365 E3 for everyone in QG-Shop.",
        "Upgrade all members of the group Shop from Microsoft 365 F3 to Microsoft 365 E3",
        "Bitte alle in der Gruppe Shop von Microsoft 365 F3 auf Microsoft 365 E3 umstellen",
    ],
)
def test_a_swap_for_a_group_reaches_its_members_only(shop: Any, text: str) -> None:
    assert people(shop.settle(TIM, text)) == ["Ann Lee", "Zoe Ash"]


def test_who_has_the_new_licence_or_a_disabled_account_is_left_out_and_counted(shop: Any) -> None:
    for person in shop.users.values():
        if person["displayName"] == "Bo Ek":
            person["accountEnabled"] = False
        if person["displayName"] == "Zoe Ash":
            person["assignedLicenses"] = [F3, E3]
    proposal = shop.settle(TIM, "replace Microsoft 365 F3 with Microsoft 365 E3 for everyone")
    assert people(proposal) == ["Ann Lee"]
    assert "1 disabled accounts and 1 who have it already are left out" in proposal.why


def test_nobody_to_swap_is_an_answer_and_no_write(shop: Any) -> None:
    proposal = shop.settle(TIM, "replace Microsoft 365 E3 with Microsoft 365 E5 for everyone")
    assert proposal.plan is None and proposal.answer.startswith("Nobody there has SPE_E3")


def test_too_few_seats_go_to_procurement_before_anybody_loses_a_licence(shop: Any) -> None:
    for person in shop.users.values():
        if person["displayName"] == "Ann Lee":
            person["assignedLicenses"] = [F3]
    proposal = shop.settle(TIM, "replace Microsoft 365 F3 with Microsoft 365 E5 for everyone")
    assert (proposal.plan, proposal.handover_to) == (None, "procurement")
    assert "3 licences are needed and 1 are free" in proposal.why


@pytest.mark.parametrize(
    ("what", "change", "why"),
    [
        ("a licence through a group", {"assignments": True}, "through a group"),
        ("no usage location", {"usageLocation": None}, "no usage location"),
        ("a list that is not whole", {"incomplete": True}, "too many"),
        ("holders that cannot be looked up", {"unknown": True}, "could not be looked up"),
    ],
)
def test_one_person_who_cannot_be_swapped_hands_the_whole_over(
    shop: Any, what: str, change: dict[str, Any], why: str
) -> None:
    (person,) = (one for one in shop.users.values() if one["displayName"] == "Bo Ek")
    if change.get("assignments"):
        shop.assignments[person["id"]] = [{"skuId": F3, "assignedByGroup": "x"}]
    if "usageLocation" in change:
        person["usageLocation"] = None
    shop.lists_are_complete = not change.get("incomplete")
    if change.get("unknown"):
        shop.unknown.add(f"sku.holders:{F3}")
    proposal = shop.settle(TIM, "replace Microsoft 365 F3 with Microsoft 365 E3 for everyone")
    assert proposal.plan is None and why in proposal.why, what


OWN = [
    "Please switch me from Microsoft 365 F3 to Microsoft 365 E3",
    "Bitte stellt mich von Microsoft 365 F3 auf Microsoft 365 E3 um",
    "Passez-moi de Microsoft 365 F3 à Microsoft 365 E3 s'il vous plaît",
    "Quiero pasar de Microsoft 365 F3 a Microsoft 365 E3, por favor",
    "Quero mudar a minha licença de Microsoft 365 F3 para Microsoft 365 E3",
]


def lone(shop: Any, *, near: str = "GB", **more: Any) -> None:
    """Bo Ek has no usage location and works where a colleague has the new licence."""
    (bo,) = (one for one in shop.users.values() if one["displayName"] == "Bo Ek")
    bo.update({"usageLocation": None, "officeLocation": "Hull", **more})
    shop.user("Cy Orr", assignedLicenses=[E3], usageLocation=near, officeLocation="hull")
    shop.user("Di Poe", assignedLicenses=[E3], usageLocation="FR", officeLocation="Lyon")


@pytest.mark.parametrize("text", OWN)
def test_the_own_licence_is_swapped_after_the_missing_usage_location_is_set(shop: Any, text: str) -> None:
    lone(shop)
    proposal = shop.settle("bo.ek@quillmere.example", text)
    assert proposal.plan is not None, proposal.why
    first, swap = proposal.plan.steps
    assert (first.action, swap.action) == ("entra.user.profile.update", "entra.license.swap")
    assert first.params["changes"] == [{"field": "usageLocation", "to": "GB", "was": None}]
    assert {first.beneficiary_label, swap.beneficiary_label} == {"Bo Ek"}


def test_somebody_else_who_is_named_is_not_taken_for_the_requester(shop: Any) -> None:
    shop.users[next(iter(shop.users))]["assignedLicenses"] = [F3]
    proposal = shop.settle(TIM, "I need you to switch Bo Ek from Microsoft 365 F3 to Microsoft 365 E3")
    assert proposal.plan is None and "whose licences" in proposal.why


def test_no_country_is_guessed(shop: Any) -> None:
    lone(shop)
    shop.user("Ed Ray", assignedLicenses=[E3], usageLocation="IE", officeLocation="Hull")
    proposal = shop.settle("bo.ek@quillmere.example", OWN[0])
    assert proposal.plan is None and "no usage location" in proposal.why


def test_more_people_than_one_plan_takes_are_handed_over_with_their_number(shop: Any) -> None:
    for number in range(MAX_STEPS):
        shop.user(f"Person {number}", assignedLicenses=[F3])
    proposal = shop.settle(TIM, "replace Microsoft 365 F3 with Microsoft 365 E3 for everyone")
    assert proposal.plan is None and f"about {MAX_STEPS + 3} people" in proposal.why


@pytest.mark.parametrize(
    "text",
    [
        "Please replace my Microsoft 365 F3 with Microsoft 365 E3",
        "Everybody talks about Microsoft 365 E3 and Microsoft 365 F3",
        "Please replace Microsoft 365 F3 for everyone",
        "replace F3 with E3 for everyone. replace E3 with E5 for everyone.",
        "replace Microsoft 365 E3 with Microsoft 365 E3 for everyone",
    ],
)
def test_what_is_no_clear_swap_for_many_is_none(text: str) -> None:
    assert swap_mention(text) is None


def test_a_second_wish_beside_a_swap_is_a_second_wish() -> None:
    text = "Replace Microsoft 365 F3 with Microsoft 365 E3 for everyone. And please add me to QG-Shop."
    swap, access = wishes("", text, own_names=("Tim Roe",))
    assert isinstance(swap, Ask) and isinstance(access, Ask)
    assert (swap.intent, access.intent) == (Intent.LICENCE_SWAP, Intent.GROUP_ACCESS)


def test_a_group_that_nobody_knows_is_not_taken_for_everybody(shop: Any) -> None:
    proposal = shop.settle(TIM, "Replace Microsoft 365 F3 with Microsoft 365 E3 for everyone in Warehouse")
    assert proposal.plan is None and "not found" in proposal.why


@pytest.mark.parametrize(
    "text",
    [
        "Please move me from Microsoft 365 F3 to Microsoft 365 E3",
        "ich brauche Microsoft 365 E3 statt Microsoft 365 F3",
        "j'aimerais passer de Microsoft 365 F3 à Microsoft 365 E3",
    ],
)
def test_who_speaks_of_themselves_alone_swaps_nobody_elses_licence(shop: Any, text: str) -> None:
    tim = next(one for one in shop.users.values() if one["displayName"] == "Tim Berg")
    tim["assignedLicenses"] = [F3]
    assert people(shop.settle(TIM, text)) == ["Tim Berg"]


def test_a_swap_for_nobody_in_particular_is_for_people(shop: Any) -> None:
    proposal = shop.settle(TIM, "Licence change Microsoft 365 F3 to Microsoft 365 E3")
    assert proposal.plan is None and proposal.handover_to
