"""What a policy document may say, and how each mistake is refused: with file, rule and the nearest valid name."""

import datetime
from typing import Any

import pytest

from policy.document import PolicyDocument, parse_document
from policy.errors import DocumentError, Problem

CATALOGUE = frozenset({"entra.user.password.reset", "entra.group.member.add", "entra.group.member.remove"})
APPROVAL: dict[str, Any] = {"from": ["oncall"]}
LIMIT: dict[str, Any] = {"id": "run.cap", "actions": ["*"], "per": "tenant", "window": "1h", "max": 5}
HOURS: dict[str, Any] = {"days": ["Mon"], "from": "08:00", "to": "18:00"}
DROPPED = object()


def read(data: object) -> PolicyDocument:
    return parse_document(data, source="action.yaml", catalogue=CATALOGUE)


def document(**changes: Any) -> dict[str, Any]:
    whole = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "rules": [rule()], **changes}
    return {key: value for key, value in whole.items() if value is not DROPPED}


def rule(**changes: Any) -> dict[str, Any]:
    return {"id": "act.one", "effect": "permit", "actions": ["*"], **changes}


def asking(**changes: Any) -> dict[str, Any]:
    return rule(effect="require_approval", approval={**APPROVAL, **changes})


def refusal(data: object) -> str:
    with pytest.raises(DocumentError) as refused:
        read(data)
    return str(refused.value)


