"""In-memory twin of the deliveries that opened cases."""

from agent.errors import StorageError


class MemoryDeliveries:
    """intake.Deliveries in a dictionary; it can be out of order."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], str] = {}
        self.down = False

    async def find_or_insert(self, source: str, webhook_id: str, *, case_id: str) -> str:
        if self.down:
            raise StorageError("the table is down")
        return self.known.setdefault((source, webhook_id), case_id)
