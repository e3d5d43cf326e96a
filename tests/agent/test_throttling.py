"""How long a throttled write waits: as Graph asks, else by its limit's kind, spread, and never for hours."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.actions import CATALOGUE
from agent.throttling import wait_seconds

NO_SPREAD = "00000000-0000-0000-0000-000000000000"
MOST_SPREAD = "00000000-0000-0000-0000-0000ffffffff"


@pytest.mark.parametrize(
    ("throttle_class", "tries", "seconds"),
    [("entra-ca", 1, 3), ("entra-ca", 3, 9), ("entra-write", 1, 11), ("entra-write", 2, 21), ("messagetrace", 5, 601)],
)
def test_where_graph_names_no_time_the_wait_is_that_of_the_limit_and_doubles(
    throttle_class: str, tries: int, seconds: int
) -> None:
    assert wait_seconds(throttle_class, asked=None, tries=tries, attempt_id=NO_SPREAD) == seconds


def test_what_graph_asks_for_is_waited_at_least_and_half_more_at_most() -> None:
    shortest, longest = (
        wait_seconds("intune", asked=20.4, tries=4, attempt_id=one) for one in (NO_SPREAD, MOST_SPREAD)
    )
    assert (shortest, longest) == (21, 31)


@given(
    asked=st.none() | st.floats(allow_nan=True, allow_infinity=True),
    tries=st.integers(1, 1000),
    attempt=st.uuids(),
    throttle_class=st.sampled_from(sorted({one.throttle_class for one in CATALOGUE.values()})),
)
def test_no_foreign_number_makes_a_wait_of_hours(
    asked: float | None, tries: int, attempt: uuid.UUID, throttle_class: str
) -> None:
    assert 1 <= wait_seconds(throttle_class, asked=asked, tries=tries, attempt_id=str(attempt)) <= 601


def test_cases_that_were_refused_together_come_back_apart() -> None:
    waits = {wait_seconds("sharepoint", asked=60.0, tries=1, attempt_id=str(uuid.uuid4())) for _ in range(40)}
    assert len(waits) > 5
