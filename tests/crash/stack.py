"""The local stack of one lane: its function app dies as ordered, and its cloud runs on the same page's clock."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from azure.data.tables import TableClient, TableServiceClient
from azure.storage.queue import QueueServiceClient

from devhost.desk import Desk
from devhost.stack import LocalStack, Plan
from tests.crash.page import Page


class DyingStack(LocalStack):
    """A local stack whose function app and whose cloud run on the page's clock."""

    def __init__(self, plan: Plan, *, progress: Callable[[str], None]) -> None:
        super().__init__(plan, progress=progress)
        plan.state.mkdir(parents=True, exist_ok=True)
        self.trace = plan.state / "trace"
        self.page_file = plan.state / "page"
        self.page = Page(self.page_file)

    def _simulator_command(self) -> list[str]:
        return ["-m", "tests.crash.cloud", str(self.page_file), *super()._simulator_command()[2:]]

    def _host_command(self, port: int) -> list[str]:
        return ["-m", "tests.crash.host", str(self.page_file), str(self.trace), *super()._host_command(port)[2:]]

    @property
    def _host_environment(self) -> dict[str, str]:
        fast = {"AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.300"}
        return {**super()._host_environment, **fast}


@dataclass(frozen=True, slots=True)
class Doors:
    """Every way into a lane's stack: as people and timers have it, and the storage that only the accounts look into."""

    desk: Desk
    http: httpx.Client
    cases: TableClient
    alerts: TableClient
    queues: QueueServiceClient

    @classmethod
    def of(cls, desk: Desk, storage: str) -> "Doors":
        """Open them."""
        tables = TableServiceClient.from_connection_string(storage)
        return cls(
            desk=desk,
            http=httpx.Client(timeout=20),
            cases=tables.get_table_client("cases"),
            alerts=tables.get_table_client("alerts"),
            queues=QueueServiceClient.from_connection_string(storage),
        )

    def close(self) -> None:
        """Close them."""
        for one in (self.desk, self.http, self.cases, self.alerts, self.queues):
            one.close()
