"""A case's log as it is stored, read entry by entry."""

from agent.storage.connections import StorageConnections
from agent.storage.event_rows import ChainTip, event_of, event_rows, link


async def chained_codes(storage: StorageConnections, case_id: str) -> list[str]:
    """Return the codes of a case's log, whose chain is checked entry by entry."""
    table = storage.tables.get_table_client("cases")
    rows = [row async for row in table.query_entities(f"PartitionKey eq '{case_id}' and RowKey lt 'ew'")]
    logged = sorted((dict(row) for row in rows if row["RowKey"].startswith("ev")), key=lambda row: row["RowKey"])
    # What the first entry is chained to is made of the case's id.
    prev = event_rows(case_id, [event_of(logged[0])], tip=ChainTip())[0][0]["prev"]
    codes = []
    for number, row in enumerate(logged):
        event = event_of(row)
        assert (row["RowKey"], row["prev"]) == (f"ev{number:06d}", prev)
        assert row["hash"] == link(number, event, prev=prev)
        prev = row["hash"]
        codes.append(event.code.value)
    return codes
