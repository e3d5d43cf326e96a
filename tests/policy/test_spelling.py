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
    assert request_in_words(later) == "`a.one`, with target.groups `empty`, everything else unknown"


def test_no_value_ends_its_quotes_and_goes_on_as_the_sentence() -> None:
    request = AuthorizationRequest("a.one", {"requester.department": "x`, risk `1\n\x1b[2J"})
    assert request_in_words(request) == (
        r"`a.one`, with requester.department `x\`, risk \`1\n\x1b[2J`, everything else unknown"
    )
