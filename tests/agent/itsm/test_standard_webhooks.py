"""A webhook is believed only when one of the active secrets signed exactly this id, time and body."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadRequestError, VaultError
from agent.itsm.standard_webhooks import sign, verify

NOW = datetime(2026, 11, 21, 0, 30, 23, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of enough bytes").decode()
BODY = b'{"type":"ticket.created"}'
SAMPLE = Path(__file__).parents[4] / "shared/webhooks/standard.json"


def signed(body: bytes = BODY, secret: str = SECRET, *, at: datetime = NOW) -> dict[str, str]:
    return sign(body, secret, message_id="msg_1", sent_at=at)


def refused(headers: dict[str, str], body: bytes = BODY, *, secrets: tuple[str, ...] = (SECRET,)) -> int:
    with pytest.raises(BadRequestError) as caught:
        verify(headers, body, secrets=secrets, now=NOW)
    return caught.value.status


def test_the_signature_is_the_one_worked_out_by_hand() -> None:
    mac = hmac.new(b"0123456789abcdef0123456789abcdef", b"msg_1.1795221023." + BODY, hashlib.sha256).digest()
    assert signed() == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795221023",
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def test_a_vector_computed_by_another_program_is_accepted() -> None:
    # printf 'msg_1.1795221023.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef -binary | base64
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795221023",
        "webhook-signature": "v1,UclsoPwhk3zqPu+CZT95je2IeUfKvOZzc+ZyL4PowSc=",
    }
    delivery = verify(headers, b"{}", secrets=(SECRET,), now=NOW)
    assert (delivery.id, delivery.sent_at) == ("msg_1", NOW)


def test_the_published_sample_is_accepted() -> None:
    if not SAMPLE.exists():
        pytest.skip("the sample webhooks are not beside the project")
    sample = json.loads(SAMPLE.read_text())
    now = datetime.fromtimestamp(int(sample["headers"]["webhook-timestamp"]), UTC)
    delivery = verify(sample["headers"], sample["raw"].encode(), secrets=tuple(sample["cfg"]["secrets"]), now=now)
    assert delivery.id == sample["headers"]["webhook-id"]


def test_header_names_are_found_in_any_case() -> None:
    assert verify({key.upper(): value for key, value in signed().items()}, BODY, secrets=(SECRET,), now=NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_an_unsigned_webhook_is_refused(name: str) -> None:
    headers = signed()
    del headers[name]
    assert refused(headers) == 401


def test_an_altered_body_id_or_time_is_refused() -> None:
    assert refused(signed(), BODY + b" ") == 401
    assert refused(signed() | {"webhook-id": "msg_2"}) == 401
    assert refused(signed() | {"webhook-timestamp": "1795221024"}) == 401


def test_another_secret_is_refused() -> None:
    assert refused(signed(secret=OTHER)) == 401


def test_during_a_rotation_each_active_secret_is_accepted() -> None:
    for secret in (SECRET, OTHER):
        assert verify(signed(secret=secret), BODY, secrets=(SECRET, OTHER), now=NOW)


def test_one_right_signature_among_several_is_enough() -> None:
    right = signed()["webhook-signature"]
    headers = signed() | {"webhook-signature": f"v1a,AAAA v1,{'A' * 44} nonsense {right} v2,x"}
    assert verify(headers, BODY, secrets=(SECRET,), now=NOW)


def test_a_right_mac_under_another_version_is_refused() -> None:
    mac = signed()["webhook-signature"].removeprefix("v1,")
    for version in ("v1a,", "v2,", "V1,", ""):
        assert refused(signed() | {"webhook-signature": version + mac}) == 401


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400 * 400])
def test_a_stale_or_future_webhook_is_refused(seconds: int) -> None:
    assert refused(signed(at=NOW + timedelta(seconds=seconds))) == 401


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_webhook_within_the_tolerance_is_accepted(seconds: int) -> None:
    assert verify(signed(at=NOW + timedelta(seconds=seconds)), BODY, secrets=(SECRET,), now=NOW)


def test_a_body_over_the_limit_is_refused_before_anything_is_hashed() -> None:
    assert refused({}, b"x" * 262_145) == 413
    assert refused({}, b"x" * 262_144) == 401


def test_a_header_that_was_sent_twice_is_refused() -> None:
    assert refused(signed() | {"Webhook-Id": "msg_1"}) == 401


MALFORMED_TIMES = ["NaN", "inf", "-1", "1e9", "1795221023.0", " 1795221023", "\u0661", "9" * 400, "", "1795221023\n"]


@pytest.mark.parametrize("time", MALFORMED_TIMES)
def test_a_time_that_is_not_whole_seconds_is_refused(time: str) -> None:
    assert refused(signed() | {"webhook-timestamp": time}) == 401


@pytest.mark.parametrize(
    "signature",
    ["v1", "v1,", "v1,====", "v1,\u00e9", "v1," + "A" * 100_000, ",", " ", "", "v1,*", "v1,\x00", "whsec_x"],
)
def test_a_malformed_signature_is_refused(signature: str) -> None:
    assert refused(signed() | {"webhook-signature": signature}) == 401


def test_an_id_with_a_full_stop_is_refused_because_it_could_move_the_parts_boundary() -> None:
    # `a.1` + time + body and `a` + `1` + `time.body` would be signed with the same text.
    mac = hmac.new(b"0123456789abcdef0123456789abcdef", b"a.1.1795221023." + BODY, hashlib.sha256).digest()
    headers = {
        "webhook-id": "a.1",
        "webhook-timestamp": "1795221023",
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    assert refused(headers) == 401
    with pytest.raises(ValueError, match="full stop"):
        sign(BODY, SECRET, message_id="a.1", sent_at=NOW)


HOSTILE = st.dictionaries(
    st.sampled_from(["webhook-id", "Webhook-Id", "webhook-timestamp", "webhook-signature", "x"]), st.text(max_size=60)
)


@given(headers=HOSTILE, body=st.binary(max_size=40))
def test_hostile_headers_are_refused_and_raise_nothing_else(headers: dict[str, str], body: bytes) -> None:
    assert refused(headers, body) == 401


@given(signature=st.text(max_size=80))
def test_a_hostile_signature_with_everything_else_right_is_refused(signature: str) -> None:
    assert refused(signed() | {"webhook-signature": signature}) == 401


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",), ("whsec_c2hvcnQ=",), ("whsec_!!",), ("whsec_\u00e9",)])
def test_without_a_usable_secret_nothing_passes_and_the_sender_may_try_again(secrets: tuple[str, ...]) -> None:
    with pytest.raises(VaultError) as caught:
        verify(signed(), BODY, secrets=secrets, now=NOW)
    assert "c2hvcnQ" not in str(caught.value)
