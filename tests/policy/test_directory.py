"""Counting people: what a directory snapshot must look like, and that every count equals asking the engine."""

import os
from typing import Any

import pytest
from hypothesis import given, settings

from policy import Engine, Verdict
from policy.analysis import Analysis
from policy.bundle import Bundle
from policy.directory.audience import audience, touched
from policy.directory.dead_end import DeadEndKind, dead_ends
from policy.directory.snapshot import (
    SCHEMA,
    Group,
    Snapshot,
    SnapshotError,
    User,
    concerning,
    on_another,
    on_self,
    parse_snapshot,
    requesting,
    touching,
)
from policy.directory.standpoint import target_kind_of
from policy.request import UNKNOWN
from tests.policy.directories import CATALOGUE, JOIN, RESET, bundle, decisions, snapshots

_PROFILE = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))
# One example asks the engine about every request of a directory, so there are fewer of them.
SETTINGS = settings(_PROFILE, max_examples=_PROFILE.max_examples // 4)
BUNDLE = bundle()
ENGINE = Engine(BUNDLE, tenant_id="t", catalogue=CATALOGUE)


def analysis(of: Bundle = BUNDLE) -> Analysis:
    return Analysis(of, tenant_id="t", catalogue=CATALOGUE)


SHARED = analysis()


@pytest.mark.parametrize("action", [RESET, JOIN])
@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.APPROVAL])
@SETTINGS
@given(snapshot=snapshots())
def test_a_user_counts_exactly_if_some_request_of_theirs_gets_the_verdict(
    action: str, verdict: Verdict, snapshot: Snapshot
) -> None:
    surface = SHARED.surface(action)
    found = audience(surface.partition, snapshot, cells=surface.at_least(verdict))
    own, others = set(), set()
    for user, other, group, decision in decisions(snapshot, action, engine=ENGINE):
        if decision.verdict >= verdict and user.id == other.id:
            own.add((user.id, group and group.id))
        elif decision.verdict >= verdict:
            others.add(user.id)
    assert {(one.user.id, group) for one in found.able for group in [g.id for g in one.groups] or [None]} == own
    assert {one.id for one in found.for_others} == others
    assert len(found.users) == len(found.ids)
    assert found.total == len(snapshot.users) and found.ids == {user for user, _ in own} | others


@pytest.mark.parametrize("action", [RESET, JOIN])
@SETTINGS
@given(snapshot=snapshots())
def test_a_dead_end_is_told_exactly_if_too_few_people_can_answer_whoever_asks(action: str, snapshot: Snapshot) -> None:
    expected = set()
    for user, other, group, decision in decisions(snapshot, action, engine=ENGINE):
        for asked in decision.requirements if user.id == other.id else ():
            owners = group.owners or () if group else ()
            manager = (user.manager,) if user.manager else ()
            named = {"group_owner": owners, "manager": manager, "tenant_admin": snapshot.people["tenant_admin"]}
            fit = {one.id for one in snapshot.users if one.enabled and one.kind == "member"} - {user.id}
            if len(fit & set(named[asked.resolver])) < asked.count:
                expected.add((asked.resolver, user.id, group.id if group and asked.resolver == "group_owner" else None))
    found = dead_ends(SHARED.surface(action), snapshot)
    told = {(one.resolver, user.id, one.group and one.group.id) for one in found for user in one.requesters}
    assert told == expected
    assert all(one.sentence() for one in found)


APPROVERS = "8272451c-0789-5c5e-8b19-8ed1992695b9"


def directory(**changes: Any) -> dict[str, Any]:
    """Ann owns the group and is its only owner; Bob and Cy are there too."""
    people = {
        "ann": {"department": "HR"},
        "bob": {"department": "HR", "manager": "ann"},
        "cy": {"department": "Sales", "enabled": False},
    }
    users = [
        {
            "id": name,
            "name": name,
            "kind": "member",
            "enabled": True,
            "at_risk": False,
            "break_glass": False,
            "vip": False,
            **facts,
        }
        for name, facts in people.items()
    ]
    groups = [{"id": "g0", "name": "Team", "owners": ["ann"]}]
    return {"schema": SCHEMA, "users": users, "groups": groups, "people": {"tenant_admin": ["ann", "bob"]}, **changes}


