"""An event of an attack becomes the press that it describes, or is said not to be understood."""

import pytest

from evaluation.card_events import Press, is_control, presses_of

MONA = "mona.vasey@quillmere.example"


def test_a_first_name_is_the_actor_whose_address_stands_beside() -> None:
    found, problems = presses_of([{"actor": "mona", "verb": "approve", "signature": "valid"}], actor=MONA)
    assert (found, problems) == ([Press(MONA)], [])


def test_somebody_else_is_not_taken_for_the_approver() -> None:
    found, _ = presses_of([{"actor": "ed", "verb": "approve"}], actor=MONA)
    assert found == [Press("ed")]


def test_a_replay_is_the_press_before_once_more() -> None:
    events = [{"actor": "mona", "verb": "reject"}, {"replay": "same delivery"}]
    found, _ = presses_of(events, actor=MONA)
    assert found == [Press(MONA, verb="refuse")] * 2


@pytest.mark.parametrize(
    ("signature", "tamper"),
    [
        ("valid", None),
        ("wrong_audience", "wrong_audience"),
        ("wrong aud", "wrong_audience"),
        ("expired", "expired"),
        ("none", "unsigned"),
        ("forged", "unsigned"),
        ("invalid", "unsigned"),
        ("other tenant's tid", "wrong_tenant"),
    ],
)
def test_a_wrong_proof_is_never_sent_as_a_right_one(signature: str, tamper: str | None) -> None:
    (press,), _ = presses_of([{"actor": "mona", "signature": signature}], actor=MONA)
    assert press.tamper == tamper


def test_what_is_not_understood_is_said_and_not_pressed() -> None:
    found, problems = presses_of([{"moon": "full"}, {"actor": "mona", "mood": "bad"}], actor=MONA)
    assert found == [Press(MONA)]
    assert problems == [
        "the event ['moon'] is not mapped to our cards",
        "`mood` of an event is not mapped to our cards",
    ]


def test_an_event_that_waits_is_never_tried_at_once() -> None:
    found, problems = presses_of([{"actor": "mona", "verb": "approve", "after_minutes": 90}], actor=MONA)
    assert found == []
    assert "it is not tried" in problems[0]


def test_only_the_approvers_own_press_with_a_right_proof_must_be_taken() -> None:
    assert is_control([Press(MONA), Press("ed")], approver=MONA)
    for first in (Press("ed"), Press(MONA, tamper="expired"), Press(MONA, verb="refuse")):
        assert not is_control([first, Press(MONA)], approver=MONA)
