"""What the tests about accounts do again and again."""

from collections.abc import Callable
from typing import Any

import httpx

JOINER = {
    "accountEnabled": True,
    "displayName": "Adele Vance",
    "mailNickname": "adele.vance",
    "userPrincipalName": "adele.vance@quillmere.example",
    "usageLocation": "PT",
    "passwordProfile": {"forceChangePasswordNextSignIn": True, "password": "Str0ng-enough!"},
}


def message(answer: httpx.Response) -> str:
    """What Graph says is wrong."""
    return str(answer.json()["error"]["message"])


def refused(answer: httpx.Response, status: int, text: str = "") -> bool:
    """Whether Graph refused with this status, for a reason with `text` in it."""
    return (answer.status_code, text in message(answer)) == (status, True)


def user_id_of(world: Any, name: str) -> str:
    """The object id of a person of the tenant file."""
    return str(world.user(name)["id"])


def deleted(world: Any, token: str, name: str) -> str:
    """Delete a person, and return the object id."""
    user_id = user_id_of(world, name)
    assert world.graph("DELETE", f"/users/{user_id}", token=token).status_code == 204
    return user_id


def directory_of(world: Any) -> dict[str, Any]:
    """Everything the simulated directory holds."""
    return dict(world.control("GET", "/state")["tenants"][world.tenant_id]["directory"])


def with_change(world: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Let `change` edit the directory by hand."""
    state = world.control("GET", "/state")
    change(state["tenants"][world.tenant_id]["directory"])
    world.control("POST", "/state", state)
