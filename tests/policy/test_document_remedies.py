"""What an administrator may well get wrong is refused with what was expected, what came and what to write instead."""

from typing import Any

import pytest

from policy.field import ID_PATTERN
from tests.policy.test_document import DROPPED, HOURS, LIMIT, asking, document, refusal, rule

EXAMPLE: dict[str, Any] = {
    "id": "ex.one",
    "given": {"action": "entra.user.password.reset"},
    "expect": {"verdict": "allow"},
}
ASSERTION: dict[str, Any] = {"id": "as.one", "never": ["allow"], "actions": ["*"]}

RULE_FIELDS = "here stand `id`, `effect`, `actions`, `when`, `when_any`, `unless`, `approval`, `valid` and `note`"
AN_ID = "an id of 3 to 81 lower-case letters, digits, `.`, `_` and `-` that begins with a letter or digit"

IN_A_RULE: dict[str, tuple[dict[str, Any], str]] = {
    "the verdict for the effect": (rule(effect="allow"), "got `allow`; did you mean `permit`?"),
    "the other verdict": (rule(effect="approval"), "got `approval`; did you mean `require_approval`?"),
    "another language's word": (rule(effect="block"), "got `block`; did you mean `deny`?"),
    "a capital": (rule(effect="Permit"), "got `Permit`; did you mean `permit`?"),
    "one block without a list": (
        rule(unless={"risk": 5}),
        "`unless`: expected a list, got `{risk: 5}`; for example `unless: [{requester.kind: guest}]`",
    ),
    "a word for a block": (rule(when_any="guest"), "got `guest`; for example `when_any: [{requester.kind: guest}]`"),
    "a list of blocks in when": (
        rule(when=[{"risk": 5}]),
        "`when`: expected attributes with their values, got `[dict]`; for example `{risk: 20}`",
    ),
    "one action without a list": (rule(actions="*"), 'got `*`; for example `actions: ["entra.user.password.reset"]`'),
    "no effect": (rule(effect=DROPPED), "expected `effect`, got nothing; for example `effect: deny`"),
    "when of tests": (rule(where={}), "`where` is not a field here; did you mean `when`?"),
    "a word like another": (rule(**{"if": {}}), "`if` is not a field here; did you mean `when`?"),
    "a name for the id": (rule(id=DROPPED, name="x"), "`name` is not a field here; did you mean `id`?"),
    "a field of nothing": (rule(priority=5), f"`priority` is not a field here; {RULE_FIELDS}"),
    "an id with capitals": (rule(id="Act One"), f"expected {AN_ID}, got `Act One`"),
    "a list for the id": (rule(id=["x"]), f"expected {AN_ID}, got `[x]`"),
    "a list for the note": (rule(note=["x"]), "`note`: expected one text, got `[x]`"),
    "a number for the note": (rule(note=5), "`note`: expected text in quotes, got `5`"),
    "the last part of attributes": (
        rule(when={"kind": "guest"}),
        "did you mean `requester.kind`, `identity.kind`, `target.kind` or `beneficiary.kind`?",
    ),
    "an attribute of nothing": (
        rule(when={"weather": "fair"}),
        "`weather` is not an attribute; docs/policy.md lists all of them",
    ),
    "a flag in quotes": (
        rule(when={"request.on_self": "yes"}),
        "expected `true` or `false`, got `yes`; write it without quotes",
    ),
    "a number in quotes": (rule(when={"risk": "5"}), "expected a whole number, got `5`; write it without quotes"),
    "a sign for a range": (rule(when={"risk": "> 5"}), "a range such as `{min: 1, max: 9}`, got `> 5`"),
    "a list for a range": (rule(when={"risk": [1, 9]}), "a range such as `{min: 1, max: 9}`, got `[1, 9]`"),
    "an operator": (
        rule(when={"risk": {"gte": 5}}),
        "expected `min` or `max`, got `gte`; for example `{min: 1, max: 9}`",
    ),
    "any of a text": (
        rule(when={"requester.department": {"any": ["HR"]}}),
        "expected `not`, got `any`; for example `[Sales, HR]` or `{not: [Sales, HR]}`",
    ),
    "a list for a set": (
        rule(when={"target.groups": ["g"]}),
        "with a list, got `[g]`; for example `{any: [5d3b2f1e-0c44-4a6e-9d0a-3f1f6c1a7e01]}`",
    ),
    "a list in a list": (rule(when={"requester.department": [["HR"]]}), "expected one text, got `[HR]`"),
    "no list of days": (
        rule(when={"time.local_hours": {**HOURS, "days": "Mon-Fri"}}),
        "expected a list of days such as `[Mon, Tue]`, got `Mon-Fri`",
    ),
    "one day for a span": (
        rule(valid="2026-11-20"),
        "got `2026-11-20`; for example `{from: 2026-12-28, to: 2027-01-04}`",
    ),
    "another word for an end": (
        rule(valid={"from": "2026-11-20", "until": "2026-11-21"}),
        "expected `from` or `to`, got `until`; for example `{from: 2026-12-28, to: 2027-01-04}`",
    ),
    "nobody is asked": (
        rule(effect="require_approval"),
        "with effect `require_approval`, got nothing; for example `approval: {from: [tenant_admin]}`",
    ),
    "a name for the terms": (
        rule(effect="require_approval", approval="manager"),
        "expected fields with their values, got `manager`; for example `approval: {from: [tenant_admin]}`",
    ),
    "one approver without a list": (asking(**{"from": "manager"}), "got `manager`; for example `from: [tenant_admin]`"),
    "approvers by another name": (asking(approvers=["x"]), "`approvers` is not a field here; did you mean `from`?"),
    "a count in quotes": (asking(count="2"), "expected a whole number, got `2`; write it without quotes"),
    "too many people": (asking(count=9), "`approval.count`: expected at most `5`, got `9`"),
    "a time without its unit": (asking(valid_for=24), "expected a time such as `30m`, `24h` or `7d`, got `24`"),
    "a time in words": (asking(valid_for="1 day"), "expected a time such as `30m`, `24h` or `7d`, got `1 day`"),
}


