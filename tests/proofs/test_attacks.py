"""Each attack on an approval that issue 6 names, over HTTP: one expected result each. docs/approvals.md lists them."""

import pytest

from agent.actions import CATALOGUE
from agent.model.case import Stage
from tests.proofs.conftest import APPROVAL_SECONDS, policy
from tests.proofs.product import Product, code_of, shown

GWEN, MONA, AINHOA = "gwen.tallow", "mona.vasey", "ainhoa.etxe"
MEMBERS = "GroupMember.ReadWrite.All"
RECIPES, FINANCE, LEDGER, LAUNCH = "QG-Recipes", "QT-Finance", "QG-Finance-Ledger", "QT-Launch"


async def test_a_replayed_click_is_answered_again_and_counts_once(product: Product) -> None:
    question = await product.ask("ed.oshea", RECIPES, owner=GWEN)
    before = len(product.writes_on(RECIPES))
    assert "Approved" in shown(await question.press())
    click = product.pressed[-1]
    for _ in range(2):
        # Once before anything was done, and once after all of it.
        again = await product.post("/api/messages", click.body, {"Authorization": click.authorization})
        assert again.status_code == 200 and "Approved" in again.text
        await product.run()
    done = await question.case()
    assert (done.stage, done.outcome, len(done.approvals)) == (Stage.CLOSED, "resolved", 1)
    assert product.is_member("ed.oshea", RECIPES) and len(product.writes_on(RECIPES)) == before + 1
    assert (await question.codes())["approval.given"] == 1


async def test_a_card_with_another_approval_or_plan_edited_in_answers_nothing(product: Product) -> None:
    kirans, ulrikes = (
        await product.ask("kiran.dale", RECIPES, owner=GWEN),
        await product.ask("ulrike.zang", RECIPES, owner=GWEN),
    )
    card, other = kirans.kept(), await ulrikes.case()
    assert other.approval_request is not None
    before = await kirans.case(), other
    for edit in ({"plan": "0" * 64}, {"plan": other.plan_digest}, {"approval": other.approval_request.id}):
        kirans.edited(**edit)
        present = shown(await kirans.press())
        # The question that the edited id names is shown as it stands, to somebody who was asked it.
        assert "Approval needed" in present and (other.id in present) == ("approval" in edit)
        kirans.put_back(card)
    kirans.edited(approval=f"{'f' * 32}-1")
    assert code_of(await kirans.press()) == "notApprover"
    assert (await kirans.case(), await ulrikes.case()) == before
    kirans.put_back(card)
    kirans.edited(person=product.person("hugo.rast")["id"], granted="no")
    assert "Approved" in shown(await kirans.press())
    (approval,) = (await kirans.case()).approvals
    assert (approval.approver_id, approval.granted) == (product.person(GWEN)["id"], True)


async def test_an_approver_whose_other_account_asked_answers_nothing(product: Product) -> None:
    question = await product.ask("mariana.lobo", LAUNCH, owner=AINHOA)
    before = await question.case()
    # Until now these two were different people, so far as anybody could know.
    users = product.tenant.directory.users
    linked = users[product.person("mariana.lobo")["id"]]
    known, linked["employeeId"] = linked["employeeId"], product.person(AINHOA)["employeeId"]
    try:
        assert code_of(await question.press()) == "notFit"
        after = await question.case()
        assert (after.stage, after.approvals) == (Stage.APPROVE, ()) and before.approvals == ()
        # Who is linked from the start is not even asked.
        other = await product.ask("mariana.lobo", LAUNCH, owner=AINHOA)
        assert not other.was_asked and (await other.case()).outcome == "escalated"
    finally:
        linked["employeeId"] = known
    assert not product.is_member("mariana.lobo", LAUNCH)


async def test_a_card_of_a_plan_that_was_changed_since_answers_nothing_and_shows_the_present_plan(
    product: Product,
) -> None:
    question = await product.ask("lea.fontaine", FINANCE, owner=MONA)
    card, old = question.kept(), await question.case()
    params = {"group_id": product.group_id(LEDGER)}
    order = {"order": "modify", "case": question.id, "step": 1, "params": params, "by": "Olga", "why": "other group"}
    answer = await product.post("/api/control", order)
    assert answer.status_code == 200, answer.text
    await product.run()
    present = await question.case()
    assert present.stage is Stage.APPROVE and present.plan_digest != old.plan_digest
    question.put_back(card)
    assert params["group_id"] in shown(await question.press()) and (await question.case()) == present
    # The answer put the present card in the old one's place.
    assert "Approved" in shown(await question.press())
    await product.run()
    assert product.is_member("lea.fontaine", LEDGER) and not product.is_member("lea.fontaine", FINANCE)


