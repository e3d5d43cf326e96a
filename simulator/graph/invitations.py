"""Inviting guests: the account is there at once, and pending until somebody accepts; no mail is sent.

Source: Graph documentation, "Create invitation". Texts of errors marked (p) are from public code, (u) are not
documented.
"""

import re
from urllib.parse import quote

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph import audits, collection, rights
from simulator.graph.audits import Event
from simulator.graph.calls import Answer, Call, Route, any_of, bad_request
from simulator.graph.schema import Schema
from simulator.graph.user_accounts import account

_WRITERS = any_of("User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
_WRITABLE: dict[str, type] = {
    "invitedUserDisplayName": str,
    "invitedUserEmailAddress": str,
    "invitedUserMessageInfo": dict,
    "invitedUserType": str,
    "inviteRedirectUrl": str,
    "resetRedemption": bool,
    "sendInvitationMessage": bool,
}
_PROPERTIES = frozenset(_WRITABLE) | {"id", "inviteRedeemUrl", "status", "invitedUser"}
_INVITATION = Schema("Invitation", _PROPERTIES, _PROPERTIES, filters={}, writable=_WRITABLE)
_REQUIRED = ("invitedUserEmailAddress", "inviteRedirectUrl")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_INVITED = Event("Invite external user", "UserManagement", "Add", "Invited Users")
_ADDED = Event("Add user", "UserManagement", "Add")


def _invite(call: Call) -> Answer:
    given = collection.checked(call.fields(), _INVITATION)
    for name in _REQUIRED:
        if given.get(name) is None:
            raise _refused(f"A value is required for property '{name}'.")  # (u)
    address = given["invitedUserEmailAddress"]
    _check_address(call, address)
    guest = _existing(call, address)
    if guest is None:
        guest = _new_guest(call, given)
        audits.record(call, [_INVITED, _ADDED], targets=[audits.user_target(guest)])
    else:
        audits.record(call, [_INVITED], targets=[audits.user_target(guest)])
    body = {"@odata.context": call.context("invitations/$entity"), **_shown(call, given, guest=guest)}
    return Answer(status=201, body=body)


def _refused(message: str) -> GraphError:
    return bad_request(message, code="BadRequest")


def _check_address(call: Call, address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise _refused("The invited user email address is not valid.")  # (u)
    verified = {domain["name"].casefold() for domain in call.directory.organization["verifiedDomains"]}
    if address.rpartition("@")[2].casefold() in verified:
        raise _refused("The invited user email address is a verified domain of this directory.")  # (p)


def _existing(call: Call, address: str) -> Resource | None:
    """The guest of that address, who is then invited again.

    Raises:
        GraphError: (400) it is the address of a member.
    """
    wanted = address.casefold()
    for user in call.directory.users.values():
        if wanted in {one.casefold() for one in (user["mail"], *user["otherMails"]) if one}:
            if user["userType"] != "Guest":
                message = f"The invited user already exists in the directory as object ID: {user['id']}."
                raise _refused(f"{message} They can use that account to sign in to shared apps and resources.")  # (p)
            return user
    return None


def _new_guest(call: Call, given: Resource) -> Resource:
    address = given["invitedUserEmailAddress"]
    verified = call.directory.organization["verifiedDomains"]
    home = next((domain["name"] for domain in verified if domain["isInitial"]), verified[0]["name"])
    nickname = f"{address.replace('@', '_')}#EXT#"
    return account(
        call,
        {
            "accountEnabled": True,
            "creationType": "Invitation",
            "displayName": given.get("invitedUserDisplayName") or address.partition("@")[0],
            "externalUserState": "PendingAcceptance",
            "externalUserStateChangeDateTime": stamp(call.now),
            "mail": address,
            "mailNickname": nickname,
            "otherMails": [address],
            "userPrincipalName": f"{nickname}@{home}",
            "userType": given.get("invitedUserType") or "Guest",
        },
    )


def _shown(call: Call, given: Resource, *, guest: Resource) -> Resource:
    # Where the guest goes to accept; the page itself is not simulated.
    target = quote(
        f"https://invitations.microsoft.com/redeem/?tenant={call.directory.tenant_id}&user={guest['id']}", ""
    )
    nothing: Resource = {"messageLanguage": None, "customizedMessageBody": None, "ccRecipients": []}
    return {
        "id": call.ids.guid(),
        "inviteRedeemUrl": f"https://login.microsoftonline.com/redeem?rd={target}",
        "invitedUserDisplayName": given.get("invitedUserDisplayName"),
        "invitedUserType": guest["userType"],
        "invitedUserEmailAddress": given["invitedUserEmailAddress"],
        "sendInvitationMessage": given.get("sendInvitationMessage") or False,
        "resetRedemption": given.get("resetRedemption") or False,
        "inviteRedirectUrl": given["inviteRedirectUrl"],
        "status": guest.get("externalUserState") or "Accepted",
        "invitedUserMessageInfo": given.get("invitedUserMessageInfo") or nothing,
        "invitedUser": {"id": guest["id"]},
    }


ROUTES = (Route("POST", "/invitations", _invite, (_WRITERS,), right=rights.invite_guest),)
