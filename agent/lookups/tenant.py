"""Questions about the tenant as a whole: its name and domains, which licences it has bought and how many are free."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

ALL = "all"

# The id under which a step names the tenant as its target.
TENANT = "tenant"

_SKU = "skuId,skuPartNumber,capabilityStatus,prepaidUnits,consumedUnits"


def _skus(subject: str) -> GraphCall:
    if subject != ALL:
        raise DirectoryError(f"expected the subject `{ALL}` to look up a tenant's licences")
    return GraphCall(method="GET", path="/subscribedSkus", query=(("$select", _SKU),))


def _read_skus(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"skus": [_sku(one) for one in records(body)]}


def _sku(record: Mapping[str, Any]) -> dict[str, Any]:
    units = record.get("prepaidUnits")
    if not isinstance(units, Mapping):
        raise UnreadableError("expected an object in `prepaidUnits`")
    names = picked(record, skuPartNumber=str, capabilityStatus=str)
    return {"skuId": id_of(record, "skuId"), **names, **picked(units, enabled=int), **picked(record, consumedUnits=int)}


def seats_left(sku: Mapping[str, Any]) -> int | None:
    """Return how many licences of a SKU nobody holds, never below 0; None when Graph does not tell.

    A subscription that is not `Enabled` gives no new seats (Graph reference, subscribedSku).
    """
    bought, used = sku.get("enabled"), sku.get("consumedUnits")
    if not isinstance(bought, int) or not isinstance(used, int) or "capabilityStatus" not in sku:
        return None
    return max(0, bought - used) if sku["capabilityStatus"] == "Enabled" else 0


def _org(subject: str) -> GraphCall:
    query = (("$select", "id,displayName,verifiedDomains,onPremisesSyncEnabled,countryLetterCode"),)
    return _about_tenant(subject, "/organization", query=query)


def _about_tenant(subject: str, path: str, *, query: tuple[tuple[str, str], ...]) -> GraphCall:
    if subject != TENANT:
        raise DirectoryError(f"expected the subject `{TENANT}` to look up the tenant itself")
    return GraphCall(method="GET", path=path, query=query)


def _read_org(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = records(body)
    if len(found) != 1:
        raise UnreadableError(f"expected one organization, got {len(found)}")
    facts = picked(found[0], displayName=str, onPremisesSyncEnabled=bool, countryLetterCode=str)
    verified = records({"value": found[0].get("verifiedDomains")})
    domains = [_named(one, "name", isDefault=bool, isInitial=bool, type=str) for one in verified]
    return {"id": id_of(found[0]), **facts, "verifiedDomains": domains}


def _domains(subject: str) -> GraphCall:
    query = (("$select", "id,isDefault,isVerified,authenticationType"),)
    return _about_tenant(subject, "/domains", query=query)


def _read_domains(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "domains": [_named(one, "id", isDefault=bool, isVerified=bool, authenticationType=str) for one in records(body)]
    }


def _named(record: Mapping[str, Any], key: str, **kinds: type) -> dict[str, Any]:
    # A domain is its own id, and its case says nothing (RFC 4343).
    return {key: id_of(record, key).lower(), **picked(record, **kinds)}


# Subject: `all`. Facts: `skus`, each skuId, skuPartNumber, capabilityStatus, enabled (bought), consumedUnits.
TENANT_SKUS = Lookup("tenant.skus", _skus, _read_skus, permission="LicenseAssignment.Read.All")

# Subject: `tenant`, for both. Facts: `displayName`, `onPremisesSyncEnabled`, `verifiedDomains` by lower-case name.
TENANT_ORG = Lookup("tenant.org", _org, _read_org, permission="Organization.Read.All")

# Facts: `domains`; of a `Federated` one passwords are not Entra's to reset.
TENANT_DOMAINS = Lookup("tenant.domains", _domains, _read_domains, permission="Domain.Read.All")
