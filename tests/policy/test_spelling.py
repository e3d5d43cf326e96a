"""A counterexample is told as a request that a person can try."""

import datetime

from policy import AuthorizationRequest, FactValue
from policy.publication.spelling import request_in_words


def test_a_request_is_written_so_that_a_person_can_try_it() -> None:
    facts: dict[str, FactValue] = {
        "target.groups": frozenset({"g2", "g1"}),
        "is_rollback": False,
        "risk": 3,
        "time.day": 739_944,
        "time.minute_of_week": 24 * 60 + 615,
        "requester.role": "root",
    }
    assert request_in_words(AuthorizationRequest("a.one", facts)) == (
        "`a.one`, with is_rollback `false`, risk `3`, target.groups `g1, g2`, time.day `2026-11-24`, "
        "time.minute_of_week `Tue 10:15`, everything else unknown"
    )
    last = AuthorizationRequest("a.one", {"time.day": datetime.date.max.toordinal()})
    assert "time.day `9999-12-31`" in request_in_words(last)
    later = AuthorizationRequest("a.one", {"time.day": 10**9, "target.groups": frozenset()})
    assert "time.day `1000000000`" in request_in_words(later)
    assert "target.groups `empty`" in request_in_words(later)
