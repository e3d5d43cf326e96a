"""Stories of people who want a program."""

from typing import Any

import pytest

from agent.model.clarification import Missing
from agent.planners.asks import Ask, Intent, Unclear
from agent.planners.runbooks.prohibited import prohibited_named
from agent.planners.runbooks.software import software
from tests.agent.planners.asked import actions, ask, ended, person

ANNE = person(1, "Anne Roy")
APP, GROUP = "00000000-0000-4000-8000-000000000500", "00000000-0000-4000-8000-000000001000"
NAMES = ("7-Zip", "Mozilla Firefox", "Contoso Writer Pro")


def wanted(words: str, *, is_member: bool = False, target: str = "group", **more: Any) -> Any:
    apps = [{"id": f"{APP[:-1]}{place}", "displayName": name} for place, name in enumerate(NAMES)]
    seen: dict[tuple[str, str], Any] = {("intune.apps", "all"): {"apps": apps}}
    for place in range(len(NAMES)):
        offer = {"id": "x", "intent": "available", "target": target, "groupId": f"{GROUP[:-1]}{place}"}
        seen["intune.app.assignments", f"{APP[:-1]}{place}"] = {"assignments": [offer]}
        group = {"id": f"{GROUP[:-1]}{place}", "displayName": f"APP-{NAMES[place]}", "groupTypes": []}
        seen["group.get", f"{GROUP[:-1]}{place}"] = group
        seen["group.member", f"{GROUP[:-1]}{place}/{ANNE.id}"] = {"is_member": is_member}
    return ended(software, ask(Intent.SOFTWARE, words), ANNE, seen=seen | more.get("seen", {}))


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("I need 7-Zip", 0),
        ("7zip pls", 0),
        ("Könnt ihr mir Firefox auf den Rechner spielen?", 1),
        ("j'ai besoin de Contoso Writer Pro sur mon poste", 2),
        ("falta-me o contoso writer", 2),
    ],
)
def test_an_app_is_had_by_joining_the_group_that_gets_it(words: str, place: int) -> None:
    proposal = wanted(words)
    assert actions(proposal) == ["entra.group.member.add"]
    (step,) = proposal.plan.steps
    assert (step.target.id, step.beneficiary_id) == (f"{GROUP[:-1]}{place}", ANNE.id)


@pytest.mark.parametrize("words", ["install Contoso Reader", "I need Blender", "local admin rights to install 7-Zip"])
def test_what_intune_does_not_have_and_rights_to_install_are_for_the_endpoint_team(words: str) -> None:
    proposal = wanted(words)
    assert (proposal.plan, proposal.handover_to) == (None, "endpoint")


def test_without_a_name_it_is_asked_which_program() -> None:
    proposal = wanted("Bonjour, pouvez-vous installer un logiciel sur mon poste ?")
    assert (proposal.missing.about, proposal.missing.doubt) == ("app", "missing")


@pytest.mark.parametrize("more", [{"is_member": True}, {"target": "all users"}])
def test_what_is_offered_already_is_told_and_nothing_is_changed(more: dict[str, Any]) -> None:
    assert "Company Portal" in wanted("I need 7-Zip", **more).answer


def test_an_open_risk_gets_no_software() -> None:
    seen = {("user.risk", ANNE.id): {"riskState": "atRisk"}}
    proposal = wanted("I need 7-Zip", seen=seen)
    assert (proposal.refuse, proposal.handover_to) == (True, "security")


def test_a_product_of_the_tenants_list_is_refused_by_name_and_a_warning_about_it_is_not() -> None:
    banned, words = ("RemoteHelper",), "RemoteHelper for the fair please"
    assert prohibited_named(Ask(Intent.SOFTWARE, words=words), banned, text=words)
    assert prohibited_named(Unclear("?", missing=Missing(about="wish", doubt="unknown")), banned, text=words)
    assert prohibited_named(Ask(Intent.SECURITY_INCIDENT, words=words), banned, text=words) is None
    assert prohibited_named(Ask(Intent.SOFTWARE, words="remove RemoteHelper"), banned, text="") is None
    assert prohibited_named(Ask(Intent.SOFTWARE, words="7-Zip please"), banned, text="") is None
    assert prohibited_named(Ask(Intent.SOFTWARE, words=words), (), text=words) is None
