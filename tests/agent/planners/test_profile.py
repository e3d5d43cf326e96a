"""What people may say of themselves is planned, what is HR's goes to HR, and what is not certainly read is asked."""

import pytest

from agent.planners.asks import Intent
from agent.planners.profile_phrases import profile_wish
from agent.planners.runbooks.profile import profile
from tests.agent.planners.asked import actions, ask, ended, person

OLGA = person(1, "Olga Brandt", officeLocation="Husum")
HILDE = person(3, "Hilde Roth", department="HR")


@pytest.mark.parametrize(
    ("words", "attribute", "value"),
    [
        ("please change my office to Pier 4", "officeLocation", "Pier 4"),
        ("My office location is now Gdansk, thanks", "officeLocation", "Gdansk"),
        ("I moved to the Turin office last week", "officeLocation", "Turin"),
        ("Mein Büro ist jetzt Leer, bitte eintragen", "officeLocation", "Leer"),
        ("bitte meinen Standort auf Leer ändern", "officeLocation", "Leer"),
        ("Merci de changer mon bureau en Quai 4", "officeLocation", "Quai 4"),
        ("mi oficina ahora es Cádiz", "officeLocation", "Cádiz"),
        ("o meu escritório agora é Faro, por favor", "officeLocation", "Faro"),
        ("sitze jetzt in Emden", "officeLocation", "Emden"),
        ("mobile number is +49 151 2345678 now", "mobilePhone", "+49 151 2345678"),
        ("Handy: alt +49 151 111111, neu +49 151 222222", "mobilePhone", "+49 151 222222"),
        ("o meu telemóvel é o +351 912 345 678", "mobilePhone", "+351 912 345 678"),
        ("set my desk phone to extension 4410", "businessPhones", "4410"),
        ("please set my language to French", "preferredLanguage", "fr"),
        ("Sprache auf de-AT umstellen", "preferredLanguage", "de-AT"),
        ("my title should say Senior Rigger, can you fix it", "jobTitle", "Senior Rigger"),
        ("please update my office", "officeLocation", ""),
    ],
)
def test_what_is_to_change_is_read_from_five_languages(words: str, attribute: str, value: str) -> None:
    wanted = profile_wish(words)
    assert wanted is not None and (wanted.attribute, wanted.value) == (attribute, value)


def test_an_own_attribute_is_planned_with_what_it_was() -> None:
    planned = ended(profile, ask(Intent.PROFILE, "my office is now Leer"), OLGA)
    assert planned.plan is not None
    (step,) = planned.plan.steps
    assert (step.action, step.call.body) == ("entra.user.profile.update", {"officeLocation": "Leer"})
    assert "Husum" in str(step.precondition)


def test_what_is_hrs_goes_to_hr_unless_hr_asks() -> None:
    words = "the title should be Chief Rigger"
    assert ended(profile, ask(Intent.PROFILE, words), OLGA).handover_to == "hr"
    asked = ask(Intent.PROFILE, words, person="Olga Brandt")
    assert actions(ended(profile, asked, HILDE, OLGA)) == ["entra.user.profile.update"]
    others = ask(Intent.PROFILE, "office to Leer", person="Hilde Roth")
    assert ended(profile, others, OLGA, HILDE).handover_to == "hr"


def test_an_account_mastered_elsewhere_and_a_number_after_a_mail_are_for_the_identity_team() -> None:
    synced = person(1, "Olga Brandt", onPremisesSyncEnabled=True)
    assert ended(profile, ask(Intent.PROFILE, "my office is now Leer"), synced).handover_to == "identity"
    number = ask(Intent.PROFILE, "mobile: +49 151 2345678", is_proven=False)
    assert ended(profile, number, OLGA).handover_to == "identity"
    assert actions(ended(profile, ask(Intent.PROFILE, number.words), OLGA)) == ["entra.user.phone.update"]


def test_a_value_that_is_missing_is_asked_and_one_that_is_there_already_is_told() -> None:
    asked = ended(profile, ask(Intent.PROFILE, "please update my office"), OLGA)
    assert asked.missing is not None and asked.missing.said == "officeLocation"
    assert ended(profile, ask(Intent.PROFILE, "my office is now Husum"), OLGA).answer


def test_what_one_may_say_oneself_goes_on_and_hr_gets_the_rest() -> None:
    words = "My office is now Leer. And my title should say Chief Rigger."
    planned = ended(profile, ask(Intent.PROFILE, words), OLGA)
    assert planned.plan is not None and planned.then_hand_over == "hr"
    (step,) = planned.plan.steps
    assert step.call.body == {"officeLocation": "Leer"}
