"""An in-memory twin of the box of delegations: same promises as Table Storage's, held by the conformance suite."""

from dataclasses import replace

from agent.delegation_ports import Delegation
from agent.errors import StorageError


class MemoryDelegations:
    """delegation_ports.DelegationBox as a dict by case and person. `down` makes it fail."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Delegation] = {}
        self.down = False
        self._version = 0

    async def keep(self, delegation: Delegation) -> bool:
        """See delegation_ports.DelegationBox."""
        self._answer()
        place = (delegation.case_id, delegation.person_id)
        if delegation.version and not self._is_present(delegation):
            return False
        self._version += 1
        self.rows[place] = replace(delegation, version=str(self._version))
        return True

    async def of_case(self, case_id: str) -> tuple[Delegation, ...]:
        """See delegation_ports.DelegationBox."""
        self._answer()
        return tuple(self.rows[place] for place in sorted(self.rows) if place[0] == case_id)

    async def drop(self, delegation: Delegation) -> None:
        """See delegation_ports.DelegationBox."""
        self._answer()
        if self._is_present(delegation):
            del self.rows[delegation.case_id, delegation.person_id]

    async def forget(self, case_id: str) -> int:
        """See delegation_ports.DelegationBox."""
        self._answer()
        found = [place for place in self.rows if place[0] == case_id]
        for place in found:
            del self.rows[place]
        return len(found)

    def _is_present(self, delegation: Delegation) -> bool:
        stored = self.rows.get((delegation.case_id, delegation.person_id))
        return stored is not None and stored.version == delegation.version

    def _answer(self) -> None:
        if self.down:
            raise StorageError("the delegations cannot be read or stored")
