"""An answer in the console counts when it comes from our page, from whoever was asked, about the plan it shows."""

import hashlib
import sys
from typing import Any

import httpx
import pytest

from agent.actions import parse_step
from agent.channels.step_cards import fits_on_card
from agent.model.case import Case, Stage
from agent.outcomes import Outcome
from tests.agent.world import ANN, BOB, EVE, READERS, TENANT, WRITERS, add_member
from tests.console.desk import OURS, Console

ASK_TWO: dict[str, Any] = {
    "layer": "action",
    "rules": [
        {
            "id": f"action.{resolver}",
            "effect": "require_approval",
            "actions": ["entra.group.member.*"],
            "approval": {"from": [resolver], "count": 1, "standing": "never"},
        }
        for resolver in ("group_owner", "tenant_admin")
    ],
}


@pytest.fixture
async def asked(console: Console) -> Console:
    await console.ask()
    return console


async def change(console: Console, **changes: Any) -> None:
    """Change the stored case behind everybody's back."""
    held = await console.world.store.load(console.approval_id.partition("-")[0])
    assert held is not None
    await console.world.store.commit(held, held.case.evolve(**changes), events=(), attempts=(), due_at=held.due_at)


def headline(page: httpx.Response) -> str:
    return page.text.partition("<h1>")[2].partition("</h1>")[0]