def snapshot_of(**changes: Any) -> Snapshot:
    return parse_snapshot(directory(**changes), source="people.json")


def test_the_kinds_of_dead_ends_are_told_apart() -> None:
    (two,) = dead_ends(SHARED.surface(RESET), snapshot_of())
    assert (two.kind, two.count, names(two.people)) == (DeadEndKind.ONLY_REQUESTER, 2, ["ann", "bob"])
    assert names(two.requesters) == ["ann", "bob"]
    assert two.sentence() == (
        "2 x `tenant_admin` must answer, there is only `ann`, `bob`, "
        "and nobody answers the own request: 2 users would wait in vain"
    )
    (few,) = dead_ends(SHARED.surface(RESET), snapshot_of(people={"tenant_admin": ["bob", "cy"]}))
    assert (few.kind, names(few.people)) == (DeadEndKind.TOO_FEW, ["bob"])
    assert few.sentence() == "2 x `tenant_admin` must answer, there is only `bob`, and 2 users would wait in vain"
    (nobody,) = dead_ends(SHARED.surface(RESET), snapshot_of(people={}))
    assert (nobody.kind, nobody.people) == (DeadEndKind.NOBODY, ())
    assert nobody.sentence() == "nobody can answer as `tenant_admin`, and 2 users would wait in vain"
    (own,) = dead_ends(SHARED.surface(JOIN), snapshot_of())
    assert own.kind is DeadEndKind.ONLY_REQUESTER and own.sentence() == (
        "1 x `group_owner` of `Team` must answer, there is only `ann`, "
        "and nobody answers the own request: `ann` would wait in vain"
    )


def asking_for(resolver: str) -> Bundle:
    """A policy in which a reset of a password needs this resolver."""
    approval = {"from": [resolver], "count": 1}
    return bundle([{"id": "action.x", "effect": "require_approval", "actions": [RESET], "approval": approval}])


def test_a_manager_is_the_requesters_own_and_must_be_able_to_answer() -> None:
    surface = analysis(asking_for("manager")).surface(RESET)
    (without,) = dead_ends(surface, snapshot_of())
    assert (without.kind, names(without.requesters)) == (DeadEndKind.NOBODY, ["ann", "cy"])


@pytest.mark.parametrize("resolver", ["group_owner", "group:8272451c-0789-5c5e-8b19-8ed1992695b8", "oncall"])
def test_a_resolver_without_people_is_a_dead_end_for_everybody(resolver: str) -> None:
    (nobody,) = dead_ends(analysis(asking_for(resolver)).surface(RESET), snapshot_of())
    assert (nobody.kind, nobody.resolver, len(nobody.requesters)) == (DeadEndKind.NOBODY, resolver, 3)


def test_the_people_of_a_group_are_those_in_it_who_may_answer() -> None:
    surface = analysis(asking_for(f"group:{APPROVERS}")).surface(RESET)
    group = {"id": APPROVERS, "name": "Approvers", "owners": []}
    people = directory()["users"]
    for one in people[1:]:
        # Cy is in it too, and is disabled.
        one["groups"] = [APPROVERS]
    (own,) = dead_ends(surface, snapshot_of(users=people, groups=[group]))
    assert (own.kind, names(own.people), names(own.requesters)) == (DeadEndKind.ONLY_REQUESTER, ["bob"], ["bob"])


def test_an_owner_who_cannot_answer_is_nobody_to_ask() -> None:
    when = {"target.has_owner_to_ask": True}
    surface = analysis(bundle([{"id": "a.x", "effect": "permit", "actions": [JOIN], "when": when}])).surface(JOIN)
    owners = {"ann": ["ann", "cy"], "cy": ["cy"], "none": [], "unknown": None}
    groups = [{"id": f"g-{name}", "name": name, "owners": some} for name, some in owners.items()]
    found = audience(surface.partition, snapshot_of(groups=groups), cells=surface.allow)
    # Ann cannot ask herself, Cy is disabled.
    assert [(one.user.name, [group.name for group in one.groups]) for one in found.able] == [
        ("bob", ["ann"]),
        ("cy", ["ann"]),
    ]


