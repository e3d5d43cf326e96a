"""Who leaves loses all at once and nothing for good; who moves is left with one access; who returns comes by HR."""

from typing import Any

import pytest

from agent.planners.asks import Intent
from agent.planners.mover_phrases import move_in
from agent.planners.runbooks.leaver import leaver
from agent.planners.runbooks.mover import mover
from agent.planners.runbooks.returning import returning
from tests.agent.planners.asked import MONDAY, actions, ask, ended, person

HILDE = person(1, "Hilde Roth", department="HR")
HARM = person(2, "Harm Folkerts")
TJARK = person(3, "Tjark Boysen", department="Docks")
OFF = person(4, "Wiebke Onken", accountEnabled=False)
SKU, THROUGH = "00000000-0000-4000-8000-000000000f03", "00000000-0000-4000-8000-000000000f04"
DOCKS, YARD, LIST, RULE = (f"00000000-0000-4000-8000-00000000100{number}" for number in range(4))


def group(group_id: str, name: str, **more: Any) -> dict[str, Any]:
    kind = {"groupTypes": [], "mailEnabled": False, "onPremisesSyncEnabled": None, "isAssignableToRole": None}
    return {"id": group_id, "displayName": name, **kind, **more}


GROUPS = {
    DOCKS: group(DOCKS, "grp-Docks"),
    YARD: group(YARD, "grp-Yard"),
    LIST: group(LIST, "All hands", mailEnabled=True),
    RULE: group(RULE, "Everybody", groupTypes=["DynamicMembership"]),
}


def seen(**more: Any) -> dict[tuple[str, str], Any]:
    held = [{"skuId": one, "disabledPlans": []} for one in (SKU, THROUGH)]
    ways = [{"skuId": SKU, "assignedByGroup": None}, {"skuId": THROUGH, "assignedByGroup": DOCKS}]
    found: dict[tuple[str, str], Any] = {
        ("user.groups", TJARK.id): {"groups": [DOCKS, LIST, RULE], "role_assignable": []},
        ("user.licenses", TJARK.id): {"assignedLicenses": held, "assignments": ways},
        ("group.member", f"{DOCKS}/{TJARK.id}"): {"is_member": True},
        **{("group.get", key): one for key, one in GROUPS.items()},
    }
    for key, one in GROUPS.items():
        short = str(one["displayName"]).removeprefix("grp-")
        hit = {"candidates": [{"id": key, "displayName": one["displayName"]}], "complete": True}
        found |= {("group.find", name): hit for name in (one["displayName"], short)}
    return {**found, **more.pop("facts", {})}


def test_a_leaver_is_blocked_and_stripped_of_what_is_theirs_directly_and_never_deleted() -> None:
    gone = ended(leaver, ask(Intent.LEAVER, "Tjark Boysen leaves us", person="Tjark Boysen"), HILDE, TJARK, seen=seen())
    what = ["entra.user.disable", "entra.user.sessions.revoke", "entra.group.member.remove", "entra.license.remove"]
    assert actions(gone) == what
    assert gone.plan is not None and gone.plan.steps[-1].params["sku_id"] == SKU
    # The list is Exchange's, so its team goes on.
    assert gone.then_hand_over == "exchange"


def test_a_day_in_the_future_is_told_to_whoever_approves() -> None:
    wish = ask(Intent.LEAVER, "Tjark Boysen leaves on 31 January 2027", person="Tjark Boysen")
    assert "2027-01-31" in ended(leaver, wish, HILDE, TJARK, seen=seen()).why


def test_bad_behaviour_is_no_leaving_and_goes_to_hr() -> None:
    told = ended(leaver, ask(Intent.LEAVER, "block Tjark Boysen, he shouted at me", person="Tjark Boysen"), HARM, TJARK)
    assert (told.plan, told.handover_to) == (None, "hr")


def test_what_cannot_be_read_of_a_leaver_is_not_forgotten() -> None:
    unread = {("group.get", RULE): "unknown"}
    wish = ask(Intent.LEAVER, "Tjark Boysen leaves us", person="Tjark Boysen")
    assert ended(leaver, wish, HILDE, TJARK, seen=seen(facts=unread)).plan is None