async def test_a_yes_is_recorded_with_its_proof_and_the_plan_goes_on(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    told = ("members: without", "members: with", "the agent's own identity, neither")
    assert all(one in page.text for one in told)
    done = await browser.answer(page, "approve")
    assert (done.status_code, headline(done), str(done.url)) == (
        200,
        "Approved",
        asked.desk.address_of(asked.approval_id),
    )
    case = await asked.case()
    (approval,) = case.approvals
    assert (approval.approver_id, approval.granted, approval.proof) == (BOB, True, "sign_in")
    assert approval.plan_digest == case.plan_digest and approval.evidence["user_token_id"]
    assert approval.evidence["signed_in_at"] == asked.world.clock.now().isoformat()
    closed = await asked.world.run(case.id)
    assert (closed.stage, closed.outcome) == (Stage.CLOSED, "resolved")


async def test_the_persons_own_token_goes_to_whoever_may_act_for_them_and_nowhere_else(asked: Console) -> None:
    await change(asked, written_as=("approver-delegated",))
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    assert not asked.kept.tokens
    await browser.answer(page, "approve")
    ((case_id, tenant_id, person_id, token),) = asked.kept.tokens
    assert (case_id, tenant_id, person_id) == ((await asked.case()).id, TENANT, BOB)
    assert token.count(".") == 2 and token not in str(await asked.world.store.events(case_id)) + str(await asked.case())
    assert not [name for name in browser.client.cookies if name.endswith("-token")]
    await browser.answer(page, "approve")
    assert len(asked.kept.tokens) == 1


async def test_a_token_is_not_handed_on_for_a_refusal(asked: Console) -> None:
    browser = asked.browser()
    await browser.answer(await browser.sign_in(BOB), "refuse", reason="not hers")
    assert not asked.kept.tokens


async def test_a_plan_that_fits_no_card_is_approved_on_its_page(asked: Console) -> None:
    case = await asked.case()
    assert case.plan is not None and case.approval_request is not None
    group = parse_step("entra.group.member.add", {"group_id": READERS, "user_id": ANN, "user_name": "\U0001f600" * 12})
    plan = case.plan.model_copy(update={"steps": (group,) * 300})
    assert not fits_on_card(plan)
    await change(asked, plan=plan, decisions=case.decisions * 300)
    digest = (await asked.case()).plan_digest
    await change(asked, approval_request=case.approval_request.model_copy(update={"plan_digest": digest}))
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    assert page.text.count("<article") == 300 and digest in page.text
    assert headline(await browser.answer(page, "approve")) == "Approved"
    assert [one.plan_digest for one in (await asked.case()).approvals] == [digest]


async def test_a_refusal_needs_a_reason_and_keeps_what_was_written(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    for reason in ("", "  ", "\u200b", "x" * 501):
        again = await browser.answer(page, "refuse", reason=reason)
        assert again.status_code == 422 and "role=alert" in again.text and headline(again) == "Approval needed"
        assert not (await asked.case()).approvals
    long = await browser.answer(page, "approve", reason="</textarea><b>" + "y" * 490)
    assert long.status_code == 422 and "&lt;/textarea&gt;&lt;b&gt;yyy" in long.text and "<b>" not in long.text
    done = await browser.answer(long, "refuse", reason="not hers")
    assert headline(done) == "Refused" and "not hers" in done.text
    assert (await asked.case()).approvals[0].reason == "not hers"


async def test_a_form_sent_twice_is_one_answer_and_ends_on_the_same_page(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    first, second = [await browser.answer(page, "approve") for _ in range(2)]
    assert (first.text, first.url) == (second.text, second.url) and len((await asked.case()).approvals) == 1
    third = await browser.answer(page, "refuse", reason="changed my mind")
    assert headline(third) == "Approved" and len((await asked.case()).approvals) == 1


async def test_looking_changes_nothing(asked: Console) -> None:
    before, browser = await asked.case(), asked.browser()
    await browser.sign_in(BOB)
    for path in ("", "?answer=approve", "?form_token=x&plan=y&reason=&answer=approve"):
        await browser.get(f"/api/approvals/{asked.approval_id}{path}")
    assert await asked.case() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"{OURS}.evil.example"},
        {"origin": OURS.replace("https", "http")},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
async def test_a_form_of_another_site_is_not_taken(asked: Console, headers: dict[str, str]) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    assert (await browser.answer(page, "approve", headers=headers)).status_code == 403
    assert not (await asked.case()).approvals
    assert headline(await browser.answer(page, "approve", headers={"sec-fetch-site": ""})) == "Approved"


async def test_a_form_without_the_token_of_this_very_session_is_not_taken(asked: Console) -> None:
    other = asked.browser()
    stolen = (await other.sign_in(BOB)).text.partition("name=form_token value='")[2].partition("'")[0]
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    for token in ("", "x", "\u20ac", stolen):
        refused = await browser.answer(page, "approve", form_token=token)
        assert refused.status_code == 403 and "was not sent by the page" in refused.text
    assert not (await asked.case()).approvals


async def test_a_form_with_other_fields_is_not_taken(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    for changes in ({"answer": "view"}, {"answer": ""}, {"plan": ""}, {"proof": "user_token"}, {"person_id": EVE}):
        assert (await browser.answer(page, **{"verb": "approve", **changes})).status_code == 403
    token = page.text.partition("name=form_token value='")[2].partition("'")[0]
    own = {"origin": OURS, "content-type": "application/x-www-form-urlencoded"}
    for body in (b"", b"\xff=1", b"answer=approve&" * 9, f"form_token={token}&".encode() + b"reason=" + b"x" * 20_000):
        answer = await browser.client.post(str(page.url), content=body, headers=own)
        assert answer.status_code == 403
    as_json = await browser.client.post(str(page.url), json={"form_token": token, "answer": "approve"}, headers=own)
    assert as_json.status_code == 403 and not (await asked.case()).approvals


async def test_whoever_is_not_signed_in_any_more_is_told_so_and_nothing_is_answered(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    asked.world.clock.pass_(601)
    assert (await browser.answer(page, "approve")).status_code == 401 and not (await asked.case()).approvals


async def test_a_stranger_sees_the_same_page_for_a_case_and_for_none(asked: Console) -> None:
    browser = asked.browser()
    real = await browser.sign_in(EVE)
    assert real.status_code == 403 and headline(real) == "Nothing here for you"
    # There is no such case; the sign-in is led to whichever tenant the id picks.
    nobody = next(one for one in ids() if asked.desk.tenant_ids[picked(one)] == TENANT)
    none = await browser.sign_in(EVE, approval_id=nobody)
    assert (none.status_code, none.text) == (real.status_code, real.text)


async def test_the_requester_may_not_answer_their_own_request(asked: Console) -> None:
    browser, owner = asked.browser(), asked.browser()
    assert (await browser.sign_in(ANN)).status_code == 403
    page = await owner.sign_in(BOB)
    await change(asked, requester_id=BOB)
    bound = (await asked.case()).approval_request
    assert bound is not None
    await change(asked, approval_request=bound.model_copy(update={"plan_digest": (await asked.case()).plan_digest}))
    for own in (await owner.open(), await owner.answer(page, "approve")):
        assert (own.status_code, headline(own)) == (403, "Not yours to answer")
        assert "group" not in own.text
    assert not (await asked.case()).approvals


async def test_a_plan_that_changed_after_the_page_was_shown_is_not_approved(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    case = await asked.case()
    assert case.plan is not None and case.approval_request is not None
    other = case.plan.model_copy(update={"steps": (add_member(WRITERS),)})
    await change(asked, plan=other)
    assert headline(await browser.answer(page, "approve")) == "Closed: the plan or the case has changed"
    # Asked anew, about the new plan: the form of the old one still answers nothing.
    changed = await asked.case()
    await change(asked, approval_request=case.approval_request.model_copy(update={"plan_digest": changed.plan_digest}))
    refused = await browser.answer(page, "approve")
    assert (refused.status_code, headline(refused)) == (409, "This is not the present plan")
    assert not (await asked.case()).approvals
    assert headline(await browser.answer(await browser.open(), "approve")) == "Approved"


async def test_the_link_of_an_older_question_leads_to_the_present_one(asked: Console) -> None:
    case = await asked.case()
    assert case.approval_request is not None
    present = f"{case.id}-{'a' * 24}"
    browser = asked.browser()
    await browser.sign_in(BOB)
    await change(asked, approval_request=case.approval_request.model_copy(update={"id": present}))
    page = await browser.open()
    assert page.status_code == 409 and f"href='{present}'" in page.text and WRITERS not in page.text


async def test_an_expired_question_takes_no_answer(asked: Console) -> None:
    asked.world.clock.pass_(3_000)
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    asked.world.clock.pass_(590)
    assert headline(await browser.open()) == "Approval needed"
    asked.world.clock.pass_(9)
    late = await browser.answer(page, "approve")
    assert headline(late) == "Expired without an answer" and "<form" not in late.text
    assert not (await asked.case()).approvals


async def test_of_two_people_the_second_sees_what_the_first_answered(console: Console) -> None:
    await console.ask(documents=(ASK_TWO,))
    first, second = console.browser(), console.browser()
    half = await first.answer(await first.sign_in(BOB), "approve", reason="fine by me")
    assert headline(half) == "Approved" and "further approvals are awaited" in half.text
    page = await second.sign_in(EVE)
    assert headline(page) == "Approval needed" and f"<bdi>bob</bdi> (<code>{BOB}</code>) agreed" in page.text
    assert "proven by a fresh sign-in: <bdi>fine by me</bdi>" in page.text
    assert "no further approval is needed" in (await second.answer(page, "approve")).text
    assert (await console.case()).stage is Stage.EXECUTE


async def test_every_outcome_has_a_page_of_its_own(asked: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    case, browser = await asked.case(), asked.browser()
    page = await browser.sign_in(BOB)
    for kind in kinds(Outcome):
        outcome = made(kind, case)

        async def take(_answer: object, found: Outcome = outcome) -> Outcome:
            return found

        monkeypatch.setattr(asked.desk.answering, "take", take)
        shown = await browser.open()
        assert shown.status_code in (200, 403, 409, 422), kind
        assert "cannot be answered here" not in shown.text, f"{kind.__name__} has no page in console/approval_front.py"
    assert "Approval needed" in page.text


def kinds(root: type[Outcome]) -> list[type[Outcome]]:
    found = [one for child in root.__subclasses__() for one in (child, *kinds(child))]
    # A dataclass with slots leaves the class behind from which it was made.
    return [one for one in found if getattr(sys.modules[one.__module__], one.__name__) is one]


def made(kind: type[Outcome], case: Case) -> Outcome:
    """An outcome of a kind, with a value for each of its fields."""
    values = {"case": case, "how": "approved", "note": "a note", "problem": "a problem", "approval": None}
    return kind(**{name: values[name] for name in kind.__dataclass_fields__})


def ids() -> list[str]:
    return [f"{number:032x}-{'0' * 24}" for number in range(64)]


def picked(approval_id: str) -> int:
    return hashlib.sha256(approval_id.encode()).digest()[0] % 2
