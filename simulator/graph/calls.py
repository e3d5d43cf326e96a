"""One authenticated Graph request, its answer, and a row of a route table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.directory import Directory, Resource
from simulator.errors import GraphError
from simulator.ids import Ids

# Query options of the lists that are kept like a directory: filtered, searched, counted and paged.
LIST_OPTIONS = frozenset({"$select", "$filter", "$search", "$count", "$top", "$orderby", "$skiptoken"})
SELECT_ONLY = frozenset({"$select"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an application for itself (`app_only`), or for the user `object_id`.

    `permissions` are the token's `roles` or `scp`; they are as old as the token.
    """

    tenant_id: str
    app_id: str
    app_name: str
    object_id: str
    app_only: bool
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers; `body` None means an empty body."""

    status: int = 200
    body: Resource | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CONTENT = Answer(status=204)


@dataclass(frozen=True, slots=True)
class Call:
    """A request after authentication. `parameters` are the path's, unescaped; `query` the options by name.

    `root` is the address up to and with `/v1.0`; `path` starts after it. `if_match` is the header of that name, empty
    without one. `outcome` is how a device ends what it is told, when a fault says so.
    """

    directory: Directory
    caller: Caller
    path: str
    root: str
    now: datetime
    ids: Ids
    correlation_id: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    eventual: bool
    audit_delay_seconds: float = 0.0
    outcome: str = ""
    if_match: str = ""

    def context(self, name: str) -> str:
        """The `@odata.context` of an answer about `name`."""
        return f"{self.root}/$metadata#{name}"

    def fields(self) -> Resource:
        """The body as a JSON object.

        Raises:
            GraphError: (400) it is something else.
        """
        if not isinstance(self.body, dict):
            raise bad_request("Unable to read JSON request payload. Please ensure Content-Type header is set.")
        return self.body


Handler = Callable[[Call], Answer]
Right = Callable[[Call], None]


def _anybody(_call: Call) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. A caller needs one permission out of each set in `needs`, and then `right` must not refuse.

    `own` are delegated permissions that are enough when a user's request is about that user alone.
    `options` are the query options that are simulated; others answer 501. `writes` says whether it can change
    the tenant.
    """

    method: str
    path: str
    handler: Handler
    needs: tuple[frozenset[str], ...]
    right: Right = _anybody
    own: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()

    @property
    def writes(self) -> bool:
        """Whether the operation can change the tenant; a check by POST cannot."""
        return self.method != "GET" and not self.path.endswith("/checkMemberGroups")


def any_of(*permissions: str) -> frozenset[str]:
    """Permissions of which one is enough."""
    return frozenset(permissions)


def bad_request(message: str, *, code: str = "Request_BadRequest") -> GraphError:
    """400 with the directory's usual code."""
    return GraphError(400, code, message=message)


def denied() -> GraphError:
    """403, as the directory refuses a caller who lacks a permission, or a role over the target."""
    return GraphError(403, "Authorization_RequestDenied", message="Insufficient privileges to complete the operation.")


def not_found(name: str) -> GraphError:
    """404 for an object that does not exist, or a reference that points nowhere."""
    message = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", message=message)


def find_user(call: Call, parameter: str = "user") -> Resource:
    """The user that the path names by id or sign-in name.

    Raises:
        GraphError: (404) nobody.
    """
    name = call.parameters[parameter]
    user = call.directory.user(name)
    if user is None:
        raise not_found(name)
    return user


def find_group(call: Call) -> Resource:
    """The group that the path names by id.

    Raises:
        GraphError: (404) none.
    """
    group = call.directory.groups.get(call.parameters["group"].lower())
    if group is None:
        raise not_found(call.parameters["group"])
    return group