def test_a_leaver_whom_nobody_knows_is_asked_about_at_hr_and_refused_to_a_peer() -> None:
    wish = ask(Intent.LEAVER, "Nobody Known resigned", person="Nobody Known")
    assert ended(leaver, wish, HILDE).missing is not None
    assert ended(leaver, wish, HARM).refuse


@pytest.mark.parametrize(
    ("words", "comes", "goes"),
    [
        ("she needs grp-Yard and loses grp-Docks", ("grp-Yard",), ("grp-Docks",)),
        ("swap grp-Docks for grp-Yard", ("grp-Yard",), ("grp-Docks",)),
        ("grp-Docks bitte entfernen, grp-Yard dazu", ("grp-Yard",), ("grp-Docks",)),
        ("retirer grp-Docks, ajouter grp-Yard", ("grp-Yard",), ("grp-Docks",)),
        ("grp-Yard en lugar de grp-Docks", ("grp-Yard",), ("grp-Docks",)),
        ("trocar grp-Docks por grp-Yard", ("grp-Yard",), ("grp-Docks",)),
    ],
)
def test_which_group_comes_and_which_goes_is_read(words: str, comes: tuple[str, ...], goes: tuple[str, ...]) -> None:
    move = move_in(words, today=MONDAY)
    assert (move.comes, move.goes) == (comes, goes)


def test_a_mover_gets_what_is_new_and_loses_what_is_old_in_one_plan() -> None:
    words = "Tjark Boysen moves from Docks to Yard on 1 December, new manager Harm Folkerts"
    moved = ended(mover, ask(Intent.MOVER, words, person="Tjark Boysen"), HILDE, TJARK, HARM, seen=seen())
    assert actions(moved) == [
        "entra.user.manager.set",
        "entra.user.profile.update",
        "entra.group.member.add",
        "entra.group.member.remove",
    ]
    assert moved.plan is not None
    assert [step.target.id for step in moved.plan.steps[2:]] == [YARD, DOCKS]


def test_nobody_gets_a_group_because_it_is_named_as_old_and_they_lack_it() -> None:
    words = "Tjark Boysen moves to Yard, remove grp-Yard"
    moved = ended(mover, ask(Intent.MOVER, words, person="Tjark Boysen"), HILDE, TJARK, seen=seen())
    assert actions(moved) == ["entra.user.profile.update"]


def test_a_move_is_said_by_hr_or_the_new_manager_and_by_nobody_else() -> None:
    words = "Tjark Boysen moves to Yard and reports to me"
    wish = ask(Intent.MOVER, words, person="Tjark Boysen")
    assert ended(mover, wish, HARM, TJARK, seen=seen()).handover_to == "hr"
    leads = {("user.direct_reports", HARM.id): {"reports": [{"id": OFF.id}]}}
    assert actions(ended(mover, wish, HARM, TJARK, seen=seen(facts=leads)))[0] == "entra.user.manager.set"
    own = ask(Intent.MOVER, "I work in Yard now")
    assert ended(mover, own, TJARK, seen=seen()).handover_to == "hr"


def test_a_blocked_account_comes_back_for_hr_and_a_peer_learns_nothing_of_it() -> None:
    wish = ask(Intent.ACCOUNT_ENABLE, "Wiebke Onken is back", person="Wiebke Onken")
    assert actions(ended(returning, wish, HILDE, OFF)) == ["entra.user.enable"]
    enabled = ask(Intent.ACCOUNT_ENABLE, "Harm Folkerts is back", person="Harm Folkerts")
    assert ended(returning, enabled, HILDE, HARM).answer
    assert ended(returning, enabled, TJARK, HARM).refuse


def test_a_deleted_account_is_restored_by_its_whole_name_and_never_by_a_part_of_it() -> None:
    kept = [{"id": DOCKS, "displayName": "Ebba Lund"}, {"id": YARD, "displayName": "Ebba Lundgren-Holm"}]
    deleted = {("deleted.users", "tenant"): {"users": kept}}
    found = ended(returning, ask(Intent.ACCOUNT_RESTORE, "please restore ebba lund's account"), HILDE, seen=deleted)
    assert actions(found) == ["entra.user.restore"]
    which = ended(returning, ask(Intent.ACCOUNT_RESTORE, "restore Ebba please"), HILDE, seen=deleted)
    assert which.plan is None and which.missing is not None
    assert ended(returning, ask(Intent.ACCOUNT_RESTORE, "restore Ebba Lund"), HARM, seen=deleted).refuse
