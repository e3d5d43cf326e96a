"""The house has floors: imports go down only, and a few names may be used in one place only."""

import ast
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("policy", "agent", "simulator", "devhost", "console")

# Bottom first. The longest matching name decides a module's floor.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"policy"}),
    frozenset({"agent", "agent.errors", "agent.model", "agent.actions", "agent.lookups"}),
    frozenset(
        {
            "agent.ports",
            "agent.planner_port",
            "agent.delegation_ports",
            "agent.log_ports",
            "agent.oversight",
            "agent.port_values",
            "agent.sibling_port",
            "agent.ticket_port",
            "agent.acting",
            "agent.throttling",
            "agent.standing",
            "agent.memory",
        }
    ),
    frozenset({"agent.gate"}),
    frozenset(
        {
            "agent.inquiry",
            "agent.leave",
            "agent.dispatch",
            "agent.read_back",
            "agent.notes",
            "agent.own_right",
            "agent.same_person",
            "agent.fitness",
            "agent.people",
            "agent.answer_rules",
            "agent.answerer",
            "agent.outcomes",
            "agent.present_state",
            "agent.log",
            "agent.controls",
            "agent.denials",
            "agent.changes",
            "agent.alarms",
            "agent.troubles",
            "agent.opening",
            "agent.holding",
            "agent.seen_sentences",
            "agent.wishes",
            "agent.progress",
            "agent.standing.complaints",
            "agent.sent_cards",
            "agent.standing.cover",
            "agent.standing.giving",
            "agent.standing.matching",
            "agent.standing.mining",
            "agent.standing.patterns",
            "agent.standing.remembering",
            "agent.standing.suspension",
            "agent.standing.use",
        }
    ),
    frozenset({"agent.stages"}),
    frozenset({"agent.loop", "agent.held_attempts", "agent.answering", "agent.one_at_a_time"}),
    frozenset(
        {
            "agent.published_keys",
            "agent.signed_tokens",
            "agent.planners",
            "agent.graph",
            "agent.storage",
            "agent.vault",
            "agent.identity",
            "agent.channels",
            "agent.itsm",
            "simulator",
            "policy.smt",
        }
    ),
    frozenset(
        {
            "agent.settings",
            "agent.wiring",
            "agent.approval_desk",
            "agent.surroundings",
            "agent.checkpoint",
            "agent.intake",
            "agent.ticket_answers",
            "agent.callback",
            "agent.groundwork",
            "agent.grant_desk",
            "agent.memory_desk",
            "agent.granting",
            "agent.conversation",
            "agent.replying",
            "agent.request_desk",
            "agent.slack_door",
            "agent.talk",
            "agent.chat_cases",
            "agent.chat_wiring",
            "agent.chat_member",
            "agent.orders",
            "agent.poison",
            "agent.steering",
            "agent.wakeup_message",
        }
    ),
    frozenset(
        {
            "function_app",
            "devhost",
            "console",
            "agent.__main__",
            "agent.command",
            "policy.__main__",
            "policy.command",
            "bench",
            "evaluation",
            "verify_log",
        }
    ),
)
# The rooms inside of policy, bottom first: what decides, what is kept beside it, what looks at whole policies.
POLICY_FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"policy", "policy.explanation"}),
    frozenset({"policy.evidence", "policy.history", "policy.analysis"}),
    frozenset({"policy.directory", "policy.publication", "policy.smt"}),
    frozenset({"policy.command", "policy.__main__"}),
)
ADAPTERS = FLOORS[7]
# What two adapters both need and must not have twice: how a published key is found and a signed token read.
SHARED = frozenset({"agent.published_keys", "agent.signed_tokens"})
FIRST_ADAPTER_FLOOR = 7
OURS = ("policy", "agent", "simulator", "devhost", "console", "function_app", "bench", "evaluation")


