"""Every entry of the log reads as one harmless sentence, and says only what the log says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.activity_event import EventCode
from console.sentences import _CLAUSES, sentence
from tests.console.cases import event


def test_every_code_of_the_log_has_a_sentence() -> None:
    assert set(_CLAUSES) == set(EventCode)


@pytest.mark.parametrize("code", list(EventCode))
def test_without_data_a_sentence_still_reads_whole_and_invents_nothing(code: EventCode) -> None:
    said = sentence(event(code))
    assert said[0].isupper() and said.endswith(".") and len(said) > 10
    assert not any(word in said for word in ("None", "{", "}", "  ", " ."))


LAYERS = [
    {"layer": "global", "verdict": "ALLOW", "rules": ["g1"]},
    {"layer": "target", "verdict": "APPROVAL", "rules": ["t1", "t2"]},
    {"layer": "action", "verdict": "DENY", "rules": []},
]


@pytest.mark.parametrize(
    ("code", "data", "said"),
    [
        (
            EventCode.CASE_OPENED,
            {"source": "desk", "ticket": "T-1", "requester": "megan", "assurance": "email"},
            "A request came in from desk as ticket T-1, asked by megan (identity by email).",
        ),
        (
            EventCode.LOOKUP_ANSWERED,
            {"lookup": "user.risk", "state": "unknown", "problem": "throttled"},
            "Looked something up: user.risk is unknown (throttled).",
        ),
        (
            EventCode.PLAN_MADE,
            {"plan_digest": "abcdef0123456789", "steps": [{"action": "a.b"}, {"action": "c.d"}]},
            "Made a plan of 2 step(s): a.b, c.d (plan abcdef01).",
        ),
        (
            EventCode.STEP_DECIDED,
            {"step": 0, "action": "a.b", "verdict": "DENY", "layers": LAYERS, "requirements": []},
            "Policy decided on step 1 (a.b): DENY by the action layer (no rule matched).",
        ),
        (
            EventCode.STEP_DECIDED,
            {"step": 1, "verdict": "APPROVAL", "layers": LAYERS, "requirements": ["group_owner x1"]},
            "Policy decided on step 2: APPROVAL by the target layer (t1, t2); needs group_owner x1.",
        ),
        (
            EventCode.STEP_DECIDED,
            {"step": 0, "verdict": "ALLOW", "layers": LAYERS},
            "Policy decided on step 1: ALLOW.",
        ),
        (
            EventCode.APPROVAL_ASKED,
            {"asked": [{"resolver": "group_owner", "approver_ids": ["x"]}], "rules": ["t1"], "plan_digest": "a" * 64},
            "Asked people to approve: group_owner, as rules t1 demand (plan aaaaaaaa).",
        ),
        (
            EventCode.WRITE_ATTEMPTED,
            {
                "step": 0,
                "kind": "do",
                "method": "POST",
                "path": "/x",
                "identity": "workload",
                "try": 1,
                "approver_ids": [],
            },
            "About to write (do) for step 1: POST /x as the workload identity, try 1.",
        ),
        (
            EventCode.WRITE_ANSWERED,
            {"step": 0, "kind": "undo", "status": 204, "request_id": "g-1"},
            "Graph answered the write (undo) of step 1 with 204 (request g-1); that alone proves nothing.",
        ),
        (EventCode.EFFECT_VERIFIED, {"step": 2}, "Read back and verified: step 3 is in effect."),
        (
            EventCode.ROLLBACK_STARTED,
            {"steps": [0, 1], "why": "a check failed"},
            "Started to put things back, undoing step(s) 1, 2, because a check failed.",
        ),
        (
            EventCode.CASE_ESCALATED,
            {"queue": "l2", "urgent": True, "why": "x"},
            "Handed over to people of l2 (urgent: yes), because x.",
        ),
        (
            EventCode.STAGE_TROUBLED,
            {"stage": "plan", "problem": "p", "times": 3},
            "A stage could not finish: plan met a problem: p (time 3).",
        ),
    ],
)
def test_an_entry_is_told_as(code: EventCode, data: dict[str, object], said: str) -> None:
    assert sentence(event(code, **data)) == said


def test_one_long_value_leaves_room_for_the_others() -> None:
    said = sentence(event(EventCode.CASE_ESCALATED, queue="q" * 5_000, urgent=False, why="the reason"))
    assert said.endswith("because the reason.") and len(said) < 400


def test_control_characters_never_reach_a_terminal() -> None:
    said = sentence(event(EventCode.REASONED, why="\x1b]0;evil\x07\u202e\nsecond line {why} {0}"))
    assert said == "Considered what to do: ]0;evil second line {why} {0}."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["step", "steps", "asked", "layers", "verdict", "why", "rules", "plan_digest", "path", "status"])


@given(code=st.sampled_from(list(EventCode)), data=st.dictionaries(KEYS, JSON, max_size=5))
def test_any_data_becomes_one_line(code: EventCode, data: dict[str, object]) -> None:
    said = sentence(event(code, **data))
    assert said.isprintable() and len(said) < 1_000
