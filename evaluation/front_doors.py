"""Files an item as its requester would: a signed webhook, a message in Teams or Slack, or the form of the console.

Only the envelope is given. In the console people sign in at the simulated Entra, and press the button of the page.
"""

import json
import re
from dataclasses import dataclass, replace
from uuid import uuid4

import httpx

from devhost.browser import Browser
from devhost.desk import Address, Desk, Ticket
from devhost.errors import StoryError
from evaluation.items import Envelope
from evaluation.stack import SOURCES


@dataclass(frozen=True, slots=True)
class Filed:
    """How a front door answered: the HTTP status, the case, and the ticket's id."""

    status: int
    case_id: str = ""
    ticket: str = ""
    note: str = ""


class FrontDoors:
    """The doors of one stack. Close it to close its connections."""

    def __init__(self, address: Address) -> None:
        self.desk = Desk(address)
        self._address = address
        self._sources = {name: Desk(replace(address, source=source)) for name, source in SOURCES.items()}

    def close(self) -> None:
        """Close the connections."""
        for desk in (self.desk, *self._sources.values()):
            desk.close()

    def file(self, envelope: Envelope, *, requester: str) -> Filed:
        """File what is in the envelope; `requester` is its requester's sign-in name."""
        match envelope.channel:
            case "itsm":
                ticket = ticket_of(envelope)
                return self.deliver(ticket.body, ticket=ticket.id, assurance=envelope.assurance)
            case "teams":
                return self.say(requester, said_in(envelope))
            case "slack":
                return self.say_in_slack(requester, said_in(envelope))
            case "console":
                return self.ask_in_console(requester, said_in(envelope))

    def deliver(
        self, body: bytes, *, ticket: str, assurance: str = "portal", headers: dict[str, str] | None = None
    ) -> Filed:
        """Send a webhook body, signed unless `headers` are given."""
        desk = self._sources["email" if assurance == "email" else "portal"]
        answer = desk.deliver(body, headers)
        said = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        return Filed(
            answer.status_code, case_id=str(said.get("case", "")), ticket=ticket, note=str(said.get("error", ""))
        )

    def comment(self, ticket: str, text: str, *, requester: str, assurance: str) -> Filed:
        """Comment on a ticket as its requester; no case is opened, and the one that goes on is known already."""
        author = {"email": requester}
        via = "email" if assurance == "email" else "portal"
        said = {"id": f"c-{uuid4().hex[:10]}", "text": text, "author": author, "via": via}
        body = json.dumps({"type": "ticket.commented", "data": {"ticket": {"id": ticket}, "comment": said}}).encode()
        return replace(self.deliver(body, ticket=ticket, assurance=assurance), case_id="")

    def signed(self, body: bytes) -> dict[str, str]:
        """Return the headers of a valid delivery of `body`."""
        return self.desk.signed(body)

    def say(self, person: str, text: str) -> Filed:
        """Write to the bot; the case is the one that this message opened, if any."""
        before = set(self.desk.cases())
        try:
            self.desk.say(person, text)
        except StoryError as problem:
            return Filed(400, note=str(problem))
        except httpx.HTTPStatusError as problem:
            return Filed(problem.response.status_code, note="nobody of that name can sign in to Teams")
        return Filed(202, case_id=self._opened_since(before))

    def say_in_slack(self, person: str, text: str) -> Filed:
        """Write to the app in Slack; the case is the one that this message opened, if any."""
        before = set(self.desk.cases())
        try:
            answer = self.desk.say_in_slack(person, text)
        except httpx.HTTPStatusError as problem:
            return Filed(problem.response.status_code, note="nobody of that name has an account in Slack")
        return Filed(int(answer["status"]), case_id=self._opened_since(before))

    def ask_in_console(self, person: str, text: str) -> Filed:
        """Sign in to the page of requests as a person, and send its form."""
        with Browser(self._address) as browser:
            page = browser.ask(person, text)
        found = re.search(r"/api/request/([0-9a-f]{32})$", str(page.url))
        if found is None:
            return Filed(page.status_code if page.status_code >= 400 else 403, note="the console took no request")
        return Filed(202, case_id=found[1])

    def _opened_since(self, before: set[str]) -> str:
        return next((one for one in self.desk.cases() if one not in before), "")


def said_in(envelope: Envelope) -> str:
    """Return what is written in a chat, which has no subject of its own."""
    return "\n".join(one for one in (envelope.subject, envelope.body) if one)


def ticket_of(envelope: Envelope) -> Ticket:
    """Return the ticket of an envelope under an id that says nothing."""
    name = f"SR-{uuid4().hex[:10]}"
    return Ticket(name, envelope.requester or "", summary=envelope.subject, description=envelope.body)