@cache
def sources() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    paths = [ROOT / name for name in listed if not name.startswith("tests/") and (ROOT / name).exists()]
    assert len(paths) > 60, "the house test must see the whole house"
    return tuple(paths)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def floor(module: str, floors: Sequence[frozenset[str]] = FLOORS) -> int | None:
    matches = [
        (len(name), index)
        for index, names in enumerate(floors)
        for name in names
        if f"{module}.".startswith(f"{name}.")
    ]
    return max(matches)[1] if matches else None


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: use absolute imports"
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_every_module_has_a_floor_and_imports_go_down_only(path: Path) -> None:
    here = floor(module_name(path))
    assert here is not None, f"{module_name(path)} stands on no floor: add it to FLOORS"
    for name in imports(path):
        there = floor(name)
        if there is not None:
            assert there <= here, f"{module_name(path)} (floor {here}) imports {name} (floor {there})"


@pytest.mark.parametrize("path", [p for p in sources() if module_name(p).startswith("policy")], ids=module_name)
def test_what_decides_knows_nothing_of_analysis_publication_or_the_command_line(path: Path) -> None:
    here = floor(module_name(path), POLICY_FLOORS)
    for name in imports(path):
        there = floor(name, POLICY_FLOORS)
        assert there is None or (here is not None and there <= here), f"{module_name(path)} imports {name}"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_below_the_adapters_pydantic_is_the_only_third_party_name(path: Path) -> None:
    here = floor(module_name(path))
    if here is None or here >= FIRST_ADAPTER_FLOOR:
        return
    import sys

    foreign = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - set(OURS)
    assert foreign <= {"pydantic", "pydantic_core"}, f"{module_name(path)} imports {foreign}"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_an_adapter_imports_no_other_adapter(path: Path) -> None:
    own = next((name for name in ADAPTERS if f"{module_name(path)}.".startswith(f"{name}.")), None)
    if own is None:
        return
    others = {
        name for name in imports(path) for adapter in ADAPTERS - SHARED - {own} if f"{name}.".startswith(f"{adapter}.")
    }
    assert not others, f"{module_name(path)} imports {others}"


@pytest.mark.parametrize("path", [path for path in sources() if "simulator" in path.parts], ids=module_name)
def test_the_simulator_shares_no_code_with_what_it_tests(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] in ("agent", "policy", "devhost", "console")}


@pytest.mark.parametrize("path", [p for p in sources() if p.parent.name == "stages"], ids=module_name)
def test_a_stage_knows_no_other_stage(path: Path) -> None:
    assert not {name for name in imports(path) if name.startswith("agent.stages")}


def callers_of(name: str) -> set[str]:
    return {
        module_name(path)
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) == name or getattr(node.func, "attr", None) == name)
    }


def users_of(name: str) -> set[str]:
    return {
        module_name(path)
        for path in sources()
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names))
        or (isinstance(node, ast.Attribute) and node.attr == name)
    }


def test_only_the_gate_makes_a_permit() -> None:
    assert callers_of("Permit") == {"agent.gate"}


def test_only_the_gate_holds_the_mint() -> None:
    assert users_of("MINT") == {"agent.gate"}


def test_only_the_sender_talks_to_graph() -> None:
    assert {name for name in users_of("GraphRequestAdapter") if not name.startswith("agent.graph")} == set()
    graph_clients = {
        module_name(path) for path in sources() if any(n.split(".")[0] == "msgraph" for n in imports(path))
    }
    assert all(name.startswith("agent.graph") for name in graph_clients)


def test_only_the_dispatch_writes() -> None:
    assert {name for name in callers_of("write") if name.startswith("agent.") and "graph" not in name} <= {
        "agent.dispatch"
    }


def test_only_the_loop_saves_and_enqueues() -> None:
    assert {name for name in callers_of("commit") if name.startswith("agent.")} == {"agent.loop"}
    assert {name for name in callers_of("put") if name.startswith("agent.stages")} == set()
