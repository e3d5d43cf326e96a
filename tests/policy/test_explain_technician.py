"""What a technician reads: the rules that decided, their conditions in the author's words, and the facts."""

from typing import Any

import pytest

from policy import reference
from policy.bundle import Bundle
from policy.decision import Layer
from policy.document import parse_document
from policy.explanation.sentences import for_technician, layer_reasons, reason
from policy.explanation.why import why
from policy.request import UNKNOWN, AuthorizationRequest
from tests.policy.authored import CATALOGUE, MONDAY

KNOWN: dict[str, Any] = {
    "requester.department": "Sales",
    "requester.role": "employee",
    "requester.assurance": "sso",
    "request.on_self": True,
    "target.is_break_glass": False,
    "target.holds_directory_role": False,
    "target.groups": frozenset({"g1"}),
    "risk": 10,
    "time.day": MONDAY,
    "time.minute_of_week": 9 * 60 + 5,
    "count.runtime.cap": 1,
}


def rule(effect: str, name: str = "action.it", **parts: Any) -> dict[str, Any]:
    asked = {"approval": {"from": ["oncall"], "standing": "allowed"}} if effect == "require_approval" else {}
    return {"id": name, "effect": effect, "actions": ["a.one"], **asked, **parts}


def bundle_of(layer: Layer, rules: list[dict[str, Any]], *, limits: list[dict[str, Any]]) -> Bundle:
    """Return a bundle in which every layer but `layer` is open, and `layer` says `rules` and `limits`."""
    open_ = {one: {"rules": [rule("permit", f"{one}.baseline")]} for one in Layer}
    said: dict[str, Any] = {"rules": rules, **({"limits": limits} if limits else {})}
    documents = (
        {"apiVersion": "policy/v1", "layer": str(one), "tenant": "*", **parts}
        for one, parts in (open_ | {layer: said}).items()
    )
    return Bundle.of(parse_document(one, source="f.yaml", catalogue=CATALOGUE) for one in documents)


def told(*rules: dict[str, Any], limits: tuple[dict[str, Any], ...] = (), **facts: Any) -> str:
    """Return the line of the layer whose rules are given: the action layer, or runtime if there are limits."""
    layer = Layer.RUNTIME if limits else Layer.ACTION
    known = KNOWN | {name.replace("__", "."): value for name, value in facts.items()}
    bundle = bundle_of(layer, list(rules), limits=list(limits))
    found = why(bundle, AuthorizationRequest("a.one", known), tenant_id="t", catalogue=CATALOGUE)
    return layer_reasons(found)[list(Layer).index(layer)]


@pytest.mark.parametrize(
    ("when", "facts", "said"),
    [
        ({"target.is_break_glass": True}, {"target__is_break_glass": True}, "target.is_break_glass is true"),
        ({"requester.department": "Sales"}, {}, "requester.department is Sales"),
        (
            {"requester.department": {"not": ["HR", "Legal"]}},
            {},
            "requester.department is Sales (other than HR or Legal)",
        ),
        ({"risk": {"min": 5}}, {}, "risk is 10 (at least 5)"),
        ({"risk": {"max": 50}}, {}, "risk is 10 (at most 50)"),
        ({"risk": {"min": 5, "max": 50}}, {}, "risk is 10 (from 5 to 50)"),
        ({"risk": 10}, {}, "risk is 10"),
        ({"target.groups": {"any": ["g1", "g2"]}}, {}, "target.groups holds g1"),
        ({"target.groups": {"none": ["g2"]}}, {}, "target.groups holds none of g2"),
        ({"target.groups": {"any": ["g1"], "none": ["g2"]}}, {}, "target.groups holds g1 and holds none of g2"),
        (
            {"time.local_hours": {"days": ["Mon", "Tue", "Wed"], "from": "08:00", "to": "18:00"}},
            {},
            "time.local_hours is Mon 09:05 (within Mon-Wed 08:00-18:00)",
        ),
        (
            {"time.local_hours": {"days": ["Mon", "Wed"], "from": "08:00", "to": "18:00"}},
            {},
            "time.local_hours is Mon 09:05 (within Mon, Wed 08:00-18:00)",
        ),
        (
            {"time.local_hours": {"days": ["Mon", "Tue"], "from": "08:00", "to": "18:00"}},
            {},
            "time.local_hours is Mon 09:05 (within Mon, Tue 08:00-18:00)",
        ),
        (
            {"time.local_hours": {"days": ["Mon", "Wed", "Thu"], "from": "08:00", "to": "18:00"}},
            {},
            "time.local_hours is Mon 09:05 (within Mon, Wed, Thu 08:00-18:00)",
        ),
        (
            {"time.dates": {"from": "2026-11-01", "to": "2026-11-30"}},
            {},
            "time.dates is 2026-11-23 (from 2026-11-01 to 2026-11-30)",
        ),
    ],
)
def test_a_condition_that_holds_is_told_with_its_value(when: dict[str, Any], facts: dict[str, Any], said: str) -> None:
    assert told(rule("permit"), rule("deny", "action.no", when=when), **facts) == f"rule `action.no` denies: {said}"


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("target.holds_directory_role", "no look-up answered it"),
        ("requester.assurance", "nothing proved it"),
        ("request.on_self", "it could not be derived"),
        ("target.kind", "the plan does not say"),
    ],
)
def test_a_deny_that_cannot_be_ruled_out_says_what_is_not_known_and_why(name: str, because: str) -> None:
    asked = {"requester.assurance": "email", "target.kind": "user"}.get(name, True)
    line = told(
        rule("permit"),
        rule("deny", "action.no", when={name: asked}),
        **dict[str, Any]({name.replace(".", "__"): UNKNOWN}),
    )
    assert line == f"rule `action.no` denies, because it cannot be ruled out: {name} is unknown ({because})"


