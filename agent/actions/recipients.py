"""Who is given something: an id in a body must be a user's of this tenant, read just before it is sent.

Groups, service principals and devices have ids of the same form. Where a body names a principal by its id alone, Graph
takes any of them, and what was asked for a person would be given to all who are in a group. Graph answers 404 to a read
of `/users/{id}` with another object's id, and then nothing is sent.
"""

from agent.model.expectation import AllOf, FieldEquals
from agent.model.graph_call import GraphCall


def recipient_call(user_id: str) -> GraphCall:
    """Return the read of the user that `user_id` names, for a before-image."""
    return GraphCall(method="GET", path=f"/users/{user_id}", query=(("$select", "id,accountEnabled"),))


def is_user(user_id: str) -> FieldEquals:
    """Return what `recipient_call` shows when there is such a user."""
    return FieldEquals(field="id", value=user_id)


def is_enabled_user(user_id: str) -> AllOf:
    """Return what `recipient_call` shows when there is such a user, who may sign in."""
    return AllOf(of=(is_user(user_id), FieldEquals(field="accountEnabled", value=True)))
