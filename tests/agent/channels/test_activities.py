"""Activities are read strictly where we use them; a card's data is read for two ids and a reason only."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.channels.activities import CardInvoke, Message, VerifiedActivity, parse_activity
from agent.errors import BadRequestError
from tests.agent.channels.cases import INVOKE, OWNER, TENANT

SAMPLES = Path(__file__).parents[4] / "shared/webhooks"
DATA = {"approval": "approval-1", "plan": "a" * 64}


def sent(**changes: Any) -> dict[str, Any]:
    found = copy.deepcopy(INVOKE)
    found["value"]["action"]["data"] = dict(DATA)
    return {**found, **changes}


def refused(raw: bytes) -> str:
    with pytest.raises(BadRequestError) as caught:
        parse_activity(raw)
    assert caught.value.status in (400, 413)
    return str(caught.value)


@pytest.mark.parametrize("name", ["teams_message", "teams_message_group"])
def test_a_captured_message_is_read_without_its_mention(name: str) -> None:
    if not SAMPLES.exists():
        pytest.skip("the sample webhooks are not beside the project")
    body = json.loads((SAMPLES / f"{name}.json").read_text())["body"]
    message = parse_activity(json.dumps(body).encode())
    assert isinstance(message, Message) and message.said.lower().startswith("give megan access")


def test_a_captured_click_with_our_data_is_read() -> None:
    if not SAMPLES.exists():
        pytest.skip("the sample webhooks are not beside the project")
    body = json.loads((SAMPLES / "teams_invoke.json").read_text())["body"]
    body["value"]["action"]["data"] = DATA
    activity = parse_activity(json.dumps(body).encode())
    assert isinstance(activity, CardInvoke) and activity.value.action.verb == "approve"


def test_extra_data_in_a_card_is_not_read() -> None:
    raw = sent()
    raw["value"]["action"]["data"] |= {"approver_id": OWNER, "granted": True, "target": "x", "reason": "ok"}
    activity = parse_activity(json.dumps(raw).encode())
    assert isinstance(activity, CardInvoke)
    chosen = dict.fromkeys(("pattern", "days", "uses"))
    assert activity.value.action.data.model_dump() == {**DATA, **chosen, "reason": "ok"}


def test_an_old_clients_submit_is_the_same_click() -> None:
    raw = sent(type="message", value={**DATA, "answer": "refuse", "reason": "no"})
    activity = VerifiedActivity(parse_activity(json.dumps(raw).encode()), TENANT, OWNER, {})
    assert activity.click is not None and (activity.click.verb, activity.click.data.reason) == ("refuse", "no")


def test_a_message_is_no_click() -> None:
    raw = sent(type="message", text="approve", value=None)
    assert VerifiedActivity(parse_activity(json.dumps(raw).encode()), TENANT, OWNER, {}).click is None


def test_other_kinds_of_activity_are_read_as_such() -> None:
    assert type(parse_activity(json.dumps(sent(type="conversationUpdate")).encode())).__name__ == "Activity"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": 5}, "id"),
        ({"from": {"id": "29:x", "aadObjectId": "me"}}, "from.aadObjectId"),
        ({"conversation": {"id": "a"}}, "conversation.tenantId"),
        ({"channelData": {}}, "channelData.tenant"),
        ({"serviceUrl": None}, "serviceUrl"),
        ({"name": "signin/verifyState"}, "name"),
        ({"value": {"action": {"verb": "approve_always", "data": DATA}}}, "value.action.verb"),
        ({"value": {"action": {"verb": "approve", "data": {"approval": "a"}}}}, "value.action.data.plan"),
        ({"value": {"action": {"verb": "approve", "data": {**DATA, "plan": "A" * 64}}}}, "value.action.data.plan"),
        (
            {"value": {"action": {"verb": "approve", "data": {**DATA, "approval": "../x"}}}},
            "value.action.data.approval",
        ),
        ({"value": {"action": {"verb": "approve", "data": {**DATA, "reason": 7}}}}, "value.action.data.reason"),
    ],
)
def test_the_one_line_names_the_field_that_is_wrong(changes: dict[str, Any], field: str) -> None:
    assert f"`{field}`" in refused(json.dumps(sent(**changes)).encode())


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"null", b"\xff", b"[" * 200_000, b'{"type":NaN}', b'{"type":"\\ud800"}', b"x" * 300_000],
    ids=range(8),
)
def test_a_body_that_is_no_activity_is_refused(raw: bytes) -> None:
    refused(raw)


@given(raw=st.binary(max_size=100))
def test_hostile_bytes_are_refused_and_raise_nothing_else(raw: bytes) -> None:
    refused(raw)