def test_a_value_of_another_type_is_told_as_such_and_never_shown() -> None:
    line = told(rule("permit"), rule("deny", "action.no", when={"risk": 3}), risk="ignore all rules")
    assert line.endswith("risk is unknown (what was supplied is no value of it)")


def test_what_is_in_doubt_comes_before_what_is_known() -> None:
    deny = rule("deny", "action.no", when={"risk": {"min": 5}, "target.is_break_glass": True})
    line = told(rule("permit"), deny, target__is_break_glass=UNKNOWN)
    assert line.endswith("target.is_break_glass is unknown (no look-up answered it); risk is 10 (at least 5)")


def test_only_the_blocks_that_match_are_told() -> None:
    blocks = [{"target.is_break_glass": True}, {"risk": {"min": 5}, "request.on_self": True}, {"risk": 99}]
    line = told(rule("permit"), rule("deny", "action.no", when_any=blocks))
    assert line == "rule `action.no` denies: request.on_self is true and risk is 10 (at least 5)"


def test_without_a_block_that_matches_those_in_doubt_are_told() -> None:
    blocks = [{"target.is_break_glass": True}, {"risk": 99}]
    line = told(rule("permit"), rule("deny", "action.no", when_any=blocks), target__is_break_glass=UNKNOWN)
    assert line.endswith("cannot be ruled out: target.is_break_glass is unknown (no look-up answered it)")


def test_an_exception_is_told_as_the_author_wrote_it() -> None:
    spare = [{"requester.role": ["it_admin", "msp_tech"], "request.on_self": True}]
    assert told(rule("permit"), rule("deny", "action.no", unless=spare)) == (
        "rule `action.no` denies: its exception (request.on_self is true and requester.role is it_admin or msp_tech) "
        "does not hold: requester.role is employee (not it_admin or msp_tech)"
    )


def test_several_exceptions_are_broken_by_as_few_facts_as_will_do() -> None:
    spare = [
        {"requester.role": "it_admin"},
        {"request.on_self": False, "risk": 1},
        {"request.on_self": False, "risk": 2},
    ]
    line = told(rule("permit"), rule("deny", "action.no", unless=spare))
    assert line.endswith(
        ": none of 3 exceptions holds: request.on_self is true and requester.role is employee (not it_admin)"
    )


def test_a_fact_that_breaks_several_exceptions_is_told_before_one_that_breaks_one() -> None:
    spare = [{"request.on_self": False, "risk": 1}, {"requester.department": "HR", "risk": 1}]
    line = told(rule("permit"), rule("deny", "action.no", unless=spare))
    assert line.endswith(": none of 2 exceptions holds: risk is 10 (not 1)")


def test_an_exception_in_doubt_is_told_as_not_known_to_hold() -> None:
    spare = [{"target.is_break_glass": False, "risk": 10}]
    line = told(rule("permit"), rule("deny", "action.no", unless=spare), target__is_break_glass=UNKNOWN)
    assert line.endswith(
        "its exception (risk is 10 and target.is_break_glass is false) is not known to hold: "
        "target.is_break_glass is unknown (no look-up answered it)"
    )


def test_an_exception_about_a_set_says_what_it_holds() -> None:
    line = told(rule("permit"), rule("deny", "action.no", unless=[{"target.groups": {"any": ["g2"]}}]))
    assert line.endswith("its exception (target.groups holds g2) does not hold: target.groups holds none of g2")


def test_a_rule_without_conditions_and_its_note_are_told() -> None:
    note = "Nobody\nmay \u202e this. " + "x" * 400
    line = told(rule("permit"), rule("deny", "action.no", note=note))
    assert line.startswith("rule `action.no` denies without condition (note: Nobody may this. xxx")
    assert line.endswith("...)") and len(line) < 230


def test_a_note_is_cut_only_when_it_is_too_long() -> None:
    for length, end in ((160, f"{'x' * 160})"), (161, f" {'x' * 157}...)")):
        assert told(rule("permit"), rule("deny", "action.no", note="x" * length)).endswith(end)


def test_a_note_cannot_end_its_brackets_and_go_on_as_another_rule() -> None:
    line = told(rule("permit"), rule("deny", "action.no", note="why); rule `action.it` permits (it"))
    assert line.endswith("(note: why]; rule `action.it` permits [it)")


def test_an_approval_says_who_must_agree_and_why() -> None:
    asking = rule("require_approval", "action.ask", when={"risk": {"min": 5}})
    assert told(asking) == "rule `action.ask` asks for approval by 1 x `oncall`: risk is 10 (at least 5)"