RULE_MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "misspelt attribute": (
        rule(when={"requester.departmnt": "Sales"}),
        "field `when`",
        "did you mean `requester.department`?",
    ),
    "misspelt attribute in unless": (
        rule(unless=[{"request.on_slf": True}]),
        "field `unless.0`",
        "did you mean `request.on_self`?",
    ),
    "raw clock number": (rule(when={"time.day": 5}), "`time.day`", "did you mean `time.dates`?"),
    "role outside the list": (rule(when={"requester.role": "admin"}), "`requester.role`", "did you mean `it_admin`?"),
    "misspelt field": (rule(whn={}), "`whn` is not a field here", "did you mean `when`?"),
    "misspelt effect": (rule(effect="permti"), "field `effect`", "did you mean `permit`?"),
    "action that is not in the catalogue": (
        rule(actions=["entra.user.pasword.reset"]),
        "matches no action",
        "did you mean `entra.user.password.reset`?",
    ),
    "pattern that matches nothing": (rule(actions=["entra.grp.*"]), "no action", "did you mean `entra.group.*`?"),
    "no actions": (rule(actions=[]), "field `actions`", "at least one"),
    "pattern beyond *": (rule(actions=["entra.[ug]*"]), "field `actions.0`", "a pattern of letters, digits"),
    "same action twice": (rule(actions=["*", "*"]), "field `actions`", "expected each name once"),
    "approval missing": (rule(effect="require_approval"), "expected `approval`", "got nothing"),
    "approval with a permit": (rule(approval=APPROVAL), "expected no `approval`", "effect `permit`"),
    "unknown resolver": (asking(**{"from": ["tenant_admn"]}), "tenant_admn", "did you mean `tenant_admin`?"),
    "resolver group by name": (asking(**{"from": ["group:helpdesk"]}), "group:helpdesk", "`group:<object id>`"),
    "nobody to ask": (asking(**{"from": []}), "field `approval.from`", "at least one"),
    "same resolver twice": (asking(**{"from": ["oncall", "oncall"]}), "field `approval.from`", "once"),
    "count zero": (asking(count=0), "field `approval.count`", "expected at least `1`"),
    "count true": (asking(count=True), "field `approval.count`", "whole number, got `true`"),
    "validity over a week": (asking(valid_for="8d"), "`valid_for`", "at most `7d`"),
    "misspelt approval field": (asking(standng="never"), "approval.standng", "did you mean `standing`?"),
    "empty when": (rule(when={}), "field `when`", "empty block"),
    "when that is text": (rule(when="risk"), "field `when`", "expected attributes with their values, got `risk`"),
    "when left blank": (rule(when=None), "field `when`", "leave the key out"),
    "empty when_any": (rule(when_any=[]), "field `when_any`", "at least one"),
    "empty unless": (rule(unless=[]), "field `unless`", "at least one"),
    "empty unless block": (rule(unless=[{}]), "field `unless.0`", "empty block"),
    "empty value list": (rule(when={"requester.department": []}), "requester.department", "empty list"),
    "empty not list": (rule(when={"requester.department": {"not": []}}), "requester.department", "empty list"),
    "empty set list": (rule(when={"target.groups": {"any": []}}), "target.groups", "empty list"),
    "empty text": (rule(when={"requester.department": " "}), "requester.department", "empty text"),
    "null value": (rule(when={"requester.department": None}), "when.requester.department", "leave the key out"),
    "set without any or none": (rule(when={"target.groups": ["g1"]}), "target.groups", "`any` or `none`"),
    "set with another word": (rule(when={"target.groups": {"anny": ["g1"]}}), "target.groups", "did you mean `any`?"),
    "text that YAML reads as a flag": (rule(when={"requester.department": False}), "requester.department", "quotes"),
    "flag as text": (rule(when={"request.on_self": "yes"}), "request.on_self", "`true` or `false`, got `yes`"),
    "flag as number": (rule(when={"request.on_self": 1}), "request.on_self", "`true` or `false`, got `1`"),
    "number as flag": (rule(when={"risk": True}), "`risk`", "whole number, got `true`"),
    "number as text": (rule(when={"risk": "5"}), "`risk`", "whole number, got `5`"),
    "number out of bounds": (rule(when={"risk": {"min": 101}}), "`risk`", "from `0` to `100`"),
    "number below an open range": (
        rule(when={"plan.steps": -1}),
        "`plan.steps`",
        "from `0` to `9007199254740991`, got `-1`",
    ),
    "validity that is text": (rule(valid="2026-11-20"), "field `valid`", "expected `from` and `to`, got `2026-11-20`"),
    "number without an end": (rule(when={"risk": {}}), "`risk`", "expected `min` or `max`"),
    "ends the wrong way round": (rule(when={"risk": {"min": 5, "max": 4}}), "`risk`", "`min` not above `max`"),
    "fraction": (rule(when={"risk": 2.5}), "when.risk", "whole number"),
    "window across midnight": (
        rule(when={"time.local_hours": {**HOURS, "from": "22:00", "to": "06:00"}}),
        "time.local_hours",
        "two windows",
    ),
    "empty window": (rule(when={"time.local_hours": {**HOURS, "to": "08:00"}}), "time.local_hours", "before"),
    "window without days": (rule(when={"time.local_hours": {**HOURS, "days": []}}), "time.local_hours", "days"),
    "one day without a list": (rule(when={"time.local_hours": {**HOURS, "days": "Mon"}}), "hours", "a list of days"),
    "day as a number": (rule(valid={"from": 20261120, "to": "2026-11-21"}), "field `valid`", "expected a date"),
    "unknown day": (rule(when={"time.local_hours": {**HOURS, "days": ["Mo"]}}), "hours", "did you mean `Mon`?"),
    "time that YAML reads as a number": (
        rule(when={"time.local_hours": {**HOURS, "to": 1080}}),
        "time.local_hours",
        "in quotes, got `1080`",
    ),
    "hour 25": (rule(when={"time.local_hours": {**HOURS, "to": "25:00"}}), "time.local_hours", "`25:00`"),
    "last day before the first": (
        rule(valid={"from": "2026-11-21", "to": "2026-11-20"}),
        "field `valid`",
        "on or after",
    ),
    "validity without an end": (rule(valid={"from": "2026-11-20"}), "field `valid`", "expected `to`"),
    "day that does not exist": (rule(valid={"from": "2026-02-30", "to": "2026-03-01"}), "valid", "`2026-02-30`"),
    "moment instead of a day": (
        rule(valid={"from": datetime.datetime(2026, 11, 20, 8, tzinfo=datetime.UTC), "to": "2026-11-21"}),
        "field `valid`",
        "expected a date",
    ),
    "key that YAML reads as a flag": (rule(when={True: 1}), "field `when.true`", "text as a key, got `true`"),
    "as many ways in as make too many combinations": (
        rule(
            when_any=[{"risk": low} for low in range(9)],
            unless=[{"risk": low, "plan.steps": 1} for low in range(5)],
        ),
        "at most `256` combinations",
        "got `288`",
    ),
    "sets that make too many combinations": (
        rule(unless=[{"target.groups": {"any": ["g1"], "none": [f"g{place}"]}} for place in range(2, 11)]),
        "at most `256` combinations",
        "got `512`",
    ),
    "too many combinations": (
        rule(unless=[{"risk": low, "plan.steps": 1, "requester.department": "HR"} for low in range(6)]),
        "combinations",
        "several rules",
    ),
}


