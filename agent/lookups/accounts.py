"""Questions about accounts beyond the profile: who has an address, who reports to whom, who signs in and how, and
which accounts are deleted."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import is_address, literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records, texts
from agent.lookups.tenant import TENANT
from agent.model.graph_call import GraphCall

_CANDIDATE = "id,displayName,userPrincipalName,mail,employeeId,accountEnabled,userType"

# Addresses are found wherever they stand; an employee id is what the tenant makes of it, at most 16 characters. What
# ties an account to one on premises is base64 of an id there, or what an administrator wrote.
_BY = {
    "mail": "mail eq {value} or otherMails/any(m:m eq {value})",
    "userPrincipalName": "userPrincipalName eq {value}",
    "employeeId": "employeeId eq {value}",
    "onPremisesImmutableId": "onPremisesImmutableId eq {value}",
}
_MAX_CHARS = {"employeeId": 16, "onPremisesImmutableId": 256}


def _filter(subject: str) -> GraphCall:
    name, _, text = subject.partition(":")
    most = _MAX_CHARS.get(name)
    asked = is_address(text) if most is None else text.isprintable() and 0 < len(text) <= most
    if name not in _BY or not asked:
        raise DirectoryError(f"expected one of {sorted(_BY)}, a colon and a value to look up a user")
    wanted = _BY[name].format(value=literal(text))
    return GraphCall(method="GET", path="/users", query=(("$filter", wanted), ("$select", _CANDIDATE)))


def _candidates(_subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = [_person(one) for one in records(body)]
    return {"candidates": found} if found else None


def _person(record: Mapping[str, Any]) -> dict[str, Any]:
    names = picked(record, displayName=str, userPrincipalName=str, mail=str, employeeId=str, accountEnabled=bool)
    return {"id": id_of(record), **names, **picked(record, userType=str)}


def _signed_in(subject: str) -> GraphCall:
    query = (("$select", "id,signInActivity"),)
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}", query=query)


def _sign_in_activity(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    _require_about(subject, body)
    if "signInActivity" not in body:
        raise UnreadableError("expected `signInActivity`, which may be null")
    activity = body["signInActivity"]
    if activity is None:
        return {"has_signed_in": False}
    if not isinstance(activity, Mapping):
        raise UnreadableError("expected an object in `signInActivity`")
    times = picked(
        activity,
        lastSignInDateTime=str,
        lastNonInteractiveSignInDateTime=str,
        lastSuccessfulSignInDateTime=str,
    )
    return {"has_signed_in": any(times.values()), **times}


def _reports_of(subject: str) -> GraphCall:
    query = (("$select", "id,displayName,userPrincipalName"),)
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}/directReports", query=query)


def _reports(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # Contacts report to managers too; only users can be acted upon.
    users = [one for one in records(body) if one.get("@odata.type", _USER) == _USER]
    return {"reports": [{"id": id_of(one), **picked(one, displayName=str, userPrincipalName=str)} for one in users]}


def _registered(subject: str) -> GraphCall:
    path = f"/reports/authenticationMethods/userRegistrationDetails/{object_id(subject)}"
    return GraphCall(method="GET", path=path)


def _registration(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    _require_about(subject, body)
    flags = picked(
        body,
        isAdmin=bool,
        isMfaRegistered=bool,
        isMfaCapable=bool,
        isPasswordlessCapable=bool,
        isSsprEnabled=bool,
        isSsprRegistered=bool,
        isSsprCapable=bool,
        lastUpdatedDateTime=str,
    )
    return {"id": id_of(body), **flags, "methodsRegistered": texts(body, "methodsRegistered")}


def _deleted_of(subject: str) -> GraphCall:
    # The item by its id is answered with a user's default properties, which guards do not ask about.
    query = (("$filter", f"id eq {literal(object_id(subject))}"), ("$select", _KEPT))
    return GraphCall(method="GET", path=_DELETED_USERS, query=query)


def _deleted(subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = records(body)
    if not found:
        return None
    if len(found) > 1 or id_of(found[0]) != subject.lower():
        raise UnreadableError("the answer is about another user")
    return _deleted_person(found[0])


def _all_deleted(subject: str) -> GraphCall:
    if subject != TENANT:
        raise DirectoryError(f"expected the subject `{TENANT}` to look up the deleted users")
    query = (("$select", "id,displayName,userPrincipalName,deletedDateTime"),)
    return GraphCall(method="GET", path=_DELETED_USERS, query=query)


def _deleted_people(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"users": [_deleted_person(one) for one in records(body)]}


def _deleted_person(record: Mapping[str, Any]) -> dict[str, Any]:
    facts = picked(
        record,
        displayName=str,
        userPrincipalName=str,
        deletedDateTime=str,
        mail=str,
        department=str,
        userType=str,
        accountEnabled=bool,
        usageLocation=str,
        onPremisesSyncEnabled=bool,
    )
    found = {"id": id_of(record), **facts}
    # While a user is deleted, the object id stands in front of the sign-in name, which is free for others.
    name, mark = facts.get("userPrincipalName"), found["id"].replace("-", "")
    return {**found, "userPrincipalName": name.removeprefix(mark)} if isinstance(name, str) else found


def _require_about(subject: str, body: Mapping[str, Any]) -> None:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another user")


_USER = "#microsoft.graph.user"
_DELETED_USERS = "/directory/deletedItems/graph.user"
_KEPT = (
    "id,displayName,userPrincipalName,deletedDateTime,mail,department,userType,accountEnabled,usageLocation,"
    "onPremisesSyncEnabled"
)

# Subject: `mail:`, `userPrincipalName:`, `employeeId:` or `onPremisesImmutableId:` and the whole value. Facts:
# `candidates`; nobody is absent.
USER_FILTER = Lookup("user.filter", _filter, _candidates, permission="User.Read.All")

# Subject: an object id, for all but the last. Facts: `has_signed_in` and the times, as old as a day (Entra docs). It
# also takes `User.Read.All`, which other look-ups name.
USER_SIGNIN_ACTIVITY = Lookup("user.signin_activity", _signed_in, _sign_in_activity, permission="AuditLog.Read.All")

# Facts: `reports`, people only; an empty list is known to be empty.
USER_DIRECT_REPORTS = Lookup("user.direct_reports", _reports_of, _reports, permission="User.Read.All")

# Facts: what the user has registered for signing in and for resetting the password alone. Absent: not reported.
USER_REGISTRATION = Lookup(
    "user.registration", _registered, _registration, permission="AuditLog.Read.All", throttle_class="entra-reports"
)

# Facts: `userPrincipalName` as it was, `deletedDateTime`, and what else is kept of the profile. Absent: none such.
DELETED_USER = Lookup("deleted.user", _deleted_of, _deleted, permission="User.Read.All")

# Subject: `tenant`. Facts: `users`, as of `deleted.user`, all that can still be restored.
DELETED_USERS = Lookup("deleted.users", _all_deleted, _deleted_people, permission="User.Read.All")
