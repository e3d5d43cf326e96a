"""Somebody starts: what is read of a form and of prose, who may ask, and one plan for account, manager and licence."""

from datetime import date
from typing import Any

import pytest

from agent.planners.asks import Intent
from agent.planners.newcomer_phrases import lacks, newcomer_in
from agent.planners.runbooks.joiner import joiner
from agent.planners.sign_in_names import sign_in_name
from tests.agent.planners.asked import MONDAY, actions, ask, ended, person

HILDE = person(1, "Hilde Roth", department="HR", officeLocation="Emden")
HARM = person(2, "Harm Folkerts", officeLocation="Leer", usageLocation="NL")
TJARK = person(3, "Tjark Boysen")
SKU = {"skuId": "00000000-0000-4000-8000-000000000f03", "skuPartNumber": "SPE_F1", "capabilityStatus": "Enabled"}
FORM = (
    "First name: J\u00f6rdis\nLast name: Wei\u00df\nRole: Rigger\nDepartment: Docks\nManager: Harm Folkerts\n"
    "Office: Leer\nStart: 11 January 2027"
)
REPORTS = {"reports": [{"id": TJARK.id}]}


def seen(**more: Any) -> dict[tuple[str, str], Any]:
    free = {("user.filter", f"{kind}:joerdis.weiss@nordwind.example"): None for kind in ("userPrincipalName", "mail")}
    found: dict[tuple[str, str], Any] = {
        **free,
        ("tenant.org", "tenant"): {"id": "t", "countryLetterCode": "DE"},
        ("tenant.skus", "all"): {"skus": [{**SKU, "enabled": 5, "consumedUnits": more.pop("used", 1)}]},
        ("user.filter", "userPrincipalName:joerdis.weiss2@nordwind.example"): None,
        ("user.filter", "mail:joerdis.weiss2@nordwind.example"): None,
    }
    return {**found, **more.pop("facts", {})}


@pytest.mark.parametrize(
    "words",
    [
        "Enno Claasen starts on 1 February 2027 as Rigger in Docks in Leer, manager is Harm Folkerts.",
        "Ab 01.02.2027 beginnt Enno Claasen als Rigger, Abteilung Docks, Standort Leer, Chef ist Harm Folkerts",
        "Enno Claasen arrive le 1er f\u00e9vrier 2027, service Docks, \u00e0 Leer, responsable Harm Folkerts",
        "Nombre: Enno\nApellidos: Claasen\nDepto: Docks\nJefe: Harm Folkerts\nSede: Leer\nAlta: 01/02/2027",
        "Nome: Enno Claasen / Departamento: Docks / Gestor: Harm Folkerts / Local: Leer / In\u00edcio: 01/02/2027",
    ],
)
def test_all_that_is_needed_is_read_from_forms_and_prose_of_five_languages(words: str) -> None:
    found = newcomer_in(words, today=MONDAY)
    assert (found.called, found.start, found.department) == ("Enno Claasen", date(2027, 2, 1), "Docks")
    assert (found.manager, found.location) == ("Harm Folkerts", "Leer")


def test_what_nobody_said_is_named_as_missing() -> None:
    found = newcomer_in("somebody new starts next Monday, please set everything up", today=MONDAY)
    assert lacks(found) == ("name", "department", "manager", "location")


@pytest.mark.parametrize(
    ("given", "family", "name"),
    [
        ("J\u00f6rdis", "Wei\u00df", "joerdis.weiss"),
        ("L\u00e9a-Marie", "D'Arcy", "leamarie.darcy"),
        ("Bj\u00f8rn", "\u00c5s", "bjorn.as"),
        ("\u674e", "Na", ""),
    ],
)
def test_a_sign_in_name_has_plain_letters_or_is_none(given: str, family: str, name: str) -> None:
    assert sign_in_name(given, family) == name


