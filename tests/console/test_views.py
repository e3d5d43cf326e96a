"""What the console shows of a case: everything a technician needs, nothing sealed, secret or borrowed."""

import json
from datetime import timedelta, timezone

from agent.actions import parse_step
from agent.model.activity_event import EventCode
from agent.model.control import Control
from agent.model.plan import Plan
from console.pages import case_page
from console.views import case_json, summary_json
from tests.console.cases import MEGAN, NOW, OWNER, SEALED, attempt, case, event


def test_the_view_is_plain_json_with_plan_decision_approval_write_and_log() -> None:
    view = case_json(case(), [event(EventCode.CASE_OPENED, source="desk")], attempts=[attempt()])
    assert json.loads(json.dumps(view)) == view
    (step,) = view["plan"]["steps"]
    assert (step["number"], step["action"], step["effect"]) == (1, "entra.group.member.add", "verified")
    assert step["decision"]["verdict"] == "APPROVAL" and len(step["decision"]["layers"]) == 6
    assert step["decision"]["requirements"] == ["1 of group_owner"]
    assert view["approval"]["answers"][0]["approver_id"] == OWNER
    assert view["writes"][0]["status"] == 204 and view["writes"][0]["state"] == "verified"
    assert view["events"][0]["sentence"] == "A request came in from desk."


def test_no_sealed_value_and_no_fact_of_the_tenant_is_shown() -> None:
    whole = json.dumps(case_json(case(), [], attempts=[attempt()]))
    assert SEALED not in whole and "only-in-the-facts" not in whole


def test_a_secret_that_slipped_into_the_log_or_a_call_is_still_not_shown() -> None:
    reset = parse_step("entra.user.password.reset", {"user_id": MEGAN})
    body = {"passwordProfile": {"password": SEALED, "forceChangePasswordNextSignIn": True}}
    leaky = reset.model_copy(update={"call": reset.call.model_copy(update={"body": body})})
    slipped = event(EventCode.REASONED, Password=SEALED, inner=[{"sealed_secret": SEALED, "token": SEALED, "kept": 1}])
    view = case_json(case(plan=Plan(summary="s", reason="r", steps=(leaky,))), [slipped], attempts=[])
    assert SEALED not in json.dumps(view)
    assert view["events"][0]["data"] == {"inner": [{"kept": 1}]}


def test_what_is_not_known_is_null_and_not_a_guess() -> None:
    view = case_json(
        case(effects=(), decisions=(), handoff=None), [], attempts=[attempt(receipt=None, state="intended")]
    )
    assert view["plan"]["steps"][0]["effect"] is None and view["plan"]["steps"][0]["decision"] is None
    assert view["handoff"] is None and view["writes"][0]["status"] is None


def test_a_case_without_a_plan_is_shown() -> None:
    view = case_json(case(plan=None, approval_request=None, approvals=()), [], attempts=[])
    assert view["plan"] is None and view["approval"] is None


def test_times_are_shown_in_utc() -> None:
    found = case()
    east = found.request.model_copy(update={"received_at": NOW.astimezone(timezone(timedelta(hours=9)))})
    assert summary_json(found.evolve(request=east))["received_at"] == "2026-11-21T09:00:00+00:00"


def test_a_paused_or_stopped_case_says_so_with_who_did_it_and_why() -> None:
    order = Control(scope="case", subject="c" * 32, state="paused", by="Olga", why="first ask Kim", at=NOW)
    held = order.model_copy(update={"scope": "tenant", "subject": "tenant-a"})
    view = case_json(case(control=order), [], attempts=[])
    assert view["control"]["state"] == "paused"
    assert view["control"]["sentence"] == "the case was paused by Olga: first ask Kim"
    above = case_json(case(held_by=held), [], attempts=[])["control"]
    assert above["sentence"] == "the tenant was paused by Olga: first ask Kim"
    # What was ordered on the case itself comes first, and a case that nobody ordered about says nothing.
    assert case_json(case(control=order, held_by=held), [], attempts=[])["control"] == view["control"]
    assert case_json(case(), [], attempts=[])["control"] is None


def test_the_page_of_a_stopped_case_shows_who_stopped_it_and_nothing_of_it_is_markup() -> None:
    order = Control(scope="case", subject="c" * 32, state="stopped", by="<b>Olga", why="<script>", at=NOW)
    page = case_page(case(control=order), [], attempts=[])
    assert "the case was stopped by &lt;b&gt;Olga: &lt;script&gt;" in page and "<script>" not in page
    assert "role=status" not in case_page(case(), [], attempts=[])
