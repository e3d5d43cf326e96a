"""Entity sets that are kept in `Directory.objects`: finding, listing, adding and changing what is in one.

An area says what its objects are by a `Kind`; what is special about an operation stays in the area's own handler.
"""

from dataclasses import dataclass
from typing import Any

from simulator.directory import Resource
from simulator.graph import listing
from simulator.graph.calls import Answer, Call, bad_request, not_found
from simulator.graph.schema import Schema

# What Graph calls the kinds of values.
_NAMES = {str: "Edm.String", bool: "Edm.Boolean", int: "Edm.Int32", list: "Collection", dict: "Complex"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One entity set. `name` is its key in `Directory.objects` and `of` its address in `@odata.context`.

    `odata_type` is given with every object where the declared type has others derived from it.
    """

    name: str
    of: str
    schema: Schema
    odata_type: str = ""


def everything(call: Call, kind: Kind) -> dict[str, Resource]:
    """The objects of the set by id, in the order in which they were made."""
    return call.directory.objects.setdefault(kind.name, {})


def found(call: Call, kind: Kind, *, parameter: str) -> Resource:
    """The object that the path names.

    Raises:
        GraphError: (404) none.
    """
    wanted = call.parameters[parameter]
    held = everything(call, kind)
    resource = held.get(wanted) or held.get(wanted.lower())
    if resource is None:
        raise not_found(wanted)
    return resource


def shown(call: Call, resource: Resource, *, kind: Kind) -> Answer:
    """The answer about one object."""
    answer = listing.entity(call, resource, schema=kind.schema, of=kind.of)
    assert answer.body is not None, "an entity has a body"
    return Answer(body={**answer.body, **_typed(kind, resource)})


def listed(call: Call, kind: Kind, *, resources: list[Resource] | None = None) -> Answer:
    """The answer about the whole set, or about some of it: filtered, sorted, selected and paged."""
    some = list(everything(call, kind).values()) if resources is None else resources
    names = listing.selected(call, kind.schema)
    kept = listing.chosen(call, some, schema=kind.schema)

    def show(one: Resource) -> Resource:
        return {**listing.shown(one, names, schema=kind.schema), **_typed(kind, one)}

    return listing.paged(call, kept, show=show, of=kind.of)


def created(call: Call, kind: Kind, *, resource: Resource, held: dict[str, Resource] | None = None) -> Answer:
    """Keep a new object, which has its `id`, and answer 201 with it.

    `held` is where it is kept by its id, if that is not the set but a part of it.
    """
    kept = everything(call, kind) if held is None else held
    kept[resource["id"]] = resource
    answer = shown(call, resource, kind=kind)
    return Answer(status=201, body=answer.body)


def removed(call: Call, kind: Kind, *, parameter: str) -> Resource:
    """Take an object out of the set and return it.

    Raises:
        GraphError: (404) there is none.
    """
    resource = found(call, kind, parameter=parameter)
    del everything(call, kind)[resource["id"]]
    return resource


def written(call: Call, kind: Kind) -> Resource:
    """The body of a POST or PATCH as properties that may be written.

    Raises:
        GraphError: (400) a property does not exist, is read-only or has a value of another type.
    """
    return checked(call.fields(), kind.schema)


def checked(fields: Resource, schema: Schema) -> Resource:
    """`fields` without annotations, as properties of the type that may be written.

    Raises:
        GraphError: (400) as `written`.
    """
    given = {name: value for name, value in fields.items() if not name.startswith("@odata.")}
    for name, value in given.items():
        if name not in schema.properties:
            raise bad_request(f"Invalid property '{name}'.")
        expected = schema.writable.get(name)
        if expected is None:
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")
        if value is not None and not _is_a(value, expected):
            raise bad_request(f"Invalid value specified for property '{name}': expected {_NAMES[expected]}.")
    return given


def _is_a(value: Any, expected: type) -> bool:
    return type(value) is expected


def _typed(kind: Kind, resource: Resource) -> Resource:
    name = resource.get("@odata.type", kind.odata_type)
    return {"@odata.type": name} if name else {}
