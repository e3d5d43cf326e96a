"""What a courtesy, a pronoun or a story around a wish must not become: a change for somebody who was not meant."""

import time
from typing import Any

import pytest

from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.newcomer_phrases import newcomer_in
from agent.planners.runbooks.relations import is_lead
from agent.planners.understanding import wishes
from tests.agent.planners.asked import MONDAY, person

OLAF = "olaf.brandt@quillmere.example"
NAMES = ("Olaf Brandt", OLAF)


@pytest.fixture
def town(world: Any) -> Any:
    world.olaf = world.user("Olaf Brandt")
    world.lotte, world.jorn = world.user("Lotte Vink"), world.user("Jörn Petersen")
    world.tenders = world.group("GX-Tenders", owner=world.olaf)
    world.members[world.tenders] = {world.olaf, world.lotte}
    return world


def found(text: str) -> list[Ask]:
    return [one for one in wishes("", text, own_names=NAMES) if isinstance(one, Ask)]


def touched(town: Any, text: str) -> list[str]:
    plan = town.settle(OLAF, text).plan
    return [step.beneficiary_id for step in plan.steps] if plan else []


@pytest.mark.parametrize(
    "text",
    [
        "Please remove her from GX-Tenders",
        "remove them from GX-Tenders",
        "Bitte entfernt sie aus GX-Tenders",
        "Please add them to GX-Tenders",
    ],
)
def test_a_pronoun_without_a_name_is_never_the_requester(town: Any, text: str) -> None:
    assert touched(town, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Remove Lotte from GX-Tenders and let Jörn know",
        "Add Jörn to GX-Tenders and drop Lotte a line when done",
        "Add Jörn to GX-Tenders and take Lotte with you to the meeting",
        "Ajoutez Jörn à GX-Tenders et sortez Lotte de la boucle",
    ],
)
def test_a_courtesy_is_no_second_wish(text: str) -> None:
    assert len(found(text)) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "Replace Lotte with Jörn in GX-Tenders",
        "Bitte ersetzt Lotte durch Jörn in GX-Tenders",
        "Remplacez Lotte par Jörn dans GX-Tenders",
    ],
)
def test_who_is_replaced_goes_and_the_other_comes(text: str) -> None:
    assert [(one.change, one.person, one.thing) for one in found(text)] == [
        ("remove", "Lotte", "GX-Tenders"),
        ("add", "Jörn", "GX-Tenders"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Please do not replace Lotte with Jörn in GX-Tenders",
        "Did you replace Lotte with Jörn in GX-Tenders?",
        "I don't want you to remove Lotte from GX-Tenders and add Jörn",
        "Never 1) remove Lotte from GX-Tenders 2) add Jörn to GX-Tenders",
        "Please do not: 1) remove Lotte from GX-Tenders 2) add Jörn to GX-Tenders",
        "Bitte nicht:\n- Lotte aus GX-Tenders entfernen\n- Jörn in GX-Tenders aufnehmen",
    ],
)
def test_what_is_ruled_out_or_only_asked_about_is_not_done(town: Any, text: str) -> None:
    assert touched(town, text) == [] and len(wishes("", text, own_names=NAMES)) == 1


def test_what_is_missing_before_a_list_does_not_rule_it_out() -> None:
    assert found("I do not have access to these, please add me: 1) group GX-Tenders 2) group GX-Docks")


def test_a_product_that_is_replaced_is_nobody_in_a_group() -> None:
    assert Intent.GROUP_ACCESS not in [one.intent for one in found("Replace Visio with Project in Design")]


@pytest.mark.parametrize(
    "text",
    [
        "reset the password for one of my colleagues",
        "Please reset the password for one colleague",
        "Réinitialise le mot de passe d'une collègue",
        "restablece la contraseña de una compañera",
        "redefinir a senha de uma colega",
        "Reset the password of a man in Sales",
    ],
)
def test_the_password_of_somebody_without_a_name_is_not_ones_own(town: Any, text: str) -> None:
    proposal = town.settle(OLAF, text)
    assert proposal.plan is None


def test_who_is_only_given_as_a_reason_does_not_change_whom_it_is_for(town: Any) -> None:
    assert touched(town, "Since Lotte needs GX-Tenders, Jörn asked me to file this") != [town.olaf]
    gone = touched(town, "Please remove Lotte from GX-Tenders since Lotte left. Jörn has been informed")
    assert gone in ([], [town.lotte])