def names(users: tuple[User, ...]) -> list[str]:
    return [one.name for one in users]


@pytest.mark.parametrize(
    ("owners", "owns", "asking"),
    [
        (["ann"], False, ["bob", "cy"]),
        (["ann", "bob"], False, []),
        (["ann", "bob"], True, ["ann", "bob"]),
        (["bob", "cy"], True, ["bob", "cy"]),
    ],
)
def test_whoever_asks_for_the_last_owner_leaves_nobody_to_ask(owners: list[str], owns: bool, asking: list[str]) -> None:
    alone = {"target.has_owner_to_ask": False, "requester.owns_target": owns, "request.on_self": False}
    grant = {"id": "action.alone", "effect": "permit", "actions": [JOIN], "when": alone}
    surface = analysis(bundle([grant])).surface(JOIN)
    team = {"id": "g0", "name": "Team", "owners": owners}
    found = audience(surface.partition, snapshot_of(groups=[team]), cells=surface.allow)
    assert found.able == () and names(found.for_others) == asking


def test_people_are_counted_who_are_touched_by_a_change() -> None:
    narrower = Bundle.of(one for one in BUNDLE.documents if one.layer != "department")
    counted = touched(SHARED, analysis(narrower), snapshot=snapshot_of(), action=RESET)
    assert {pair: sorted(people.ids) for pair, people in counted.items()} == {
        (Verdict.ALLOW, Verdict.DENY): ["cy"],
        (Verdict.APPROVAL, Verdict.DENY): ["ann", "bob"],
    }


def test_people_are_counted_who_would_ask_others_or_for_an_action_that_is_new() -> None:
    old, new = analysis(asking_for("manager")), analysis(asking_for("oncall"))
    counted = touched(old, new, snapshot=snapshot_of(), action=RESET)
    assert {pair: len(people.ids) for pair, people in counted.items()} == {(Verdict.APPROVAL, Verdict.APPROVAL): 3}
    bare = Analysis(BUNDLE, tenant_id="t", catalogue=frozenset({JOIN}))
    assert {pair[0] for pair in touched(bare, SHARED, snapshot=snapshot_of(), action=RESET)} == {Verdict.DENY}


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("entra.group.member.add", "group"),
        ("entra.license.assign", "user"),
        ("entra.user.password.reset", "user"),
        ("intune.device.wipe", "device"),
    ],
)
def test_the_kind_of_target_is_told_by_the_id_of_the_action(action: str, kind: str) -> None:
    assert target_kind_of(action) == kind


def test_what_a_snapshot_says_becomes_the_facts_of_the_requests() -> None:
    said: dict[str, Any] = {"department": "HR", "role": "helpdesk", "kind": "guest", "enabled": False, "vip": True}
    user = User.model_validate({"id": "ANN", "name": "Ann", **said, "groups": ("G1",)}, strict=True)
    asks = requesting(user, target_kind="user")
    assert (asks["requester.id"], asks["requester.role"], asks["requester.kind"]) == ("ann", "helpdesk", "guest")
    assert (asks["requester.owns_target"], asks["requester.account_enabled"]) == (False, False)
    assert asks["requester.at_risk"] is UNKNOWN and "requester.owns_target" not in requesting(user, target_kind="group")
    gains = concerning(user, target_kind="user")
    assert (gains["target.kind"], gains["target.groups"]) == ("user", frozenset({"g1"}))
    assert (gains["target.is_vip"], gains["target.is_break_glass"]) == (True, UNKNOWN)
    assert gains["target.is_role_assignable"] is False and gains["beneficiary.department"] == "HR"
    assert not {name for name in concerning(user, target_kind="device") if name.startswith("target.")} - {
        "target.is_break_glass"
    }


