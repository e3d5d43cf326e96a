"""What the benchmark of the policy engine asks: the same of everybody, drawn the same every time, and judged right."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError
from bench.policy import runner, workload
from bench.policy.environments import REQUIREMENTS
from bench.policy.growth import growth_rows
from bench.policy.measure import ROOT
from bench.policy.peers import OURS, PEERS, chosen
from bench.policy.timing import call_rounds, load_times
from bench.policy.work import Work, disagreements, work_of
from policy.decision import Layer, Verdict
from policy.engine import Engine
from policy.registry import check_fact
from policy.request import Unknown

FLAT = {"departments": "requester.department", "roles": "requester.role", "groups": "target.id"}


@pytest.fixture(scope="module")
def work() -> Work:
    return work_of(200, checked=300)


@pytest.fixture(scope="module")
def file(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("work") / "work.json"
    work.write(path)
    return json.loads(path.read_text("utf-8"))


def test_the_workload_is_the_same_every_time_and_a_longer_one_begins_with_a_shorter() -> None:
    drawn = workload.draw_rules(300)
    assert drawn == workload.draw_rules(300)
    assert drawn[:50] == workload.draw_rules(50)
    assert workload.draw_requests(drawn, 80) == workload.draw_requests(drawn, 80)


def test_rules_permit_ask_and_deny_in_the_promised_shares_over_all_actions() -> None:
    drawn = workload.draw_rules(10_000)
    shares = {effect: sum(rule.effect == effect for rule in drawn) / len(drawn) for effect in ("permit", "deny")}
    assert shares == pytest.approx({"permit": 0.60, "deny": 0.15}, abs=0.02)
    assert {rule.action for rule in drawn} == set(workload.ACTIONS)


def test_every_fact_of_a_request_is_known_and_every_verdict_occurs(work: Work) -> None:
    for request in work.requests:
        assert not any(isinstance(check_fact(name, value), Unknown) for name, value in request.facts.items())
    assert {Verdict[name] for name in work.expected} == set(Verdict)


def test_half_of_the_requests_are_drawn_inside_a_rule() -> None:
    drawn = workload.draw_rules(40)
    requests = workload.draw_requests(drawn, 2_000)
    inside = sum(any(_matches(rule.flat(), request) for rule in drawn) for request in requests)
    assert 0.5 <= inside / len(requests) < 0.6


def _matches(rule: dict[str, Any], request: Any) -> bool:
    """A third reading of a rule: of its flat form, which the peers translate."""
    facts = request.facts
    low, high = rule.get("minutes", (0, 10_080))
    return (
        rule["action"] == request.action
        and all(facts[name] in rule[field] for field, name in FLAT.items() if field in rule)
        and facts["risk"] <= rule.get("max_risk", 100)
        and low <= facts["time.minute_of_week"] < high
    )


def test_the_flat_rules_say_what_the_documents_say(work: Work) -> None:
    engine = Engine(work.bundle, tenant_id=workload.TENANT, catalogue=workload.CATALOGUE)
    for request in work.requests:
        effects = {rule.effect for rule in work.drawn if _matches(rule.flat(), request)}
        by_flat = (
            Verdict.DENY
            if not effects or "deny" in effects
            else Verdict.APPROVAL
            if "require_approval" in effects
            else Verdict.ALLOW
        )
        decision = engine.decide(request)
        assert decision.verdict is by_flat
        assert all(one.verdict is Verdict.ALLOW for one in decision.layers if one.layer is not Layer.ACTION)


# What is installed for development; the others are compared by the benchmark itself.
@pytest.mark.parametrize("engine", ["remit", "cedar", "cedar_by_action"])
def test_an_engine_answers_as_the_specification_and_is_timed(
    engine: str, work: Work, file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_LOAD_SECONDS", 0)
    found = runner.run(engine, file, checked=300, rounds=2, seconds=0.01)
    assert disagreements(work.expected, found["verdicts"]) == 0
    assert [one["calls"] >= 20 and one["p50_us"] <= one["p99_us"] for one in found["rounds"]] == [True, True]
    assert all(seconds > 0 for seconds in found["loads"])


def test_a_wrong_answer_is_counted_and_permitted_stands_for_all_but_a_denial() -> None:
    expected = ["DENY", "APPROVAL", "ALLOW"]
    assert disagreements(expected, expected) == 0
    assert disagreements(expected, ["DENY", "PERMITTED", "PERMITTED"]) == 0
    assert disagreements(expected, ["PERMITTED", "DENY", "APPROVAL"]) == 3


@pytest.mark.parametrize("module", sorted({one.engine for one in (OURS, *PEERS)}))
def test_every_engine_translates_the_workload_without_its_package(module: str, file: Any) -> None:
    engine = __import__(f"bench.policy.engines.{module}", fromlist=["source"])
    assert engine.source(file)
    if module != "cel_python":
        assert [engine.question(one) for one in file["requests"][:3]]


def test_every_peer_has_a_module_and_pinned_requirements() -> None:
    assert len({one.name for one in PEERS}) == len({one.engine for one in PEERS}) == len(PEERS)
    for one in PEERS:
        assert (ROOT / "bench" / "policy" / "engines" / f"{one.engine}.py").exists()
        pins = (REQUIREMENTS / f"{one.environment}.txt").read_text("utf-8").splitlines()[1:]
        assert pins and all("==" in pin for pin in pins)
    assert {path.stem for path in REQUIREMENTS.iterdir()} == {one.environment for one in PEERS}


def test_peers_are_chosen_by_name() -> None:
    assert chosen([]) == PEERS
    assert chosen(["none"]) == ()
    assert [one.engine for one in chosen(["cel", "cedar"])] == ["cel", "cedar"]
    with pytest.raises(BenchError, match="`opa`"):
        chosen(["opa"])


def test_every_question_is_put_in_turn_and_every_load_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    # The heap of a test run is large.
    monkeypatch.setattr("bench.policy.timing.gc.collect", lambda: 0)
    asked: list[int] = []
    (found,) = call_rounds(asked.append, [1, 2, 3], rounds=1, seconds=0)
    assert found.calls == len(asked) == 20
    assert asked[:4] == [1, 2, 3, 1]
    loads: list[int] = []
    loaded, taken = load_times(lambda: loads.append(1) or len(loads), seconds=1e9)
    assert loaded == len(taken) == 7


def test_what_the_cost_grows_with_has_a_row_each() -> None:
    told: list[str] = []
    rows = list(growth_rows(30, tell=told.append, seconds=0.01))
    assert len(rows) == len({one.case for one in rows}) == len(told) == 10
    assert all(0 < one.p50_us <= one.p99_us for one in rows)


def test_a_work_file_holds_no_path_of_this_machine(file: Any) -> None:
    assert str(Path.home()) not in json.dumps(file)