@pytest.mark.parametrize("mistake", RULE_MISTAKES)
def test_a_mistake_in_a_rule_is_refused_with_file_rule_and_remedy(mistake: str) -> None:
    wrong, where, remedy = RULE_MISTAKES[mistake]
    message = refusal(document(rules=[rule(id="act.fine"), wrong]))
    assert message.startswith("`action.yaml`, rule `act.one`")
    assert where in message
    assert remedy in message
    assert len(message.splitlines()) == 1


DOCUMENT_MISTAKES: dict[str, tuple[object, str]] = {
    "nothing": (None, "expected fields with their values, got nothing"),
    "a list": ([], "expected fields with their values"),
    "no tenant": (document(tenant=DROPPED), "expected `tenant`, got nothing"),
    "empty tenant": (document(tenant=""), "field `tenant`"),
    "misspelt layer": (document(layer="actoin"), "did you mean `action`?"),
    "misspelt field": (document(tenat="x"), "did you mean `tenant`?"),
    "another version": (document(apiVersion="policy/v2"), "expected `policy/v1`, got `policy/v2`"),
    "tenant that is a number": (document(tenant=5), "field `tenant`"),
    "null in a field that is no rule": (document(tenant={"name": None}), "field `tenant.name`: expected a value"),
    "rule whose id is a number": (document(rules=[rule(id=5)]), "rule `rules[0]`, field `id`"),
    "misspelt version": (document(apiVersion=DROPPED, apiVersin="policy/v1"), "did you mean `apiVersion`?"),
    "no rules": (document(rules=[]), "expected at least one rule"),
    "rule that is text": (document(rules=["x"]), "rule `rules[0]`: expected fields"),
    "rule without an id": (document(rules=[{"effect": "permit", "actions": ["*"]}]), "rule `rules[0]`"),
    "same id twice": (document(rules=[rule(), rule(effect="deny")]), "rule `act.one`: expected one rule"),
    "rule and limit with one id": (document(layer="runtime", limits=[{**LIMIT, "id": "act.one"}]), "id `act.one`"),
    "limit outside runtime": (document(limits=[LIMIT]), "limit `run.cap`: expected `limits` in the layer `runtime`"),
    "limit that asks nobody": (
        document(layer="runtime", limits=[{**LIMIT, "over": "require_approval"}]),
        "limit `run.cap`, field `approval`: expected `approval`",
    ),
    "limit below zero": (document(layer="runtime", limits=[{**LIMIT, "max": -1}]), "limit `run.cap`, field `max`"),
    "limit on no action": (document(layer="runtime", limits=[{**LIMIT, "actions": ["x.*"]}]), "limit `run.cap`"),
    "elevation in global": (
        document(layer="global", rules=[rule(valid={"from": "2026-11-20", "to": "2026-11-21"})]),
        "rule `act.one`: expected a permit with `valid` in the layer `action`",
    ),
}


@pytest.mark.parametrize("mistake", DOCUMENT_MISTAKES)
def test_a_mistake_in_a_document_is_refused_with_its_file(mistake: str) -> None:
    data, expected = DOCUMENT_MISTAKES[mistake]
    message = refusal(data)
    assert message.startswith("`action.yaml`")
    assert expected in message


def test_every_mistake_of_a_document_is_reported_at_once() -> None:
    with pytest.raises(DocumentError) as refused:
        read(document(rules=[rule(id="act.a", effect="x"), rule(id="act.b", when={"x": 1})]))
    assert [problem.rule_id for problem in refused.value.problems] == ["act.a", "act.b"]


def test_a_value_that_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "contains itself" in refusal(document(rules=endless))


