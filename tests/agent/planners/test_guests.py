"""Stories of guests who come and go."""

from typing import Any

import pytest

from agent.planners.asks import Intent
from agent.planners.runbooks.guests import guest_invite, guest_remove
from tests.agent.planners.asked import actions, ask, ended, person

ANNE, OLAF = person(1, "Anne Roy"), person(2, "Olaf Brandt")
ROSA = person(3, "Rosa Diaz", userType="Guest", mail="rosa@norte.example")
GROUP = {
    "id": "00000000-0000-4000-8000-000000001000",
    "displayName": "GT-Autumn Fair",
    "groupTypes": ["Unified"],
    "mailEnabled": True,
    "isAssignableToRole": False,
    "onPremisesSyncEnabled": None,
}
ID = GROUP["id"]
NEW = "lena@fabrik.example"


def seen(words: str, **more: Any) -> dict[tuple[str, str], Any]:
    # Whatever is searched for, there is one group; whether it is meant, the words have to tell.
    class Answers(dict[tuple[str, str], Any]):
        def __contains__(self, key: object) -> bool:
            return (isinstance(key, tuple) and key[0] == "group.search") or super().__contains__(key)

        def __getitem__(self, key: tuple[str, str]) -> Any:
            return {"candidates": [GROUP], "complete": True} if key[0] == "group.search" else super().__getitem__(key)

    facts = {
        ("group.get", ID): GROUP,
        ("group.owners", ID): {"owners": []},
        ("tenant.org", "tenant"): {"displayName": "Contoso"},
        ("user.get", NEW): None,
        ("user.get", "rosa@norte.example"): ROSA.facts,
        ("group.member", f"{ID}/{ROSA.id}"): {"is_member": more.get("rosa_is_in", False)},
    }
    return Answers(facts)


def invite(words: str, requester: Any = ANNE, **more: Any) -> Any:
    return ended(guest_invite, ask(Intent.GUEST_INVITE, words), requester, ROSA, seen=seen(words, **more))


def test_somebody_new_is_invited_and_put_into_the_group_by_one_plan() -> None:
    proposal = invite(f"please let {NEW} into the autumn fair team")
    assert actions(proposal) == ["entra.guest.invite", "entra.group.member.add"]
    invited, joins = proposal.plan.steps
    assert (invited.params["mail"], invited.params["group_id"]) == (NEW, ID)
    assert joins.beneficiary_id == invited.creates.stand_in


def test_who_is_a_guest_already_is_only_put_into_the_group() -> None:
    proposal = invite("please let rosa@norte.example into the autumn fair team")
    assert actions(proposal) == ["entra.group.member.add"]
    assert proposal.plan.steps[0].beneficiary_id == ROSA.id
    assert invite("please let rosa@norte.example into the autumn fair team", rosa_is_in=True).answer


@pytest.mark.parametrize(
    ("words", "about"),
    [("a consultant joins us in the autumn fair team", "address"), (f"please invite {NEW}", "group")],
)
def test_without_an_address_or_a_place_it_is_asked_for(words: str, about: str) -> None:
    proposal = invite(words)
    assert proposal.missing is not None and proposal.missing.about == about


def test_a_guest_invites_nobody() -> None:
    assert invite(f"let {NEW} into autumn fair", requester=ROSA).refuse


def remove(words: str, **more: Any) -> Any:
    return ended(guest_remove, ask(Intent.GUEST_REMOVE, words), ANNE, ROSA, OLAF, seen=seen(words, **more))


def test_a_guest_leaves_the_group_that_is_named_and_the_tenant_only_when_that_is_said() -> None:
    out = remove("Rosa Diaz should leave the autumn fair team", rosa_is_in=True)
    assert actions(out) == ["entra.group.member.remove"]
    gone = remove("Rosa Diaz is done, delete her guest account")
    assert actions(gone) == ["entra.user.delete"]


def test_a_member_of_the_tenant_is_never_removed_as_a_guest() -> None:
    proposal = remove("Olaf Brandt is done, delete his guest account")
    assert proposal.plan is None and proposal.missing.about == "person"
