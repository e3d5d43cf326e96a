"""Conversations between a bot and people, with every message in them."""

from typing import Any

from simulator.clock import Clock, fine_stamp
from simulator.errors import ConnectorError
from simulator.ids import stable

Message = dict[str, Any]
Conversation = dict[str, Any]


class Chats:
    """One-to-one conversations by id. A message is `{id, conversation_id, from, at, updated_at, activity, earlier}`.

    `from` is `bot` or a user's object id. `earlier` are the activities that stood in its place, oldest first: a client
    shows one of them until the newer one has reached it. Message ids are rising numbers, as Teams makes them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._conversations: dict[str, Conversation] = {}
        self._last_id = 0
        #: Object ids of people who do not have the bot's app, or no Teams at all: it cannot write to them.
        self.without_app: set[str] = set()

    def clear(self) -> None:
        """Forget every conversation; everybody has the app again."""
        self._conversations.clear()
        self.without_app.clear()

    def open(self, tenant_id: str, user_id: str, *, bot_id: str) -> Conversation:
        """The conversation of a person and a bot; the same one every time."""
        conversation_id = f"a:1{stable('conversation', tenant_id, user_id, bot_id).replace('-', '')}"
        made = {"id": conversation_id, "tenant_id": tenant_id, "user_id": user_id, "bot_id": bot_id, "messages": []}
        return self._conversations.setdefault(conversation_id, made)

    def conversation(self, conversation_id: str) -> Conversation:
        """The conversation of that id.

        Raises:
            ConnectorError: (404) there is none.
        """
        if conversation_id not in self._conversations:
            raise ConnectorError(404, "ConversationNotFound", message="Conversation not found.")
        return self._conversations[conversation_id]

    def post(self, conversation: Conversation, activity: dict[str, Any], *, sender: str) -> Message:
        """Add a message."""
        self._last_id = max(self._last_id + 1, int(self._clock.now().timestamp() * 1000))
        message = {
            "id": str(self._last_id),
            "conversation_id": conversation["id"],
            "from": sender,
            "at": fine_stamp(self._clock.now()),
            "updated_at": None,
            "activity": activity,
            "earlier": [],
        }
        conversation["messages"].append(message)
        return message

    def update(self, conversation: Conversation, message_id: str, *, activity: dict[str, Any]) -> Message:
        """Put `activity` in the place of a message's.

        Raises:
            ConnectorError: (404) there is no such message.
        """
        messages: list[Message] = conversation["messages"]
        message = next((one for one in messages if one["id"] == message_id), None)
        if message is None:
            raise ConnectorError(404, "ActivityNotFoundInConversation", message="Activity not found in conversation.")
        replace_activity(message, activity)
        message["updated_at"] = fine_stamp(self._clock.now())
        return message

    def messages_of(self, tenant_id: str, user_id: str) -> list[Message]:
        """Every message of a person, oldest first."""
        theirs = (
            one for one in self._conversations.values() if (one["tenant_id"], one["user_id"]) == (tenant_id, user_id)
        )
        return sorted(
            (message for one in theirs for message in one["messages"]), key=lambda message: int(message["id"])
        )

    def dump(self) -> dict[str, Any]:
        """Every conversation as JSON."""
        return {"conversations": self._conversations, "last_id": self._last_id}

    def load(self, document: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self._conversations, self._last_id = dict(document["conversations"]), int(document["last_id"])


def replace_activity(message: Message, activity: dict[str, Any]) -> None:
    """Put `activity` in the place of a message's, and remember what stood there."""
    message["earlier"].append(message["activity"])
    message["activity"] = activity