def test_account_manager_and_licence_are_one_plan_about_one_person_who_is_not_there_yet() -> None:
    planned = ended(joiner, ask(Intent.JOINER, f"{FORM}\nLicence: Microsoft 365 F3"), HILDE, HARM, seen=seen())
    assert actions(planned) == ["entra.user.create", "entra.user.manager.set", "entra.license.assign"]
    assert planned.plan is not None
    created, *later = planned.plan.steps
    assert created.creates is not None and created.call.body is not None
    assert {one.target.id for one in later} == {created.creates.stand_in}
    said = {name: created.call.body[name] for name in ("userPrincipalName", "officeLocation", "usageLocation")}
    # The manager works at the same place, so the account is used in the same country.
    expected = {"userPrincipalName": "joerdis.weiss@nordwind.example", "officeLocation": "Leer", "usageLocation": "NL"}
    assert said == expected
    assert created.beneficiary_id == HARM.id


def test_a_name_that_is_taken_gets_a_number_but_a_namesake_is_looked_at_by_people() -> None:
    key = ("user.filter", "userPrincipalName:joerdis.weiss@nordwind.example")
    other = {"candidates": [{"id": TJARK.id, "displayName": "Jo Weiss"}]}
    planned = ended(joiner, ask(Intent.JOINER, FORM), HILDE, HARM, seen=seen(facts={key: other}))
    assert planned.plan is not None and planned.plan.steps[0].params["upn"] == "joerdis.weiss2@nordwind.example"
    same = {"candidates": [{"id": TJARK.id, "displayName": "J\u00f6rdis Wei\u00df"}]}
    stopped = ended(joiner, ask(Intent.JOINER, FORM), HILDE, HARM, seen=seen(facts={key: same}))
    assert (stopped.plan, stopped.handover_to) == (None, "hr")


def test_without_a_free_seat_the_account_is_made_and_procurement_goes_on() -> None:
    words = f"{FORM}\nLicence: Microsoft 365 F3"
    planned = ended(joiner, ask(Intent.JOINER, words), HILDE, HARM, seen=seen(used=5))
    assert actions(planned) == ["entra.user.create", "entra.user.manager.set"]
    assert planned.then_hand_over == "procurement"


def test_hr_is_asked_for_what_is_missing_and_a_peer_is_told_no() -> None:
    asked = ended(joiner, ask(Intent.JOINER, "a new colleague starts on Monday"), HILDE)
    assert asked.missing is not None
    assert (asked.missing.about, asked.missing.said) == ("details", "name, department, manager, location")
    assert ended(joiner, ask(Intent.JOINER, "a new colleague starts on Monday"), TJARK).refuse


def test_whoever_calls_themselves_the_manager_leads_somebody_already() -> None:
    words = FORM.replace("Harm Folkerts", "me")
    mine = {("user.direct_reports", HARM.id): REPORTS}
    planned = ended(joiner, ask(Intent.JOINER, words), HARM, seen=seen(facts=mine))
    assert planned.plan is not None and planned.plan.steps[1].params["manager_id"] == HARM.id
    assert ended(joiner, ask(Intent.JOINER, words), TJARK, seen=seen()).refuse
    named = FORM.replace("Harm Folkerts", "Tjark Boysen")
    assert ended(joiner, ask(Intent.JOINER, named), TJARK, seen=seen()).refuse


def test_a_title_to_lead_by_is_enough_though_nobody_reports_yet() -> None:
    head = person(2, "Harm Folkerts", officeLocation="Leer", usageLocation="NL", jobTitle="Leiter Docks")
    words = FORM.replace("Harm Folkerts", "ich (Harm Folkerts)")
    planned = ended(joiner, ask(Intent.JOINER, words), head, seen=seen())
    assert planned.plan is not None and planned.plan.steps[1].params["manager_id"] == head.id
    deckhand = person(3, "Tjark Boysen", jobTitle="Deckhand")
    assert ended(joiner, ask(Intent.JOINER, words), deckhand, seen=seen()).refuse


def test_department_and_place_are_read_where_nothing_else_stands_around_them() -> None:
    words = "new starter please, Enno Claasen\n11 January 2027, Docks, reports to Harm Folkerts, Leer"
    found = newcomer_in(words, today=MONDAY)
    assert (found.called, found.department, found.location) == ("Enno Claasen", "Docks", "Leer")
