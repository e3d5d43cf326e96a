"""The exact analysis of a policy as commands use it: with a solver for what is too large, where one is installed."""

from collections.abc import Sequence
from importlib.util import find_spec

from policy.analysis import Analysis, Solver
from policy.analysis.scenario import Scenario
from policy.analysis.solver import Box, Outcome
from policy.command.inputs import PolicySet
from policy.request import AuthorizationRequest


def analysis_of(policy: PolicySet) -> Analysis:
    """Return the analysis of a policy. Nothing is computed yet."""
    return Analysis(
        policy.bundle,
        tenant_id=policy.tenant_id,
        catalogue=policy.catalogue,
        solver=installed_solver(),
        target_kinds=policy.target_kinds,
    )


def installed_solver() -> Solver | None:
    """Return the solver if its optional package z3-solver is installed, else None."""
    return None if find_spec("z3") is None else _LateSolver()


class _LateSolver:
    """The z3 solver, loaded when it is first needed: most questions are answered without it, and it is large."""

    def request(
        self, scenario: Scenario, outcomes: Sequence[Outcome], *, inside: Box = (), outside: Sequence[Box] = ()
    ) -> AuthorizationRequest | None:
        """See `policy.analysis.Solver`."""
        from policy.smt import Z3Solver

        return Z3Solver().request(scenario, outcomes, inside=inside, outside=outside)
