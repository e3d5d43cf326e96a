"""What Teams sends to a bot: a message someone typed, and the press of a button on a card.

Shapes as captured on the wire from the Agents Playground, with what real Teams adds (`value.action.id`,
`value.trigger`, `channelData.legacy`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.clock import stamp
from simulator.cloud import Cloud
from simulator.connector.chats import Conversation, Message, replace_activity
from simulator.connector.routes import service_url
from simulator.directory import Resource
from simulator.errors import ControlError

CARD = "application/vnd.microsoft.card.adaptive"
LOGIN = "application/vnd.microsoft.activity.loginRequest"
Activity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Press:
    """The press of a button: which `verb`, what was typed into the card's `inputs`, `manual` or `automatic`."""

    verb: str
    inputs: dict[str, Any]
    trigger: str = "manual"


def said(cloud: Cloud, conversation: Conversation, *, user: Resource, text: str) -> Activity:
    """The activity of a plain message."""
    sent = _sent(cloud, conversation, user=user)
    return {**sent, "type": "message", "text": text, "textFormat": "plain"}


def pressed(cloud: Cloud, conversation: Conversation, *, user: Resource, message: Message, press: Press) -> Activity:
    """The `adaptiveCard/action` invoke of a press on the card of `message`, as it is or as it was: a client that has
    not seen the newer one presses on the older.

    Raises:
        ControlError: (404) no card that stood there had an `Action.Execute` with that verb.
    """
    action = find_action(message, press.verb) or find_earlier_action(message, press.verb)
    if action is None:
        raise ControlError(404, "NoSuchAction", message=f"expected an Action.Execute with verb `{press.verb}`")
    # Inputs of the card are merged into the action's own data (Adaptive Cards 1.5, Action.Execute).
    shown: Activity = {name: action[name] for name in ("id", "title") if name in action}
    own: Activity = action.get("data") or {}
    invoked: Activity = {
        "type": "Action.Execute",
        "id": "",
        **shown,
        "verb": press.verb,
        "data": {**own, **press.inputs},
    }
    sent = _sent(cloud, conversation, user=user)
    channel = {**sent["channelData"], "source": {"name": "message"}, "legacy": {"replyToId": f"1:{message['id']}"}}
    return {
        **sent,
        "type": "invoke",
        "name": "adaptiveCard/action",
        "channelData": channel,
        "replyToId": message["id"],
        "value": {"action": invoked, "trigger": press.trigger},
    }


def login_request(answer: object) -> dict[str, Any] | None:
    """What a bot's answer to an invoke asks a client to sign in for, or None when it asks for nothing of the kind."""
    given = answer if isinstance(answer, dict) else {}
    asks = given.get("statusCode") == 401 and given.get("type") == LOGIN and isinstance(given.get("value"), dict)
    return given["value"] if asks else None


def with_token(cloud: Cloud, activity: Activity, *, login: dict[str, Any], token: str) -> Activity:
    """The same press once more, as Teams repeats it with a token (msteams-docs, SSO for universal actions)."""
    exchanged = (login.get("tokenExchangeResource") or {}).get("id")
    authentication = {"id": exchanged, "connectionName": login.get("connectionName"), "token": token}
    value = {**activity["value"], "authentication": authentication}
    return {**activity, "id": f"f:{cloud.ids.guid()}", "value": value}


def find_action(message: Message, verb: str) -> dict[str, Any] | None:
    """The `Action.Execute` of a verb in the message's card, wherever in the card it stands."""
    return next((action for action in _actions(card_of(message)) if action.get("verb") == verb), None)


def find_earlier_action(message: Message, verb: str) -> dict[str, Any] | None:
    """The newest `Action.Execute` of a verb that stood in the message's place and stands there no more."""
    older = (find_action({**message, "activity": one}, verb) for one in reversed(message["earlier"]))
    return next((found for found in older if found is not None), None)


def card_of(message: Message) -> dict[str, Any]:
    """The adaptive card of a message, empty when it has none."""
    attachments = message["activity"].get("attachments") or []
    return next((one.get("content") or {} for one in attachments if one.get("contentType") == CARD), {})


def replace_card(message: Message, card: dict[str, Any]) -> None:
    """Show another card in the place of the message's."""
    attachments = message["activity"].get("attachments") or []
    kept = [one for one in attachments if one.get("contentType") != CARD]
    shown = {**message["activity"], "attachments": [{"contentType": CARD, "content": card}, *kept]}
    replace_activity(message, shown)


def _actions(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "Action.Execute":
            yield node
        for value in node.values():
            yield from _actions(value)
    elif isinstance(node, list):
        for value in node:
            yield from _actions(value)


def _sent(cloud: Cloud, conversation: Conversation, *, user: Resource) -> Activity:
    """What every activity of a person carries."""
    at = stamp(cloud.clock.now())
    tenant_id = conversation["tenant_id"]
    return {
        "id": f"f:{cloud.ids.guid()}",
        "channelId": "msteams",
        "timestamp": at,
        "localTimestamp": at.replace("Z", "+00:00"),
        "localTimezone": "UTC",
        "serviceUrl": service_url(cloud),
        "from": {"id": f"29:{user['id']}", "name": user["displayName"], "aadObjectId": user["id"]},
        "conversation": {"conversationType": "personal", "tenantId": tenant_id, "id": conversation["id"]},
        "recipient": {"id": f"28:{conversation['bot_id']}", "name": "Remit"},
        "locale": "en-US",
        "entities": [
            {"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web", "timezone": "UTC"},
        ],
        "channelData": {"tenant": {"id": tenant_id}},
    }