@pytest.mark.parametrize("mistake", IN_A_RULE)
def test_a_mistake_in_a_rule_says_what_to_write_instead(mistake: str) -> None:
    wrong, remedy = IN_A_RULE[mistake]
    message = refusal(document(rules=[{key: value for key, value in wrong.items() if value is not DROPPED}]))
    assert any(line.endswith(remedy) for line in message.splitlines()), message
    assert message.startswith("`action.yaml`, rule `")


IN_A_DOCUMENT: dict[str, tuple[object, str]] = {
    "a version of the future": (
        document(apiVersion="v1"),
        "expected `policy/v1`, got `v1`; for example `apiVersion: policy/v1`",
    ),
    "no version": (
        document(apiVersion=DROPPED),
        "expected `apiVersion`, got nothing; for example `apiVersion: policy/v1`",
    ),
    "a list of layers": (document(layer=["action"]), "or `runtime`, got `[action]`; did you mean `action`?"),
    "two tenants": (
        document(tenant=["a", "b"]),
        'expected the id of one tenant, or `"*"` for all of them, got `[a, b]`',
    ),
    "a tenant's name": (
        document(tenant="Contoso Ltd"),
        'expected the id of one tenant, or `"*"` for all of them, got `contoso ltd`',
    ),
    "rules by their ids": (
        document(rules={"act.one": {}}),
        "expected a list, got `{act.one: dict}`; begin each entry with `- `",
    ),
    "a rule in a list": (document(rules=[["x"]]), f"got `[x]`; {RULE_FIELDS}"),
    "text": (
        "hello",
        "got `hello`; here stand `apiVersion`, `layer`, `tenant`, `rules`, `limits` and `tests`",
    ),
    "a limit without its window": (
        document(layer="runtime", limits=[{key: value for key, value in LIMIT.items() if key != "window"}]),
        "limit `run.cap`, field `window`: expected `window`, got nothing; for example `window: 24h`",
    ),
    "the effect for the verdict": (
        document(tests={"examples": [{**EXAMPLE, "expect": {"verdict": "permit"}}]}),
        "field `expect.verdict`: expected `allow`, `approval` or `deny`, got `permit`; did you mean `allow`?",
    ),
    "a verdict for what is expected": (
        document(tests={"examples": [{**EXAMPLE, "expect": "deny"}]}),
        "got `deny`; for example `expect: {verdict: deny}`",
    ),
    "an approver without a name": (
        document(tests={"examples": [{**EXAMPLE, "expect": {"verdict": "approval", "approvers": [{"count": 2}]}}]}),
        "example `ex.one`, field `expect.approvers.0.from`: expected `from`, got nothing",
    ),
    "one approver of an example without a list": (
        document(tests={"examples": [{**EXAMPLE, "expect": {"verdict": "approval", "approvers": "oncall"}}]}),
        "field `expect.approvers`: expected a list, got `oncall`; for example `approvers: [tenant_admin]`",
    ),
    "a list of tests": (document(tests=[EXAMPLE]), "got `[dict]`; here stand `given`, `examples` and `assertions`"),
    "one verdict without a list": (
        document(tests={"assertions": [{**ASSERTION, "never": "allow"}]}),
        "assertion `as.one`, field `never`: expected a list, got `allow`; for example `never: [allow]`",
    ),
    "a text for a set": (
        document(tests={"examples": [{**EXAMPLE, "given": {**EXAMPLE["given"], "target.groups": "g"}}]}),
        "expected a list, got `g`; put it in brackets: `[...]`",
    ),
}


