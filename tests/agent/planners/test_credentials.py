"""Who gets a new password or a pass, who is asked for proof first, and whose lost phone is worth nothing any more."""

from typing import Any

import pytest

from agent.planners.asks import Intent
from agent.planners.runbooks.access_pass import access_pass
from agent.planners.runbooks.password_reset import password_reset
from agent.planners.runbooks.runbook import Runbook
from agent.planners.runbooks.sessions import sessions
from tests.agent.planners.asked import HELPDESK, HELPDESK_OF_A_UNIT, TEAMS_ADMINISTRATOR, actions, ask, ended, person

OLGA = person(1, "Olga Brandt")
KJELL = person(2, "Kjell Aune")
APP = {"methods": [{"id": "a" * 8, "type": "microsoftAuthenticator"}, {"id": "b" * 8, "type": "password"}]}
# Whoever asks on the console without a role that looks after accounts.
NOT_IT: list[dict[str, Any]] = [{"roles": []}, HELPDESK_OF_A_UNIT, TEAMS_ADMINISTRATOR]
CREDENTIALS = [(password_reset, Intent.PASSWORD_RESET), (access_pass, Intent.ACCESS_PASS)]


class _Everywhere(dict[tuple[str, str], Any]):
    """Answers every search for people with the same candidates."""

    def __init__(self, candidates: dict[str, Any]) -> None:
        super().__init__({("nothing", "else"): None})
        self._candidates = candidates

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and key[0] == "user.search"

    def __missing__(self, key: tuple[str, str]) -> Any:
        return self._candidates


@pytest.mark.parametrize(("runbook", "intent"), CREDENTIALS)
def test_an_open_risk_is_refused_and_security_hears_of_it(runbook: Runbook, intent: Intent) -> None:
    seen = {("user.risk", OLGA.id): {"riskState": "atRisk"}}
    stopped = ended(runbook, ask(intent, "new phone, is_proven"), OLGA, seen=seen)
    assert (stopped.refuse, stopped.handover_to, stopped.plan) == (True, "security", None)


@pytest.mark.parametrize(("runbook", "intent"), CREDENTIALS)
def test_a_mail_is_asked_for_proof_and_gets_nothing(runbook: Runbook, intent: Intent) -> None:
    asked = ended(runbook, ask(intent, is_proven=False), OLGA)
    assert asked.plan is None and asked.missing is not None
    assert (asked.missing.about, asked.missing.said) == ("details", "identity")


@pytest.mark.parametrize(("runbook", "intent"), CREDENTIALS)
def test_an_administrators_own_is_for_the_identity_team(runbook: Runbook, intent: Intent) -> None:
    given = ended(runbook, ask(intent), OLGA, seen={("user.directory_roles", OLGA.id): HELPDESK})
    assert (given.handover_to, given.plan, given.missing) == ("identity", None, None)


def test_a_mail_about_an_account_mastered_elsewhere_is_not_asked_for_proof_in_vain() -> None:
    synced = person(1, "Olga Brandt", onPremisesSyncEnabled=True)
    given = ended(password_reset, ask(Intent.PASSWORD_RESET, is_proven=False), synced)
    assert (given.handover_to, given.missing) == ("identity", None)
    assert actions(ended(password_reset, ask(Intent.PASSWORD_RESET), synced)) == ["entra.user.password.reset"]


@pytest.mark.parametrize(("runbook", "intent"), CREDENTIALS)
def test_somebody_elses_is_refused_but_on_its_console_it_is_planned_for_policy_to_judge(
    runbook: Runbook, intent: Intent
) -> None:
    assert ended(runbook, ask(intent, person="Kjell Aune"), OLGA, KJELL).refuse
    console, roles = ask(intent, person="Kjell Aune", is_console=True), ("user.directory_roles", OLGA.id)
    planned = ended(runbook, console, OLGA, KJELL, seen={roles: HELPDESK})
    assert planned.plan is not None and planned.plan.steps[0].target.id == KJELL.id
    for held in NOT_IT:
        assert ended(runbook, console, OLGA, KJELL, seen={roles: held}).refuse
    assert ended(runbook, console, OLGA, KJELL, seen={roles: "unknown"}).refuse


def test_a_lost_phone_loses_its_registration_once_the_pass_is_there() -> None:
    seen = {("user.auth_methods", OLGA.id): APP}
    lost = ended(access_pass, ask(Intent.ACCESS_PASS, "mein Handy ist kaputt"), OLGA, seen=seen)
    assert actions(lost) == ["entra.auth.tap.create", "entra.auth.method.authenticator.delete"]
    kept = ended(access_pass, ask(Intent.ACCESS_PASS, "a temporary access pass please"), OLGA, seen=seen)
    assert actions(kept) == ["entra.auth.tap.create"]


def test_who_is_locked_out_gets_a_new_password_but_a_blocked_account_does_not_come_back_by_it() -> None:
    day = ("user.signins", f"{OLGA.id}/2026-11-22T00:00:00Z")
    locked = ended(password_reset, ask(Intent.UNLOCK), OLGA, seen={day: {"sign_ins": [{"errorCode": 50053}]}})
    assert actions(locked) == ["entra.user.password.reset"] and "show the lock" in locked.why
    assert actions(ended(password_reset, ask(Intent.UNLOCK), OLGA, seen={day: "unknown"})) == [
        "entra.user.password.reset"
    ]
    blocked = ended(password_reset, ask(Intent.UNLOCK), OLGA, seen={day: {"sign_ins": [{"errorCode": 50057}]}})
    assert (blocked.plan, blocked.handover_to) == (None, "identity")
    off = person(1, "Olga Brandt", accountEnabled=False)
    assert ended(password_reset, ask(Intent.UNLOCK), off).refuse


def test_somebody_elses_sessions_end_for_those_who_answer_for_them_and_are_reported_by_all_others() -> None:
    wish = ask(Intent.SESSIONS, "sign Kjell out everywhere", person="Kjell Aune")
    mine = {("user.manager", KJELL.id): {"id": OLGA.id}}
    assert actions(ended(sessions, wish, OLGA, KJELL, seen=mine)) == ["entra.user.sessions.revoke"]
    assert ended(sessions, wish, OLGA, KJELL).handover_to == "security"
    blocking = ask(Intent.SESSIONS, "disable Kjell and end his sessions", person="Kjell Aune")
    it = {("user.directory_roles", OLGA.id): HELPDESK}
    both = ["entra.user.disable", "entra.user.sessions.revoke"]
    assert actions(ended(sessions, blocking, OLGA, KJELL, seen=it)) == both


@pytest.mark.parametrize(("runbook", "intent"), [*CREDENTIALS, (sessions, Intent.SESSIONS)])
def test_nothing_is_done_to_the_requester_where_somebody_else_is_named(runbook: Runbook, intent: Intent) -> None:
    found = _Everywhere({"candidates": [KJELL.facts], "complete": True})
    words = "Kjell Aune meldet mir etwas, das sofort ein Ende haben soll"
    stopped = ended(runbook, ask(intent, words), OLGA, seen=found)
    assert stopped.plan is None and (stopped.refuse or stopped.handover_to == "security")


@pytest.mark.parametrize(("runbook", "intent"), CREDENTIALS)
def test_who_says_whose_account_it_is_may_name_others(runbook: Runbook, intent: Intent) -> None:
    found = _Everywhere({"candidates": [KJELL.facts], "complete": True})
    assert ended(runbook, ask(intent, "Kjell Aune says you can reset my password"), OLGA, seen=found).plan is not None
