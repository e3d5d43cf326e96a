"""A hand-over is read by a person in under a minute: own words, sentences, names, and nothing raw."""

import re
from typing import Any

from agent.model.case import Case, Stage
from agent.model.handoff import Handoff
from agent.model.observation import Observation
from agent.model.plan import Plan
from agent.seen_sentences import MAX_CHARS, sentences
from agent.stages.escalate import MAX_SEEN_LINES, handoff_of
from tests.agent.world import ANN, ANN_UPN, BOB, READERS, START, World, add_member, allowed

# Whoever reads English reads some 230 words a minute.
A_MINUTE = 230
ANN_KNOWN = {"id": ANN, "displayName": "Ann Lee", "userPrincipalName": ANN_UPN, "accountEnabled": True}


def saw(lookup: str, subject: str, *, state: str = "known", **facts: Any) -> tuple[str, Observation]:
    problem = "the service is busy" if state == "unknown" else ""
    fields = {"lookup": lookup, "subject": subject, "state": state, "facts": facts, "problem": problem}
    return f"{lookup}:{subject}", Observation.model_validate({**fields, "observed_at": START})


RICH = dict(
    [
        saw("user.get", ANN_UPN, **ANN_KNOWN, department="Sales"),
        saw("user.risk", ANN, riskState="atRisk", riskLevel="high"),
        saw("user.directory_roles", ANN, roles=[]),
        saw("user.groups", ANN, groups=[{"id": "g1", "displayName": "One"}]),
        saw("group.find", "readrs", state="absent"),
        saw("group.find", "read", candidates=[{"id": READERS, "displayName": "Readers"}], complete=True),
        saw("group.get", READERS, id=READERS, displayName="Readers", groupTypes=["DynamicMembership"]),
        saw("group.owners", READERS, owners=[{"id": BOB, "displayName": "Bob Ray", "accountEnabled": True}]),
        saw("group.member", f"{READERS}/{ANN}", is_member=False),
        saw("user.licenses", ANN, state="unknown"),
        saw("mailbox.rules", ANN, rules=[{"id": "1", "displayName": "Move"}]),
        saw("tenant.skus", "all", skus=[{"skuId": "s", "skuPartNumber": "X"}]),
    ]
)


async def case_with(seen: dict[str, Observation], **changes: Any) -> Case:
    world, case_id = await allowed()
    case = await world.case(case_id)
    asked = {"subject": "Access", "text": "please add me\n\nto   readers " + "and so on " * 200}
    plan = Plan(summary="s", reason="r", steps=(add_member(READERS),))
    request = case.request.model_copy(update=asked)
    whole = {"request": request, "seen": seen, "plan": plan, "stage": Stage.ESCALATE, "queue": "identity", **changes}
    return case.evolve(why=f"no rule lets {ANN} in", **whole)


def words(handoff: Handoff) -> int:
    said = [handoff.asked, *handoff.seen, *handoff.would_have_done, *handoff.done, handoff.why_stopped]
    return len(" ".join(said).split())


async def test_what_was_seen_is_told_in_sentences_with_names_and_what_failed_comes_first() -> None:
    handoff = handoff_of(await case_with(RICH), ())
    assert handoff.seen == (
        "Could not be read: the licences of Ann Lee: the service is busy.",
        f"Ann Lee ({ANN_UPN}): the account is enabled, works in Sales.",
        "Ann Lee has an open identity risk.",
        "Ann Lee holds no directory role.",
        "Ann Lee is in 1 group.",
        "A search for “readrs” finds nothing.",
        "A search for “read” finds Readers.",
        "The group Readers exists: its members follow from a rule.",
        "The group Readers is owned by Bob Ray.",
        "Ann Lee in Readers: no member.",
        "The mailbox's rules of Ann Lee: Move.",
    )
    assert handoff.requester == f"Ann Lee ({ANN_UPN})"
    assert handoff.why_stopped == "no rule lets Ann Lee in"
    assert handoff.would_have_done == ("Add Ann Lee to the group Readers",)


async def test_a_hand_over_is_read_in_a_minute_and_shows_nothing_raw() -> None:
    many = dict(saw("user.get", f"p{n}@contoso.example", **{**ANN_KNOWN, "id": f"{n:036}"}) for n in range(60))
    handoff = handoff_of(await case_with({**RICH, **many}), ())
    assert words(handoff) < A_MINUTE and len(handoff.seen) <= MAX_SEEN_LINES
    assert all(len(line) <= MAX_CHARS for line in handoff.seen)
    told = handoff.model_dump_json(exclude={"case_id"})
    assert not re.search(r"\w=\w|\{'|\[\{|user\.get|group\.\w+:", told), told
    assert ANN not in told and READERS not in told
    assert handoff.asked.startswith("Access: please add me to readers and so on") and len(handoff.asked) <= 300


async def test_a_wish_of_several_says_which_it_is_and_what_was_left_to_do_is_named() -> None:
    case = await case_with({}, then_queue="security", then_why="look at the mailbox")
    request = case.request.model_copy(update={"part": 1, "parts": 3})
    handoff = handoff_of(case.evolve(request=request), ())
    assert handoff.asked.startswith("wish 2 of 3 in: Access: ") and handoff.left_to_do == "look at the mailbox"


def test_every_look_up_has_words_whatever_it_brings() -> None:
    from agent.lookups import LOOKUPS

    for name in LOOKUPS:
        for state in ("known", "absent", "unknown"):
            key, one = saw(name, "some/thing", state=state, things=[{"id": "1", "displayName": "It"}], x={"a": [1]})
            assert all("{" not in line and "=" not in line and line.endswith(".") for line in sentences({key: one}))


async def test_a_world_of_its_own_hands_over_so() -> None:
    world = World()
    await world.publish()
    world.plan(add_member(READERS))
    await world.run(await world.open())
    (handoff,) = world.tickets.handoffs
    assert any("the account is enabled" in line for line in handoff.seen)
