"""Selecting, filtering, searching, sorting and paging: what every Graph list has in common.

Source: Graph documentation, "Use query parameters", "Paging" and "Advanced query capabilities".
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph.calls import Answer, Call, bad_request, denied
from simulator.graph.filters import Filter, compile_filter
from simulator.graph.schema import COLLECTIONS, Schema

_DEFAULT_PAGE = 100
_LARGEST_PAGE = 999
_CLAUSE = re.compile(r'"(?P<property>\w+):(?P<text>[^"]*)"')
_WORDS = re.compile(r"[^\W_]+")
_SEARCH_HEADER = (
    "Request with $search query parameter only works through MSGraph with a special request header: "
    "'ConsistencyLevel: eventual'"
)


def selected(call: Call, schema: Schema) -> frozenset[str] | None:
    """The properties that `$select` names, None when there is no `$select`.

    Raises:
        GraphError: (400) the type has no such property; (403) it needs a permission the caller lacks.
    """
    if "$select" not in call.query:
        return None
    names = frozenset(name.strip() for name in call.query["$select"].split(",") if name.strip())
    for name in names - schema.properties:
        problem = f"Could not find a property named '{name}' on type 'microsoft.graph.{_type_name(schema)}'."
        raise bad_request(f"Parsing OData Select and Expand failed: {problem}", code="BadRequest")
    for name in names & set(schema.guarded):
        if not schema.guarded[name] & call.caller.permissions:
            raise denied()
    return names


def shown(resource: Resource, names: frozenset[str] | None, *, schema: Schema) -> Resource:
    """`resource` cut down to `names`, or to the type's defaults; what is unset is null or an empty list."""
    wanted = schema.defaults if names is None else names | {"id"}
    return {name: resource.get(name, [] if name in COLLECTIONS else None) for name in sorted(wanted)}


def entity(call: Call, resource: Resource, *, schema: Schema, of: str) -> Answer:
    """The answer about one object of the entity set `of`."""
    body = shown(resource, selected(call, schema), schema=schema)
    return Answer(body={"@odata.context": call.context(f"{of}/$entity"), **body})


def listed(call: Call, resources: Iterable[Resource], *, schema: Schema, of: str) -> Answer:
    """The answer about a list: filtered, searched, sorted, then cut down to `$select` and one page.

    Raises:
        GraphError: (400) an option is wrong, or needs `ConsistencyLevel: eventual`.
    """
    names = selected(call, schema)
    kept = chosen(call, resources, schema=schema)
    return paged(call, kept, show=lambda resource: shown(resource, names, schema=schema), of=of)


def chosen(call: Call, resources: Iterable[Resource], *, schema: Schema) -> list[Resource]:
    """The resources that `$filter` and `$search` leave, in the order of `$orderby`."""
    kept = list(resources)
    if "$filter" in call.query:
        found = compile_filter(call.query["$filter"], schema.filters, resource=schema.name, guids=schema.guids)
        if schema.advanced:
            _need_advanced(call, found)
        kept = [resource for resource in kept if found.matches(resource)]
    if "$search" in call.query:
        kept = _searched(call, kept, schema=schema)
    return _sorted(call, kept, schema=schema)


def paged(call: Call, items: list[Resource], *, show: Any, of: str) -> Answer:
    """One page of `items`, each drawn by `show`, with an absolute `@odata.nextLink` while more are left."""
    start, size = _start(call.query), _size(call.query)
    body: Resource = {"@odata.context": call.context(of)}
    if call.query.get("$count") == "true" and call.eventual and start == 0:
        body["@odata.count"] = len(items)
    if start + size < len(items):
        body["@odata.nextLink"] = _next_link(call, start + size)
    body["value"] = [show(item) for item in items[start : start + size]]
    return Answer(body=body)


def _type_name(schema: Schema) -> str:
    return schema.name[0].lower() + schema.name[1:]


def _need_advanced(call: Call, found: Filter) -> None:
    advanced = found.advanced or "$orderby" in call.query
    if advanced and not (call.eventual and call.query.get("$count") == "true"):
        raise _unsupported("Unsupported Query.")


def _unsupported(message: str) -> GraphError:
    return bad_request(message, code="Request_UnsupportedQuery")


def _searched(call: Call, resources: list[Resource], *, schema: Schema) -> list[Resource]:
    if not call.eventual:
        raise _unsupported(_SEARCH_HEADER)
    text = call.query["$search"]
    clauses = [(match["property"], match["text"]) for match in _CLAUSE.finditer(text)]
    joints = [joint.strip() for joint in _CLAUSE.split(text)[::3]]
    if not clauses or joints[0] or joints[-1] or len({*joints[1:-1]} | {"AND"}) > 2:
        raise _unsupported('Invalid $search clause; expected "property:text", joined by AND or OR.')
    if set(joints[1:-1]) - {"AND", "OR"} or {name for name, _ in clauses} - schema.searchable:
        raise _unsupported("Unsupported $search property or operator.")
    together = any if "OR" in joints else all
    return [one for one in resources if together(_found(one, name, text=wanted) for name, wanted in clauses)]


def _found(resource: Resource, name: str, *, text: str) -> bool:
    """Names are searched by the beginnings of words, every other property by its own beginning."""
    value = str(resource.get(name) or "").casefold()
    if name not in ("displayName", "description"):
        return value.startswith(text.casefold())
    words = _WORDS.findall(value)
    return all(any(word.startswith(part) for word in words) for part in _WORDS.findall(text.casefold()))


def _sorted(call: Call, resources: list[Resource], *, schema: Schema) -> list[Resource]:
    if "$orderby" not in call.query:
        return resources
    name, _, direction = call.query["$orderby"].strip().partition(" ")
    if name not in schema.sortable or direction not in ("", "asc", "desc"):
        raise _unsupported(f"Sorting is not supported for '{call.query['$orderby']}'.")
    return sorted(resources, key=lambda one: str(one.get(name) or "").casefold(), reverse=direction == "desc")


def _size(query: Mapping[str, str]) -> int:
    text = query.get("$top", str(_DEFAULT_PAGE))
    if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.")
    return int(text)


def _start(query: Mapping[str, str]) -> int:
    if "$skiptoken" not in query:
        return 0
    try:
        return int(base64.urlsafe_b64decode(query["$skiptoken"].encode()))
    except (ValueError, binascii.Error) as wrong:
        raise bad_request("Invalid $skiptoken.") from wrong


def _next_link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(str(start).encode()).decode()
    options = {**call.query, "$skiptoken": token}
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    return f"{call.root}{quote(call.path, safe='/$.@')}?{text}"


def not_expandable(name: str) -> GraphError:
    """400 for an `$expand` that the type does not offer."""
    message = f"Expand is not allowed for property '{name}' according to the entity schema."
    return bad_request(message, code="ExpandNotSupported")
