"""What is special about sign-in methods, licences, groups and units: refused parameters, preconditions, bodies."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.actions import CATALOGUE, UnknownActionError, parse_step, seen
from agent.model.expectation import ItemHas
from agent.model.plan import Step
from tests.agent.areas.collected import PARAMS
from tests.agent.areas.first import GROUP, PLAN, SKU, USER
from tests.agent.areas.sign_in import MOBILE, OFFICE, OLD_SKU

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OTHER_PLAN = "43de0ff5-c92c-492b-9116-175376d08c38"


def planned(action: str, **changes: Any) -> Step:
    return parse_step(action, PARAMS[action] | changes)


def allowed(step: Step, before: dict[str, Any], *, status: int = 200) -> str:
    """Return what the before-image says about the step's precondition; only `verified` lets the step be sent."""
    assert step.precondition is not None
    return seen(step.precondition, status, body=before, attempted_at=NOW)


def licences(*held: tuple[str, list[str]]) -> dict[str, Any]:
    return {"id": USER, "assignedLicenses": [{"skuId": sku, "disabledPlans": plans} for sku, plans in held]}


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("entra.auth.method.phone.add", {"number": "0113 5550142"}),
        ("entra.auth.method.phone.add", {"number": "+44 113 555 0142"}),
        ("entra.auth.method.phone.add", {"number": "+44 1135550142\n"}),
        ("entra.auth.method.phone.add", {"number": "+44 ١١٣٥٥٥٠١٤٢"}),
        ("entra.auth.method.phone.add", {"phone_type": "home"}),
        ("entra.auth.method.phone.delete", {"was_number": None}),
        ("entra.license.swap", {"old_sku_id": SKU}),
        ("entra.license.swap", {"old_disabled_plans": ["all"]}),
        ("entra.group.create", {"nickname": "a b"}),
        ("entra.group.create", {"nickname": "x" * 65}),
        ("entra.group.create", {"called": "two\nlines"}),
        ("entra.group.create", {"called": ""}),
        ("entra.group.create", {"visibility": None}),
        ("entra.group.create", {"kind": "security"}),
        ("entra.group.create", {"kind": "distribution"}),
        ("entra.group.update", {"attribute": "membershipRule"}),
        ("entra.group.update", {"value": None}),
        ("entra.group.update", {"value": "x" * 1025}),
        ("entra.group.update", {"attribute": "displayName", "was": None}),
        ("entra.group.update", {"attribute": "displayName", "value": "x" * 257, "was": "y"}),
        ("entra.group.update", {"attribute": "visibility", "value": "HiddenMembership", "was": "Public"}),
        ("entra.group.license.assign", {"change": "take"}),
        ("entra.au.member.add", {"unit_id": "../users"}),
    ],
)
def test_parameters_that_do_not_fit_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        planned(action, **change)


@pytest.mark.parametrize(
    "method_id", ["", "a b", "a/../../groups", "a?$select=x", "%2e%2e", "#", "..", ".", "a\n", "ä"]
)
def test_the_id_of_a_method_stays_one_segment_of_the_path(method_id: str) -> None:
    with pytest.raises(UnknownActionError):
        planned("entra.auth.method.fido2.delete", method_id=method_id)


def test_a_hostile_name_stays_one_literal_of_the_search_for_namesakes() -> None:
    step = planned("entra.group.create", called="a' or displayName ne 'b", nickname="n")
    filtered = dict(step.check.call.query)["$filter"]
    assert filtered == "displayName eq 'a'' or displayName ne ''b' or mailNickname eq 'n'"
    assert step.call.body is not None and step.call.body["displayName"] == "a' or displayName ne 'b"


def test_braces_in_a_groups_name_are_not_read_as_a_template() -> None:
    step = planned("entra.group.create", called="{user.__class__} {created}")
    assert "{user.__class__} {created}" in step.title


def test_a_security_group_is_made_without_mail_and_visibility() -> None:
    params = {name: value for name, value in PARAMS["entra.group.create"].items() if name != "visibility"}
    body = parse_step("entra.group.create", params | {"kind": "security"}).call.body
    assert body is not None and "visibility" not in body
    assert (body["mailEnabled"], body["securityEnabled"], body["groupTypes"]) == (False, True, [])


