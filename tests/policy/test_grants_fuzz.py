"""Whatever stands in a record's place, reading it ends in a value or in a refusal, never in a crash or a guess."""

import os
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.errors import DocumentError
from policy.evidence.grant import StandingGrant, parse_grant
from policy.evidence.reservation import ReservationLog, read_log
from policy.request import UNKNOWN
from tests.policy.evidence_worlds import CATALOGUE, grant, grant_record

# The profiles stand in conftest.py.
SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))

_WORDS: Final = st.text(max_size=8) | st.sampled_from(
    ("", "*", "a.one", "\ud800", "2026-11-20", "9999-12-31T23:59:59-12:00")
)
_LEAVES: Final = st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | st.binary(max_size=3)
ANYTHING: Final = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS | st.integers(), inner, max_size=3),
    max_leaves=8,
)
FIELDS: Final = st.sampled_from((*grant_record(), "more"))


def read(data: Any) -> StandingGrant | DocumentError:
    try:
        return parse_grant(data, source="grants.json", catalogue=CATALOGUE)
    except DocumentError as refused:
        return refused


@SETTINGS
@given(data=ANYTHING)
def test_what_is_no_record_is_refused_with_a_reason(data: Any) -> None:
    refused = read(data)
    assert isinstance(refused, DocumentError) and all(one.message for one in refused.problems)


@SETTINGS
@given(changes=st.dictionaries(FIELDS, ANYTHING, min_size=1, max_size=2))
def test_a_record_with_other_values_is_read_whole_or_refused_whole(changes: dict[str, Any]) -> None:
    found = read(grant_record(**changes))
    if isinstance(found, StandingGrant):
        assert "more" not in changes
        assert parse_grant(found.authored(), source="table", catalogue=CATALOGUE) == found
    else:
        assert all(one.message and one.source for one in found.problems)


@SETTINGS
@given(
    text=st.text(max_size=40) | st.sampled_from((grant().canonical_json(), "[" * 5000, '{"key":' * 5000, "1" * 5000))
)
def test_what_is_no_log_is_unknown(text: str) -> None:
    assert read_log(text) is UNKNOWN


@SETTINGS
@given(cut=st.integers(0, 120), put=st.text(max_size=3))
def test_a_log_that_was_damaged_is_unknown_or_still_exactly_a_log(cut: int, put: str) -> None:
    whole = ReservationLog.model_validate(
        {"key": "k", "reservations": [{"counted": "e1", "claim_id": "e1", "execute_by": "2026-11-20T09:00:00Z"}]}
    ).canonical_json()
    found = read_log(whole[:cut] + put + whole[cut + 1 :])
    assert found is UNKNOWN or (isinstance(found, ReservationLog) and len(found.reservations) <= 1)