def test_a_long_value_is_cut_in_the_message() -> None:
    assert f"got `{'x' * 60}`" in refusal(document(rules=[rule(effect="x" * 60)]))
    assert f"got `{'x' * 57}...`" in refusal(document(rules=[rule(effect="x" * 61)]))


def test_a_problem_names_only_what_it_knows() -> None:
    assert str(Problem("f.yaml", "", "", "m")) == "`f.yaml`: m"
    assert str(Problem("f.yaml", "act.one", "when", "m")) == "`f.yaml`, rule `act.one`, field `when`: m"
    assert str(Problem("f.yaml", "ex.one", "", "m", "example")) == "`f.yaml`, example `ex.one`: m"
    assert str(Problem("f`\n", "", "", "m")) == r"`f\`\n`: m"


def test_the_strict_choice_is_the_default() -> None:
    (one,) = read(document(rules=[asking()])).rules
    assert one.approval is not None
    assert (one.approval.count, one.approval.standing, one.approval.valid_seconds) == (1, "never", 86400)


def test_an_answer_may_stay_valid_for_a_week_and_a_group_may_be_asked() -> None:
    group = "group:0a0a0a0a-0000-4000-8000-00000000000A"
    (one,) = read(document(rules=[asking(valid_for="7d", **{"from": [group]})])).rules
    assert one.approval is not None
    assert one.approval.valid_seconds == 7 * 86400
    assert one.approval.resolvers == (group.lower(),)


def test_both_ends_of_a_range_may_be_one_number() -> None:
    assert read(document(rules=[rule(when={"risk": {"min": 5, "max": 5}})]))


def test_a_rule_may_be_valid_for_one_day() -> None:
    assert read(document(rules=[rule(valid={"from": "2026-11-20", "to": "2026-11-20"})]))


def test_a_rule_may_have_as_many_combinations_as_the_limit() -> None:
    block = {"plan.steps": 1, "requester.department": "HR", "is_rollback": True}
    assert read(document(rules=[rule(unless=[{"risk": low, **block} for low in range(4)])]))


def test_a_deny_may_be_for_some_days_in_any_layer() -> None:
    some_days = {"from": "2026-11-20", "to": "2026-11-21"}
    assert read(document(layer="global", rules=[rule(effect="deny", valid=some_days)]))


def test_dates_may_be_dates_or_text_and_ids_lose_their_case() -> None:
    as_dates = rule(valid={"from": datetime.date(2026, 11, 20), "to": datetime.date(2026, 11, 21)})
    as_text = rule(valid={"from": "2026-11-20", "to": "2026-11-21"})
    assert read(document(tenant="CONTOSO", rules=[as_dates])) == read(document(tenant="contoso", rules=[as_text]))
    assert read(document(rules=[rule(when={"target.id": "AB-1"})])) == read(
        document(rules=[rule(when={"target.id": ["ab-1"]})])
    )


def test_order_of_writing_is_not_kept() -> None:
    blocks = [{"risk": 1}, {"requester.department": ["HR", "Sales"]}]
    turned = [{"requester.department": ["Sales", "HR"]}, {"risk": 1}]
    one = document(rules=[rule(id="act.a", unless=blocks), rule(id="act.b")])
    other = document(rules=[rule(id="act.b"), rule(id="act.a", unless=turned)])
    assert read(one) == read(other)


def test_what_was_read_is_written_back_and_read_again_unchanged() -> None:
    whole = document(
        layer="runtime",
        rules=[
            asking(count=2, standing="allowed", valid_for="30m"),
            rule(
                id="act.two",
                effect="deny",
                when={"time.local_hours": {**HOURS, "to": "24:00"}, "risk": {"min": 1}, "is_rollback": False},
                when_any=[{"target.groups": {"any": ["g1"], "none": ["g2"]}}, {"params.sku": {"not": "E5"}}],
                unless=[
                    {"time.dates": {"from": "2026-12-28", "to": "2027-01-04"}},
                    {"target.groups": {"any": ["g3"]}},
                    {"target.groups": {"none": ["g4"]}},
                ],
                valid={"from": "2026-11-20", "to": "2026-11-21"},
                note="why",
            ),
        ],
        limits=[{**LIMIT, "over": "require_approval", "approval": APPROVAL}],
    )
    once = read(whole)
    assert read(once.authored()) == once
