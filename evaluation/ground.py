"""The ground on which each item is played: one stack, put back before each item as if it had just been started.

What is put back: the simulated tenant with the item's fixture, chats and tickets; and what the product remembers of
people: who opened which case by chat, deliveries, habits, standing grants, tokens. Closed and waiting cases of
earlier items stay in storage, where nothing of a later item leads to them; of waiting ones the index knows no more, so
that no sweep wakes them when time goes on. The published policy stays.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, TableServiceClient

from devhost.desk import Desk
from evaluation.approvals import siblings
from evaluation.fixtures import directory_of, overlaid, patched, slack_accounts
from evaluation.items import Patch
from evaluation.seen import Json, Seen
from simulator.slack.workspace import user_of

#: What is forgotten between items, by table; the logs in `grants` are chained and stay whole.
_FORGOTTEN: Final[Mapping[str, str]] = {
    "chats": "",
    "deliveries": "",
    "delegations": "",
    "index": "RowKey ge 'open-' and RowKey lt 'open.'",
    "grants": "(RowKey ge 'grant-' and RowKey lt 'grant.') or (RowKey ge 'habit-' and RowKey lt 'habit.')",
}


class Ground:
    """One stack with its tenant file. `storage` is its connection string; `wait_for` brings its clock to a time."""

    def __init__(
        self, desk: Desk, tenant: Json, *, storage: str, wait_for: Callable[[datetime], None] = lambda _: None
    ) -> None:
        self._desk = desk
        self._tenant = tenant
        self._storage = storage
        self._wait_for = wait_for
        self._fresh: Json = desk.control("GET", "/state")
        self._plain = directory_of(tenant)
        self._laid: Json = tenant
        self._start: Json = {}
        self._before: tuple[int, int, int] = (0, 0, 0)
        self._policy = ""

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return str(self._tenant["organization"]["id"]).lower()

    def lay(self, fixture: Iterable[Patch], *, at: datetime) -> list[str]:
        """Put everything back at the time `at` with the fixture applied; return in words what of it could not be.

        Raises:
            TenantFileError: the fixture made the tenant file unusable.
        """
        fixture = tuple(fixture)
        self._laid, problems = patched(self._tenant, fixture)
        fresh = self._fresh["tenants"][self.tenant_id]["directory"]
        self._start = overlaid(fresh, self._plain, after=directory_of(self._laid))
        self._forget()
        self._wait_for(at)
        state = self._emptied()
        state["slack"]["changes"], unread = slack_accounts(self._laid, fixture, people=self._start["users"])
        self._load(self._start, state)
        self._before = (len(self._writes()), len(self._requests()), len(self._mails()))
        self._policy = self._policy_in_force()
        return [*problems, *unread]

    def change(self, fixture: Iterable[Patch]) -> list[str]:
        """Apply patches to the tenant as it is now, as somebody else would; return what could not be applied."""
        earlier = directory_of(self._laid)
        self._laid, problems = patched(self._laid, fixture)
        state: Json = self._desk.control("GET", "/state")
        present = state["tenants"][self.tenant_id]["directory"]
        self._load(overlaid(present, earlier, after=directory_of(self._laid)), state)
        return problems

    def look(self, case_ids: Iterable[str], *, requester: str, ticket: str, answers: tuple[int, ...]) -> Seen:
        """Return everything that is seen of the item now."""
        state: Json = self._desk.control("GET", "/state")
        directory = state["tenants"][self.tenant_id]["directory"]
        cases = list(self._cases(case_ids))
        told = self._desk.control("GET", f"/itsm/tickets/{ticket}")["events"] if ticket else []
        writes, requests, mails = self._before
        seen = Seen(tenant=self._laid, start=self._start, now=directory, requester_id="")
        person = seen.person(requester)
        return Seen(
            tenant=self._laid,
            start=self._start,
            now=directory,
            requester_id=str(person["id"]) if person else "",
            original=self._tenant,
            writes=tuple(self._writes()[writes:]),
            requests=tuple(self._requests()[requests:]),
            cases=tuple(cases),
            told=tuple(one["body"] for one in told),
            chats=_from_bot(state, self._start["users"].values()),
            mails=tuple(self._mails()[mails:]),
            answers=answers,
            policies=(self._policy, self._policy_in_force()),
        )

    def _cases(self, case_ids: Iterable[str]) -> Iterator[Json]:
        """Yield cases, each with those of the further wishes of its request behind it."""
        for case_id in case_ids:
            if (first := self._desk.case(case_id)) is None:
                continue
            others = (self._desk.case(one) for one in siblings(self._desk, first))
            yield from (first, *(one for one in others if one is not None))

    def _load(self, directory: Json, state: Json) -> None:
        held = {**self._fresh["tenants"][self.tenant_id], "directory": directory}
        self._desk.control("POST", "/state", body={**state, "tenants": {self.tenant_id: held}})

    def _emptied(self) -> Json:
        """The conversations as they are, without their messages: a bot goes on in one that it has opened."""
        state: Json = self._desk.control("GET", "/state")
        chats = state["chats"]
        empty = {key: {**one, "messages": []} for key, one in chats["conversations"].items()}
        slack: Json = {"changes": {}, "messages": []}
        return {**state, "chats": {**chats, "conversations": empty}, "tickets": {"events": {}}, "slack": slack}

    def _forget(self) -> None:
        with TableServiceClient.from_connection_string(self._storage) as service:
            for name, query in _FORGOTTEN.items():
                _erase(service.get_table_client(name), query)

    def _policy_in_force(self) -> str:
        with TableServiceClient.from_connection_string(self._storage) as service:
            found = service.get_table_client("policies").get_entity(f"tenant-{self.tenant_id}", "current")
            return str(found.metadata["etag"])

    def _writes(self) -> list[Json]:
        return list(self._desk.control("GET", "/writes")["writes"])

    def _requests(self) -> list[Json]:
        return list(self._desk.control("GET", "/requests?site=graph")["requests"])

    def _mails(self) -> list[Json]:
        return list(self._desk.control("GET", "/mail")["mails"])


def _erase(table: TableClient, query: str) -> None:
    rows = table.query_entities(query, select=["PartitionKey", "RowKey"]) if query else table.list_entities()
    for row in list(rows):
        try:
            table.delete_entity(row)
        except ResourceNotFoundError:
            continue


def _from_bot(state: Json, people: Iterable[Json]) -> dict[str, tuple[Json, ...]]:
    """Return what the bot wrote to each person, in Teams and in Slack."""
    found: dict[str, tuple[Json, ...]] = {}
    users = {user_of(one): str(one["id"]) for one in people}
    for one in state["slack"]["messages"]:
        if one["from"] == "bot" and one["user_id"] in users:
            person = users[one["user_id"]]
            found[person] = (*found.get(person, ()), {**one, "activity": {"type": "message", "text": one["text"]}})
    for one in state["chats"]["conversations"].values():
        said = tuple(message for message in one["messages"] if message["from"] == "bot")
        found[one["user_id"]] = (*found.get(one["user_id"], ()), *said)
    return found