def test_a_validity_is_told_as_the_rule_s_own_days() -> None:
    temporary = rule("permit", valid={"from": "2026-11-01", "to": "2026-11-30"})
    assert (
        told(temporary) == "rule `action.it` permits: the day (`valid`) is 2026-11-23 (from 2026-11-01 to 2026-11-30)"
    )


def test_values_of_the_tenant_are_one_short_line() -> None:
    evil = "Sales\n\u202eDENY all " + "x" * 200
    line = told(
        rule("permit"),
        rule("deny", "action.no", when={"requester.department": {"not": "HR"}}),
        requester__department=evil,
    )
    assert r"requester.department is `Sales\n\u202eDENY all " in line and "x...` (other than HR)" in line
    assert len(line) < 140


@pytest.mark.parametrize("name", ["Sales, or is unknown", "HR (not Sales)) and risk is 0", "Sales` permits", "is true"])
def test_a_value_that_reads_as_policy_is_quoted_as_a_fact_and_as_a_constant(name: str) -> None:
    quoted = name.replace("`", "\\`")
    deny = rule("deny", "action.no", when={"requester.department": {"not": ["HR", name]}})
    line = told(rule("permit"), deny, requester__department=f"{name}!")
    assert f"requester.department is `{quoted}!` (other than " in line and f"`{quoted}`" in line


def test_long_lists_are_cut_and_say_so() -> None:
    names = [f"d{place}" for place in range(9)]
    line = told(rule("permit"), rule("deny", "action.no", when={"requester.department": {"not": names}}))
    assert line.endswith("(other than d0, d1, d2, d3, d4 or 4 more)")
    line = told(rule("permit"), rule("deny", "action.no", when={"requester.department": {"not": names[:5]}}))
    assert line.endswith("(other than d0, d1, d2, d3 or d4)")


def _whole(*rules: dict[str, Any]) -> tuple[list[str], str]:
    bundle = bundle_of(Layer.ACTION, list(rules), limits=[])
    found = why(bundle, AuthorizationRequest("a.one", KNOWN), tenant_id="t", catalogue=CATALOGUE)
    return [line.replace(bundle.digest[:8], "DIGEST") for line in for_technician(found)], reason(found)


def test_the_whole_text_has_verdict_policy_layers_and_what_would_lift_a_deny() -> None:
    lines, in_short = _whole(rule("permit", when={"risk": 1}), rule("deny", "action.no"))
    assert lines[0] == "DENY for `a.one` by policy `DIGEST`"
    assert [line.split(" ")[0] for line in lines[1:7]] == [str(layer) for layer in Layer]
    assert lines[1] == "global layer: rule `global.baseline` permits without condition"
    assert lines[5].startswith("action layer: rule `action.no` denies without condition; nearest rule `action.it` ")
    assert lines[7:] == [
        "to lift the DENY: rule `action.no` of the action layer must not match and "
        "a permit or an approval of the action layer must match"
    ]
    assert in_short == (
        "denied: action layer: rule `action.no` denies without condition; "
        "nearest rule `action.it` would match if risk were 1 (it is 10)"
    )


def test_the_whole_text_of_an_approval_names_the_people_still_needed() -> None:
    lines, in_short = _whole(rule("require_approval", "action.ask"))
    assert lines[0] == "APPROVAL for `a.one` by policy `DIGEST`"
    assert lines[7:] == ["still needed: approval by 1 x `oncall`; a standing grant may stand in"]
    assert in_short == (
        "needs approval by 1 x `oncall`: "
        "action layer: rule `action.ask` asks for approval by 1 x `oncall` without condition"
    )


def test_the_whole_text_of_an_allow_ends_with_the_layers() -> None:
    lines, in_short = _whole(rule("permit"))
    assert lines[0] == "ALLOW for `a.one` by policy `DIGEST`" and len(lines) == 7
    assert in_short == "allowed: a rule matches in each of the six layers and no rule objects"


def test_an_action_that_nobody_knows_is_no_word_of_ours() -> None:
    bundle = bundle_of(Layer.ACTION, [rule("permit")], limits=[])
    found = why(bundle, AuthorizationRequest("z` is allowed\n"), tenant_id="t", catalogue=CATALOGUE)
    first, *_, last = for_technician(found)
    assert first.startswith(r"DENY for `z\` is allowed\n` by policy") and r"`z\` is allowed\n` must be" in last
    assert reason(found) == r"denied: the action `z\` is allowed\n` is not in the catalogue"


def test_an_action_outside_the_catalogue_says_what_must_come_first() -> None:
    bundle = bundle_of(Layer.ACTION, [rule("permit")], limits=[])
    found = why(bundle, AuthorizationRequest("z.new"), tenant_id="t", catalogue=CATALOGUE)
    assert found.decision == reference.decide(
        (), AuthorizationRequest("z.new"), catalogue=CATALOGUE, bundle_digest=bundle.digest
    )
    assert for_technician(found)[-1].startswith("to lift the DENY: `z.new` must be an action of the catalogue, ")
