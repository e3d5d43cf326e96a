"""Blocking and unblocking the sign-in of a user account, and changing the name it signs in with."""

from typing import Annotated, ClassVar, Self

from pydantic import JsonValue, model_validator

from agent.actions.parameters import IN_OUR_DOMAIN
from agent.actions.user_properties import PropertiesAction, SignInName

_ENABLE = ("User.EnableDisableAccount.All",)


class DisableUser(PropertiesAction):
    """Block sign-in. Tokens already handed out live on for up to an hour: pair it with revoking the sessions.

    It is a PATCH of its own, because its permission is one of its own and Graph refuses a request as a whole. An
    administrator as the target takes a higher role (Graph reference, user-update).
    """

    id: ClassVar[str] = "entra.user.disable"
    title: ClassVar[str] = "Block the sign-in of {user}"
    risk: ClassVar[int] = 50
    delegated_permissions: ClassVar[tuple[str, ...]] = _ENABLE
    application_permissions: ClassVar[tuple[str, ...]] = _ENABLE

    def _values(self) -> dict[str, JsonValue]:
        return {"accountEnabled": False}

    def _was(self) -> dict[str, JsonValue]:
        return {"accountEnabled": True}


class EnableUser(PropertiesAction):
    """Let a blocked account sign in again, with the password and the methods that it had; see `DisableUser`."""

    id: ClassVar[str] = "entra.user.enable"
    title: ClassVar[str] = "Let {user} sign in again"
    risk: ClassVar[int] = 55
    delegated_permissions: ClassVar[tuple[str, ...]] = _ENABLE
    application_permissions: ClassVar[tuple[str, ...]] = _ENABLE

    def _values(self) -> dict[str, JsonValue]:
        return {"accountEnabled": True}

    def _was(self) -> dict[str, JsonValue]:
        return {"accountEnabled": False}


class ChangeSignInName(PropertiesAction):
    """Change the user principal name. Mail addresses and the nickname stay as they are.

    The domain must be a verified one of the tenant, and nobody else may have the name: both are 400 (Graph
    reference, user-update). Addresses of OneDrive and sessions of Office follow hours later.
    """

    id: ClassVar[str] = "entra.user.upn.change"
    title: ClassVar[str] = "Change the sign-in name of {user}"
    risk: ClassVar[int] = 55
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)

    upn: Annotated[SignInName, IN_OUR_DOMAIN]
    was_upn: SignInName

    @model_validator(mode="after")
    def _is_another(self) -> Self:
        if self.upn == self.was_upn:
            raise ValueError("expected another sign-in name than the account has")
        return self

    def _values(self) -> dict[str, JsonValue]:
        return {"userPrincipalName": self.upn}

    def _was(self) -> dict[str, JsonValue]:
        return {"userPrincipalName": self.was_upn}
