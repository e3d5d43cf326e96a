"""The password as an authentication method: an administrator resets it, and on-premises follows a moment later.

Source: Graph documentation, "authenticationMethod: resetPassword" and "Get longRunningOperation".
"""

from datetime import timedelta

from simulator.clock import parse, stamp
from simulator.directory import Resource
from simulator.graph import audits, collection, rights
from simulator.graph.audits import Event
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, bad_request, find_user, not_found
from simulator.graph.collection import Kind
from simulator.graph.schema import plain
from simulator.graph.user_writes import check_password, on_premises_refusal

_WRITERS = any_of("UserAuthenticationMethod.ReadWrite.All")
_READERS = any_of("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All")
# The id that the password has for every user (resource type `passwordAuthenticationMethod`).
_PASSWORD = "28c10230-6103-485e-b985-444c60001490"
# How long the simulated write to the on-premises directory takes.
_WRITE_BACK = timedelta(seconds=2)
_OPERATION = plain("LongRunningOperation", "id createdDateTime lastActionDateTime resourceLocation status statusDetail")
_STARTED = Event("Admin started password reset", "UserManagement", "Update", audits.AUTHENTICATION_METHODS)
_RESET = Event("Reset password", "UserManagement", "Update", audits.AUTHENTICATION_METHODS)


def _operations(user_id: str) -> Kind:
    return Kind(f"passwordOperations/{user_id}", f"users('{user_id}')/authentication/operations", _OPERATION)


def _reset(call: Call) -> Answer:
    user = find_user(call)
    if call.parameters["method"] != _PASSWORD:
        raise not_found(call.parameters["method"])
    password = _given(call)
    if user["onPremisesSyncEnabled"] and not call.directory.password_writeback:
        raise on_premises_refusal()
    if password is not None:
        check_password(password)
    # INVARIANT: a password never becomes state; only the time of its change does.
    user["lastPasswordChangeDateTime"] = stamp(call.now)
    user["passwordProfile"] = {
        **(user.get("passwordProfile") or {"password": None}),
        "forceChangePasswordNextSignIn": True,
    }
    operation = _operation(call, user)
    audits.record(call, [_STARTED, _RESET], targets=[audits.user_target(user)])
    shown = {} if password is not None else {"newPassword": f"{call.ids.temporary_pass()}-7a"}
    context = {"@odata.context": call.context("microsoft.graph.passwordResetResponse")}
    location = f"{call.root}/users/{user['id']}/authentication/operations/{operation['id']}"
    return Answer(status=202, body={**context, **shown}, headers={"Location": location})


def _given(call: Call) -> str | None:
    """The password in the body, None when Graph is to make one. Without a body it is."""
    fields = {} if call.body is None else call.fields()
    if set(fields) - {"newPassword"}:
        raise bad_request("The request has a parameter that the action 'resetPassword' does not take.")
    password = fields.get("newPassword") or None
    if password is not None and not isinstance(password, str):
        raise bad_request("Invalid value specified for parameter 'newPassword'.")
    return password


def _operation(call: Call, user: Resource) -> Resource:
    started: Resource = {
        "id": call.ids.guid(),
        "createdDateTime": stamp(call.now),
        "lastActionDateTime": stamp(call.now),
    }
    made: Resource = {**started, "resourceLocation": None, "statusDetail": None}
    collection.everything(call, _operations(user["id"]))[made["id"]] = made
    return made


def _get_operation(call: Call) -> Answer:
    kind = _operations(find_user(call)["id"])
    found = collection.found(call, kind, parameter="operation")
    running = call.now < parse(found["createdDateTime"]) + _WRITE_BACK
    return collection.shown(call, {**found, "status": "running" if running else "succeeded"}, kind=kind)


ROUTES = (
    Route(
        "POST",
        "/users/{user}/authentication/methods/{method}/resetPassword",
        _reset,
        (_WRITERS,),
        right=rights.reset_by_method,
    ),
    Route(
        "GET",
        "/users/{user}/authentication/operations/{operation}",
        _get_operation,
        (_READERS,),
        right=rights.read_methods,
        options=SELECT_ONLY,
    ),
)