def test_a_group_is_not_made_while_another_has_its_name_or_nickname() -> None:
    step = planned("entra.group.create")
    assert allowed(step, {"value": []}) == "verified"
    assert allowed(step, {"value": [{"id": GROUP}]}) == "refuted"
    assert allowed(step, {}) == "unknown"


def test_a_description_is_cleared_and_put_back_with_a_null_that_is_sent() -> None:
    cleared = planned("entra.group.update", value=None, was="Ledgers")
    assert cleared.call.model_dump(mode="json")["body"] == {"description": None}
    assert allowed(cleared, {"description": "Ledgers"}) == "verified"
    assert allowed(cleared, {"description": "Something new"}) == "refuted"
    assert allowed(planned("entra.group.update"), {}) == "unknown", "missing is not null"


def test_only_a_microsoft_365_group_is_deleted() -> None:
    step = planned("entra.group.delete")
    assert allowed(step, {"groupTypes": ["Unified"]}) == "verified"
    assert allowed(step, {"groupTypes": []}) == "refuted"
    assert allowed(step, {"groupTypes": ["DynamicMembership"]}) == "refuted"
    assert allowed(step, {}) == "unknown"


def test_a_licence_is_taken_only_with_the_plans_that_the_undo_will_switch_off_again() -> None:
    step = planned("entra.license.remove")
    assert allowed(step, licences((OLD_SKU, []), (SKU.upper(), [PLAN.upper()]))) == "verified"
    assert allowed(step, licences((SKU, []))) == "refuted"
    assert allowed(step, licences((SKU, [PLAN, OTHER_PLAN]))) == "refuted"
    assert allowed(step, licences((OLD_SKU, [PLAN]))) == "refuted"
    assert allowed(step, {"assignedLicenses": [{"skuId": SKU}]}) == "unknown"
    assert allowed(step, licences((SKU, [PLAN])), status=403) == "unknown"
    assert step.undo is not None and step.undo.check.expect == step.precondition


def test_a_licence_is_given_only_to_who_lacks_it_since_the_undo_takes_it_away() -> None:
    step = planned("entra.license.assign")
    assert allowed(step, licences((OLD_SKU, []))) == "verified"
    assert allowed(step, licences((SKU, [PLAN]))) == "refuted"


def test_a_swap_is_one_call_whose_undo_brings_back_the_old_licence_with_its_disabled_plans() -> None:
    step = planned("entra.license.swap")
    assert allowed(step, licences((OLD_SKU, [PLAN]))) == "verified"
    assert allowed(step, licences((OLD_SKU, []))) == "refuted"
    assert allowed(step, licences((OLD_SKU, [PLAN]), (SKU, []))) == "refuted"
    both = licences((OLD_SKU, [PLAN]), (SKU, []))
    assert seen(step.check.expect, 200, body=both, attempted_at=NOW) == "refuted", "half a swap is none"
    assert step.undo is not None
    for half in (licences((OLD_SKU, [])), both):
        assert seen(step.undo.check.expect, 200, body=half, attempted_at=NOW) == "refuted"
    assert seen(step.undo.check.expect, 200, body=licences((OLD_SKU, [PLAN])), attempted_at=NOW) == "verified"


def test_a_group_is_given_a_licence_it_lacks_and_loses_one_as_it_was_planned() -> None:
    given, taken = planned("entra.group.license.assign"), planned("entra.group.license.remove")
    assert (allowed(given, licences()), allowed(taken, licences())) == ("verified", "refuted")
    held = licences((SKU, [PLAN]))
    assert (allowed(given, held), allowed(taken, held)) == ("refuted", "verified")
    assert given.undo is not None and taken.undo is not None
    assert (taken.call, taken.undo.call) == (given.undo.call, given.call)
    assert (given.title.split()[0], taken.title.split()[0]) == ("Give", "Take")


def test_a_group_has_its_licence_only_when_the_service_has_gone_through_its_members() -> None:
    check = planned("entra.group.license.assign").check
    for state, effect in (("ProcessingComplete", "verified"), ("ProcessingInProgress", "refuted")):
        body = licences((SKU, [PLAN])) | {"licenseProcessingState": {"state": state}}
        assert seen(check.expect, 200, body=body, attempted_at=NOW) == effect
    assert seen(check.expect, 200, body=licences((SKU, [PLAN])), attempted_at=NOW) == "unknown"


