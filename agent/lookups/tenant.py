"""Questions about the tenant as a whole: which licences it has bought and how many are free."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

ALL = "all"

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


# Subject: `all`. Facts: `skus`, each skuId, skuPartNumber, capabilityStatus, enabled (bought), consumedUnits.
TENANT_SKUS = Lookup("tenant.skus", _skus, _read_skus, permission="LicenseAssignment.Read.All")
