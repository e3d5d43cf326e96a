"""Questions about administrative units: what one is, and which ones a person stands under."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

_UNIT = "id,displayName,isMemberManagementRestricted,membershipType"


def units_call(user_id: str) -> GraphCall:
    """Return the read of the units that a user is directly under.

    A cast with other parameters is an advanced query: it needs the header and `$count` (Graph docs).
    """
    query = (("$select", "id,displayName"), ("$count", "true"))
    path = f"/users/{object_id(user_id)}/memberOf/graph.administrativeUnit"
    return GraphCall(method="GET", path=path, query=query, eventual=True)


def _units(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"units": [{"id": id_of(one), **picked(one, displayName=str)} for one in records(body)]}


def _get(subject: str) -> GraphCall:
    path = f"/directory/administrativeUnits/{object_id(subject)}"
    return GraphCall(method="GET", path=path, query=(("$select", _UNIT),))


def _unit(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another unit")
    return {"id": id_of(body), **picked(body, displayName=str, isMemberManagementRestricted=bool, membershipType=str)}


# Subject: a user's object id. Facts: `units`, each id and displayName.
USER_UNITS = Lookup("user.units", units_call, _units, permission="Directory.Read.All")

# Subject: the unit's object id. Facts: the selected properties; a unit whose members follow from a rule has the
# `membershipType` `Dynamic`.
UNIT_GET = Lookup("unit.get", _get, _unit, permission="AdministrativeUnit.Read.All")
