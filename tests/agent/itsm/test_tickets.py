"""A ticket's body becomes a request only when everything we use in it is there and well formed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadRequestError, SettingsError
from agent.itsm.source import SourceProfile
from agent.itsm.tickets import IGNORED, to_service_request
from agent.model.service_request import Assurance, ServiceRequest

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PERSON = "0f2a6c1e-8b1d-4a53-9b61-5f0f6f1b2c3d"
SOURCE = SourceProfile(id="desk", tenant_id="tenant-a", assurance=Assurance.EMAIL, secret_name="desk-hook")
SAMPLE = Path(__file__).parents[4] / "shared/webhooks/standard.json"


def ticket(**changes: Any) -> dict[str, Any]:
    return {
        "id": "T-1001",
        "summary": "Cannot open Finance site",
        "description": "Need access to SG-Finance-Read",
        "requester": {"email": "megan@contoso.example", "entraObjectId": None},
        **changes,
    }


def body(**changes: Any) -> bytes:
    return json.dumps({"type": "ticket.created", "data": {"ticket": ticket(**changes)}}).encode()


def read(raw: bytes) -> ServiceRequest | None:
    return to_service_request(raw, source=SOURCE, received_at=NOW)


def refused(raw: bytes) -> str:
    with pytest.raises(BadRequestError) as caught:
        read(raw)
    assert caught.value.status == 400
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_published_sample_becomes_a_request() -> None:
    if not SAMPLE.exists():
        pytest.skip("the sample webhooks are not beside the project")
    request = read(json.loads(SAMPLE.read_text())["raw"].encode())
    assert request is not None and (request.external_id, request.requester) == ("T-1001", "megan@contoso.example")


def test_a_ticket_becomes_a_request_of_the_sources_tenant_and_assurance() -> None:
    assert read(body()) == ServiceRequest(
        tenant_id="tenant-a",
        source="desk",
        external_id="T-1001",
        channel="itsm",
        requester="megan@contoso.example",
        assurance=Assurance.EMAIL,
        subject="Cannot open Finance site",
        text="Need access to SG-Finance-Read",
        received_at=NOW,
    )


def test_an_object_id_names_the_requester_before_an_address() -> None:
    request = read(body(requester={"email": "megan@contoso.example", "entraObjectId": PERSON.upper()}))
    assert request is not None and request.requester == PERSON


def test_a_malformed_object_id_is_refused_and_never_skipped_for_the_address() -> None:
    for wrong in ("", "megan", PERSON + "0", 7):
        assert "data.ticket.requester" in refused(body(requester={"email": "a@b.example", "entraObjectId": wrong}))


def test_tenant_and_assurance_in_the_body_are_ignored() -> None:
    raw = json.dumps(
        {
            "type": "ticket.created",
            "tenant_id": "evil",
            "assurance": "sso",
            "data": {"tenantId": "evil", "ticket": ticket(assurance="sso", tenant="evil")},
        }
    ).encode()
    request = read(raw)
    assert request is not None and (request.tenant_id, request.assurance) == ("tenant-a", Assurance.EMAIL)


@pytest.mark.parametrize("event", sorted(IGNORED))
def test_an_event_that_opens_no_case_is_ignored_whatever_its_data(event: str) -> None:
    assert read(json.dumps({"type": event, "data": 7}).encode()) is None


def test_an_unknown_event_type_is_refused() -> None:
    assert "`type`" in refused(json.dumps({"type": "invoice.paid", "data": {}}).encode())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "data.ticket.id"),
        ({"id": 1001}, "data.ticket.id"),
        ({"id": "x" * 201}, "data.ticket.id"),
        ({"id": "T\n1"}, "data.ticket.id"),
        ({"id": None}, "data.ticket.id"),
        ({"summary": 5}, "data.ticket.summary"),
        ({"summary": "x" * 1_001}, "data.ticket.summary"),
        ({"description": ["x"]}, "data.ticket.description"),
        ({"description": "x" * 32_001}, "data.ticket.description"),
        ({"description": "\ud800"}, "data.ticket.description"),
        ({"summary": " ", "description": None}, "data.ticket"),
        ({"requester": None}, "data.ticket.requester"),
        ({"requester": {}}, "data.ticket.requester"),
        ({"requester": {"email": "nobody"}}, "data.ticket.requester"),
        ({"requester": {"email": "a b@c.example"}}, "data.ticket.requester"),
        ({"requester": {"email": "m\u0435gan@contoso.example"}}, "data.ticket.requester"),
        ({"requester": {"email": "a@b.example\n"}}, "data.ticket.requester"),
    ],
)
def test_the_one_line_names_the_field_that_is_wrong(changes: dict[str, Any], field: str) -> None:
    assert f"`{field}`" in refused(body(**changes))


def test_what_is_absent_is_refused_and_not_invented() -> None:
    for name in ("id", "requester"):
        raw = ticket()
        del raw[name]
        assert f"`data.ticket.{name}`" in refused(
            json.dumps({"type": "ticket.created", "data": {"ticket": raw}}).encode()
        )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'"ticket.created"',
        b"null",
        b"{",
        b"\xff\xfe{}",
        b'{"type":"ticket.created","data":NaN}',
        b'{"type":"ticket.created","data":-Infinity}',
        b'{"type":"ticket.updated","type":"ticket.created"}',
        b'{"type":"ticket.created","data":{"ticket":{"id":"1","id":"2"}}}',
        b'{"type":"ticket.created","data":' + b"9" * 5_000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 100_000,
    ],
    ids=range(13),
)
def test_a_body_that_is_not_one_plain_json_object_is_refused(raw: bytes) -> None:
    refused(raw)


@pytest.mark.parametrize("extra", ['"id": "T-2"', '"x": NaN', '"x": Infinity', '"x": {"y": 1, "y": 1}'])
def test_a_whole_ticket_with_a_repeated_key_or_no_number_in_it_is_refused(extra: str) -> None:
    assert read(body()) is not None
    refused(body().replace(b'"id": "T-1001"', f'"id": "T-1001", {extra}'.encode()))


@given(raw=st.binary(max_size=200))
def test_hostile_bytes_are_refused_and_raise_nothing_else(raw: bytes) -> None:
    refused(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "email", "requester", "ticket", "entraObjectId"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(data=JSON)
def test_hostile_data_becomes_a_request_or_is_refused(data: object) -> None:
    try:
        request = read(json.dumps({"type": "ticket.created", "data": data}).encode())
    except BadRequestError as error:
        assert error.status == 400
    else:
        assert request is not None and request.tenant_id == "tenant-a"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "Desk One"},
        {"id": "teams"},
        {"tenant_id": ""},
        {"secret_name": "has space"},
        {"reply_url": "https://desk.example/x"},
        {"reply_url": "http://desk.example/x", "reply_secret_name": "out"},
        {"reply_url": "https://user@desk.example/x", "reply_secret_name": "out"},
        {"reply_url": "https:///x", "reply_secret_name": "out"},
        {"reply_url": "https://{id}.example/x", "reply_secret_name": "out"},
        {"reply_url": "https://desk.example:port/x", "reply_secret_name": "out"},
        {"reply_url": "https://desk.example/x?a={id}", "reply_secret_name": "out"},
    ],
)
def test_a_half_configured_source_does_not_start(changes: dict[str, str]) -> None:
    given = {"id": "desk", "tenant_id": "t", "secret_name": "s", **changes}
    with pytest.raises(SettingsError):
        SourceProfile(assurance=Assurance.EMAIL, **given)
