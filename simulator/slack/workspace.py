"""The one workspace: an account for everybody of the home tenant, and what was said in their chats with the app."""

from typing import Any

from simulator.clock import Clock, fine_stamp
from simulator.directory import Directory, Resource
from simulator.errors import ControlError
from simulator.ids import stable

TEAM_ID, APP_ID = "T0REMITSIM", "A0REMITSIM"
Message = dict[str, Any]
Account = dict[str, Any]


class Workspace:
    """Accounts are made of the directory, as a sign-in by Entra ID would make them; `changes` are what differs since.

    `token` is the app's, `signing_secret` signs events that go to `endpoint`; None until somebody sets them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changes: dict[str, Account] = {}
        self._messages: list[Message] = []
        self._last_ts = 0.0
        self.token: str | None = None
        self.signing_secret: str | None = None
        self.endpoint: str | None = None

    def clear(self) -> None:
        """Forget messages and changed accounts. Secrets stay: they belong to the deployment, not to the tenant."""
        self._changes.clear()
        self._messages.clear()

    def account(self, directory: Directory, user_id: str) -> Account | None:
        """What Slack says of the account `user_id`, or None when nobody has it."""
        user = next((one for one in directory.users.values() if user_of(one) == user_id), None)
        if user is None:
            return None
        changes = self._changes.get(user_id, {})
        mail = changes.get("email", user.get("mail") or user["userPrincipalName"])
        made = {
            "id": user_id,
            "team_id": TEAM_ID,
            "name": str(user["userPrincipalName"]).partition("@")[0],
            "real_name": user["displayName"],
            "deleted": False,
            "is_bot": False,
            "is_restricted": user.get("userType") == "Guest",
            "is_ultra_restricted": False,
            "is_email_confirmed": True,
            "profile": {"real_name": user["displayName"], **({} if mail is None else {"email": mail})},
        }
        return {**made, **{name: value for name, value in changes.items() if name != "email"}}

    def change(self, user_id: str, changes: Account) -> None:
        """Let an account say something else of itself; `email` stands in its profile, and None takes it out."""
        self._changes.setdefault(user_id, {}).update(changes)

    def say(self, user_id: str, text: str, *, sender: str) -> Message:
        """Add a message to the direct chat of an account; `sender` is `bot` or the account."""
        self._last_ts = max(round(self._last_ts + 0.000001, 6), self._clock.now().timestamp())
        at = fine_stamp(self._clock.now())
        ts = f"{self._last_ts:.6f}"
        message = {"ts": ts, "user_id": user_id, "channel": chat_of(user_id), "from": sender, "at": at, "text": text}
        self._messages.append(message)
        return message

    def users_of(self, directory: Directory) -> list[str]:
        """Every Slack user of the workspace."""
        return [user_of(one) for one in directory.users.values()]

    def messages_of(self, user_id: str) -> list[Message]:
        """Every message in the direct chat of an account, oldest first."""
        return [one for one in self._messages if one["user_id"] == user_id]

    def dump(self) -> Resource:
        """Messages and changed accounts as JSON, without the secrets."""
        return {"changes": self._changes, "messages": self._messages}

    def load(self, document: Resource) -> None:
        """Take over what `dump` gave."""
        self._changes, self._messages = dict(document["changes"]), list(document["messages"])


def user_of(user: Resource) -> str:
    """The Slack user of a person of the directory."""
    return f"U{_code('slack user', str(user['id']))}"


def chat_of(user_id: str) -> str:
    """The direct chat of a Slack user and the app."""
    return f"D{_code('slack chat', user_id)}"


def person_in(directory: Directory, name: str) -> Resource:
    """The person of the directory whom a Slack user, a sign-in name or an object id names.

    Raises:
        ControlError: (404) nobody of that name.
    """
    user = directory.user(name) or next((one for one in directory.users.values() if user_of(one) == name), None)
    if user is None:
        raise ControlError(404, "NoSuchUser", message=f"expected a person of the home tenant, got `{name}`")
    return user


def _code(*parts: str) -> str:
    return stable(*parts).replace("-", "").upper()[:10]
