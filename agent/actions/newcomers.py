"""Bringing people into the tenant: a new account, and a guest from elsewhere."""

import uuid
from typing import Annotated, ClassVar, Literal

from pydantic import JsonValue, StringConstraints

from agent.actions.action import Action, Label, ObjectId
from agent.actions.parameters import IN_OUR_DOMAIN, NAMED, PROSE, NameOf, Told, Where
from agent.actions.user_properties import SignInName, Text
from agent.lookups.quoting import domain_of, literal
from agent.model.expectation import AllOf, Expectation, FieldEquals, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Creates, Fact, Step, TargetKind, Undo

# What makes a new object changes the tenant itself.
TENANT = "tenant"

# The new account is found by a filter, and filters read an index that lags behind (Graph docs, advanced queries).
_PATIENCE_SECONDS = 180

# Where a guest arrives after accepting. A fixed page of Microsoft's, because the link goes out in a mail of ours.
_ARRIVAL = "https://myapplications.microsoft.com"

# Names of accounts that do not exist yet become ids in a space of their own (RFC 9562, section 5.5).
_STAND_INS = uuid.UUID("a64e9b52-6f0a-4f4e-9d0b-6a2b7a0f6c1d")

_DisplayName = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=256, pattern=r"^[^\p{C}]+$")]
_Nickname = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9._-]{1,64}$")]
_Country = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]
_Word = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64, pattern=r"^[^\p{C}]+$")]
# 64 characters before the at sign and 255 after it (RFC 5321, section 4.5.3.1); no quoted forms.
_Mail = Annotated[
    str,
    StringConstraints(
        strict=True, max_length=254, pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
    ),
]


class _NewcomerAction(Action):
    target_kind: ClassVar[TargetKind] = "tenant"

    def _read(self, wanted: str) -> GraphCall:
        fields = "id,displayName,userPrincipalName,accountEnabled,userType"
        return GraphCall(method="GET", path="/users", query=(("$filter", wanted), ("$select", fields)))

    def _check(self, wanted: str, *, present: bool, fields: dict[str, JsonValue]) -> Check:
        # The id comes from the write's own answer: somebody else's account of that name proves nothing.
        created = ListHoldsCreated(field="value", present=present)
        shown: tuple[Expectation, ...] = tuple(
            FieldEquals(field=f"value.0.{name}", value=value) for name, value in fields.items()
        )
        expect: Expectation = AllOf(of=(created, *shown)) if shown else created
        return Check(call=self._read(wanted), expect=expect, patience_seconds=_PATIENCE_SECONDS)

    def _undo(self, wanted: str) -> Undo:
        gone = self._check(wanted, present=False, fields={})
        return Undo(call=GraphCall(method="DELETE", path="/users/{created}"), check=gone)

    @property
    def _nobody(self) -> Expectation:
        return FieldEquals(field="value", value=[])

    def _newcomer(self, address: str, profile: dict[str, JsonValue]) -> Creates:
        """Return who will be there: somebody new, who is in no group, holds no role and has no record of risk."""
        stand_in = str(uuid.uuid5(_STAND_INS, f"{self.id}:{address.lower()}"))
        synced_and_licensed: dict[str, JsonValue] = {"onPremisesSyncEnabled": None, "assignedLicenses": []}
        return Creates(
            stand_in=stand_in,
            shown={
                "user.get": {"id": stand_in, "accountEnabled": True, **synced_and_licensed, **profile},
                "user.risk": None,
                "user.directory_roles": {"roles": []},
                "user.groups": {"groups": [], "role_assignable": []},
                "user.units": {"units": []},
                "user.manager": None,
                "user.sponsors": {"sponsors": []},
                "deleted.user": None,
            },
        )


