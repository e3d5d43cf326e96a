"""Questions about who a person is: by id or address, by name, whom they report to, and who answers for a guest."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import is_address, is_object_id, literal, object_id, search_phrase
from agent.lookups.reading import UnreadableError, id_of, picked, records, texts
from agent.model.graph_call import GraphCall

# Without `$select` Graph returns eleven default properties, and most of these are not among them.
_PROFILE = (
    "id,displayName,givenName,surname,userPrincipalName,mail,accountEnabled,userType,department,jobTitle,"
    "officeLocation,onPremisesSyncEnabled,usageLocation,assignedLicenses,lastPasswordChangeDateTime"
)
_CANDIDATE = "id,displayName,givenName,surname,userPrincipalName,accountEnabled"
_MANAGER = "id,displayName,userPrincipalName,accountEnabled"

# More people of one name than this are not told apart by reading on.
MAX_CANDIDATES = 25


def _get(subject: str) -> GraphCall:
    if is_object_id(subject):
        return GraphCall(method="GET", path=f"/users/{object_id(subject)}", query=(("$select", _PROFILE),))
    if not is_address(subject):
        raise DirectoryError("expected an object id or an address to look up a user, got something else")
    # By filter, not by path: a path segment knows no mail address and mangles a guest's #EXT# name.
    value, alias = literal(subject), literal(f"smtp:{subject}")
    # Mail and calendars take every address of a mailbox, so whoever is named by another one is that person too. Not by
    # `otherMails`, which anybody may have written. Source: Graph reference, user, `proxyAddresses` (`$filter`, `any`);
    # all three in one filter are not tried on a real tenant.
    wanted = f"userPrincipalName eq {value} or mail eq {value} or proxyAddresses/any(one:one eq {alias})"
    return GraphCall(method="GET", path="/users", query=(("$filter", wanted), ("$select", _PROFILE)))


def _profile(subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = records(body) if "value" in body else [body]
    if not found:
        return None
    if len(found) > 1:
        raise UnreadableError("more than one user has this address")
    facts = _person(found[0]) | _profile_only(found[0])
    if is_object_id(subject) and facts["id"] != subject.lower():
        raise UnreadableError("the answer is about another user")
    return facts


def _profile_only(record: Mapping[str, Any]) -> dict[str, Any]:
    facts = picked(
        record,
        mail=str,
        userType=str,
        department=str,
        jobTitle=str,
        officeLocation=str,
        onPremisesSyncEnabled=bool,
        usageLocation=str,
        lastPasswordChangeDateTime=str,
    )
    if "assignedLicenses" in record:
        facts["assignedLicenses"] = [id_of(one, "skuId") for one in _licenses(record)]
    return facts


def _licenses(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return records({"value": record["assignedLicenses"]})


def _person(record: Mapping[str, Any]) -> dict[str, Any]:
    names = picked(record, displayName=str, givenName=str, surname=str, userPrincipalName=str, accountEnabled=bool)
    return {"id": id_of(record), **names}


def _find(subject: str) -> GraphCall:
    query = (("$search", search_phrase("displayName", subject)), ("$select", _CANDIDATE), ("$count", "true"))
    return GraphCall(method="GET", path="/users", query=(*query, ("$top", "25")), eventual=True)


def _candidates(_subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = records(body)
    if not found:
        return None
    return {
        "candidates": [_person(one) for one in found[:MAX_CANDIDATES]],
        "complete": len(found) <= MAX_CANDIDATES,
    }


def _manager_of(subject: str) -> GraphCall:
    path = f"/users/{object_id(subject)}/manager"
    return GraphCall(method="GET", path=path, query=(("$select", _MANAGER),))


def _manager(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return _person(body)


def _contact_of(subject: str) -> GraphCall:
    query = (("$select", "id,mobilePhone,businessPhones,preferredLanguage"),)
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}", query=query)


def _contact(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another user")
    return {
        **picked(body, mobilePhone=str, preferredLanguage=str),
        "businessPhones": texts(body, "businessPhones"),
    }


def _sponsors_of(subject: str) -> GraphCall:
    # In the answer about the user, because a guest has five sponsors at most (Entra documentation, B2B sponsors).
    query = (("$select", "id"), ("$expand", "sponsors($select=id)"))
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}", query=query)


def _sponsors(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another user")
    return {"sponsors": [id_of(one) for one in records({"value": body.get("sponsors")})]}


# Subject: an object id, user principal name or any mail address of the account. Facts: the selected properties, with
# `assignedLicenses` as a list of skuIds. An address that two users share is unknown, never a choice.
USER_GET = Lookup("user.get", _get, _profile, permission="User.Read.All")

# Subject: a display name or a part of it. Facts: `candidates` and `complete`; nobody at all is absent.
USER_FIND = Lookup("user.find", _find, _candidates, permission="User.Read.All")

# Subject: an object id. Facts: the manager's `id`, `displayName`, `userPrincipalName`, `accountEnabled`.
USER_MANAGER = Lookup("user.manager", _manager_of, _manager, permission="User.Read.All")

# Subject: an object id. Facts: `mobilePhone`, `businessPhones` and `preferredLanguage` of the profile.
USER_CONTACT = Lookup("user.contact", _contact_of, _contact, permission="User.Read.All")

# Subject: an object id. Facts: `sponsors`, ids of the people and groups who answer for a guest; members have none.
USER_SPONSORS = Lookup("user.sponsors", _sponsors_of, _sponsors, permission="User.Read.All")
