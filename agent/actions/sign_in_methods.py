"""Adding and deleting what a person proves who they are with: telephones, apps, keys and devices."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import StringConstraints

from agent.actions.action import UserAction
from agent.actions.parameters import BOUND, Untold
from agent.model.expectation import ItemHas, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

PhoneType = Literal["mobile", "alternateMobile", "office"]

# A telephone is named by its kind: these ids are the same for every user (Graph reference, phoneAuthenticationMethod).
PHONE_IDS: Final[dict[PhoneType, str]] = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}

# `+{country code} {number}x{extension}` is the form that Graph takes; any other is refused (Graph reference,
# authentication-post-phonemethods). A number has 15 digits at most (ITU-T E.164).
PhoneNumber = Annotated[
    str, StringConstraints(strict=True, pattern=r"^\+[1-9][0-9]{0,2} [0-9]{4,14}(?:x[0-9]{1,8})?$", max_length=28)
]

# GUIDs, and of keys and devices base64 in its URL form, which is one segment of a path as it is.
MethodId = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_=-]{1,512}$")]


class _PhoneAction(UserAction):
    opens_sign_in: ClassVar[bool] = True

    phone_type: Annotated[PhoneType, Untold("any kind of telephone lets its holder sign in")]

    @property
    def _phones(self) -> str:
        return f"{self._path}/authentication/phoneMethods"

    @property
    def _list(self) -> GraphCall:
        return GraphCall(method="GET", path=self._phones)

    @property
    def _delete(self) -> GraphCall:
        return GraphCall(method="DELETE", path=f"{self._phones}/{PHONE_IDS[self.phone_type]}")

    def _post(self, number: str) -> GraphCall:
        return GraphCall(method="POST", path=self._phones, body={"phoneNumber": number, "phoneType": self.phone_type})

    def _is_there(self, number: str) -> ItemHas:
        phone_id = PHONE_IDS[self.phone_type]
        return ItemHas(field="value", key="id", value=phone_id, within="phoneNumber", wanted=number)

    @property
    def _is_gone(self) -> ListHolds:
        return ListHolds(field="value", key="id", value=PHONE_IDS[self.phone_type], present=False)

    @property
    def _title(self) -> str:
        return self.title.format(user=self.user_name or self.user_id, phone=_PHONES[self.phone_type])


_PHONES: Final[dict[PhoneType, str]] = {
    "mobile": "mobile phone",
    "alternateMobile": "second mobile phone",
    "office": "office phone",
}


class AddPhone(_PhoneAction):
    """Register a telephone for a user to sign in with. A user has one of each kind; a second is refused with 400.

    A second mobile phone needs a first one. Whether the number is the user's own is not checked by the service.
    Source: Graph reference, authentication-post-phonemethods.
    """

    id: ClassVar[str] = "entra.auth.method.phone.add"
    title: ClassVar[str] = "Register a {phone} for signing in as {user}"
    # Who adds a number of their own to somebody's account has taken it over.
    risk: ClassVar[int] = 69
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-Phone.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-Phone.ReadWrite.All",)

    number: Annotated[PhoneNumber, Untold("nobody can tell from a number whose it is; who approves is told the user")]

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._post(self.number),
            check=Check(call=self._list, expect=self._is_there(self.number)),
            capture=self._list,
            precondition=self._is_gone,
            undo=Undo(call=self._delete, check=Check(call=self._list, expect=self._is_gone)),
        )


class DeletePhone(_PhoneAction):
    """Delete a telephone with which a user signs in. The undo registers `was_number` again.

    Signing in by text message alone, where it was switched on, is not switched on again by the undo. The service
    refuses to delete the default method before the others (Graph reference, phoneauthenticationmethod-delete).
    """

    id: ClassVar[str] = "entra.auth.method.phone.delete"
    title: ClassVar[str] = "Delete the {phone} that {user} signs in with"
    risk: ClassVar[int] = 55
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-Phone.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-Phone.ReadWrite.All",)

    was_number: PhoneNumber

    def step(self) -> Step:
        """As `Action.step`."""
        there = self._is_there(self.was_number)
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._delete,
            check=Check(call=self._list, expect=self._is_gone),
            capture=self._list,
            precondition=there,
            undo=Undo(call=self._post(self.was_number), check=Check(call=self._list, expect=there)),
        )


class _DeleteMethod(UserAction):
    """What one deletion of a method that only the user can register again has in common with the others.

    A second deletion is answered with 404. The report of registrations lags behind, so the check reads the methods.
    `kind` is the segment of the path, and the OData type less its namespace and ending.
    """

    risk: ClassVar[int] = 65
    opens_sign_in: ClassVar[bool] = True
    removes_by_id: ClassVar[bool] = True
    kind: ClassVar[str]

    method_id: Annotated[MethodId, BOUND]

    def step(self) -> Step:
        """As `Action.step`."""
        # The list of all methods is what the look-up reads; the lists by kind need permissions of their own.
        every = GraphCall(method="GET", path=f"{self._path}/authentication/methods")
        gone = ListHolds(field="value", key="id", value=self.method_id, present=False)
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="DELETE", path=f"{self._path}/authentication/{self.kind}Methods/{self.method_id}"),
            check=Check(call=every, expect=gone),
            capture=every,
        )


class DeleteAuthenticator(_DeleteMethod):
    """Delete one registration of Microsoft Authenticator. Source: microsoftauthenticatorauthenticationmethod-delete."""

    id: ClassVar[str] = "entra.auth.method.authenticator.delete"
    title: ClassVar[str] = "Delete a registration of Microsoft Authenticator of {user}"
    kind: ClassVar[str] = "microsoftAuthenticator"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",)
    irreversible: ClassVar[str] = "only the person can register their app again"


class DeleteSecurityKey(_DeleteMethod):
    """Delete one FIDO2 key or passkey. Source: Graph reference, fido2authenticationmethod-delete."""

    id: ClassVar[str] = "entra.auth.method.fido2.delete"
    title: ClassVar[str] = "Delete a security key or passkey of {user}"
    kind: ClassVar[str] = "fido2"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-Passkey.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-Passkey.ReadWrite.All",)
    irreversible: ClassVar[str] = "only the person who has the key can register it again"


class DeleteSoftwareToken(_DeleteMethod):
    """Delete one software OATH token. Source: Graph reference, softwareoathauthenticationmethod-delete."""

    id: ClassVar[str] = "entra.auth.method.softwareoath.delete"
    title: ClassVar[str] = "Delete a software token for one-time codes of {user}"
    kind: ClassVar[str] = "softwareOath"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-SoftwareOATH.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-SoftwareOATH.ReadWrite.All",)
    irreversible: ClassVar[str] = "the secret of a deleted token cannot be read, so it cannot be put back"


class DeleteWindowsHello(_DeleteMethod):
    """Delete Windows Hello for Business on one device. Source: windowshelloforbusinessauthenticationmethod-delete."""

    id: ClassVar[str] = "entra.auth.method.whfb.delete"
    title: ClassVar[str] = "Delete Windows Hello for Business of {user} on a device"
    kind: ClassVar[str] = "windowsHelloForBusiness"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-WindowsHello.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-WindowsHello.ReadWrite.All",)
    irreversible: ClassVar[str] = "only the person can set it up again on their device"
