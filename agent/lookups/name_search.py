"""Questions that find groups and people by any of several words, of which a name may be one, somewhere in prose."""

from collections.abc import Mapping
from typing import Any, Final

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import search_phrase
from agent.lookups.reading import id_of, picked, records, texts
from agent.model.graph_call import GraphCall

# Stands between the terms of a subject; no term has it.
BETWEEN: Final = "|"
MAX_TERMS: Final = 10

# More objects than this are not told apart by reading on.
MAX_CANDIDATES: Final = 100

_GROUP = "id,displayName,description,mail,mailNickname,groupTypes,mailEnabled,isAssignableToRole,onPremisesSyncEnabled"
_PERSON = "id,displayName,givenName,surname,userPrincipalName,mail,accountEnabled,userType,department"


def any_of(terms: tuple[str, ...]) -> str:
    """Return the subject that asks for what has any of the terms in its name; of too many the first."""
    plain = (" ".join(term.replace(BETWEEN, " ").split()) for term in terms)
    return BETWEEN.join(list(dict.fromkeys(filter(None, plain)))[:MAX_TERMS])


def _search(path: str, subject: str, *, fields: tuple[str, ...], select: str) -> GraphCall:
    terms = [term for term in subject.split(BETWEEN) if term.strip()]
    if not 0 < len(terms) <= MAX_TERMS:
        raise DirectoryError(f"expected 1 to {MAX_TERMS} words to search for, got {len(terms)}")
    wanted = " OR ".join(search_phrase(field, term) for term in terms for field in fields)
    query = (("$search", wanted), ("$select", select), ("$count", "true"), ("$top", "100"))
    return GraphCall(method="GET", path=path, query=query, eventual=True)


def _groups(subject: str) -> GraphCall:
    return _search("/groups", subject, fields=("displayName", "description", "mail"), select=_GROUP)


def _read_groups(_subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    return _found([_group(one) for one in records(body)])


def _group(record: Mapping[str, Any]) -> dict[str, Any]:
    names = picked(record, displayName=str, description=str, mail=str, mailNickname=str)
    flags = picked(record, mailEnabled=bool, isAssignableToRole=bool, onPremisesSyncEnabled=bool)
    return {"id": id_of(record), **names, **flags, "groupTypes": texts(record, "groupTypes")}


def _people(subject: str) -> GraphCall:
    return _search("/users", subject, fields=("displayName", "userPrincipalName", "mail"), select=_PERSON)


def _read_people(_subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    return _found([_person(one) for one in records(body)])


def _person(record: Mapping[str, Any]) -> dict[str, Any]:
    names = picked(record, displayName=str, givenName=str, surname=str, userPrincipalName=str, mail=str)
    return {"id": id_of(record), **names, **picked(record, accountEnabled=bool, userType=str, department=str)}


def _found(candidates: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not candidates:
        return None
    return {"candidates": candidates[:MAX_CANDIDATES], "complete": len(candidates) <= MAX_CANDIDATES}


# Subject, for both: words and names, `any_of` them is enough. Facts: `candidates` and `complete`; none is absent.
# Groups are found by name, description and address; the candidates say what kind of group each is.
GROUP_SEARCH = Lookup("group.search", _groups, _read_groups, permission="GroupMember.Read.All")

# People are found by name, sign-in name and address.
USER_SEARCH = Lookup("user.search", _people, _read_people, permission="User.Read.All")
