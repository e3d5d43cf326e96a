"""What can be asked about one tenant's policy in force: its rules by action, and the partitions that answer."""

from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NoReturn

from policy.analysis.errors import TooLargeError
from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario, Side
from policy.analysis.solver import Outcome, Solver
from policy.analysis.verdicts import Surface
from policy.bundle import Bundle
from policy.compile import compile_bundle
from policy.decision import Verdict
from policy.engine import Engine
from policy.errors import EngineError
from policy.grammar import nearest
from policy.request import FactValue
from policy.rule import Conjunction, Rule

MAX_CELLS: Final = 200_000_000

# A few actions are asked about again and again; all of a large policy at once would fill the memory. A surface
# holds about twenty sets of its cells.
_MAX_REMEMBERED: Final = 4
_MAX_REMEMBERED_CELLS: Final = 8_000_000


class Analysis:
    """One tenant's rules, ready to be asked about. Nothing is computed before a question needs it.

    `max_cells` bounds the cells of one question; a cell takes an eighth of a byte, some twenty times over. What is
    larger goes to `solver` where the question takes one (`who_can`, `changes`, `prove`, and `reach` of whole
    actions), and raises `TooLargeError` elsewhere.

    `target_kinds` is the kind of object that an action changes, by the action's id, for those that can change no
    other: requests with another `target.kind` do not exist then, and no answer is about them.

    Raises:
        EngineError: `tenant_id` is not the id of one tenant.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        tenant_id: str,
        catalogue: frozenset[str],
        max_cells: int = MAX_CELLS,
        solver: Solver | None = None,
        target_kinds: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.tenant_id = tenant_id.lower()
        self.engine = Engine(bundle, tenant_id=tenant_id, catalogue=catalogue)
        self.actions = tuple(sorted(catalogue))
        self.rules = compile_bundle(bundle, tenant_id=tenant_id, catalogue=catalogue)
        self.max_cells = max_cells
        self.solver = solver
        self._target_kinds = dict(target_kinds)
        self._by_action: dict[str, list[Rule]] = {action: [] for action in self.actions}
        for rule in self.rules:
            for action in rule.actions:
                self._by_action[action].append(rule)
        self._surfaces: OrderedDict[str, Surface] = OrderedDict()

    def side(self, action: str) -> Side:
        """Return the rules that name `action`.

        Raises:
            EngineError: `action` is not in the catalogue.
        """
        if action not in self._by_action:
            self._refuse(action)
        return Side(tuple(self._by_action[action]))

    def known(self, action: str) -> dict[str, FactValue]:
        """Return the facts that every request for `action` has."""
        kind = self._target_kinds.get(action)
        return {} if kind is None else {"target.kind": kind}

    def surface(self, action: str, where: tuple[Conjunction, ...] | None = None) -> Surface:
        """Return what is decided on every cell of `action`, the cells split by `where` too.

        Raises:
            TooLargeError: there are more than `max_cells` cells.
            EngineError: `action` is not in the catalogue.
        """
        if where is not None:
            return self.judged(Scenario(action, (self.side(action),), where=where, at=self.known(action)))
        found = self._surfaces.pop(action, None)
        found = found or self.judged(Scenario(action, (self.side(action),), at=self.known(action)))
        if found.partition.cells <= _MAX_REMEMBERED_CELLS:
            self._surfaces[action] = found
        if len(self._surfaces) > _MAX_REMEMBERED:
            self._surfaces.popitem(last=False)
        return found

    def judged(self, scenario: Scenario) -> Surface:
        """Return what the first side of `scenario` decides on its cells.

        Raises:
            TooLargeError: there are more than `max_cells` cells.
        """
        return Surface(Partition(scenario, max_cells=self.max_cells), scenario.sides[0])

    def possible(self, scenario: Scenario, verdicts: frozenset[Verdict]) -> bool:
        """Return whether the first side of `scenario` gives some request one of `verdicts`, none of them DENY.

        Raises:
            TooLargeError: there are more than `max_cells` cells and no solver.
        """
        try:
            surface = self.judged(scenario)
        except TooLargeError:
            if self.solver is None:
                raise
            return self.solver.request(scenario, (Outcome(verdicts),)) is not None
        selected = surface.partition.selected_cells()
        return any(surface.of(verdict) & selected for verdict in verdicts)

    def _refuse(self, action: str) -> NoReturn:
        hint = nearest(action, self.actions)
        raise EngineError(f"expected an action of the catalogue, got `{action}`{hint}")
