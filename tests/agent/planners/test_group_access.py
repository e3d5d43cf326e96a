"""Stories of people who want into and out of groups."""

from typing import Any

import pytest

GWEN = "gwen.tallow@quillmere.example"


@pytest.mark.parametrize(
    "text",
    [
        "May I have access to QG-Recipes?",
        "please add me to the group Recipes",
        "add gwen.tallow to Recipes please",
        "put me in the Recipes group",
        "Bitte fügen Sie mich zur Gruppe Recipes hinzu",
        "Ich brauche Zugriff auf QG-Recipes, danke",
        "Ajoutez-moi au groupe Recipes svp",
        "Añádanme al grupo Recipes por favor",
        "adicionem-me ao grupo Recipes",
        "Preciso de acesso ao QG-Recipes",
    ],
)
def test_oneself_is_planned_into_the_one_group_that_fits(world: Any, text: str) -> None:
    gwen, recipes = world.user("Gwen Tallow"), world.group("QG-Recipes")
    proposal = world.settle(GWEN, text)
    assert proposal.plan is not None, proposal.why
    (step,) = proposal.plan.steps
    assert (step.action, step.target.id, step.beneficiary_id) == ("entra.group.member.add", recipes, gwen)
    assert ("group.owners", recipes) in world.asked


@pytest.mark.parametrize(
    "text",
    [
        "remove me from QG-Recipes",
        "Bitte entfernen Sie mich aus der Gruppe Recipes",
        "retirez-moi du groupe Recipes",
        "sáquenme del grupo Recipes",
        "removam-me do grupo Recipes",
    ],
)
def test_a_member_may_ask_to_leave(world: Any, text: str) -> None:
    gwen, recipes = world.user("Gwen Tallow"), world.group("QG-Recipes")
    world.members[recipes].add(gwen)
    proposal = world.settle(GWEN, text)
    assert proposal.plan is not None, proposal.why
    assert proposal.plan.steps[0].action == "entra.group.member.remove"


@pytest.mark.parametrize("name", ["Mariana", "Mariana Lobo", "Lobo", "mariana.lobo@quillmere.example"])
def test_an_owner_adds_somebody_who_is_found_by_name_or_address(world: Any, name: str) -> None:
    gwen, mariana = world.user("Gwen Tallow"), world.user("Mariana Lobo")
    recipes = world.group("QG-Recipes", owner=gwen)
    (step,) = world.settle(GWEN, f"add {name} to Recipes please").plan.steps
    assert (step.target.id, step.beneficiary_id) == (recipes, mariana)
    assert step.title == "Add Mariana Lobo to the group QG-Recipes"


def test_somebody_whom_the_directory_does_not_know_is_never_added(world: Any) -> None:
    world.user("Gwen Tallow")
    world.group("QG-Recipes")
    for name in ("Nobody", "nobody@quillmere.example"):
        assert world.settle(GWEN, f"add {name} to QG-Recipes").handover_to == "service-desk-l2"


def test_a_membership_that_is_there_already_is_answered_without_a_write(world: Any) -> None:
    gwen, recipes = world.user("Gwen Tallow"), world.group("QG-Recipes")
    world.members[recipes].add(gwen)
    proposal = world.settle(GWEN, "add me to QG-Recipes")
    assert proposal.answer == "You are already a member of QG-Recipes. Nothing was changed."
    assert (proposal.plan, proposal.handover_to, proposal.refuse) == (None, "", False)


def test_leaving_a_group_one_is_not_in_is_answered_without_a_write(world: Any) -> None:
    world.user("Gwen Tallow")
    world.group("QG-Recipes")
    assert "not a member" in world.settle(GWEN, "remove me from QG-Recipes").answer


def test_an_outsider_is_not_told_who_is_in_a_group(world: Any) -> None:
    world.user("Gwen Tallow")
    mariana, group = world.user("Mariana Lobo"), world.group("QG-Redundancies")
    world.members[group].add(mariana)
    proposal = world.settle(GWEN, "add Mariana to QG-Redundancies")
    assert (proposal.answer, proposal.handover_to) == ("", "service-desk-l2")


