"""Ending the sign-in sessions of a user account."""

from typing import ClassVar

from agent.actions.action import UserAction
from agent.model.expectation import ChangedSince
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step


class RevokeSessions(UserAction):
    """Invalidate all refresh tokens and browser sessions; the user signs in again everywhere.

    Tokens already handed out may live for some minutes more (Graph reference, user-revokesigninsessions).
    """

    id: ClassVar[str] = "entra.user.sessions.revoke"
    title: ClassVar[str] = "Sign {user} out of every session"
    risk: ClassVar[int] = 20
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.RevokeSessions.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.RevokeSessions.All",)
    serves_me: ClassVar[bool] = True
    irreversible: ClassVar[str] = "ended sessions do not come back; the user signs in again"

    def step(self) -> Step:
        """As `Action.step`."""
        read = self._read("signInSessionsValidFromDateTime")
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path=f"{self._path}/revokeSignInSessions"),
            check=Check(call=read, expect=ChangedSince(field="signInSessionsValidFromDateTime")),
            capture=read,
        )
