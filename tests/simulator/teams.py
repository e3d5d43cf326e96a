"""People, bodies and refusals of the tests of Teams."""

from typing import Any

OWNER = "mona.vasey@quillmere.example"
STRANGER = "hugo.rast@quillmere.example"
NOBODY = "00000000-0000-4000-8000-000000000000"
V1 = "https://graph.microsoft.com/v1.0"


def member(user_id: str, *roles: str) -> dict[str, Any]:
    """A membership as a body."""
    kind = "#microsoft.graph.aadUserConversationMember"
    return {"@odata.type": kind, "roles": list(roles), "user@odata.bind": f"{V1}/users('{user_id}')"}


def new_team(world: Any, **changes: object) -> dict[str, Any]:
    """A body that makes a team."""
    owner = member(world.user("hugo.rast")["id"], "owner")
    template = f"{V1}/teamsTemplates('standard')"
    return {"template@odata.bind": template, "displayName": "Fair", "members": [owner], **changes}


def error(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]
