"""Whom a wish is about, from its words: the requester, somebody who is named, or a question."""

from typing import Any

import pytest

OLAF = "olaf.brandt@quillmere.example"


@pytest.fixture
def town(world: Any) -> Any:
    world.olaf = world.user("Olaf Brandt")
    world.lotte = world.user("Lotte Vink")
    world.jorn = world.user("Jörn Petersen")
    world.shea = world.user("Sean O'Shea", userPrincipalName="sean.oshea@quillmere.example")
    world.group("GX-Tenders", owner=world.olaf)
    return world


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("add me to GX-Tenders", ["olaf"]),
        ("add Olaf to GX-Tenders", ["olaf"]),
        ("add O. Brandt to GX-Tenders", ["olaf"]),
        ("I need access to GX-Tenders, Lotte said it is fine", ["olaf"]),
        ("Lotte Vink left, please add me to GX-Tenders", ["olaf"]),
        ("add Lotte to GX-Tenders", ["lotte"]),
        ("please add Vink Lotte to GX-Tenders", ["lotte"]),
        ("add lotte.vink to GX-Tenders", ["lotte"]),
        ("give my colleague Lotte Vink access to GX-Tenders", ["lotte"]),
        ("Bitte fügen Sie Jörn Petersen zu GX-Tenders hinzu", ["jorn"]),
        ("Bitte fügen Sie Joern Petersen zu GX-Tenders hinzu", ["jorn"]),
        ("add Sean O'Shea to GX-Tenders", ["shea"]),
        ("add Lotte and Jörn to GX-Tenders", ["lotte", "jorn"]),
    ],
)
def test_whoever_stands_in_the_place_of_the_beneficiary_is_meant(town: Any, text: str, names: list[str]) -> None:
    proposal = town.settle(OLAF, text)
    assert proposal.plan is not None, proposal.why
    assert [step.beneficiary_id for step in proposal.plan.steps] == [getattr(town, name) for name in names]


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        # A given name that is another one's but for a letter, and a surname that two have.
        ("add Simon to GX-Tenders", "several"),
        ("add Barth to GX-Tenders", "several"),
        ("add Zacharias to GX-Tenders", "unknown"),
        # Letters of another script, and a domain that is ours but for a letter.
        ("add L\u043ette to GX-Tenders", "unknown"),
        ("add Lotte Vink (lotte.vink@qui11mere.example) to GX-Tenders", "unknown"),
        ("add lotte.wink@quillmere.example to GX-Tenders", "unknown"),
        ("add my colleague to GX-Tenders", "missing"),
    ],
)
def test_a_name_that_is_not_surely_one_persons_is_asked_about(town: Any, text: str, doubt: str) -> None:
    town.user("Simon Barth")
    town.user("Simone Barth")
    proposal = town.settle(OLAF, text)
    assert proposal.plan is None and proposal.missing is not None, proposal
    assert (proposal.missing.about, proposal.missing.doubt) == ("person", doubt)


def test_a_full_name_is_exact_beside_a_nearly_equal_one(town: Any) -> None:
    simon, _simone = town.user("Simon Barth"), town.user("Simone Barth")
    (step,) = town.settle(OLAF, "add Simon Barth to GX-Tenders").plan.steps
    assert step.beneficiary_id == simon


def test_an_open_risk_of_the_one_it_is_for_is_refused_without_saying_whose(town: Any) -> None:
    town.risks[town.lotte] = {"riskState": "confirmedCompromised"}
    proposal = town.settle(OLAF, "add Lotte to GX-Tenders")
    assert (proposal.refuse, proposal.handover_to) == (True, "security")
    assert "Lotte" not in proposal.why


def test_a_given_name_beside_the_full_one_is_that_persons(town: Any) -> None:
    town.user("Simon Barth")
    simone = town.user("Simone Barth")
    (step,) = town.settle(OLAF, "add Simone Barth to GX-Tenders", subject="access for Simone").plan.steps
    assert step.beneficiary_id == simone
    assert town.settle(OLAF, "add Simone Barth and Simon to GX-Tenders").plan is None


@pytest.mark.parametrize(
    "text",
    [
        "since Lotte left, nobody looks after it: add Jörn to GX-Tenders",
        "add Jörn to GX-Tenders instead of Lotte",
        "Seit Lotte weg ist, fehlt jemand: bitte nehmt Jörn in GX-Tenders auf",
    ],
)
def test_who_has_left_is_only_spoken_of(town: Any, text: str) -> None:
    proposal = town.settle(OLAF, text)
    assert proposal.plan is not None, proposal.why
    assert [step.beneficiary_id for step in proposal.plan.steps] == [town.jorn]


def test_a_surname_that_stands_elsewhere_tells_two_of_one_given_name_apart(town: Any) -> None:
    town.user("Anke Brod")
    meant = town.user("Anke Brodt")
    proposal = town.settle(OLAF, "please add Anke to GX-Tenders, I mean the one called Brodt")
    assert proposal.plan is not None, proposal.why
    assert [step.beneficiary_id for step in proposal.plan.steps] == [meant]


def test_a_surname_that_is_ruled_out_chooses_nobody(town: Any) -> None:
    town.user("Anke Brod")
    town.user("Anke Brodt")
    proposal = town.settle(OLAF, "please add Anke to GX-Tenders, not Brodt")
    assert proposal.plan is None and proposal.missing is not None and proposal.missing.about == "person"


def test_an_account_of_a_service_is_not_called_by_one_word_of_its_name(town: Any) -> None:
    town.user("Tenders Service", givenName=None, surname=None)
    proposal = town.settle(OLAF, "I need read access to the Tenders files, the group is GX-Tenders")
    assert proposal.plan is not None, proposal.why
    olaf = next(one for one in town.users.values() if one["userPrincipalName"] == OLAF)
    assert [step.beneficiary_id for step in proposal.plan.steps] == [olaf["id"]]
