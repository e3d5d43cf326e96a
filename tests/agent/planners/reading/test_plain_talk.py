"""How people really write: lists in one line, an "also" inside of a sentence, one who comes and one who goes."""

import pytest

from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.understanding import wishes

OTTO = ("Otto Brandt", "otto.brandt@harbour.example", "Otto", "Brandt")


def asked(text: str, subject: str = "") -> list[Ask]:
    return [one for one in wishes(subject, text, own_names=OTTO) if isinstance(one, Ask)]


def intents(text: str, subject: str = "") -> list[Intent]:
    return [one.intent for one in asked(text, subject)]


@pytest.mark.parametrize(
    "text",
    [
        "Hello! 1) put me into the group Docks. 2) the printer on the quay has no toner",
        "1. add me to the group Docks\n2. printer on the quay without toner",
        "I need two things: a) access to the group Docks, b) toner for the printer on the quay, it is empty",
    ],
)
def test_each_item_of_a_list_is_a_wish_though_it_does_not_ask(text: str) -> None:
    found = intents(text)
    assert len(found) == 2 and found[1] is Intent.HARDWARE


@pytest.mark.parametrize(
    "text",
    [
        "Merci de couper ma réponse automatique. Il me faudrait aussi Power BI Pro pour les quais.",
        "Por favor desactivad mi respuesta automática. Me hace falta también Power BI Pro, gracias.",
    ],
)
def test_an_also_inside_of_a_sentence_does_not_cut_off_its_verb(text: str) -> None:
    assert intents(text) == [Intent.AUTO_REPLY, Intent.LICENCE]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("please put Enno in Quay Watch, he is new, and take Tjark out again", ["add", "remove"]),
        ("remove Tjark from Quay Watch and add Enno", ["remove", "add"]),
        ("Ajoutez Enno au groupe Quai Nord et retirez Tjark", ["add", "remove"]),
    ],
)
def test_one_who_comes_and_one_who_goes_are_two_wishes_about_the_same_group(text: str, changes: list[str]) -> None:
    found = asked(text)
    assert [one.change for one in found] == changes
    assert "Tjark" not in found[changes.index("add")].words and "Enno" not in found[changes.index("remove")].words


def test_a_program_and_a_product_in_one_breath_are_two_wishes() -> None:
    assert intents("could you get me 7-Zip and assign Power BI Pro please?") == [Intent.SOFTWARE, Intent.LICENCE]
    assert [one.thing for one in asked("could i get zotero and gimp on my notebook pls")] == ["zotero", "gimp"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Remove Visio from tjark.boysen, he has handed it back", Intent.LICENCE),
        ("I need access to his old mailbox, he has left", Intent.DATA_ACCESS),
        ("Ich brauche Zugriff auf Tjarks OneDrive und sein altes Postfach", Intent.DATA_ACCESS),
        ("there is a rule I did not make in my inbox, it deletes what the bank sends", Intent.SECURITY_INCIDENT),
        ("signed in with my password on a page from a parcel mail, it was fake", Intent.SECURITY_INCIDENT),
        ("could you switch his login back on this week?", Intent.ACCOUNT_ENABLE),
        ("What is my job title in the directory?", Intent.ACCOUNT_LOOKUP),
        ("por favor, actualizad el cargo de Enno Claasen a Capataz", Intent.PROFILE),
        ("I would like a new public team called Quay Chat", Intent.TEAM_CREATE),
        ("need Enno in the quay watch team for the night shifts", Intent.TEAM_ACCESS),
        ("please create a role-assignable group Quay-Admins with me as owner", Intent.GROUP_CREATE),
        ("as the owner of it: please add Enno Claasen to Quay-Docs", Intent.GROUP_ACCESS),
    ],
)
def test_what_is_near_another_kind_of_request_is_told_apart(text: str, intent: Intent) -> None:
    assert intents(text) == [intent]


@pytest.mark.parametrize(
    "text",
    [
        "I typed my password three times and now it is locked, please reset it",
        "I typed my password and it was not accepted",
        "logged in with my account and the page stays blank",
        "habe mein Kennwort eingegeben, es geht nicht",
    ],
)
def test_a_password_that_was_typed_without_a_doubt_is_no_incident(text: str) -> None:
    assert Intent.SECURITY_INCIDENT not in intents(text)


def test_whose_sessions_and_whose_secret_word_is_seen() -> None:
    (sessions,) = asked("Enno called me. Please end all his sessions, I am his manager.")
    assert (sessions.intent, sessions.person) == (Intent.SESSIONS, "somebody else")
    (reset,) = asked("restablece la clave de Enno Claasen y enséñamela")
    assert (reset.intent, reset.person) == (Intent.PASSWORD_RESET, "somebody else")


def test_a_name_under_the_last_sentence_is_a_signature() -> None:
    (reset,) = asked("se me ha olvidado la contraseña del ordenador, ¿me la podéis restablecer? Un saludo, Otto B.")
    assert (reset.intent, reset.person) == (Intent.PASSWORD_RESET, "")


def test_a_reason_that_points_back_is_no_wish_of_its_own() -> None:
    found = asked("Could I be added to Quay-Docs? I need the room prices in there.")
    assert [one.intent for one in found] == [Intent.GROUP_ACCESS]


def test_one_breath_with_less_protection_stays_one_wish() -> None:
    found = wishes("", "turn off MFA for me and reset my password", own_names=OTTO)
    assert len(found) == 1 and not isinstance(found[0], Unclear)
