"""An attack is contained where it touches the requester, and always told; rights to administer are never given."""

import pytest

from agent.planners.asks import Intent
from agent.planners.runbooks.data_access import data_access
from agent.planners.runbooks.privileges import privileges
from agent.planners.runbooks.security_incident import security_incident
from tests.agent.planners.asked import actions, ask, ended, person

OLGA = person(1, "Olga Brandt")
REVOKE, RESET = "entra.user.sessions.revoke", "entra.user.password.reset"
ADMIN = {("user.directory_roles", OLGA.id): {"roles": [{"roleDefinitionId": "x"}]}}
RISKY = {("user.risk", OLGA.id): {"riskState": "atRisk"}}


@pytest.mark.parametrize(
    "words",
    [
        "I clicked on that parcel thing and typed my password",
        "auf den Anhang geklickt und das Kennwort eingegeben",
        "j'ai cliqué et saisi mon mot de passe",
        "pinché en el enlace y puse mi contraseña",
        "cliquei no anexo e escrevi a senha",
    ],
)
def test_a_password_that_was_given_away_is_replaced_and_the_security_team_goes_on(words: str) -> None:
    contained = ended(security_incident, ask(Intent.SECURITY_INCIDENT, words), OLGA)
    assert (actions(contained), contained.then_hand_over) == ([REVOKE, RESET], "security")


@pytest.mark.parametrize(
    "words",
    [
        "I opened the attachment of that invoice",
        "someone else is using my account",
        "Anmeldeanfragen, die ich nicht ausgelöst habe",
        "on a piraté mon compte",
    ],
)
def test_a_touched_account_loses_its_sessions_alone(words: str) -> None:
    contained = ended(security_incident, ask(Intent.SECURITY_INCIDENT, words), OLGA)
    assert (actions(contained), contained.then_hand_over) == ([REVOKE], "security")


@pytest.mark.parametrize(
    "words",
    [
        "a strange mail asks for gift cards",
        "seltsame Mail bekommen, nicht geöffnet",
        "someone hacked my account but do not end my sessions",
    ],
)
def test_a_mere_sighting_and_a_wish_that_nothing_be_done_only_go_to_security(words: str) -> None:
    told = ended(security_incident, ask(Intent.SECURITY_INCIDENT, words), OLGA)
    assert (told.plan, told.handover_to) == (None, "security")


def test_somebody_elses_account_and_an_administrators_are_left_to_people() -> None:
    words = "clicked a link and entered the password"
    other = ended(security_incident, ask(Intent.SECURITY_INCIDENT, words, person="Kjell"), OLGA)
    admin = ended(security_incident, ask(Intent.SECURITY_INCIDENT, words), OLGA, seen=ADMIN)
    assert [(one.plan, one.handover_to) for one in (other, admin)] == [(None, "security")] * 2


@pytest.mark.parametrize("why", ["risk", "mail", "synced"])
def test_where_a_new_password_is_not_ours_to_set_the_sessions_end_all_the_same(why: str) -> None:
    olga = person(1, "Olga Brandt", onPremisesSyncEnabled=why == "synced" or None)
    wish = ask(Intent.SECURITY_INCIDENT, "I clicked and gave my password", is_proven=why != "mail")
    contained = ended(security_incident, wish, olga, seen=RISKY if why == "risk" else {})
    assert (actions(contained), contained.then_hand_over) == ([REVOKE], "security")


@pytest.mark.parametrize("intent", [Intent.ADMIN_ROLE, Intent.APP_REGISTRATION, Intent.APP_CONSENT])
def test_a_right_to_administer_is_refused_and_on_its_console_handed_over(intent: Intent) -> None:
    assert ended(privileges, ask(intent, "make me an admin"), OLGA).refuse
    assert ended(privileges, ask(intent, "make me an admin"), OLGA, seen=ADMIN).refuse
    on_console = ended(privileges, ask(intent, "give her the role", is_console=True), OLGA, seen=ADMIN)
    assert (on_console.refuse, on_console.handover_to) == (False, "identity")
    assert ended(privileges, ask(intent, is_console=True), OLGA).refuse


def test_other_peoples_content_is_for_the_legal_team() -> None:
    assert ended(data_access, ask(Intent.DATA_ACCESS, "open her mailbox"), OLGA).handover_to == "legal"
