"""Questions about access packages: which there are, and which a user has."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, inside, picked, records
from agent.lookups.tenant import ALL
from agent.model.graph_call import GraphCall

ENTITLEMENT = "/identityGovernance/entitlementManagement"


def assignments_call(user_id: str, *, package_id: str = "") -> GraphCall:
    """Return the read of a user's assignments, ended ones too; of one package when it is given."""
    wanted = f"target/objectId eq {literal(object_id(user_id))}"
    if package_id:
        wanted += f" and accessPackage/id eq {literal(object_id(package_id))}"
    query = (("$filter", wanted), ("$expand", "target,accessPackage,assignmentPolicy"))
    return GraphCall(method="GET", path=f"{ENTITLEMENT}/assignments", query=query)


def _packages(subject: str) -> GraphCall:
    if subject != ALL:
        raise DirectoryError(f"expected the subject `{ALL}` to look up a tenant's access packages")
    query = (("$select", "id,displayName,description,isHidden"), ("$expand", "assignmentPolicies"))
    return GraphCall(method="GET", path=f"{ENTITLEMENT}/accessPackages", query=query)


def _read_packages(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"packages": [_package(one) for one in records(body)]}


def _package(record: Mapping[str, Any]) -> dict[str, Any]:
    policies = [_named(one) for one in records({"value": record.get("assignmentPolicies")})]
    return {**_named(record), **picked(record, description=str, isHidden=bool), "policies": policies}


def _assignments(subject: str) -> GraphCall:
    return assignments_call(subject)


def _read_assignments(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"assignments": [_assignment(one, subject) for one in records(body)]}


def _assignment(record: Mapping[str, Any], subject: str) -> dict[str, Any]:
    target, package, policy = (inside(record, name) for name in ("target", "accessPackage", "assignmentPolicy"))
    if id_of(target, "objectId") != subject.lower():
        raise UnreadableError("the answer is about another user")
    state = picked(record, state=str, expiredDateTime=str)
    return {"id": id_of(record), **state, "package": _named(package), "policy": _named(policy)}


def _named(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": id_of(record), **picked(record, displayName=str)}


# Subject: `all`. Facts: `packages`, each id, displayName, description, isHidden, and `policies` (id, displayName):
# one of them has to be named when the package is given.
ACCESS_PACKAGES = Lookup("access.packages", _packages, _read_packages, permission="EntitlementManagement.Read.All")

# Subject: the user's object id. Facts: `assignments`, each id, state (`delivered` is in force, `expired` is over),
# expiredDateTime, `package` and `policy` (id, displayName).
ACCESS_ASSIGNMENTS = Lookup(
    "access.assignments", _assignments, _read_assignments, permission="EntitlementManagement.Read.All"
)
