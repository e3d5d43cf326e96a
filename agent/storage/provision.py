"""Creates the tables and queues for development and tests; in Azure the Bicep templates make them."""

from azure.core.exceptions import ResourceExistsError

from agent.model.case import Stage
from agent.storage.connections import StorageConnections
from agent.storage.failures import storage_errors

TABLES = (
    "cases",
    "index",
    "policies",
    "deliveries",
    "chats",
    "delegations",
    "controls",
    "alerts",
    "grants",
    "memory",
    "audit",
)

# Every stage that a message can wake. The host moves a message that failed five times to `<queue>-poison`.
STAGE_QUEUES = tuple(stage.value for stage in Stage if stage is not Stage.CLOSED)
QUEUES = (*STAGE_QUEUES, *(f"{name}-poison" for name in STAGE_QUEUES))


async def provision(storage: StorageConnections) -> None:
    """Create what is missing and leave the rest alone.

    Raises:
        StorageError: storage did not answer or refused.
    """
    for name in TABLES:
        with storage_errors(f"create table `{name}`"):
            await storage.tables.create_table_if_not_exists(name)
    for name in QUEUES:
        with storage_errors(f"create queue `{name}`"):
            try:
                await storage.queues.create_queue(name)
            except ResourceExistsError:
                continue