def test_a_group_of_a_snapshot_becomes_the_facts_of_the_target() -> None:
    group = Group.model_validate({"id": "g1", "name": "Team", "role_assignable": True, "synced": False}, strict=True)
    facts = touching(group, by_an_owner=True, others_own_it=False)
    assert (facts["target.id"], facts["target.groups"]) == ("g1", frozenset({"g1"}))
    assert facts["target.holds_directory_role"] is True and facts["target.is_role_assignable"] is True
    assert (facts["target.is_synced"], facts["target.is_dynamic"], facts["target.is_vip"]) == (False, UNKNOWN, False)
    assert (facts["requester.owns_target"], facts["target.has_owner_to_ask"]) == (True, False)


def test_who_manages_and_sponsors_whom_is_told_only_where_it_is_known() -> None:
    member, guest = (User.model_validate({"id": "a", "name": "A", "kind": kind}) for kind in ("member", "guest"))
    same = on_self()
    assert (same["requester.manages_beneficiary"], same["requester.sponsors_beneficiary"]) == (False, False)
    assert same["request.on_self"] is True and on_another(member, manages=True)["request.on_self"] is False
    assert on_another(member, manages=True)["requester.manages_beneficiary"] is True
    assert on_another(member, manages=False)["requester.sponsors_beneficiary"] is False
    assert "requester.sponsors_beneficiary" not in on_another(guest, manages=False)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"users": [{"id": "a"}]}, "field `users.0.name`: expected a value, got nothing"),
        ({"users": [{"id": "a", "name": "A", "vpi": True}]}, "`vpi` is not a field here; did you mean `vip`?"),
        ({"users": [{"id": "a", "name": "A", "role": "it_admn"}]}, "did you mean `it_admin`?"),
        ({"users": [{"id": "a", "name": "A", "enabled": "yes"}]}, "field `users.0.enabled`"),
        ({"users": [{"id": "a", "name": "A"}, {"id": "A", "name": "B"}]}, "the id `a` stands twice"),
        ({"people": {"oncal": []}}, "people.oncal"),
        ({"people": {"oncall": ["dan"]}}, "people of `oncall`: `dan` is not in the snapshot; did you mean `ann`?"),
        ({"groups": [{"id": "g", "name": "G", "owners": ["x"]}]}, "owners of `G`: `x` is not in the snapshot"),
        ({"users": [{"id": "a", "name": "A", "manager": "b"}]}, "manager of `A`: `b` is not in the snapshot"),
        ({"users": [{"id": "a", "name": "A", "groups": ["g9"]}]}, "groups of `A`: `g9` is not in the snapshot"),
        ({"schema": "remit-directory/2"}, "field `schema`"),
        ({"users": {1: 2}.keys()}, "expected plain JSON data"),
        ({"users": [{"id": "\u212aa", "name": "A"}]}, "expected an object id in plain ASCII, got `\u212aa`"),
        ({"users": [{"id": "a\x1b", "name": "A"}]}, r"expected an object id in plain ASCII, got `a\x1b`"),
        ({"users": [{"id": "a", "name": "A`\nB", "manager": "b"}]}, r"manager of `A\`\nB`: `b` is not in the snapshot"),
        ({"users": [{"id": "a", "name": "A", "x`\n": 1}]}, r"field `users.0.x\`\n`: `x\`\n` is not a field here"),
    ],
)
def test_a_snapshot_that_is_wrong_is_refused_with_its_place(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SnapshotError) as refused:
        snapshot_of(**changes)
    assert told in str(refused.value) and "value error" not in str(refused.value)
    assert str(refused.value).startswith("directory snapshot `people.json`: ")
    assert all(line.isprintable() for line in str(refused.value).splitlines())


def test_a_snapshot_that_is_wrong_everywhere_is_told_in_twenty_lines() -> None:
    with pytest.raises(SnapshotError) as refused:
        snapshot_of(users=[{"id": f"u{number}"} for number in range(50)])
    assert len(str(refused.value).splitlines()) == 21 and str(refused.value).endswith("more")
