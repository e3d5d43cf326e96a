"""Puts the conversation and its doors together: a part of `agent.wiring`, loaded with the rest of a stack."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx
from azure.data.tables.aio import TableServiceClient

from agent.channels.connector import Connector
from agent.channels.in_place import InPlace
from agent.channels.slack import SlackPeople
from agent.chat_cases import ChatCases
from agent.conversation import Conversation
from agent.groundwork import slack_api_of
from agent.intake import Intake, SecretReader
from agent.itsm.source import SourceProfile
from agent.loop import Loop
from agent.ports import CaseStore, Clock, Ports
from agent.request_desk import RequestDesk
from agent.settings import Settings
from agent.slack_door import SlackDoor, Workspace
from agent.storage.chats import TableChats
from agent.storage.deliveries import TableDeliveries
from agent.ticket_answers import TicketAnswers
from agent.vault.secrets import TenantVault


@dataclass(frozen=True, slots=True)
class Talking:
    """The one conversation of a stack, the doors through which tickets and Slack come to it, and the console's desk."""

    conversation: Conversation
    intake: Intake
    slack: SlackDoor
    requests: RequestDesk


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the conversation: adapters that `agent.wiring` has built already."""

    tables: TableServiceClient
    connector: Connector
    client: httpx.AsyncClient
    vaults: Mapping[str, TenantVault]
    ports_for: Callable[[str], Awaitable[Ports]]
    secret: SecretReader
    clock: Clock


def wire_talking(
    settings: Settings, loop: Loop, *, store: CaseStore, sources: Mapping[str, SourceProfile], around: Around
) -> Talking:
    """Return the conversation of one stack with its doors for tickets and Slack."""
    cases = ChatCases(store, TableChats(around.tables))
    conversation = Conversation(
        loop,
        cases=cases,
        deliveries=TableDeliveries(around.tables),
        ports_for=around.ports_for,
        in_place=InPlace(around.connector),
        clock=around.clock,
    )
    slack = SlackDoor(
        _workspaces(settings, around),
        conversation=conversation,
        cases=cases,
        secret=around.secret,
        ports_for=around.ports_for,
        clock=around.clock,
    )
    requests = RequestDesk(loop, cases=cases, ports_for=around.ports_for, clock=around.clock)
    return Talking(conversation, _intake(loop, store=store, sources=sources, around=around), slack, requests)


def _intake(loop: Loop, *, store: CaseStore, sources: Mapping[str, SourceProfile], around: Around) -> Intake:
    deliveries = TableDeliveries(around.tables)
    answers = TicketAnswers(loop, store=store, remembered=deliveries, ports_for=around.ports_for)
    return Intake(
        loop, sources=sources, secret=around.secret, deliveries=deliveries, answers=answers, clock=around.clock
    )


def _workspaces(settings: Settings, around: Around) -> dict[str, Workspace]:
    found = {}
    for tenant in settings.tenants:
        if (slack := tenant.slack) is None:
            continue
        api = slack_api_of(slack, around.vaults[tenant.tenant_id], client=around.client, url=settings.slack_url)
        people = SlackPeople(api, slack.team_id, listed=slack.people, by_mail=slack.people_by_mail)
        found[slack.team_id] = Workspace(
            tenant.tenant_id, slack.team_id, slack.app_id, signing_secret=slack.signing_secret_name, people=people
        )
    return found
