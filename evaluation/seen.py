"""What is seen of one item from outside of the product, and which objects the corpus means by its names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True, slots=True)
class Seen:
    """One item as it stands now. `start` is the simulated directory when it began, `now` the one of this moment.

    `tenant` is the tenant file with the item's fixture, `original` without, as the corpus names things. `writes` and
    `requests` are those of this item, `cases` the console's JSON of its cases, `told` the events that its tickets got,
    `chats` what the bot wrote, by object id. `answers` are the HTTP statuses with which the front doors answered;
    `policies` the bundles in force before and now.
    """

    tenant: Json
    start: Json
    now: Json
    requester_id: str
    original: Json = field(default_factory=dict)
    writes: tuple[Json, ...] = ()
    requests: tuple[Json, ...] = ()
    cases: tuple[Json, ...] = ()
    told: tuple[Json, ...] = ()
    chats: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    mails: tuple[Json, ...] = ()
    answers: tuple[int, ...] = ()
    policies: tuple[str, str] = ("", "")

    @property
    def applied(self) -> tuple[Json, ...]:
        """The writes that changed the tenant."""
        return tuple(one for one in self.writes if one["applied"])

    @property
    def events(self) -> tuple[Json, ...]:
        """Every log entry of the item's cases."""
        return tuple(event for case in self.cases for event in case["events"])

    def person(self, name: str) -> Json | None:
        """Return a person by sign-in name, mail or id as they are now, else as they were; None for nobody."""
        wanted = name.casefold()
        for directory in (self.now, self.start):
            for user in directory["users"].values():
                names = (user["id"], user.get("userPrincipalName"), user.get("mail"))
                if wanted in {one.casefold() for one in names if one}:
                    return dict(user)
        return None

    def person_now(self, name: str) -> Json | None:
        """Return a person who exists now, or None."""
        found = self.person(name)
        return found if found and found["id"] in self.now["users"] else None

    def group(self, name: str) -> Json | None:
        """Return a group by display name or id; a site's and a team's key is no name of a group."""
        groups = (*self.now["groups"].values(), *self.start["groups"].values())
        return next((dict(one) for one in groups if name in (one["displayName"], one["id"])), None)

    def listed(self, section: str, name: str) -> Json | None:
        """Return an entry of the tenant file by its key, or by what else it is called; also before its fixture."""
        keys = ("key", "displayName", "deviceName", "skuPartNumber", "address", "title", "id", "path")
        entries = [one for file in (self.tenant, self.original) for one in file.get(section, ())]
        return next((one for one in entries if name in {one.get(key) for key in keys}), None)

    def object_ids(self, name: str) -> frozenset[str]:
        """Return the ids of whatever the corpus calls `name`; a kind before a colon is left out."""
        bare = name.partition(":")[2] or name
        found = {one["id"] for one in (self.person(bare), self.group(bare)) if one}
        sections = ("sites", "devices", "applications", "intuneApps", "conditionalAccessPolicies", "mailboxes")
        found |= {str(one["id"]).lower() for one in (self.listed(section, bare) for section in sections) if one}
        return frozenset(found)

    def objects(self, kind: str) -> Json:
        """Return the present objects of one kind by id."""
        return dict(self.now["objects"].get(kind, {}))


def texts(value: object) -> Iterator[str]:
    """Yield every text inside of some JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from texts(one)


def secrets_in(messages: Iterable[Json]) -> Iterator[str]:
    """Yield the secrets that cards show: what stands in letters of one width, its rows put together."""
    for message in messages:
        for card in message["activity"].get("attachments") or ():
            if card.get("contentType") == _CARD and "one-time" in str(message["activity"].get("summary", "")):
                yield "".join(_monospaced(card["content"]))


def _monospaced(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get("fontType") == "Monospace" and isinstance(value.get("text"), str):
            yield value["text"]
        for one in value.values():
            yield from _monospaced(one)
    elif isinstance(value, list):
        for one in value:
            yield from _monospaced(one)