async def test_a_rule_that_changes_between_the_click_and_the_write_voids_the_yes(product: Product) -> None:
    question = await product.ask("simone.barth", LEDGER, owner=MONA)
    card = question.kept()
    assert "Approved" in shown(await question.press())
    first = (await question.case()).approval_request
    await product.publish(policy(ledger_standing="never"))
    await product.run()
    asked = await question.case()
    assert asked.stage is Stage.APPROVE and not product.is_member("simone.barth", LEDGER)
    assert first is not None and asked.approval_request is not None and asked.approval_request.id != first.id
    assert (await question.codes())["permit.refused"] == 1
    question.put_back(card)
    assert "Approval needed" in shown(await question.press()) and (await question.case()) == asked
    assert "Approved" in shown(await question.press())
    await product.run()
    assert product.is_member("simone.barth", LEDGER) and (await question.case()).outcome == "resolved"


async def test_a_revoked_grant_stands_in_for_nobody_any_more(product: Product) -> None:
    given = await product.ask("nuno.teles", RECIPES, owner=GWEN)
    assert "For anybody of" in shown(await given.press("always"))
    assert "standing grant given" in shown(await given.press("grant"))
    await product.run()
    unasked = await product.ask("simone.barth", RECIPES, owner=GWEN)
    assert not unasked.was_asked and product.is_member("simone.barth", RECIPES)
    assert "standing grant" in shown(await given.press("revoke"))
    asked = await product.ask("lea.fontaine", RECIPES, owner=GWEN)
    assert asked.was_asked and (await asked.case()).stage is Stage.APPROVE
    assert not product.is_member("lea.fontaine", RECIPES)


async def test_a_used_up_grant_stands_in_for_nobody_any_more(product: Product) -> None:
    given = await product.ask("nuno.teles", LAUNCH, owner=AINHOA)
    shown(await given.press("always"))
    assert "standing grant given" in shown(await given.press("grant", inputs={"days": "7", "uses": "1"}))
    await product.run()
    unasked = await product.ask("simone.barth", LAUNCH, owner=AINHOA)
    assert not unasked.was_asked and product.is_member("simone.barth", LAUNCH)
    asked = await product.ask("lea.fontaine", LAUNCH, owner=AINHOA)
    assert asked.was_asked and (await asked.case()).stage is Stage.APPROVE
    assert not product.is_member("lea.fontaine", LAUNCH)


async def test_a_consent_revoked_mid_case_parks_it_and_nobody_else_writes_in_the_approvers_place(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if only people could add members: the owner's own token writes, or nobody's.
    monkeypatch.setattr(CATALOGUE["entra.group.member.add"], "application_permissions", ())
    before = len(product.writes_on(RECIPES))
    question = await product.ask("hugo.rast", RECIPES, owner=GWEN)
    assert "Approved" in shown(await question.press())
    await product.run()
    # A click proves nobody, so the case waits for a sign-in, which her client brings with the next press.
    question.find_card()
    assert "signed in again" in shown(await question.press())
    scopes = product.tenant.applications[product.simulator.cloud.names.app_id].scopes
    scopes.remove(MEMBERS)
    try:
        await product.run()
        parked = await question.case()
        assert (parked.stage, parked.sign_in_of) == (Stage.APPROVE, (product.person(GWEN)["id"],))
        assert (await question.codes())["delegation.lost"] == 2 and len(product.writes_on(RECIPES)) == before
    finally:
        scopes.add(MEMBERS)
    question.find_card()
    assert "signed in again" in shown(await question.press())
    await product.run()
    assert (await question.case()).outcome == "resolved"
    assert product.writes_on(RECIPES)[before:] == [product.person(GWEN)["id"]]
    assert (await question.codes())["approval.given"] == 1


async def test_a_click_after_the_end_of_the_question_is_expired_and_a_person_takes_over(product: Product) -> None:
    question = await product.ask("iker.zubiri", RECIPES, owner=GWEN)
    card = question.kept()
    product.clock.pass_(APPROVAL_SECONDS)
    assert "Expired" in shown(await question.press())
    assert (await question.case()).approvals == ()
    await question.wake()
    done = await question.case()
    assert (done.stage, done.outcome) == (Stage.CLOSED, "escalated")
    question.put_back(card)
    assert "Expired" in shown(await question.press())
    assert not product.is_member("iker.zubiri", RECIPES)
