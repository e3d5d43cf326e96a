"""The local stack that the benchmark of the loop files its tickets on, and what is seen of it from outside."""

import copy
import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
from azure.data.tables import TableServiceClient

from devhost.desk import Desk, Ticket
from devhost.stack import LocalStack, Plan

ROOT: Final = Path(__file__).parents[1]
SAMPLES: Final = ROOT / "samples"
_MODEL: Final = "lea.fontaine"


class LoadStack(LocalStack):
    """A local stack with one more employee for every ticket. `is_paced` leaves the sender its pace."""

    def __init__(self, state: Path, *, people: int, is_paced: bool, progress: Callable[[str], None]) -> None:
        state.mkdir(parents=True, exist_ok=True)
        policies = tuple(sorted((SAMPLES / "policy").glob("*.yaml")))
        tenant = _write_tenant(state / "tenant.json", people=people)
        super().__init__(Plan(root=ROOT, state=state, tenant=tenant, policies=policies), progress=progress)
        self._module = "devhost" if is_paced else "bench.loop_host"

    def _host_command(self, port: int) -> list[str]:
        return ["-m", self._module, *super()._host_command(port)[2:]]

    def resident_bytes(self) -> int:
        """The memory of the worker; 0 where the system does not tell (only Linux does)."""
        process = httpx.get(f"{self.url}/admin/health").json()["pid"]
        stat = Path(f"/proc/{process}/statm")
        return int(stat.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") if stat.exists() else 0

    def open_cases(self) -> set[str]:
        """The ids of the cases that are not closed yet."""
        with TableServiceClient.from_connection_string(self.storage) as service:
            # Only these: the closed ones grow in number, and reading them would slow down what is measured.
            rows = service.get_table_client("index").query_entities(
                "PartitionKey eq 'a' and RowKey ge 'open-' and RowKey lt 'open.'", select=["RowKey"]
            )
            return {str(row["RowKey"]).removeprefix("open-") for row in rows}

    def ended(self) -> Iterator[tuple[str, int, str]]:
        """Yield id, turns and outcome of every case."""
        with TableServiceClient.from_connection_string(self.storage) as service:
            rows = service.get_table_client("cases").query_entities(
                "RowKey eq 'case'", select=["PartitionKey", "seq", "outcome"]
            )
            for row in rows:
                yield str(row["PartitionKey"]), int(row["seq"]), str(row["outcome"])

    def stored_at(self, code: str) -> dict[str, datetime]:
        """When each case first stored a log entry `code`, by the clock of the storage."""
        found: dict[str, datetime] = {}
        with TableServiceClient.from_connection_string(self.storage) as service:
            query = "code eq @code"
            for row in service.get_table_client("cases").query_entities(query, parameters={"code": code}):
                stored_at = row.metadata["timestamp"]
                assert stored_at is not None, "storage dates every row"
                found.setdefault(str(row["PartitionKey"]), stored_at)
        return found


def file_one(desk: Desk, number: int) -> str:
    """File one ticket of its own employee and return the id of its case."""
    requester = f"{_name(number)}@quillmere.example"
    text = "Please end all my sessions."
    return desk.file(Ticket(f"LOAD-{number}", requester, summary="Sign me out", description=text))


def _name(number: int) -> str:
    return f"load.person{number:05d}"


def _write_tenant(file: Path, *, people: int) -> Path:
    tenant = json.loads((SAMPLES / "tenant.json").read_text(encoding="utf-8"))
    (model,) = (one for one in tenant["users"] if one["userPrincipalName"].startswith(f"{_MODEL}@"))
    tenant["users"] += [_employee(model, number) for number in range(people)]
    file.write_text(json.dumps(tenant), encoding="utf-8")
    return file


def _employee(model: dict[str, Any], number: int) -> dict[str, Any]:
    name = _name(number)
    domain = model["userPrincipalName"].partition("@")[2]
    alike = ("department", "usageLocation", "accountEnabled")
    kept: dict[str, Any] = {key: copy.deepcopy(model[key]) for key in alike if key in model}
    return {**kept, "userPrincipalName": f"{name}@{domain}", "displayName": name.replace(".", " ").title()}
