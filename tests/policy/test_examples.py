"""The worked examples of the policy language, each with its verdict, its rules and who is asked."""

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from policy import AuthorizationRequest, Bundle, Engine, Requirement, Verdict, parse_document
from policy.decision import Decision
from policy.request import UNKNOWN

EXAMPLES = yaml.safe_load((Path(__file__).parent / "examples.yaml").read_text(encoding="utf-8"))
CATALOGUE = frozenset(
    {
        "user.password.reset",
        "user.disable",
        "user.session.revoke",
        "group.member.add",
        "group.member.remove",
        "licence.assign",
        "licence.remove",
        "mailbox.delegate.add",
        "role.assign",
        "ca.policy.update",
    }
)
USUAL: dict[str, Any] = {
    "requester.department": "Sales",
    "requester.role": "employee",
    "request.on_self": True,
    "request.channel": "teams",
    "target.is_break_glass": False,
    "target.holds_directory_role": False,
    "target.groups": ["grp-sales"],
    "risk": 10,
    "plan.distinct_targets": 1,
    "is_rollback": False,
    "count.run.cap.group": 1,
}


def decided(example: dict[str, Any]) -> Decision:
    bundle = Bundle.of(
        parse_document(one, source="examples.yaml", catalogue=CATALOGUE) for one in EXAMPLES["documents"]
    )
    day = example.get("day", datetime.date(2026, 11, 24))
    weekday, hour = example.get("at", (day.weekday(), 10))
    clock = {"time.day": day.toordinal(), "time.minute_of_week": (weekday * 24 + hour) * 60}
    facts = {**USUAL, **clock, **example.get("facts", {})}
    known = {name: frozenset(value) if isinstance(value, list) else value for name, value in facts.items()}
    request = AuthorizationRequest(
        example["action"], {name: UNKNOWN if value is None else value for name, value in known.items()}
    )
    return Engine(bundle, tenant_id="contoso", catalogue=CATALOGUE).decide(request)


@pytest.mark.parametrize("example", EXAMPLES["requests"], ids=lambda example: str(example["title"]))
def test_a_worked_example_is_decided_as_documented(example: dict[str, Any]) -> None:
    decision = decided(example)
    assert decision.verdict is Verdict[example["verdict"]]
    deciding = [one for one in decision.layers if one.verdict is decision.verdict]
    assert sorted(ref.id for one in deciding for ref in one.rules) == sorted(example.get("by", []))
    assert [one.layer for one in decision.layers if not one.rules] == example.get("silent", [])
    asked = {Requirement(resolver, count=n, standing=standing) for resolver, n, standing in example.get("asks", [])}
    assert decision.requirements == asked
