"""What an answer proves. Nothing is verified by the lack of an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.actions import judge
from agent.model.expectation import (
    AllOf,
    ChangedSince,
    Expectation,
    FieldEquals,
    Gone,
    HasItem,
    ListHolds,
    ListHoldsCreated,
    is_about_time,
)
from agent.model.graph_call import GraphCall
from agent.model.plan import Check

ATTEMPTED = datetime(2026, 11, 23, 9, 30, 0, 500_000, tzinfo=UTC)
ID = "a568c719-7c70-5207-96f9-f39ffc875fb5"
OTHER = "f302284a-9c7e-55a1-a13c-27e64cf1ef29"

CHANGED = ChangedSince(field="lastPasswordChangeDateTime")
HOLDS = ListHolds(field="value", key="id", value=ID, present=True)
HOLDS_NOT = ListHolds(field="value", key="id", value=ID, present=False)
CREATED = ListHoldsCreated(field="value", present=True)
DELETED = ListHoldsCreated(field="value", present=False)


def judged(expect: Expectation, body: Any, *, status: int = 200, created_id: str = "") -> str:
    check = Check(call=GraphCall(method="GET", path="/x"), expect=expect)
    return judge(check, status, body=body, attempted_at=ATTEMPTED, created_id=created_id)


@pytest.mark.parametrize("status", [0, 201, 204, 206, 400, 401, 403, 404, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("expect", [CHANGED, HOLDS, HOLDS_NOT, CREATED, DELETED, FieldEquals(field="a", value=None)])
def test_only_a_200_proves_anything(expect: Expectation, status: int) -> None:
    body = {"value": [], "lastPasswordChangeDateTime": "2026-11-23T10:00:00Z", "a": None}
    assert judged(expect, body, status=status) == "unknown"


@pytest.mark.parametrize("expect", [CHANGED, HOLDS, HOLDS_NOT, CREATED, DELETED, FieldEquals(field="a.b", value=None)])
@pytest.mark.parametrize("body", [{}, {"error": {}}, {"value": None}, {"value": "x"}, {"a": 1}, {"a": {}}])
def test_a_missing_or_malformed_field_is_unknown(expect: Expectation, body: dict[str, Any]) -> None:
    assert judged(expect, body) == "unknown"


@pytest.mark.parametrize(
    ("stamp", "effect"),
    [
        ("2026-11-23T09:30:01Z", "verified"),
        ("2026-11-23T09:30:00Z", "verified"),
        ("2026-11-23T09:29:55.5000000Z", "verified"),
        ("2026-11-23T09:29:55.4990000Z", "refuted"),
        ("2026-11-23T10:30:00+01:00", "verified"),
        ("2026-11-23T10:29:00+01:00", "refuted"),
        ("2020-01-01T00:00:00Z", "refuted"),
        ("2026-11-23T09:30:01", "unknown"),
        ("yesterday", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
        (1_763_890_201, "unknown"),
    ],
)
def test_a_time_counts_from_five_seconds_before_the_attempt(stamp: Any, effect: str) -> None:
    assert judged(CHANGED, {"lastPasswordChangeDateTime": stamp}) == effect


@pytest.mark.parametrize(
    ("items", "present", "absent"),
    [
        ([{"id": ID}], "verified", "refuted"),
        ([{"id": ID.upper()}], "verified", "refuted"),
        ([{"id": OTHER}, {"id": ID}], "verified", "refuted"),
        ([{}, {"id": ID}], "verified", "refuted"),
        ([], "refuted", "verified"),
        ([{"id": OTHER}], "refuted", "verified"),
        ([{"id": OTHER}, {}], "unknown", "unknown"),
        ([{"id": None}], "unknown", "unknown"),
        (["x"], "unknown", "unknown"),
    ],
)
def test_a_list_holds_or_does_not_hold_an_item(items: list[Any], present: str, absent: str) -> None:
    assert (judged(HOLDS, {"value": items}), judged(HOLDS_NOT, {"value": items})) == (present, absent)


def test_an_incomplete_list_proves_presence_but_not_absence() -> None:
    body = {"value": [{"id": OTHER}], "@odata.nextLink": "more"}
    assert (judged(HOLDS, body), judged(HOLDS_NOT, body)) == ("unknown", "unknown")
    assert judged(HOLDS, {**body, "value": [{"id": ID}]}) == "verified"


@pytest.mark.parametrize(
    ("items", "created_id", "present", "absent"),
    [
        ([{"id": ID}], ID, "verified", "refuted"),
        ([{"id": OTHER}], ID, "refuted", "verified"),
        ([], ID, "refuted", "verified"),
        ([], "", "refuted", "verified"),
        ([{"id": ID}], "", "unknown", "unknown"),
    ],
)
def test_a_created_object_is_found_by_its_own_id_only(
    items: list[Any], created_id: str, present: str, absent: str
) -> None:
    body = {"value": items}
    assert judged(CREATED, body, created_id=created_id) == present
    assert judged(DELETED, body, created_id=created_id) == absent


@pytest.mark.parametrize(
    ("value", "body", "effect"),
    [
        (True, {"accountEnabled": True}, "verified"),
        (True, {"accountEnabled": 1}, "refuted"),
        (1, {"accountEnabled": True}, "refuted"),
        (None, {"accountEnabled": None}, "verified"),
        (False, {"accountEnabled": None}, "refuted"),
        (None, {}, "unknown"),
    ],
)
def test_a_field_equals_a_value_of_the_same_type(value: Any, body: dict[str, Any], effect: str) -> None:
    assert judged(FieldEquals(field="accountEnabled", value=value), body) == effect


def test_dots_descend_into_objects_and_whole_names_come_first() -> None:
    assert judged(FieldEquals(field="a.b", value=1), {"a": {"b": 1}}) == "verified"
    assert judged(FieldEquals(field="@odata.count", value=0), {"@odata.count": 0}) == "verified"


def test_the_clock_may_be_late_but_not_by_more() -> None:
    late = (ATTEMPTED - timedelta(seconds=6)).isoformat()
    assert judged(CHANGED, {"lastPasswordChangeDateTime": late}) == "refuted"


REPORTED = HasItem(field="value", where={"activityType": "rebootNow", "of.0.id": ID}, since="activityDateTime")
LOGGED = {"activityType": "rebootNow", "of": [{"id": ID.upper()}], "activityDateTime": "2026-11-23T09:30:02Z"}


@pytest.mark.parametrize(
    ("items", "effect"),
    [
        ([LOGGED], "verified"),
        ([LOGGED | {"activityDateTime": "2026-11-22T09:30:02Z"}, LOGGED], "verified"),
        ([LOGGED | {"activityDateTime": "2026-11-22T09:30:02Z"}], "refuted"),
        ([LOGGED | {"activityType": "wipe"}], "refuted"),
        ([LOGGED | {"of": [{"id": OTHER}]}, LOGGED | {"of": []}], "refuted"),
        ([LOGGED | {"activityDateTime": "soon"}], "unknown"),
        ([], "refuted"),
        ([LOGGED, "x"], "unknown"),
        (None, "unknown"),
    ],
)
def test_a_report_counts_when_it_is_of_this_kind_and_not_older_than_the_attempt(items: Any, effect: str) -> None:
    assert judged(REPORTED, {"value": items}) == effect


LINK = {"id": "l1", "link": {"type": "view", "scope": "organization"}, "roles": ["Read", "limited"]}
LINKED = {"link.type": "view", "link.scope": "organization", "roles": ["limited", "read"]}


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize(
    ("items", "is_there"),
    [
        ([LINK], True),
        ([LINK, LINK | {"id": "l2"}], True),
        ([{"id": "g"}, LINK], True),
        ([{"id": "g", "person": {}}, {"person": {"id": "p"}}], False),
        # What two items have between them, no item has.
        ([LINK | {"roles": ["read"]}, LINK | {"link": {"type": "edit", "scope": "organization"}}], False),
        ([], False),
    ],
)
def test_an_item_is_meant_only_when_it_has_all_that_is_said_of_it(
    items: list[Any], is_there: bool, present: bool
) -> None:
    expect = HasItem(field="value", where=LINKED, present=present, other_kinds=("person",))
    assert judged(expect, {"value": items}) == ("verified" if is_there is present else "refuted")
    if not is_there:
        assert judged(expect, {"value": items, "@odata.nextLink": "more"}) == "unknown"


def test_the_item_that_a_write_created_is_told_from_its_like_as_soon_as_its_id_is_known() -> None:
    own = HasItem(field="value", where=LINKED, own=True)
    assert judged(own, {"value": [LINK]}) == judged(own, {"value": [LINK]}, created_id="l1") == "verified"
    assert judged(own, {"value": [LINK]}, created_id="l2") == "refuted"
    # Another check of the same step, as that of its undo, means any item.
    assert judged(HasItem(field="value", where=LINKED), {"value": [LINK]}, created_id="l2") == "verified"


def test_only_an_item_with_a_time_is_never_there_before_the_write() -> None:
    assert is_about_time(REPORTED) and is_about_time(AllOf(of=(REPORTED,)))
    assert not is_about_time(HasItem(field="value", where=LINKED))


@pytest.mark.parametrize(
    ("status", "effect"), [(404, "verified"), (200, "refuted"), (403, "unknown"), (503, "unknown")]
)
def test_what_is_to_be_gone_is_gone_only_when_the_service_says_so(status: int, effect: str) -> None:
    assert judged(Gone(), {}, status=status) == effect


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        ({"a": 1, "b": "x"}, "verified"),
        ({"a": 1, "b": "y"}, "refuted"),
        ({"a": 1}, "unknown"),
        ({"b": "y"}, "refuted"),
    ],
)
def test_all_of_several_things_must_hold(body: dict[str, Any], effect: str) -> None:
    assert judged(AllOf(of=(FieldEquals(field="a", value=1), FieldEquals(field="b", value="x"))), body) == effect


@pytest.mark.parametrize(
    ("shown", "effect"),
    [([{"on": True}], "verified"), ([{"on": 1}], "refuted"), ([], "refuted"), ([{"on": True, "off": None}], "refuted")],
)
def test_values_inside_lists_and_objects_are_compared_as_json(shown: Any, effect: str) -> None:
    assert judged(FieldEquals(field="ranges", value=[{"on": True}]), {"ranges": shown}) == effect


def test_items_may_be_texts_and_keys_may_lie_deeper() -> None:
    texts = ListHolds(field="conditions.users.excludeUsers", key="", value=ID, present=True)
    assert judged(texts, {"conditions": {"users": {"excludeUsers": [OTHER, ID]}}}) == "verified"
    assert judged(texts, {"conditions": {"users": {"excludeUsers": [OTHER]}}}) == "refuted"
    deeper = ListHolds(field="value", key="emailAddress.address", value="a@b.example", present=True)
    assert judged(deeper, {"value": [{"emailAddress": {"address": "A@b.example"}}]}) == "verified"
    numbered = FieldEquals(field="value.0.id", value=ID)
    assert judged(numbered, {"value": [{"id": ID}]}) == "verified"
    assert judged(numbered, {"value": []}) == "unknown"


@pytest.mark.parametrize(
    ("item", "effect"),
    [
        ({"who": {"id": "ann"}}, "refuted"),
        ({"who": {"id": "bob"}}, "verified"),
        ({"link": {"type": "view"}}, "verified"),
        ({"older": {"id": "ann"}}, "unknown"),
        ({"who": {"name": "Ann"}}, "unknown"),
    ],
)
def test_that_nobody_is_among_them_is_known_only_of_items_that_can_be_told_apart(item: Any, effect: str) -> None:
    expect = HasItem(field="value", where={"who.id": "ann"}, present=False, other_kinds=("link",))
    assert judged(expect, {"value": [item]}) == effect


@pytest.mark.parametrize(
    ("request_id", "effect"), [("rq-1", "verified"), ("RQ-1", "verified"), ("rq-2", "refuted"), ("", "unknown")]
)
def test_an_act_in_a_log_is_ours_only_with_our_own_request_id(request_id: str, effect: str) -> None:
    expect = HasItem(field="value", where={"act": "reboot"}, since="at", request_in="correlationId")
    check = Check(call=GraphCall(method="GET", path="/x"), expect=expect)
    later = (ATTEMPTED + timedelta(seconds=3)).isoformat()
    for named in ("rq-1",) if request_id else ("rq-1", ""):
        body = {"value": [{"act": "reboot", "at": later, "correlationId": named}]}
        assert judge(check, 200, body=body, attempted_at=ATTEMPTED, request_id=request_id) == effect
