"""Whom the engine is compared with, and where each of them comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.errors import BenchError


@dataclass(frozen=True, slots=True)
class Contender:
    """One engine of the benchmark.

    `engine` is its module in `bench.policy.engines`. `environment` names its file in
    `bench/policy/requirements`; it is empty for what runs in our own. Above `largest` rules it would take too
    long to measure. `lacks` says what it cannot express, and its answers are then not compared.
    """

    name: str
    engine: str
    environment: str
    largest: int = 1_000_000
    lacks: str = ""


OURS: Final = Contender("remit", "remit", "")
CEDAR: Final = Contender("cedarpy 4.12.2", "cedar", "cedarpy")
PEERS: Final = (
    CEDAR,
    Contender("cedarpy, one set an action", "cedar_by_action", "cedarpy"),
    Contender("pycasbin 2.8.0 Enforcer", "casbin", "pycasbin"),
    Contender("pycasbin 2.8.0 FastEnforcer", "casbin_fast", "pycasbin"),
    Contender("CEL in Rust (common-expression-language 0.10.0)", "cel", "cel"),
    Contender("CEL in Rust, one list an action", "cel_by_action", "cel"),
    Contender("CEL in Python (cel-python 0.5.0)", "cel_python", "cel_python", largest=1_000),
    Contender("AGT 4.1 mesh PolicyEngine", "agt_mesh", "agt"),
    Contender(
        "AGT 4.1 PolicyEvaluator", "agt_evaluator", "agt", lacks="one condition a rule: only the action is tested"
    ),
    Contender("AGT 5 ACS 0.3.1b1", "acs", "acs", lacks="takes no rules: the fixed cost of one evaluation"),
)


def chosen(names: Sequence[str]) -> tuple[Contender, ...]:
    """Return the peers with these engine names, all of them when none is given; `none` stands for no peer at all.

    Raises:
        BenchError: a name is no peer's.
    """
    if not names:
        return PEERS
    known = {one.engine: one for one in PEERS}
    wanted = [name for name in names if name != "none"]
    for name in wanted:
        if name not in known:
            raise BenchError(f"expected one of {', '.join(f'`{one}`' for one in known)}, got `{name}`")
    return tuple(known[name] for name in wanted)
