"""Teams, their channels, telephone numbers and Teams policies.

A tenant file marks its teams among the groups and says nothing of the rest, so that is derived: one channel a team, a
number for everybody with a calling licence and some free ones, and a few policies of each type.
"""

from simulator.directory import Directory, Resource
from simulator.ids import stable
from simulator.shapes import CREATED_AT
from simulator.tenant_file import TenantFile

# Products that bring Teams Phone with them.
CALLING = frozenset({"MCOEV", "SPE_E5", "ENTERPRISEPREMIUM"})
_FREE_NUMBERS = 5
# 555-0100 and the following are kept for examples in North America (NANP, "555 line numbers").
_FIRST_NUMBER = 14255550100
_POLICIES = {
    "TeamsMeetingPolicy": ("All on", "Restricted anonymous access", "All off"),
    "TeamsMessagingPolicy": ("Default", "No deletion"),
    "TeamsCallingPolicy": ("Allow calling", "Disallow calling"),
}
_MEMBER_SETTINGS = """
allowAddRemoveApps allowCreatePrivateChannels allowCreateUpdateChannels allowCreateUpdateRemoveConnectors
allowCreateUpdateRemoveTabs allowDeleteChannels
"""
_MESSAGING_SETTINGS = (
    "allowChannelMentions allowOwnerDeleteMessages allowTeamMentions allowUserDeleteMessages allowUserEditMessages"
)


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people and groups are there already."""
    objects = directory.objects
    for name in ("teams", "channels", "teamsAsyncOperations", "teamsPolicyAssignments"):
        objects[name] = {}
    for group in directory.groups.values():
        if "Team" in group["resourceProvisioningOptions"]:
            make_team(directory, group["id"], at=CREATED_AT)
    objects["teamsPolicies"] = {one["id"]: one for one in _policies(file.organization.id)}
    objects["numberAssignments"] = {one["id"]: one for one in _numbers(directory)}


def make_team(directory: Directory, group_id: str, *, at: str) -> Resource:
    """Give a group what makes it a team, made at the time `at`; names and visibility stay the group's own."""
    team = {
        "id": group_id,
        "createdDateTime": at,
        "internalId": _thread(group_id, "team"),
        "isArchived": False,
        **settings(),
    }
    directory.objects.setdefault("teams", {})[group_id] = team
    directory.groups[group_id]["resourceProvisioningOptions"] = ["Team"]
    general = channel(directory, group_id, fields={"displayName": "General"}, at=at)
    directory.objects.setdefault("channels", {})[general["id"]] = general
    return team


def settings() -> Resource:
    """The settings that a team of the standard template begins with."""
    fun = {"allowGiphy": True, "giphyContentRating": "moderate", "allowStickersAndMemes": True}
    return {
        "memberSettings": dict.fromkeys(_MEMBER_SETTINGS.split(), True),
        "messagingSettings": dict.fromkeys(_MESSAGING_SETTINGS.split(), True),
        "guestSettings": {"allowCreateUpdateChannels": False, "allowDeleteChannels": False},
        "funSettings": {**fun, "allowCustomMemes": True},
    }


def channel(directory: Directory, team_id: str, *, fields: Resource, at: str) -> Resource:
    """A channel of a team, not yet kept anywhere. `teamId` is for us; Graph has it in the path only."""
    found = _thread(team_id, f"channel/{fields['displayName']}")
    address = f"https://teams.microsoft.example/l/channel/{found}?groupId={team_id}&tenantId={directory.tenant_id}"
    return {
        "id": found,
        "teamId": team_id,
        "createdDateTime": at,
        "description": None,
        "email": None,
        "isArchived": False,
        "isFavoriteByDefault": False,
        "membershipType": "standard",
        "tenantId": directory.tenant_id,
        "webUrl": address,
        **fields,
    }


def _thread(team_id: str, name: str) -> str:
    """An id as Teams gives them to its threads."""
    return f"19:{stable('thread', team_id, name).replace('-', '')}@thread.tacv2"


def _policies(tenant_id: str) -> list[Resource]:
    return [
        {"id": stable("teams policy", tenant_id, kind, name), "policyType": kind, "displayName": name}
        for kind, names in _POLICIES.items()
        for name in names
    ]


def _numbers(directory: Directory) -> list[Resource]:
    callers = [user["id"] for user in directory.users.values() if may_call(directory, user)]
    return [
        number(_FIRST_NUMBER + place, user_id)
        for place, user_id in enumerate((*callers, *(None for _ in range(_FREE_NUMBERS))))
    ]


def may_call(directory: Directory, user: Resource) -> bool:
    """Whether a user has a licence for Teams Phone."""
    held = (directory.skus[licence["skuId"]]["skuPartNumber"] for licence in user["assignedLicenses"])
    return not CALLING.isdisjoint(held)


def number(digits: int, user_id: str | None) -> Resource:
    """A telephone number of a calling plan, of a user or free."""
    return {
        "id": str(digits),
        "telephoneNumber": str(digits),
        "activationState": "activated",
        "assignmentCategory": "primary" if user_id else None,
        "assignmentStatus": "userAssigned" if user_id else "unassigned",
        "assignmentTargetId": user_id,
        "capabilities": ["userAssignment"],
        "city": "Seattle",
        "civicAddressId": None,
        "isoCountryCode": "US",
        "locationId": None,
        "networkSiteId": None,
        "numberSource": "online",
        "numberType": "callingPlan",
        "operatorId": stable("operator", "calling plan"),
        "portInStatus": None,
        "reverseNumberLookupOptions": [],
        "supportedCustomerActions": [],
    }
