"""A one-time secret of a chat's case goes to the verified requester's own chat, once, and nowhere else."""

import json
from typing import Any

import httpx

from agent.channels.connector import Connector
from agent.channels.teams import TeamsChannel
from agent.model.case import Case
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.fake_teams import FakeTeams
from tests.agent.chat_room import Room
from tests.agent.stand_ins import Numbers
from tests.agent.world import ALLOW_ALL, ANN, EVE, TENANT

GROUP = "19:project@thread.v2"


async def token() -> str:
    return "bot-token"


class Office(Room):
    """A room in which everything is allowed and the bot speaks through the connector."""

    def __init__(self) -> None:
        super().__init__()
        self.teams = FakeTeams()
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.teams))
        connector = Connector(client, base_url="https://localhost:7443/teams/", bot_app_id="bot", token=token)
        self.world.people = TeamsChannel(connector, pages=PAGES)  # type: ignore[assignment]  # The real channel.
        put = self.world.directory
        for person in (ANN, EVE):

            def reset(body: object, person: str = person) -> tuple[int, dict[str, str]]:
                profile = put.objects[f"/users/{person}"]
                changed = self.world.clock.now().isoformat().replace("+00:00", "Z")
                put.put(f"/users/{person}", {**profile, "lastPasswordChangeDateTime": changed})
                return 204, {}

            put.on("PATCH", f"/users/{person}", reset)

    def secrets(self) -> list[str]:
        """To whom a message with the secret went."""
        return [one["to"] for one in self.teams.messages.values() if Numbers.PASSWORD in json.dumps(one)]


async def told(text: str, **changes: Any) -> tuple[Office, Case]:
    office = Office()
    await office.world.publish(ALLOW_ALL)
    await office.says(text, **changes)
    return office, (await office.all_cases())[0]


async def test_a_new_password_asked_for_in_a_group_is_shown_in_the_persons_own_chat_only_and_once() -> None:
    office, case = await told("<at>Remit</at> I forgot my password, please reset it", group=GROUP)
    assert case.outcome == "resolved" and office.secrets() == [ANN]
    assert not any(GROUP in request.url.path or "19%3A" in str(request.url) for request in office.teams.requests)
    assert all(Numbers.PASSWORD not in text for _, text in office.places.said)


async def test_the_conversation_that_a_message_names_never_gets_a_secret() -> None:
    office, case = await told(
        "I forgot my password, please reset it",
        conversation={"id": "a:attacker", "tenantId": TENANT, "conversationType": "personal"},
    )
    assert case.outcome == "resolved" and office.secrets() == [ANN]
    assert not any("attacker" in str(request.url) for request in office.teams.requests)


async def test_a_password_asked_for_somebody_else_is_refused_and_shown_to_nobody() -> None:
    office, case = await told("please reset the password of Eve")
    assert (case.outcome, office.secrets(), office.world.directory.written) == ("refused", [], [])


async def test_a_secret_that_cannot_be_delivered_goes_nowhere_else() -> None:
    office = Office()
    await office.world.publish(ALLOW_ALL)
    office.teams.unreachable = {ANN}
    await office.says("<at>Remit</at> I forgot my password, please reset it", group=GROUP)
    (case,) = await office.all_cases()
    assert case.outcome == "escalated" and case.urgent and office.secrets() == []
    kept = case.model_dump_json() + "".join([one.model_dump_json() for one in await office.world.store.events(case.id)])
    assert Numbers.PASSWORD not in kept
