"""What stands between a request to Graph and its route: budgets, and objects too new to be known everywhere."""

from simulator.cloud import Cloud, Tenant
from simulator.faults import FaultRule
from simulator.graph.calls import Answer, Call, not_found
from simulator.throttling import Asker, class_of, cost_of, throttle_headers


def spend(cloud: Cloud, call: Call, *, tenant: Tenant, method: str) -> dict[str, str]:
    """Count the request against its class, and return the headers that tell about it.

    Raises:
        GraphError: (429) the budget is used up.
    """
    kind = class_of(method, call.path)
    cost = cost_of(kind, call.path, query=call.query)
    return cloud.throttling.admit(_asker(tenant, call.caller.app_id), kind=kind, cost=cost, now=call.now)


def refuse_too_new(cloud: Cloud, call: Call, *, tenant: Tenant) -> None:
    """Not every server knows a new object at once, so a request to its address may find nothing yet.

    Raises:
        GraphError: (404) the address names such an object.
    """
    for name in call.parameters.values():
        if not tenant.knows(name, call.now, new_seconds=cloud.new_object_seconds):
            raise not_found(name)


def note_made(call: Call, answer: Answer, *, tenant: Tenant) -> None:
    """Remember the object that an answer says was created."""
    made = answer.body.get("id") if answer.status == 201 and answer.body else None
    if isinstance(made, str):
        tenant.note_made(made, call.now)


def scoped(rule: FaultRule, tenant: Tenant, *, app_id: str) -> FaultRule:
    """A throttling rule that also says whom it throttles."""
    if rule.throttled_by is None:
        return rule
    headers = throttle_headers(rule.throttled_by, _asker(tenant, app_id))
    return rule.model_copy(update={"headers": {**headers, **rule.headers}})


def _asker(tenant: Tenant, app_id: str) -> Asker:
    return Asker(app_id, tenant.directory.tenant_id, len(tenant.directory.users))