@pytest.mark.parametrize("mistake", IN_A_DOCUMENT)
def test_a_mistake_in_a_document_says_what_to_write_instead(mistake: str) -> None:
    data, remedy = IN_A_DOCUMENT[mistake]
    message = refusal(data)
    assert any(line.endswith(remedy) for line in message.splitlines()), message


def test_an_id_of_several_parts_is_called_an_id_and_of_one_part_by_its_name() -> None:
    both = document(rules=[rule()], tests={"examples": [{**EXAMPLE, "id": "act.one"}]})
    assert "`action.yaml`, id `act.one`: expected one rule, limit or test with this id" in refusal(both)
    twice = document(tests={"examples": [EXAMPLE, EXAMPLE]})
    assert "`action.yaml`, example `ex.one`: expected one rule, limit or test with this id" in refusal(twice)


def test_a_hostile_id_or_key_stays_in_its_backticks() -> None:
    message = refusal(document(rules=[rule(id="x`, rule `fine\n", **{"k`\x1b[2J": 1})]))
    assert all(line.isprintable() for line in message.splitlines())
    assert r"rule `x\`, rule \`fine\n`, field `k\`\x1b[2J`: `k\`\x1b[2J` is not a field here" in message


def test_one_of_several_words_needs_no_example() -> None:
    assert refusal(document(layer=5)).endswith("`action` or `runtime`, got `5`")


def test_what_stands_in_no_list_is_no_rule() -> None:
    message = refusal(document(rules={"act.one": None}))
    assert message.startswith("`action.yaml`, field `rules.act.one`: expected a value")


def test_a_long_id_is_told_whole() -> None:
    assert f"rule `{'x' * 81}`, field `effect`" in refusal(document(rules=[rule(id="x" * 81, effect="y")]))


def test_the_words_for_an_id_say_what_its_pattern_says() -> None:
    assert ID_PATTERN == r"^[a-z0-9][a-z0-9._-]{2,80}$"
