"""One card of each kind that the product sends, from one small tenant: what the pictures show."""

from collections.abc import Callable
from datetime import timedelta

from agent.actions import parse_step
from agent.channels.approval_card import closed_card, pending_card
from agent.channels.card_elements import Card
from agent.channels.secret_card import secret_card
from agent.model.approval import Asked
from agent.model.briefing import Present
from agent.model.case import Case
from agent.model.plan import Plan, Step
from agent.port_values import ApprovalNotice
from policy.decision import Requirement
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.cases import ADMIN, MEGAN, NOW, OWNER, answered, briefing, step, waiting
from tests.agent.channels.grant_kinds import BEFORE, COLLEAGUE, asked_again, given, offered, standing

_SOON = NOW + timedelta(minutes=5)
_GROUP_STEP = step(user_name="Megan Bowen", group_name="SG-Finance-Read")


def _case(*steps: Step, summary: str, text: str) -> Case:
    case = waiting(steps=steps, text=text)
    request = case.request.model_copy(update={"subject": summary, "external_id": "INC-4711"})
    plan = Plan(summary=summary, reason="this is what was asked for", steps=steps)
    changed = case.evolve(request=request, plan=plan)
    assert changed.approval_request is not None
    asked = changed.approval_request.model_copy(update={"plan_digest": changed.plan_digest})
    return changed.evolve(approval_request=asked)


def small() -> Case:
    """Return the case that most pictures show: one person is to join one group."""
    return _case(_GROUP_STEP, summary="Add Megan to Finance", text="I need to read the ledgers for the quarter's end.")


def _bulk() -> Case:
    people = (f"5f3c{number:04x}-91aa-4c02-8d11-0000000000{number:02d}" for number in range(24))
    old, new = "05e9a617-0261-4cee-bb44-138d3ef5d965", "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
    swap = {"sku_id": new, "old_sku_id": old}
    steps = tuple(
        parse_step("entra.license.swap", {**swap, "user_id": one, "user_name": f"Colleague {number}"})
        for number, one in enumerate(people, start=1)
    )
    case = _case(*steps, summary="Swap one licence for another for 24 people", text="As agreed with the vendor.")
    return case.evolve(briefing=briefing(24, present=Present(already=(3, 4), unread=(17,))))


def _high_risk() -> Case:
    steps = (parse_step("entra.user.password.reset_admin", {"user_id": MEGAN, "user_name": "Megan Bowen"}),)
    case = _case(*steps, summary="Reset Megan's password", text="She lost her phone and her password.")
    words = ("last password change date time: 2026-08-02T07:11:09Z",)
    return case.evolve(briefing=briefing(present=Present(words=words)), written_as=("approver-delegated",))


def _two_people() -> Case:
    case = small()
    assert case.approval_request is not None
    asked = (Asked(requirement=Requirement("tenant_admin", 2), approver_ids=(ADMIN, OWNER)),)
    return answered(case.evolve(approval_request=case.approval_request.model_copy(update={"asked": asked})), by=ADMIN)


def notice(case: Case) -> ApprovalNotice:
    """Return what is shown of a case, for Megan's own name."""
    assert case.approval_request is not None
    return ApprovalNotice(case=case, request=case.approval_request, requester_label="Megan Bowen")


def _for_colleague() -> tuple[Case, Step]:
    one = step(user_id=COLLEAGUE, user_name="Dominic Vale", group_name="SG-Finance-Read")
    case = _case(one, summary="Add Dominic to Finance", text="He joined our team on Monday.")
    return standing(case, precedents={OWNER: BEFORE}), one


def _refused() -> Card:
    case = answered(small(), by=OWNER, granted=False, reason="She moves to Sales next week.")
    return closed_card(notice(case), "refused")


#: Each kind of card by the name of its picture in `docs/pictures`. A kind that the product gets is added here.
KINDS: dict[str, Callable[[], Card]] = {
    "asked": lambda: pending_card(notice(small()), pages=PAGES),
    "asked-for-many": lambda: pending_card(notice(_bulk()), pages=PAGES),
    "asked-high-risk": lambda: pending_card(notice(_high_risk()), pages=PAGES),
    "asked-again": lambda: asked_again(notice(_for_colleague()[0])),
    "always": lambda: offered(*_for_colleague()),
    "grant-given": lambda: given(notice(_for_colleague()[0]), _for_colleague()[1]),
    "grant-ended": lambda: given(notice(_for_colleague()[0]), _for_colleague()[1], is_over=True),
    "half-answered": lambda: pending_card(notice(_two_people()), pages=PAGES),
    "approved": lambda: closed_card(notice(answered(small(), by=OWNER)), "approved", note="by you"),
    "refused": _refused,
    "expired": lambda: closed_card(notice(small()), "expired"),
    "changed": lambda: closed_card(notice(small()), "changed"),
    "secret": lambda: secret_card("Your temporary password. It works once:", "Vq7!kd(y)*Zr3:)pw_2L"),
}
