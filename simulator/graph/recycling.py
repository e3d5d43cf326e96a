"""Where deleted objects are kept, and how one gets there; `simulator.graph.deleted_items` shows and restores them."""

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph.calls import Call

# The key of the deleted objects in `Directory.objects`.
BIN = "deletedItems"


def keep(call: Call, kind: str, *, resource: Resource, links: Resource) -> None:
    """Keep an object that was deleted now. `links` say what its kind needs to put it back."""
    record = {"id": resource["id"], "kind": kind, "object": resource, "links": links}
    call.directory.objects.setdefault(BIN, {})[resource["id"]] = {**record, "deletedDateTime": stamp(call.now)}
