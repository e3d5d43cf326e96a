"""Puts the conversation together: a part of `agent.wiring`, loaded with the rest of a stack."""

from collections.abc import Awaitable, Callable

from azure.data.tables.aio import TableServiceClient

from agent.channels.connector import Connector
from agent.channels.in_place import InPlace
from agent.chat_cases import ChatCases
from agent.conversation import Conversation
from agent.loop import Loop
from agent.ports import CaseStore, Clock, Ports
from agent.storage.chats import TableChats
from agent.storage.deliveries import TableDeliveries


def wire_conversation(
    loop: Loop,
    store: CaseStore,
    *,
    tables: TableServiceClient,
    ports_for: Callable[[str], Awaitable[Ports]],
    connector: Connector,
    clock: Clock,
) -> Conversation:
    """Return the conversation of one stack."""
    cases = ChatCases(store, TableChats(tables))
    deliveries, in_place = TableDeliveries(tables), InPlace(connector)
    return Conversation(loop, cases=cases, deliveries=deliveries, ports_for=ports_for, in_place=in_place, clock=clock)