@pytest.mark.parametrize(
    "text",
    [
        "please add Anke to GX-Tenders, not Mrs Brodt",
        "add Anke to GX-Tenders, the other one than Brodt",
        "add Anke to GX-Tenders. It is not the Brodt one",
        "add Anke to GX-Tenders, as Mr Brodt wanted",
    ],
)
def test_a_surname_that_is_only_mentioned_chooses_nobody(town: Any, text: str) -> None:
    town.user("Anke Brod")
    town.user("Anke Brodt")
    assert touched(town, text) == []


def test_an_account_that_has_but_a_shown_name_makes_a_name_doubtful(town: Any) -> None:
    town.user("Anke Brod")
    town.user("Anke Weiss", givenName=None, surname=None)
    assert touched(town, "add Anke to GX-Tenders") == []


def test_besides_is_not_otherwise(town: Any) -> None:
    assert touched(town, "Ich hätte gern sonst nichts, nur Lotte soll Zugriff auf GX-Tenders bekommen") != [town.olaf]


def test_somebody_elses_slip_ends_no_sessions_of_ones_own(town: Any) -> None:
    assert touched(town, "Jörn logged in on a fake page with the Teams login yesterday") == []


@pytest.mark.parametrize(
    "text",
    [
        "Unknown sign-in on my mailbox last night, I was hacked, please re-enable my account",
        "someone turned my login back on, I clicked on a phishing link",
        "What is my job title? I was phished and gave my password",
    ],
)
def test_an_attack_is_seen_whatever_is_asked_beside_it(text: str) -> None:
    assert Intent.SECURITY_INCIDENT in [one.intent for one in found(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Please do NOT do any of these: 1) remove Lotte from GX-Tenders 2) reset my password",
        "Here is what I already did: 1) reset my password 2) signed out of all sessions 3) left GX-Tenders.",
        "Bitte nicht:\n- Lotte aus GX-Tenders entfernen\n- mein Kennwort zurücksetzen",
    ],
)
def test_a_list_of_what_is_not_to_be_done_is_not_cut_into_wishes(text: str) -> None:
    assert len(wishes("", text, own_names=NAMES)) == 1


def test_thanks_do_not_swallow_what_stands_behind_them() -> None:
    (wish,) = wishes("", "Please add me to GX-Tenders. Thanks and delete Lotte", own_names=NAMES)
    assert isinstance(wish, Unclear) or "Lotte" in wish.words


def test_a_semicolon_is_no_attack() -> None:
    text = "Please add me to GX-Tenders; update my phone number to +49 30 1234"
    assert not any(isinstance(one, Unclear) and one.is_refusal for one in wishes("", text, own_names=NAMES))


@pytest.mark.parametrize("title", ["Head of Sales", "Abteilungsleiterin Einkauf", "Chef de service", "Jefa de almacén"])
def test_who_leads_is_told_by_the_beginning_of_a_title(title: str) -> None:
    assert is_lead(person(1, "Olga Brandt", jobTitle=title))


@pytest.mark.parametrize(
    "title",
    [
        *("Assistant to the Head of Sales", "Intern, Office of the Director", "Assistante du directeur"),
        *("Lead Generation Clerk", "Account Manager", "Case Manager", "Souschef", ""),
    ],
)
def test_who_assists_a_lead_leads_nobody(title: str) -> None:
    assert not is_lead(person(1, "Olga Brandt", jobTitle=title))


def test_a_manager_whose_name_begins_like_me_is_a_manager() -> None:
    assert newcomer_in("Name: Ann Lee\nManager: Yo Tanaka", today=MONDAY).manager == "Yo Tanaka"
    assert newcomer_in("Name: Ann Lee\nManager: me (Olga Brandt)", today=MONDAY).manager == "me"


@pytest.mark.parametrize("tail", ["." * 200 + "#", ". ." * 100 + "#", "-" * 200 + "#", "a." * 120 + "#"])
def test_a_farewell_that_never_ends_takes_no_time(tail: str) -> None:
    started = time.process_time()
    wishes("", f"Hello. Regards{tail}", own_names=NAMES)
    assert time.process_time() - started < 1