class CreateUser(_NewcomerAction):
    """Create a cloud account with a generated first password, which must be changed at the first sign-in.

    Nothing is sent while somebody has the name or the nickname; a second time Graph answers 400. The password goes
    to `receiver_id`, a person of the tenant who hands it over, because the newcomer cannot be reached yet.
    `user_name` is that person's name. Mailbox and files come with a licence, minutes later. The undo deletes the
    account, which stays among the deleted ones for 30 days (Graph reference, user-post-users and user-delete).
    """

    id: ClassVar[str] = "entra.user.create"
    title: ClassVar[str] = "Create the account {upn}; its first password goes to {user}"
    risk: ClassVar[int] = 60
    repeatable: ClassVar[bool] = False
    also_tells: ClassVar[tuple[str, ...]] = ("params.attributes",)
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    code_from: ClassVar[Literal["none", "generated", "returned"]] = "generated"

    upn: Annotated[SignInName, IN_OUR_DOMAIN]
    called: Annotated[_DisplayName, PROSE]
    nickname: Annotated[_Nickname, IN_OUR_DOMAIN]
    given: Annotated[_Word | None, NAMED] = None
    family: Annotated[_Word | None, NAMED] = None
    department: Annotated[_Word | None, Told("params.department")] = None
    job: Annotated[Text | None, NAMED] = None
    office: Annotated[Text | None, NAMED] = None
    country: Annotated[_Country | None, NAMED] = None
    receiver_id: ObjectId
    user_name: Annotated[Label, NameOf(Where("user.get", "{receiver_id}"))] = ""

    def step(self) -> Step:
        """As `Action.step`."""
        by_name = f"userPrincipalName eq {literal(self.upn)}"
        shown: dict[str, JsonValue] = {"displayName": self.called, "accountEnabled": True}
        return self._built(
            title=self.title.format(upn=self.upn, user=self.user_name or self.receiver_id),
            target=(TENANT, ""),
            beneficiary_id=self.receiver_id,
            beneficiary_label=self.user_name,
            call=GraphCall(
                method="POST", path="/users", body=self._described(), secret_at=("passwordProfile", "password")
            ),
            check=self._check(by_name, present=True, fields=shown),
            capture=self._read(f"{by_name} or mailNickname eq {literal(self.nickname)}"),
            precondition=self._nobody,
            undo=self._undo(by_name),
            creates=self._newcomer(self.upn, self._profile),
        )

    @property
    def _profile(self) -> dict[str, JsonValue]:
        unset: dict[str, JsonValue] = {"department": None, "usageLocation": None}
        named: dict[str, JsonValue] = {"displayName": self.called, "userPrincipalName": self.upn, "userType": "Member"}
        return {**unset, **named, **self._optional}

    def _told(self) -> dict[str, Fact]:
        return {**super()._told(), "params.attributes": tuple(sorted(self._optional))}

    @property
    def _optional(self) -> dict[str, JsonValue]:
        given: dict[str, JsonValue] = {
            "givenName": self.given,
            "surname": self.family,
            "department": self.department,
            "jobTitle": self.job,
            "officeLocation": self.office,
            "usageLocation": self.country,
        }
        return {name: value for name, value in given.items() if value is not None}

    def _described(self) -> dict[str, JsonValue]:
        return {
            "accountEnabled": True,
            "displayName": self.called,
            "mailNickname": self.nickname,
            "userPrincipalName": self.upn,
            "passwordProfile": {"forceChangePasswordNextSignIn": True},
            **self._optional,
        }


class InviteGuest(_NewcomerAction):
    """Invite somebody from elsewhere as a guest; Microsoft sends the mail, without words of ours.

    Inviting an existing guest again would give the same account and another mail, so nothing is sent while anybody
    has the address. Graph answers 400 for an address in a domain of the tenant and for a blocked domain (Graph
    reference, invitation-post). The undo deletes the account; the mail has gone out. `group_id` is the group into which
    the same plan brings the guest: whether somebody who owns it could be asked is what policy is told about owners.
    """

    id: ClassVar[str] = "entra.guest.invite"
    title: ClassVar[str] = "Invite {mail} as a guest to {target}"
    risk: ClassVar[int] = 50
    repeatable: ClassVar[bool] = False
    throttle_class: ClassVar[str] = "invitation"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.Invite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.Invite.All",)
    undo_permissions: ClassVar[tuple[str, ...]] = ("User.DeleteRestore.All",)
    created_field: ClassVar[str] = "invitedUser.id"
    also_tells: ClassVar[tuple[str, ...]] = ("beneficiary.kind",)

    mail: Annotated[_Mail, Told("beneficiary.mail_domain", domain_of)]
    called: Annotated[_DisplayName | None, PROSE] = None
    group_id: Annotated[ObjectId | None, Told("params.group_id")] = None
    target_name: Annotated[Label, NameOf(Where("tenant.org", TENANT))] = ""

    def _told(self) -> dict[str, Fact]:
        # The account that comes is a guest's: nothing is sent while anybody has the address.
        return {**super()._told(), "beneficiary.kind": "guest"}

    def step(self) -> Step:
        """As `Action.step`."""
        address = literal(self.mail)
        by_mail = f"mail eq {address} or otherMails/any(m:m eq {address})"
        # An account that has it as a sign-in name or a further address would be given back too, and then undone.
        alias = literal(f"smtp:{self.mail}")
        anybody = f"{by_mail} or userPrincipalName eq {address} or proxyAddresses/any(one:one eq {alias})"
        body: dict[str, JsonValue] = {
            "invitedUserEmailAddress": self.mail,
            "inviteRedirectUrl": _ARRIVAL,
            "sendInvitationMessage": True,
        }
        return self._built(
            title=self.title.format(mail=self.mail, target=self.target_name or "the tenant"),
            target=(TENANT, self.target_name),
            call=GraphCall(
                method="POST",
                path="/invitations",
                body=body if self.called is None else {**body, "invitedUserDisplayName": self.called},
            ),
            check=self._check(by_mail, present=True, fields={"userType": "Guest"}),
            capture=self._read(anybody),
            precondition=self._nobody,
            undo=self._undo(by_mail),
            # The name of a guest without one, and the sign-in name, are Microsoft's to make.
            creates=self._newcomer(self.mail, {"displayName": self.called, "mail": self.mail, "userType": "Guest"}),
        )
