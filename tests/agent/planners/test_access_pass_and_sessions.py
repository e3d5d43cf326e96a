"""Stories of people who lost their second factor or want to be signed out."""

from typing import Any

import pytest

from agent.planners.asks import Ask, Intent
from agent.planners.understanding import wishes

KIRAN = "kiran.dale@quillmere.example"


@pytest.mark.parametrize(
    "text",
    [
        "new phone, authenticator gone, can't approve anything",
        "Need new phone set up for the approval app.",
        "Neues Handy, die Authenticator App geht nicht mehr",
        "J'ai un nouveau téléphone, plus d'authenticator",
        "tengo móvil nuevo y no me funciona el authenticator",
        "tenho um telemóvel novo e perdi o acesso ao authenticator",
        "please issue me a temporary access pass",
    ],
)
def test_a_lost_factor_gets_a_one_time_pass_of_an_hour_for_the_requester(world: Any, text: str) -> None:
    kiran = world.user("Kiran Dale")
    proposal = world.settle(KIRAN, text)
    assert proposal.plan is not None, proposal.why
    (step,) = proposal.plan.steps
    assert (step.action, step.target.id) == ("entra.auth.tap.create", kiran)
    assert step.call.body == {"lifetimeInMinutes": 60, "isUsableOnce": True}
    assert ("user.auth_methods", kiran) in world.asked


@pytest.mark.parametrize(
    "text",
    [
        "Harriet tiene móvil nuevo, mándeme el pase temporal",
        "my colleague has a new phone, authenticator gone, send me a temporary access pass",
        "temporary access pass for harriet.osgood@quillmere.example please",
        "reset MFA for Harriet please",
    ],
)
def test_a_pass_for_somebody_else_is_refused(world: Any, text: str) -> None:
    world.user("Kiran Dale")
    world.user("Harriet Osgood")
    proposal = world.settle(KIRAN, text)
    assert proposal.refuse, proposal
    assert proposal.plan is None


def test_taking_somebody_out_of_mfa_is_refused(world: Any) -> None:
    world.user("Kiran Dale")
    for text in ("turn off MFA for me this week", "bitte MFA deaktivieren", "disable my 2fa please"):
        assert world.settle(KIRAN, text).refuse


def test_a_lost_phone_with_a_wish_for_a_pass_is_a_lost_phone_first() -> None:
    text = "I lost my phone and the authenticator with it, send a temporary access pass"
    (wish,) = wishes("", text, own_names=("Kiran Dale",))
    assert isinstance(wish, Ask) and wish.intent is Intent.DEVICE_LOST


@pytest.mark.parametrize(
    "text",
    [
        "sign me out everywhere please",
        "I lost my laptop, please revoke all my sessions",
        "Bitte überall abmelden",
        "Merci de déconnecter toutes mes sessions partout: déconnectez-moi de partout",
        "Por favor cierren todas mis sesiones",
        "Encerrem todas as minhas sessões, por favor",
    ],
)
def test_own_sessions_end_also_when_a_device_is_lost(world: Any, text: str) -> None:
    kiran = world.user("Kiran Dale")
    proposal = world.settle(KIRAN, text)
    assert proposal.plan is not None, proposal.why
    (step,) = proposal.plan.steps
    assert (step.action, step.target.id) == ("entra.user.sessions.revoke", kiran)


@pytest.mark.parametrize(
    "text", ["sign Simone out everywhere", "revoke the sessions of Simone", "kill simone's sessions"]
)
def test_somebody_elses_sessions_are_a_report_to_security(world: Any, text: str) -> None:
    world.user("Kiran Dale")
    world.user("Simone Barth")
    proposal = world.settle(KIRAN, text)
    assert (proposal.plan, proposal.handover_to) == (None, "security")


def test_unknown_roles_or_risk_leave_the_plan_to_policy(world: Any) -> None:
    kiran = world.user("Kiran Dale")
    world.unknown |= {f"user.risk:{kiran}", f"user.directory_roles:{kiran}"}
    assert world.settle(KIRAN, "sign me out everywhere").plan is not None
    assert world.settle(KIRAN, "authenticator gone").plan is not None


def test_a_pass_is_not_planned_beside_methods_that_nobody_could_read(world: Any) -> None:
    kiran = world.user("Kiran Dale")
    world.unknown |= {f"user.auth_methods:{kiran}"}
    proposal = world.settle(KIRAN, "authenticator gone")
    assert (proposal.plan, proposal.handover_to) == (None, "identity")