@pytest.mark.parametrize(
    ("names", "asked"),
    [
        ((), "QG-Nowhere"),
        (("QT-Sales", "QX-Sales"), "the Sales team"),
        (("Sales", "sales"), "Sales"),
        (("QG-Finance-Ledger", "QG-Finance-Audit"), "Finance"),
        (("HR-Benefits",), "HR"),
    ],
)
def test_a_name_that_does_not_fit_exactly_one_group_is_never_guessed(
    world: Any, names: tuple[str, ...], asked: str
) -> None:
    world.user("Gwen Tallow")
    for name in names:
        world.group(name, groupTypes=["Unified"], mailEnabled=True)
    proposal = world.settle(GWEN, f"add me to {asked}")
    assert (proposal.plan, proposal.handover_to) == (None, "service-desk-l2")


def test_one_fit_in_a_search_that_was_cut_short_is_not_believed(world: Any) -> None:
    world.user("Gwen Tallow")
    world.group("QG-Recipes")
    world.searches_are_complete = False
    assert world.settle(GWEN, "add me to QG-Recipes").handover_to == "service-desk-l2"


def test_two_people_of_one_name_are_never_guessed(world: Any) -> None:
    world.user("Gwen Tallow")
    world.user("Simon Barth")
    world.user("Simone Barth")
    world.group("QG-Recipes")
    proposal = world.settle(GWEN, "add Barth to QG-Recipes")
    assert (proposal.plan, proposal.handover_to) == (None, "service-desk-l2")
    assert "2 people" in proposal.why


@pytest.mark.parametrize(
    ("kind", "queue"),
    [
        ({"groupTypes": ["DynamicMembership"]}, "identity"),
        ({"onPremisesSyncEnabled": True}, "identity"),
        ({"mailEnabled": True}, "exchange"),
    ],
)
def test_a_group_that_graph_cannot_write_goes_to_the_team_that_can(
    world: Any, kind: dict[str, Any], queue: str
) -> None:
    world.user("Gwen Tallow")
    world.group("QG-Recipes", **kind)
    proposal = world.settle(GWEN, "add me to QG-Recipes")
    assert (proposal.plan, proposal.handover_to) == (None, queue)


def test_a_microsoft_365_group_can_be_written_although_it_has_mail(world: Any) -> None:
    world.user("Gwen Tallow")
    world.group("QT-Canteen", groupTypes=["Unified"], mailEnabled=True)
    assert world.settle(GWEN, "let me into the Canteen team").plan is not None


def test_a_disabled_account_is_not_put_into_a_group(world: Any) -> None:
    gwen = world.user("Gwen Tallow")
    world.user("Paul Verity", accountEnabled=False)
    world.group("QG-Recipes", owner=gwen)
    assert world.settle(GWEN, "add Paul Verity to QG-Recipes").handover_to == "service-desk-l2"


@pytest.mark.parametrize("lookup", ["group.search", "group.get", "group.member"])
def test_what_cannot_be_looked_up_is_handed_over(world: Any, lookup: str) -> None:
    world.user("Gwen Tallow")
    world.group("QG-Recipes")
    world.unknown.add(lookup)
    proposal = world.settle(GWEN, "add me to QG-Recipes")
    assert (proposal.plan, proposal.handover_to) == (None, "service-desk-l2")


def test_a_hostile_group_name_only_ever_becomes_a_search(world: Any) -> None:
    world.user("Gwen Tallow")
    proposal = world.settle(GWEN, "add me to x' or displayName ne 'y/../admins\" OR \"displayName:Admins")
    assert (proposal.plan, proposal.handover_to) == (None, "service-desk-l2")
    searches = {"group.search", "user.search", "site.search"}
    assert {name for name, _ in world.asked} <= {
        *searches,
        "user.get",
        "user.risk",
        "user.groups",
        "user.directory_roles",
    }
