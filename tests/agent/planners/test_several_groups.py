"""Stories of people who ask for more than one group in one sentence."""

from typing import Any

import pytest

GWEN = "gwen.tallow@quillmere.example"


@pytest.fixture
def town(world: Any) -> Any:
    """Gwen, and three groups."""
    world.gwen = world.user("Gwen Tallow")
    world.recipes, world.canteen = world.group("QG-Recipes"), world.group("QT-Canteen")
    world.research = world.group("Research and Development")
    return world


@pytest.mark.parametrize(
    "text",
    [
        "Please add me to QG-Recipes and QT-Canteen.",
        "add me to the Recipes group and the Canteen team please",
        "Bitte fügen Sie mich zur Gruppe Recipes und Canteen hinzu",
        "Ajoutez-moi au groupe Recipes et Canteen svp",
    ],
)
def test_two_groups_become_one_plan_of_two_steps(town: Any, text: str) -> None:
    proposal = town.settle(GWEN, text)
    assert proposal.plan is not None, proposal.why
    assert [step.target.id for step in proposal.plan.steps] == [town.recipes, town.canteen]
    assert {step.beneficiary_id for step in proposal.plan.steps} == {town.gwen}


def test_a_group_whose_own_name_has_an_and_is_not_taken_apart(town: Any) -> None:
    proposal = town.settle(GWEN, "Please add me to Research and Development.")
    assert [step.target.id for step in proposal.plan.steps] == [town.research]


def test_one_unknown_part_leaves_nothing_half_done(town: Any) -> None:
    proposal = town.settle(GWEN, "Please add me to QG-Recipes and QG-Nowhere.")
    assert proposal.plan is None and proposal.handover_to == "service-desk-l2"


def test_the_same_group_twice_is_one_step(town: Any) -> None:
    proposal = town.settle(GWEN, "Please add me to QG-Recipes and Recipes.")
    assert len(proposal.plan.steps) == 1


def test_what_is_there_already_is_left_out_of_the_plan(town: Any) -> None:
    town.members[town.recipes].add(town.gwen)
    proposal = town.settle(GWEN, "Please add me to QG-Recipes and QT-Canteen.")
    assert [step.target.id for step in proposal.plan.steps] == [town.canteen]


def test_a_long_list_is_a_project_and_goes_to_people(town: Any) -> None:
    names = " and ".join(f"QG-Number{number}" for number in range(6))
    proposal = town.settle(GWEN, f"Please add me to {names}.")
    assert proposal.plan is None and proposal.handover_to == "service-desk-l2"


def test_one_group_that_graph_cannot_write_stops_both(town: Any) -> None:
    town.group("QDYN-Sales", groupTypes=["DynamicMembership"])
    proposal = town.settle(GWEN, "Please add me to QG-Recipes and QDYN-Sales.")
    assert proposal.plan is None and "follow from a rule" in proposal.why
