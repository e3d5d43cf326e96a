"""Which group, team or site is meant, from the words of a wish alone."""

from typing import Any

import pytest

OLAF = "olaf.brandt@quillmere.example"


@pytest.fixture
def town(world: Any) -> Any:
    world.olaf = world.user("Olaf Brandt", department="Logistics")
    world.tenders = world.group("GX-Tenders", description="Bids and calls")
    world.drawings = world.group("GX-Drawing-Archive", description="Old blueprints of the plant")
    world.fair = world.group("GT-Autumn Fair", groupTypes=["Unified"], mailEnabled=True)
    world.logistics = world.group("GT-Logistics", groupTypes=["Unified"], mailEnabled=True)
    return world


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("please add me to GX-Tenders", "tenders"),
        ("add me to gx-tenders", "tenders"),
        ("add me to tenders", "tenders"),
        ("add me to the tendres group", "tenders"),
        ("I need access to the drawings archive", "drawings"),
        ("I need access to the drawing archive, the one with the blueprints", "drawings"),
        ("I need access to the old blueprints of the plant", "drawings"),
        ("add me to the autumn fair team", "fair"),
        ("add me to AutumnFair", "fair"),
        ("Bitte fügt mich zum Logistikteam hinzu", "logistics"),
        ("ajoutez-moi à l'équipe logistique", "logistics"),
    ],
)
def test_a_group_is_found_as_people_name_it(town: Any, text: str, name: str) -> None:
    proposal = town.settle(OLAF, text)
    assert proposal.plan is not None, proposal.why
    assert [step.target.id for step in proposal.plan.steps] == [getattr(town, name)]


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("add me to the harbour group", "unknown"),
        # Cyrillic letters that look like Latin ones, a digit and a capital for a letter.
        ("add me to GX-T\u0435nders", "unknown"),
        ("add me to T3nders", "unknown"),
        ("add me to the group TenDers2", "unknown"),
        ("add me to GX-Tenders and GX-Nowhere", "unknown"),
        ("add me to the group", "missing"),
    ],
)
def test_what_nothing_surely_fits_is_asked_about(town: Any, text: str, doubt: str) -> None:
    proposal = town.settle(OLAF, text)
    assert proposal.plan is None and proposal.missing is not None, proposal
    assert (proposal.missing.about, proposal.missing.doubt) == ("group", doubt)


def test_a_longer_name_is_meant_before_the_shorter_one_inside_of_it(town: Any) -> None:
    ledger = town.group("GX-Tenders-Ledger")
    (step,) = town.settle(OLAF, "I need access to the tenders ledger").plan.steps
    assert step.target.id == ledger
    (step,) = town.settle(OLAF, "I need access to tenders").plan.steps
    assert step.target.id == town.tenders


def test_of_equal_names_people_are_put_where_people_work_and_never_where_a_rule_or_a_licence_puts_them(
    town: Any,
) -> None:
    town.group("GY-Tenders", groupTypes=["DynamicMembership"])
    town.group("GZ-Tenders-Lic")
    (step,) = town.settle(OLAF, "add me to tenders").plan.steps
    assert step.target.id == town.tenders


def test_the_requesters_department_tells_two_namesakes_apart(town: Any) -> None:
    own = town.group("GX-Scanner-Logistics")
    town.group("GX-Scanner-Kitchen")
    (step,) = town.settle(OLAF, "add me to the scanner group").plan.steps
    assert step.target.id == own


def test_a_site_is_entered_by_its_group_and_found_by_title_or_path(town: Any) -> None:
    town.site("Bid Room", "/sites/bids", group=town.tenders)
    for text in ("I need access to the bid room site", "I need access to /sites/bids", "I need access to Bid Room"):
        proposal = town.settle(OLAF, f"{text} on sharepoint")
        assert proposal.plan is not None, proposal.why
        (step,) = proposal.plan.steps
        assert (step.action, step.target.id) == ("entra.group.member.add", town.tenders)


def test_an_open_risk_refuses_before_anything_is_asked_back(town: Any) -> None:
    town.risks[town.olaf] = {"riskState": "atRisk"}
    proposal = town.settle(OLAF, "add me to the harbour group")
    assert (proposal.refuse, proposal.handover_to, proposal.missing) == (True, "security", None)


def test_a_guest_is_given_nothing(town: Any) -> None:
    town.users[town.olaf]["userType"] = "Guest"
    assert town.settle(OLAF, "add me to tenders").refuse