def test_licences_are_processed_when_no_state_is_an_error() -> None:
    check = planned("entra.license.reprocess").check
    for states, effect in (
        (["Active", "Disabled"], "verified"),
        ([], "verified"),
        (["Active", "Error"], "refuted"),
        (["ActiveWithError"], "refuted"),
        ([None], "unknown"),
    ):
        body = {"licenseAssignmentStates": [{"skuId": SKU, "state": state} for state in states]}
        assert seen(check.expect, 200, body=body, attempted_at=NOW) == effect, states


def test_a_telephone_is_deleted_only_while_it_has_the_number_that_the_undo_registers() -> None:
    step = planned("entra.auth.method.phone.delete")
    assert allowed(step, {"value": [{"id": MOBILE, "phoneNumber": "+44 55501077"}]}) == "verified"
    assert allowed(step, {"value": [{"id": MOBILE, "phoneNumber": "+44 55509999"}]}) == "refuted"
    assert allowed(step, {"value": [{"id": OFFICE, "phoneNumber": "+44 55501077"}]}) == "refuted"
    assert allowed(step, {"value": [{"id": MOBILE}]}) == "unknown"


def test_a_telephone_is_added_only_where_there_is_none_of_its_kind_since_the_undo_deletes_that() -> None:
    step = planned("entra.auth.method.phone.add")
    assert allowed(step, {"value": [{"id": MOBILE}]}) == "verified"
    assert allowed(step, {"value": [{"id": OFFICE}]}) == "refuted"


@pytest.mark.parametrize("action", sorted(one for one in CATALOGUE if one.startswith("entra.auth.method.")))
def test_what_only_the_person_can_register_again_says_so(action: str) -> None:
    step = planned(action)
    assert bool(step.irreversible) == ("phone" not in action)
    assert step.secret == "none"


@pytest.mark.parametrize(
    "action", ["entra.group.owner.add", "entra.group.owner.remove", "entra.au.member.add", "entra.group.member.remove"]
)
def test_links_are_removed_and_never_what_they_link(action: str) -> None:
    step = planned(action)
    assert step.undo is not None
    deletions = [call.path for call in (step.call, step.undo.call) if call.method == "DELETE"]
    assert deletions and all(path.endswith(f"/{USER}/$ref") for path in deletions)


@pytest.mark.parametrize(
    ("items", "effect"),
    [
        ([{"id": "A", "of": ["x", "Y"]}], "verified"),
        ([{"id": "a", "of": ["y", "x"]}, {"id": "b", "of": []}], "verified"),
        ([{"id": "a", "of": ["x"]}], "refuted"),
        ([{"id": "a", "of": ["x", "y", "y"]}], "refuted"),
        ([{"id": "b", "of": ["x", "y"]}], "refuted"),
        ([{"id": "a", "of": ["x", "y"]}, {"id": "A", "of": ["x", "y"]}], "unknown"),
        ([{"id": "a"}], "unknown"),
        ([{"id": "a", "of": ["x", "y"]}, 5], "verified"),
        ([{"id": "b"}, 5], "unknown"),
        ("a", "unknown"),
        (None, "unknown"),
    ],
)
def test_an_item_of_a_list_has_exactly_what_is_wanted(items: object, effect: str) -> None:
    expect = ItemHas(field="value", key="id", value="a", within="of", wanted=["x", "y"])
    assert seen(expect, 200, body={"value": items}, attempted_at=NOW) == effect
    assert seen(expect, 404, body={"value": items}, attempted_at=NOW) == "unknown"


@pytest.mark.parametrize(
    ("found", "wanted", "effect"),
    [
        ("x", "x", "verified"),
        ("X", "x", "refuted"),
        (1, True, "refuted"),
        (None, None, "verified"),
        ([1], [1], "verified"),
    ],
)
def test_values_that_are_no_ids_are_compared_as_they_are(found: Any, wanted: Any, effect: str) -> None:
    expect = ItemHas(field="value", key="id", value="a", within="of", wanted=wanted)
    assert seen(expect, 200, body={"value": [{"id": "a", "of": found}]}, attempted_at=NOW) == effect


def test_an_incomplete_list_never_refutes_an_item() -> None:
    expect = ItemHas(field="value", key="id", value="a", within="of", wanted="x")
    body = {"value": [{"id": "b", "of": "x"}], "@odata.nextLink": "more"}
    assert seen(expect, 200, body=body, attempted_at=NOW) == "unknown"
